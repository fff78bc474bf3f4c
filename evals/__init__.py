"""Gold questions, metrics and runs: how good the assistant is, as numbers."""
