"""Runs `zhitu` in process after process, none of which needs to import anything first.

A line on standard input is one run, as JSON: `arguments`, `counts` (a file) and `kill_at`. The
answers are its process id and, when it is gone, its exit status. A process writes into `counts` how
many files it opened, renamed, made and removed; with `kill_at` it kills itself before that one.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path

from fakes import HashEmbedder, use_corpus, use_embedder

from assistant.cli import main

# what a run of the index imports, so that it begins at once
for heavy in ("bm25s", "chromadb.api.client", "llama_index.core.ingestion", "tqdm"):
    import_module(heavy)
import_module("llama_index.vector_stores.chroma")
import_module("assistant.index_writer")

EVENTS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "sqlite3.connect"}


def run(arguments: list[str], counts: str, kill_at: int | None) -> int:
    data = arguments[arguments.index("--data-dir") + 1]
    seen = 0

    def look(event: str, values: tuple[object, ...]) -> None:
        nonlocal seen
        if event in EVENTS and values and str(values[0]).startswith((data, f"file:{data}")):
            seen += 1
            if seen == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(look)
    status = main(arguments)
    Path(counts).write_text(str(seen))
    return status


if __name__ == "__main__":
    use_corpus(Path(os.environ["FAKE_CORPUS"]))
    use_embedder(HashEmbedder(pause=float(os.environ["FAKE_PAUSE"])))
    print("ready", flush=True)
    for line in sys.stdin:
        process = os.fork()
        if not process:
            os._exit(run(**json.loads(line)))
        print(process, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), flush=True)
