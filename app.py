"""Start the page of 知图 (Zhitu): `python app.py` is `zhitu ui`, and takes the same options."""

from __future__ import annotations

import sys

from assistant.cli import main

if __name__ == "__main__":
    sys.exit(main(["ui", *sys.argv[1:]]))
