"""Small servers on loopback: a package index, a model hub, and a chat endpoint with scripts."""

from __future__ import annotations

import hashlib
import io
import json
import os
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What of this machine's own pip settings must not reach the pip that a test starts.
PIP_SETTINGS = ("PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL", "PIP_NO_INDEX", "PIP_CONSTRAINT")


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is no news."""


class _Quiet(BaseHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass

    def answer(self, body: bytes, kind: str, status: int = 200, **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """Serve on a free port. Yields the address."""
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def wheel(name: str, version: str, member: str, data: bytes) -> tuple[str, bytes]:
    """A wheel with one data file. Returns its file name and its bytes."""
    module = name.replace("-", "_")
    info = f"{module}-{version}.dist-info"
    files = {
        member: data,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return f"{module}-{version}-py3-none-any.whl", written.getvalue()


@dataclass
class FakeIndex:
    """A package index; `hold` names packages whose wheels are not sent until `release` is set."""

    wheels: dict[str, tuple[str, bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # packages whose wheel was asked for, in order
    hold: set[str] = field(default_factory=set)
    held: threading.Event = field(default_factory=threading.Event)
    release: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    def add(self, name: str, member: str, data: bytes, version: str = "1.0") -> None:
        self.wheels[name] = wheel(name, version, member, data)

    def environment(self) -> dict[str, str]:
        """For a process whose pip shall see this index and nothing else."""
        kept = {name: value for name, value in os.environ.items() if name not in PIP_SETTINGS}
        return kept | {
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": f"{self.url}/simple/",
            "PIP_RETRIES": "0",
            "NO_PROXY": "127.0.0.1",
        }

    @contextmanager
    def running(self) -> Iterator[FakeIndex]:
        index = self

        class Handler(_Quiet):
            def do_GET(self) -> None:
                _, kind, name, *_rest = f"{self.path}//".split("/")
                if name not in index.wheels:
                    self.answer(b"no such project", "text/plain", 404)
                    return
                file, data = index.wheels[name]
                if kind == "simple":
                    page = f'<html><a href="/files/{name}/{file}">{file}</a></html>'
                    self.answer(page.encode(), "text/html")
                    return
                index.asked.append(name)
                if name in index.hold:
                    index.held.set()
                    index.release.wait(30)
                self.answer(data, "application/octet-stream")

        with serving(Handler) as self.url:
            try:
                yield self
            finally:
                self.release.set()


@dataclass
class FakeHub:
    """A model hub; `cut` breaks the connection after so many bytes, once."""

    files: dict[str, bytes] = field(default_factory=dict)  # by "repo/resolve/revision/name"
    etags: dict[str, str] = field(default_factory=dict)  # instead of the true hash
    ranges: list[str] = field(default_factory=list)  # Range headers, "" for none
    cut: int = 0
    status: int = 200
    url: str = ""

    @contextmanager
    def running(self) -> Iterator[FakeHub]:
        hub = self

        class Handler(_Quiet):
            def do_GET(self) -> None:
                path = self.path.strip("/")
                if hub.status != 200 or path.removeprefix("cdn/") not in hub.files:
                    self.answer(b"no", "text/plain", hub.status if hub.status != 200 else 404)
                    return
                data = hub.files[path.removeprefix("cdn/")]
                if not path.startswith("cdn/"):  # like the real one: hash here, bytes elsewhere
                    etag = hub.etags.get(path) or hashlib.sha256(data).hexdigest()
                    self.answer(
                        b"", "text/plain", 302, X_Linked_Etag=f'"{etag}"', Location=f"/cdn/{path}"
                    )
                    return
                wanted = self.headers.get("Range", "")
                hub.ranges.append(wanted)
                start = int(wanted.removeprefix("bytes=").rstrip("-") or 0)
                if start >= len(data):
                    self.answer(b"", "text/plain", 416)
                elif hub.cut:
                    self.send_response(206 if wanted else 200)
                    self.send_header("Content-Length", str(len(data) - start))
                    self.end_headers()
                    self.wfile.write(data[start : start + hub.cut])
                    hub.cut = 0
                    self.close_connection = True
                else:
                    kind = "application/octet-stream"
                    self.answer(data[start:], kind, 206 if wanted else 200)

        with serving(Handler) as self.url:
            yield self


@dataclass
class FakeChat:
    """An OpenAI-compatible endpoint; the first part of the path names the script to play."""

    requests: list[dict[str, object]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    written: int = 0  # pieces of the endless script
    gone: threading.Event = field(default_factory=threading.Event)  # a client went away
    release: threading.Event = field(default_factory=threading.Event)
    url: str = ""

    @contextmanager
    def running(self) -> Iterator[FakeChat]:
        chat = self

        class Handler(_Quiet):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                chat.requests.append(json.loads(body))
                chat.keys.append(self.headers.get("Authorization", ""))
                script = self.path.split("/")[1]
                try:
                    getattr(self, f"play_{script.replace('-', '_')}")()
                except OSError:
                    chat.gone.set()
                self.close_connection = True

            def begin(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()

            def piece(self, text: str) -> None:
                delta = {"role": "assistant", "content": text}
                chunk = {
                    "id": "1",
                    "object": "chat.completion.chunk",
                    "created": 1,
                    "model": "m",
                    "choices": [{"index": 0, "delta": delta, "finish_reason": None}],
                }
                self.raw(json.dumps(chunk))

            def raw(self, data: str) -> None:
                self.wfile.write(f"data: {data}\n\n".encode())
                self.wfile.flush()

            def play_hello(self) -> None:
                self.begin()
                for text in ("残差", "连接", " [1]"):
                    self.piece(text)
                self.raw("[DONE]")

            def play_thinking(self) -> None:
                self.begin()
                for text in ("<th", "ink>\nhm", "m</think>", "\n\n", "Two", " gates"):
                    self.piece(text)
                self.raw("[DONE]")

            def play_only_thinking(self) -> None:
                self.begin()
                self.piece("<think>hmm")
                self.raw("[DONE]")

            def play_empty(self) -> None:
                self.begin()
                self.raw("[DONE]")

            def play_endless(self) -> None:
                self.begin()
                while not chat.release.wait(0.005):
                    chat.written += 1
                    self.piece("word ")

            def play_silent(self) -> None:
                chat.release.wait(30)

            def play_stalls(self) -> None:
                self.begin()
                self.piece("half")
                chat.release.wait(30)

            def play_error_inside(self) -> None:
                self.begin()
                self.piece("half")
                self.raw(json.dumps({"error": {"message": "out of memory", "code": 500}}))

            def play_breaks(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/event-stream")
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.piece("half")

            def play_nonsense(self) -> None:
                self.begin()
                self.raw("{this is no JSON")

            def play_other_json(self) -> None:
                self.begin()
                self.raw('["a", 1]')

            def play_page(self) -> None:
                self.answer(b"<html>hello</html>", "text/html")

            def play_document(self) -> None:
                self.answer(b'{"detail": "no streams here"}', "application/json")

            def refuse(self, status: int) -> None:
                error = {"error": {"message": f"reason {status}"}}
                self.answer(json.dumps(error).encode(), "application/json", status)

            def play_401(self) -> None:
                self.refuse(401)

            def play_403(self) -> None:
                self.refuse(403)

            def play_404(self) -> None:
                self.refuse(404)

            def play_400(self) -> None:
                self.refuse(400)

            def play_429(self) -> None:
                self.refuse(429)

            def play_503(self) -> None:
                self.refuse(503)

        with serving(Handler) as self.url:
            try:
                yield self
            finally:
                self.release.set()
