"""The password in front of the page, where one is set."""

from __future__ import annotations

import asyncio
import html
import secrets
from http.cookies import SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from assistant.ui.shell import guarded
from assistant.ui.texts import catalog

_COOKIE = "zhitu-pass"
_OPEN = ("/zhitu/style.css", "/zhitu/logo.svg")  # what the password page itself needs
_BODY_LIMIT = 4096  # bytes; a password is short
_WRONG_DELAY = 1.0  # seconds; guessing a password over the network must not be quick

_PAGE = """<!doctype html>
<html lang="{lang}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title><link rel="icon" href="/zhitu/logo.svg">
<link rel="stylesheet" href="/zhitu/style.css">
<script>document.documentElement.dataset.theme =
 matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";</script></head>
<body class="zt zt-gate"><main><form method="post" action="/login">
<img src="/zhitu/logo.svg" alt="" width="48" height="48"><h1>{title}</h1>
<label for="password">{label}</label>
<input id="password" name="password" type="password" autocomplete="current-password" autofocus
 required{invalid}>
{error}<button type="submit">{button}</button>
</form></main></body></html>"""


class Gate:
    """ASGI middleware: lets a browser in that has given the password, and no other.

    The pass is a random token in a cookie that scripts can't read; it ends with the server.
    """

    def __init__(self, app: ASGIApp, password: str) -> None:
        self._app = app
        self._password = password
        self._passes: set[str] = set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or ask for the password."""
        out = guarded(scope, send)
        if scope["type"] != "http" or scope["path"] in _OPEN or self._has_pass(scope):
            await self._app(scope, receive, send)
        elif scope["path"] == "/login" and scope["method"] == "POST":
            response = await self._login(scope, await _body(receive))
            await response(scope, receive, out)
        elif "text/html" in Headers(scope=scope).get("accept", ""):
            await HTMLResponse(_page(scope), 401)(scope, receive, out)
        else:
            refusal = JSONResponse({"error": "A password is needed: log in at /."}, 401)
            await refusal(scope, receive, out)

    def _has_pass(self, scope: Scope) -> bool:
        cookie = SimpleCookie(Headers(scope=scope).get("cookie", "")).get(_COOKIE)
        return cookie is not None and cookie.value in self._passes

    async def _login(self, scope: Scope, body: bytes) -> Response:
        given = parse_qs(body.decode("utf-8", "replace")).get("password", [""])[0]
        if not secrets.compare_digest(given.encode(), self._password.encode()):
            await asyncio.sleep(_WRONG_DELAY)
            return HTMLResponse(_page(scope, wrong=True), 401)
        token = secrets.token_urlsafe(32)
        self._passes.add(token)
        response: Response = RedirectResponse("/", 303)
        if "text/html" not in Headers(scope=scope).get("accept", ""):
            response = JSONResponse({"success": True})  # a script that logs in, not a browser
        response.set_cookie(_COOKIE, token, httponly=True, samesite="strict")
        return response


async def _body(receive: Receive) -> bytes:
    body = b""
    while len(body) < _BODY_LIMIT:
        message = await receive()
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body[:_BODY_LIMIT]


def _page(scope: Scope, *, wrong: bool = False) -> str:
    accepted = Headers(scope=scope).get("accept-language", "")
    text = catalog("zh" if accepted.startswith("zh") else "en")
    error = f'<p role="alert" id="wrong">{html.escape(text["gate_wrong"])}</p>' if wrong else ""
    return _PAGE.format(
        lang=text["lang"],
        title=text["name"],
        label=html.escape(text["gate_label"]),
        button=html.escape(text["gate_button"]),
        error=error,
        invalid=' aria-invalid="true" aria-describedby="wrong"' if wrong else "",
    )
