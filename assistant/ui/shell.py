"""What is put around the server's answers: the head of the page, and headers that keep it safe."""

from __future__ import annotations

import re
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Nothing is loaded from elsewhere and nothing is sent elsewhere, whatever stands in a note.
# Gradio needs inline scripts, and `Function` for its HTML templates.
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "content-security-policy": _POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}
_FOREIGN_META = re.compile(rb'<meta\s+(?:property="og:|name="twitter:)[^>]*>\s*')
_HEAD = """<head>
<script>{boot}</script>
<title>知图 Zhitu</title>
<meta name="description" content="Ask your own deep-learning notes, with citations.">
<link rel="icon" href="./zhitu/logo.svg" type="image/svg+xml">
<link rel="stylesheet" href="./zhitu/style.css">
<link rel="stylesheet" href="./zhitu/talk.css">
<link rel="stylesheet" href="./zhitu/talks.css">
<link rel="stylesheet" href="./zhitu/passages.css">
<link rel="stylesheet" href="./zhitu/reader.css">
<link rel="stylesheet" href="./zhitu/evals.css">
<link rel="stylesheet" href="./zhitu/home.css">
<link rel="stylesheet" href="./zhitu/map.css">
<link rel="stylesheet" href="./zhitu/map_panel.css">
<link rel="stylesheet" href="./zhitu/note_edit.css">
<link rel="stylesheet" href="./zhitu/interview.css">
<link rel="stylesheet" href="./zhitu/review.css">
<link rel="modulepreload" href="./zhitu/header.js">
<link rel="modulepreload" href="./zhitu/home.js">
<link rel="modulepreload" href="./zhitu/ask.js">
<link rel="modulepreload" href="./zhitu/reader.js">"""


class Shell:
    """ASGI middleware. Streams pass untouched; only the page at `/` is rewritten.

    Gradio adds its `head` from a script when it has started; ours has to stand in the page, so that
    nothing flashes white, unstyled or in the other language.
    """

    def __init__(self, app: ASGIApp, boot: str) -> None:
        self._app = app
        self._head = _HEAD.format(boot=boot).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
        elif scope["path"] == "/" and scope["method"] == "GET":
            await self._page(scope, receive, send)
        else:
            await self._app(scope, receive, guarded(scope, send))

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        plain = [(k, v) for k, v in scope["headers"] if k.lower() != b"accept-encoding"]
        start: dict[str, Any] = {}
        body = b""

        async def collect(message: Message) -> None:
            nonlocal body
            if message["type"] == "http.response.start":
                start.update(message)
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            page = _FOREIGN_META.sub(b"", body).replace(b"<head>", self._head, 1)
            headers = MutableHeaders(raw=list(start["headers"]))
            headers["content-length"] = str(len(page))
            headers["cache-control"] = "no-store"
            await out({**start, "headers": headers.raw})
            await out({"type": "http.response.body", "body": page})

        out = guarded(scope, send)
        await self._app({**scope, "headers": plain}, receive, collect)


def guarded(scope: Scope, send: Send) -> Send:
    """Wrap `send` so that every response carries the headers that keep the page safe."""

    async def out(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message["headers"]))
            for name, value in _HEADERS.items():
                headers[name] = value
            if scope["path"].startswith("/zhitu/"):
                headers["cache-control"] = "no-cache"  # asked again each time, by its ETag
            message = {**message, "headers": headers.raw}
        await send(message)

    return out
