"""Fetches pages and PDFs as a polite visitor: says who it is, asks robots.txt, waits, gives up.

A page that somebody else named (a reference's link, a redirect) must not reach into this machine or
its network, so every address on the way is looked at before and after the connection is made.
"""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urljoin, urlsplit
from urllib.request import getproxies, proxy_bypass
from urllib.robotparser import RobotFileParser

import httpx
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from assistant import __version__
from assistant.errors import SourceError

AGENT = f"Zhitu/{__version__} (study assistant; reads the references of a learner's notes)"
MAX_BYTES = 30_000_000
_CONNECT, _READ, _WHOLE = 10.0, 20.0, 120.0  # seconds
_REDIRECTS = 5
_TRIES = 3
_LONGEST_DELAY = 20.0  # seconds between two pages of a site, whatever its robots.txt asks for
_ROBOTS_BYTES = 500_000


@dataclass(frozen=True)
class Page:
    """What an address held. `etag` and `modified` are empty where the server gave none."""

    url: str  # after redirects
    content_type: str
    data: bytes
    etag: str = ""
    modified: str = ""


class _AgainError(Exception):
    """A failure that may pass: the server is busy, or the connection broke."""


class Fetcher:
    """Fetches with one client. Close it, or use it in a `with`.

    Args:
        allow_private: Whether addresses of this machine and its network may be reached; only for
            an address that the user typed.
        pause: Seconds of the first wait before a further try; each next one is twice as long.
            Between two pages of one site passes that time too, or what its robots.txt asks for.
    """

    def __init__(self, allow_private: bool = False, pause: float = 1.0) -> None:
        self._allow_private = allow_private
        self._pause = pause
        self._robots: dict[str, RobotFileParser | None] = {}
        self._visited: dict[str, float] = {}  # site → when it was last asked, monotonic seconds
        self._client = httpx.Client(
            headers={"User-Agent": AGENT, "Accept": "text/html, application/pdf, text/*;q=0.9"},
            timeout=httpx.Timeout(_READ, connect=_CONNECT),
            trust_env=not allow_private,  # no proxy can reach this machine's own addresses
        )

    def __enter__(self) -> Fetcher:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, url: str, etag: str = "", modified: str = "") -> Page | None:
        """Fetch one address; None where it is unchanged since `etag` or `modified`.

        Raises:
            SourceError: It is refused, missing, too large, too slow, or not allowed.
        """
        self._wait(url)
        headers = {}
        if etag:
            headers["If-None-Match"] = etag
        if modified:
            headers["If-Modified-Since"] = modified
        try:
            for attempt in Retrying(
                stop=stop_after_attempt(_TRIES),
                wait=wait_exponential(multiplier=self._pause, max=30),
                retry=retry_if_exception_type(_AgainError),
                reraise=True,
            ):
                with attempt:
                    return self._visit(url, headers)
        except _AgainError as error:
            raise SourceError(f"{url} can't be fetched: {error}", "Try again later.") from error
        raise AssertionError("Retrying returns or raises")

    def _visit(self, url: str, headers: dict[str, str]) -> Page | None:
        for _ in range(_REDIRECTS + 1):
            self._check_address(url)
            if not self._allowed(url):
                raise SourceError(f"robots.txt of {url} asks not to fetch it", "Leave it out.")
            with self._open(url, headers) as response:
                if response.has_redirect_location:  # `is_redirect` holds for 304 too
                    url = _target(url, response)
                    continue
                if response.status_code == httpx.codes.NOT_MODIFIED:
                    return None
                if response.status_code in (429, 500, 502, 503, 504):
                    raise _AgainError(f"status {response.status_code}")
                if not response.is_success:
                    raise SourceError(
                        f"{url} answers with status {response.status_code}", "Check the address."
                    )
                return Page(
                    url=url,
                    content_type=response.headers.get("content-type", "").lower(),
                    data=self._read(response, MAX_BYTES),
                    etag=response.headers.get("etag", ""),
                    modified=response.headers.get("last-modified", ""),
                )
        raise SourceError(f"{url} redirects too often", "Check the address.")

    @contextlib.contextmanager
    def _open(self, url: str, headers: dict[str, str]) -> Iterator[httpx.Response]:
        try:
            with self._client.stream("GET", url, headers=headers) as response:
                self._check_peer(response)
                yield response
        except httpx.InvalidURL as error:
            raise _no_address(url) from error
        except httpx.HTTPError as error:
            raise _AgainError(str(error) or type(error).__name__) from error

    @staticmethod
    def _read(response: httpx.Response, limit: int) -> bytes:
        began = time.monotonic()
        data = bytearray()
        for piece in response.iter_bytes():
            data += piece
            if len(data) > limit:
                raise SourceError(f"{response.url} has over {limit:,} bytes", "Leave it out.")
            if time.monotonic() - began > _WHOLE:
                raise SourceError(f"{response.url} took over {_WHOLE:.0f} s", "Try again later.")
        return bytes(data)

    def _allowed(self, url: str) -> bool:
        site = _site(url)
        if site not in self._robots:
            self._robots[site] = self._read_robots(f"{site}/robots.txt")
        rules = self._robots[site]
        return rules is None or rules.can_fetch(AGENT, url)

    def _wait(self, url: str) -> None:
        """Let time pass since the page before of the same site."""
        site = _site(url)
        rules = self._robots.get(site)
        asked = float(rules.crawl_delay(AGENT) or 0) if rules and self._pause else 0.0
        seconds = max(self._pause, min(asked, _LONGEST_DELAY))
        left = self._visited.get(site, 0.0) + seconds - time.monotonic()
        if site in self._visited and left > 0:
            time.sleep(left)
        self._visited[site] = time.monotonic()

    def _read_robots(self, url: str) -> RobotFileParser | None:
        """The rules of a site; None where it has none. RFC 9309: a server error forbids all."""
        rules = RobotFileParser(url)
        for _ in range(_REDIRECTS + 1):
            self._check_address(url)
            with self._open(url, {}) as response:
                if response.has_redirect_location:
                    url = _target(url, response)
                    continue
                if response.status_code >= 500:
                    raise _AgainError(f"robots.txt: status {response.status_code}")
                if not response.is_success:
                    return None
                text = self._read(response, _ROBOTS_BYTES).decode("utf-8", "replace")
            rules.parse(text.splitlines())
            return rules
        return None  # RFC 9309: after five redirects it counts as missing

    def _check_address(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError as error:  # an odd port, half an IPv6 address
            raise _no_address(url) from error
        if parts.scheme not in ("http", "https") or not host:
            raise _no_address(url)
        if self._allow_private:
            return
        try:
            found = socket.getaddrinfo(host, port or 80, proto=socket.IPPROTO_TCP)
        except ValueError as error:  # no name that the resolver takes
            raise _no_address(url) from error
        except OSError as error:
            raise _AgainError(f"{host} is not found: {error}") from error
        for *_, address in found:
            _refuse_private(str(address[0]), url)

    def _check_peer(self, response: httpx.Response) -> None:
        """A name may point elsewhere the second time it is looked up: see who really answered."""
        if self._allow_private or _through_proxy(response.url):
            return  # behind a proxy it is the proxy that answers, and that looks the name up
        stream = response.extensions.get("network_stream")
        peer = stream.get_extra_info("server_addr") if stream else None
        if peer:
            _refuse_private(str(peer[0]), str(response.url))


def _site(url: str) -> str:
    return url[: url.find("/", url.find("//") + 2)] if url.count("/") > 2 else url


def is_private(url: str) -> bool:
    """Whether an address names this machine or its network; False where it isn't found."""
    try:
        parts = urlsplit(url)
        found = socket.getaddrinfo(parts.hostname, parts.port or 80, proto=socket.IPPROTO_TCP)
    except (OSError, ValueError):
        return False
    return any(not _is_global(str(address[0])) for *_, address in found)


def _no_address(url: str) -> SourceError:
    return SourceError(f"{url} is no web address", "It begins with http:// or https://.")


def _target(url: str, response: httpx.Response) -> str:
    location = response.headers["location"]
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise _no_address(location) from error


def _through_proxy(url: httpx.URL) -> bool:
    proxies = getproxies()  # holds `no` too, which is no proxy
    return (url.scheme in proxies or "all" in proxies) and not proxy_bypass(url.host)


def _is_global(address: str) -> bool:
    return ipaddress.ip_address(address.split("%")[0]).is_global


def _refuse_private(address: str, url: str) -> None:
    if not _is_global(address):
        raise SourceError(f"{url} leads into a private network ({address})", "It is left out.")
