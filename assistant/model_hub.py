"""Fetches models from a model hub, or a mirror that answers like one.

The hub is the reader's choice (`ZHITU_HUB_URL`); none is built in. One protocol is all that is
needed, URL/REPO/resolve/REVISION/FILE with ranges, so a plain file server can be a mirror too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from assistant.errors import ModelDamagedError, ModelMissingError
from assistant.model_manifest import FileSpec, HubSource
from assistant.model_partial import BLOCK, Partial

if TYPE_CHECKING:
    import httpx

_PIECE = 32 * BLOCK  # what a broken connection can cost
_TIMEOUT = 30.0  # seconds without a byte


def fetch_from_hub(
    hub_url: str,
    source: HubSource,
    file: FileSpec,
    partial: Partial,
    report: Callable[[int], None],
) -> None:
    """Append to `partial` what it lacks, and check it against what the hub says of it.

    Args:
        hub_url: The hub, such as `https://hub.example`.
        source: Repository and revision.
        file: Which file; its hash, where the manifest has one, is for the caller to check.
        partial: The file under way.
        report: Called with the number of bytes that are there. What it raises ends the fetch.

    Raises:
        ModelMissingError: The hub can't be reached, or has no such file.
        ModelDamagedError: What came does not have the hash that the hub announced.
    """
    import httpx

    path = f"{source.repo}/resolve/{source.revision}/{file.name}"
    url = f"{hub_url.rstrip('/')}/{quote(path)}"
    try:
        with httpx.Client(follow_redirects=True, timeout=_TIMEOUT) as client:
            announced = _fetch(client, url, partial, report)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise ModelMissingError(
            f"The hub {hub_url} did not deliver {source.repo} ({_reason(error)})",
            "Look at the network and at ZHITU_HUB_URL, then: zhitu models pull",
        ) from error
    if not file.sha256 and announced and announced != _own_hash(partial, announced):
        partial.discard()
        raise ModelDamagedError(
            f"{file.name} of {source.repo} came with another hash than the hub announced",
            "Try again: zhitu models pull",
        )


def _fetch(client: httpx.Client, url: str, partial: Partial, report: Callable[[int], None]) -> str:
    """Returns the hash announced, or nothing."""
    # Compressed in transit, a range would count other bytes than the file's.
    headers = {"Accept-Encoding": "identity"}
    if partial.size:
        headers["Range"] = f"bytes={partial.size}-"
    with client.stream("GET", url, headers=headers) as response:
        if response.status_code == 416:  # the range begins at the end: everything is there
            return _announced([*response.history, response])
        response.raise_for_status()
        if response.status_code != 206 and partial.size:
            partial.cut_all()  # the server knows no ranges, and sends the whole file
        blocks = response.iter_raw(BLOCK)
        while partial.append(_reported(_take(blocks, _PIECE), partial.size, report)):
            pass
        return _announced([*response.history, response])


def _take(blocks: Iterator[bytes], size: int) -> Iterator[bytes]:
    while size > 0 and (block := next(blocks, b"")):
        size -= len(block)
        yield block


def _reported(blocks: Iterator[bytes], done: int, report: Callable[[int], None]) -> Iterator[bytes]:
    for block in blocks:
        done += len(block)
        yield block
        report(done)


def _announced(responses: list[httpx.Response]) -> str:
    """The hash in the headers: the hub's own answer has it, which may only send us elsewhere."""
    for name in ("X-Linked-Etag", "ETag"):
        for response in responses:
            value = response.headers.get(name, "").removeprefix("W/").strip('"')
            if re.fullmatch("[0-9a-f]{64}|[0-9a-f]{40}", value):
                return str(value)
    return ""


def _own_hash(partial: Partial, announced: str) -> str:
    return partial.sha256() if len(announced) == 64 else partial.git_hash()


def _reason(error: Exception) -> str:
    import httpx

    if isinstance(error, httpx.HTTPStatusError):
        return f"it answered {error.response.status_code}"
    if isinstance(error, httpx.TimeoutException):
        return f"it said nothing for {_TIMEOUT:.0f} s"
    return str(error) or type(error).__name__
