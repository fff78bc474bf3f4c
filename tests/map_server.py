"""Serve the page over the real corpus with a fake embedder, for the tests of Home.

`python tests/map_server.py FOLDER [--own FILE …] [--bare]`: FOLDER keeps index and progress.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fakes import HashEmbedder, use_embedder

from assistant.config import load_settings
from assistant.pipeline import Assistant


def main() -> int:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--own", action="append", default=[])
    parser.add_argument("--bare", action="store_true", help="without the built-in corpus")
    given = parser.parse_args()
    use_embedder(HashEmbedder(), setattr)
    settings = load_settings(model="none", port=0, data_dir=given.folder / "data")

    def load() -> Assistant:
        assistant = Assistant(settings)
        assistant.index(files=given.own, corpus=not given.bare)
        return assistant

    from assistant.ui.launch import serve

    return serve(settings, load)


if __name__ == "__main__":
    sys.exit(main())
