"""A web server on loopback with scripted routes; asked as a proxy it plays a whole made-up web."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Literal

from fake_servers import serving

HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Reply:
    """One answer. With an ETag or Last-Modified that the client knows already it becomes a 304."""

    body: bytes = b""
    kind: str = HTML  # "" sends none
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    ends: Literal["whole", "half", "never", "silent"] = "whole"  # how the body comes


@dataclass(frozen=True)
class Visit:
    path: str
    headers: Mapping[str, str]  # names in lower case


@dataclass
class Site:
    """Routes by path, or by address where it is asked as a proxy; what is not there is a 404.

    A list is used up one reply a visit, the last one stays.
    """

    routes: dict[str, Reply | Sequence[Reply]] = field(default_factory=dict)
    visits: list[Visit] = field(default_factory=list)
    url: str = ""
    _release: threading.Event = field(default_factory=threading.Event)

    @property
    def paths(self) -> list[str]:
        """What was asked for, without robots.txt."""
        return [v.path for v in self.visits if not v.path.endswith("/robots.txt")]

    def reply(self, visit: Visit) -> Reply:
        route = self.routes.get(visit.path, Reply(b"not here", status=404))
        if not isinstance(route, Reply):
            count = sum(other.path == visit.path for other in self.visits)
            route = route[min(count, len(route)) - 1]
        for sent, known in (("ETag", "if-none-match"), ("Last-Modified", "if-modified-since")):
            if route.headers.get(sent, "-") == visit.headers.get(known):
                return Reply(status=304, kind="", headers=route.headers)
        return route

    @contextmanager
    def running(self) -> Iterator[Site]:
        site = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, format: str, *args: object) -> None:
                pass

            def do_GET(self) -> None:
                headers = {name.lower(): value for name, value in self.headers.items()}
                site.visits.append(Visit(self.path, headers))
                reply = site.reply(site.visits[-1])
                if reply.ends == "silent":
                    site._release.wait(30)
                    return
                self.send_response(reply.status)
                if reply.kind:
                    self.send_header("Content-Type", reply.kind)
                if reply.ends != "never":
                    length = len(reply.body) + 100 * (reply.ends == "half")
                    self.send_header("Content-Length", str(length))
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.body)
                try:
                    while reply.ends == "never" and not site._release.wait(0.005):
                        self.wfile.write(b"more ")
                except OSError:
                    pass  # the client had enough

        with serving(Handler) as self.url:
            try:
                yield self
            finally:
                self._release.set()


def page(title: str, *paragraphs: str, head: str = '<meta charset="utf-8">') -> str:
    """A page as blogs have them: menu, article with headings and a list, sidebar, footer."""
    menu = "".join(f'<li><a href="/{n}">{n}</a></li>' for n in ("Home", "About us", "Log in"))
    first, *rest = paragraphs
    items = "".join(f"<li>{text}</li>" for text in rest)
    return (
        f"<!DOCTYPE html><html><head>{head}<title>{title}</title></head><body>"
        f"<nav><ul>{menu}</ul></nav><article><h1>{title}</h1><p>{first}</p>"
        f"<h2>Method</h2><ul>{items}</ul></article>"
        "<aside><h3>Popular posts</h3><a href='/a'>Ten tricks</a></aside>"
        "<footer>Copyright, all rights reserved</footer></body></html>"
    )


def moved(to: str, status: int = 302) -> Reply:
    """A redirect."""
    return Reply(status=status, headers={"Location": to})


def make_pdf(*pages: Sequence[str], password: str = "", compressed: bool = True) -> bytes:
    """A PDF with these lines; `password` must be typed to open it, " " only to change it."""
    from fpdf import FPDF

    made = FPDF()
    made.set_compression(compressed)
    made.set_font("helvetica", size=12)
    for lines in pages:
        made.add_page()
        for line in lines:
            made.cell(0, 8, line, new_x="LMARGIN", new_y="NEXT")
    if password:
        made.set_encryption(owner_password="owner", user_password=password.strip())
    return bytes(made.output())
