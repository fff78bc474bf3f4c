"""Start the page of 知图 (Zhitu): `python app.py`, the same as `zhitu ui`."""

from __future__ import annotations

import sys

from assistant.config import load_settings
from assistant.errors import ZhituError


def main() -> int:
    """Serve the page until interrupted; returns the exit status."""
    try:
        settings = load_settings()
        from assistant.ui.server import serve  # Gradio takes seconds to import: settings first

        serve(settings)
    except ZhituError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
