"""A process of its own that the benchmark looks at: `python -m evals.bench_child WHAT FOLDER …`.

`ask FOLDER MODEL` runs gold questions through an Assistant and prints what it took, as JSON.
`index FOLDER SOURCE SOURCE` looks whether the index is whole, prints what it found, and begins to
index the one of the sources that is not there; it is there to be killed.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import json
import sqlite3
import sys
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any

from assistant.chroma import open_client
from assistant.config import load_settings
from assistant.index import EMBEDDED, Index, IndexFolder
from assistant.pipeline import Assistant
from assistant.schema import Done, Evidence, TextDelta
from evals.bench_memory import resident
from evals.bench_setup import gold

QUESTIONS = 20
_IN_FULL = 4  # answers read to their end; of the rest, the model's first words
_PIECES = 8


def ask(folder: Path, model: str) -> dict[str, Any]:
    """Ask `QUESTIONS` gold questions of the dev split, spread over the kinds of question."""
    if importlib.util.find_spec("assistant.ui.launch"):
        # the page's process holds these libraries too
        importlib.import_module("assistant.ui.launch")
    assistant = Assistant(load_settings(data_dir=folder, model=model))
    began = time.perf_counter()
    assistant.services()  # as the page does when it opens
    opened = time.perf_counter() - began
    began = time.perf_counter()
    chat = assistant.chat_model(model, wait=True)
    loaded = time.perf_counter() - began
    rows = [row for row in gold("dev") if row["answers"]]
    passages: list[float] = []
    words: list[float] = []
    for number in range(QUESTIONS):
        began = time.perf_counter()
        events = assistant.ask(rows[number * len(rows) // QUESTIONS]["q"], model=model)
        pieces = 0
        for event in events:
            if isinstance(event, Evidence):
                passages.append(time.perf_counter() - began)
            elif isinstance(event, TextDelta):
                pieces += 1
                if pieces == 1:
                    words.append(time.perf_counter() - began)
                if pieces >= _PIECES and number >= _IN_FULL:
                    break
            elif isinstance(event, Done) and event.answer.model_error:
                print(event.answer.model_error, file=sys.stderr)
        if isinstance(events, Generator):
            events.close()  # stops the model
    result = {
        "opened": opened,
        "loaded": loaded,
        "passages": passages,
        "words": words,
        "resident": resident(),
        "model": chat.name if chat else "none",
    }
    assistant.close()
    return result


def index(folder: Path, sources: Sequence[str]) -> None:
    """Print the state of the index as JSON, then index another source in place of that in it."""
    assistant = Assistant(load_settings(data_dir=folder, model="none"))
    state = examine(assistant)
    print(json.dumps(state), flush=True)
    source = next(source for source in sources if source not in state["sources"])
    print("begin", flush=True)
    began = time.perf_counter()
    assistant.index(files=[source], corpus=False)
    print(time.perf_counter() - began, flush=True)


def examine(assistant: Assistant) -> dict[str, Any]:
    """What the index holds, and whether its parts hold the same."""
    folder = IndexFolder(assistant.settings.data_dir / "index")
    if folder.current() is None:
        return {"texts": "", "whole": False, "hits": 0, "sources": []}
    hits = len(assistant.search("梯度"))
    opened: Index = assistant.services().index
    db = sqlite3.connect(opened.folder / "chunks.sqlite")
    texts = [
        json.loads(text)["text"] for (text,) in db.execute("SELECT chunk FROM chunks ORDER BY row")
    ]
    db.close()
    client = open_client(opened.folder / "chroma", "")
    counts = {
        opened.manifest.chunks,
        len(texts),
        len(opened.vectors),
        len(opened.lexical(["x"])),
        client.get_collection(EMBEDDED).count(),
    }
    digest = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:16]
    sources = list(opened.manifest.sources)
    return {"texts": digest, "whole": len(counts) == 1, "hits": hits, "sources": sources}


def main(arguments: Sequence[str]) -> int:
    """Do one of the two."""
    what, folder, *more = arguments
    if what == "ask":
        print(json.dumps(ask(Path(folder), more[0])))
    else:
        index(Path(folder), more)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
