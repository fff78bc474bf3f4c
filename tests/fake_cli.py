"""`zhitu` with the embedder of hashed words and a small corpus, for tests that need a process.

FAKE_CORPUS names the folder of the corpus, FAKE_PAUSE the seconds that a text takes to embed.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from fakes import HashEmbedder, use_corpus, use_embedder

from assistant.cli import main

if __name__ == "__main__":
    use_corpus(Path(os.environ["FAKE_CORPUS"]))
    use_embedder(HashEmbedder(pause=float(os.environ.get("FAKE_PAUSE", "0"))))
    sys.exit(main())
