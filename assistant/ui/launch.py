"""Serves the page: our own FastAPI application around Gradio's, on a socket we opened ourselves."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

# Before Gradio is imported, which reads them at import.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.staticfiles import StaticFiles

from assistant.config import Settings
from assistant.errors import ZhituError
from assistant.ui.desk import Desk
from assistant.ui.gate import Gate
from assistant.ui.layout import TABS, build_page
from assistant.ui.shell import Shell
from assistant.ui.texts import catalog

if TYPE_CHECKING:
    from assistant.pipeline import Assistant

_HERE = Path(__file__).parent
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class PortError(ZhituError):
    """The page can't be opened at this address."""


def serve(settings: Settings, load: Callable[[], Assistant] | None = None) -> int:
    """Serve the page until interrupted; returns the exit status.

    Args:
        settings: Address, password and language; the Assistant is built from them too.
        load: Builds the Assistant, in a thread; another one for tests.

    Raises:
        PortError: The address is in use or can't be had.
    """
    listening = _listen(settings.host, settings.port)
    desk = Desk(load or (lambda: _assistant(settings)))
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    address = f"http://{host}:{listening.getsockname()[1]}/"
    config = uvicorn.Config(
        build_app(settings, desk),
        log_level="warning",
        timeout_graceful_shutdown=2,  # seconds; open streams must not keep Ctrl+C waiting
    )
    try:
        with contextlib.suppress(KeyboardInterrupt):  # the way to end it
            _Server(config, desk, address).run(sockets=[listening])
    finally:
        desk.close()
    return 0


def build_app(settings: Settings, desk: Desk) -> FastAPI:
    """Put Gradio's page, our own files and the guards in front of them into one application."""
    app = FastAPI(title="Zhitu", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/zhitu", _Files(directory=_HERE), name="zhitu")
    gr.mount_gradio_app(
        app,
        build_page(desk),
        path="/",
        server_name=settings.host,
        footer_links=[],
        run_history=False,  # it would keep questions in the browser, beyond "new conversation"
        show_error=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        enable_monitoring=False,
        theme=gr.themes.Base(font=["system-ui"], font_mono=["ui-monospace"]),
    )
    # The last one added is the first to see a request.
    app.add_middleware(Shell, boot=_boot(settings))
    if settings.password.get_secret_value():
        app.add_middleware(Gate, password=settings.password.get_secret_value())
    if settings.host in _LOOPBACK:
        # Another site's page can't reach us by letting its own name point at 127.0.0.1.
        app.add_middleware(TrustedHostMiddleware, allowed_hosts=[*_LOOPBACK, "[::1]"])
    return app


def _boot(settings: Settings) -> str:
    """The script that runs before anything is drawn: texts, language, light or dark."""
    assets = Path(gr.__file__).parent / "templates" / "frontend" / "assets"
    config: dict[str, Any] = {
        "language": settings.language,
        "texts": {language: catalog(language) for language in ("zh", "en")},
        # Gradio carries KaTeX under a name with a hash; without it formulas are shown as written.
        "katex": {
            kind: next((f"assets/{found.name}" for found in assets.glob(f"katex-*.{kind}")), "")
            for kind in ("js", "css")
        },
        "tabs": [tab.TITLE for tab in TABS],
    }
    script = (_HERE / "boot.js").read_text(encoding="utf-8")
    data = json.dumps(config).replace("<", "\\u003c")  # nothing in it may end the script element
    return f"window.zhituConfig = {data};\n{script}"


def _listen(host: str, port: int) -> socket.socket:
    """Open the socket ourselves: a port in use is one clear line, and port 0 any free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortError(
                f"Port {port} on {host} is in use",
                "Close the other program, or take another port: ZHITU_PORT=0 finds a free one.",
            ) from error
        raise PortError(
            f"The page can't be opened at {host}:{port}: {error.strerror or error}",
            "Set ZHITU_HOST and ZHITU_PORT to an address of this machine.",
        ) from error


def _assistant(settings: Settings) -> Assistant:
    from assistant.pipeline import Assistant

    return Assistant(settings)


class _Files(StaticFiles):
    """Our style sheet and scripts, and not the Python files that they lie between."""

    def lookup_path(self, path: str) -> tuple[str, os.stat_result | None]:
        if Path(path).suffix not in {".css", ".js", ".svg"}:
            return "", None
        return super().lookup_path(path)


class _Server(uvicorn.Server):
    """Says the address once the page is really served, and only then loads the Assistant."""

    def __init__(self, config: uvicorn.Config, desk: Desk, address: str) -> None:
        super().__init__(config)
        self._desk = desk
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        print(f"知图 Zhitu: {self._address}", flush=True)
        self._desk.open()
