"""What an endpoint's failure means to a person, and what to do about it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from assistant.errors import ChatModelError

if TYPE_CHECKING:
    import openai

_CHECK = "Check the endpoint in the settings (zhitu doctor shows it)."


class NotAStreamError(Exception):
    """The endpoint answered a web page or a document where a stream was asked for."""

    def __init__(self, kind: str, beginning: str) -> None:
        super().__init__(kind)
        self.kind = kind
        self.beginning = beginning


def empty_reply(name: str, thought: bool) -> ChatModelError:
    """The error for a reply without a word in it."""
    if thought:
        return ChatModelError(
            f"The model {name} thought until its limit and did not answer",
            "Allow longer replies, or choose a model that does not think aloud.",
        )
    return ChatModelError(
        f"The model {name} answered with nothing",
        f"Ask again; if it stays so, choose another model. {_CHECK}",
    )


def explained(
    error: Exception, name: str, base_url: str, waited: float, begun: bool
) -> ChatModelError:
    """Turn what the client raised into an error for the reader.

    Args:
        error: What was raised.
        name: The model.
        base_url: Where it was asked.
        waited: The seconds of silence allowed at that moment.
        begun: Whether part of the reply had come.
    """
    import httpx
    import openai

    where = _place(base_url)
    if isinstance(error, ChatModelError):
        return error
    # The client's own text is "Connection error."
    if type(error) is openai.APIConnectionError and isinstance(error.__cause__, Exception):
        error = error.__cause__
    if isinstance(error, (TimeoutError, openai.APITimeoutError, httpx.TimeoutException)):
        silence = "fell silent in the middle of a reply" if begun else "did not begin to answer"
        return ChatModelError(
            f"The model {name} at {where} {silence} (waited {waited:.0f} s)",
            "Ask again, or choose a smaller model.",
        )
    if isinstance(error, NotAStreamError):
        what = "a web page" if error.kind == "text/html" else f"a document ({error.beginning[:80]})"
        return ChatModelError(
            f"{where} answered with {what}, not with a chat model's stream",
            f"The address usually ends in /v1. {_CHECK}",
        )
    if isinstance(error, httpx.ConnectError):
        return ChatModelError(
            f"Nothing answers at {where}", f"Start the server there, or: {_CHECK}"
        )
    if isinstance(error, (httpx.InvalidURL, httpx.UnsupportedProtocol)):
        return ChatModelError(f"{where or base_url} is no usable address", _CHECK)
    if isinstance(error, httpx.HTTPError):
        when = "in the middle of a reply" if begun else "before the reply began"
        return ChatModelError(
            f"The connection to {where} broke off {when} ({type(error).__name__})", "Ask again."
        )
    if isinstance(error, openai.APIStatusError):
        return _refused(error, name, where)
    if isinstance(error, openai.APIError):
        return ChatModelError(
            f"The model {name} at {where} reported an error: {_short(error.message)}",
            "Ask again; if it stays so, choose another model.",
        )
    return ChatModelError(
        f"{where} sent something that is not the chat protocol ({type(error).__name__}: "
        f"{_short(str(error))})",
        _CHECK,
    )


def _refused(error: openai.APIStatusError, name: str, where: str) -> ChatModelError:
    status = error.status_code
    if status in (401, 403):
        return ChatModelError(
            f"{where} does not accept the API key ({status})", f"Set a valid key. {_CHECK}"
        )
    if status == 404:
        return ChatModelError(
            f"{where} has no model {name}, or no chat model at this address (404)",
            f"Check the model's name, and the address, which usually ends in /v1. {_CHECK}",
        )
    if status == 429:
        return ChatModelError(
            f"{where} refused for now: too many requests, or no credit left (429)",
            "Wait a little, or look at the account there.",
        )
    if status >= 500:
        return ChatModelError(
            f"{where} failed ({status}: {_short(error.message)})", "Try again in a moment."
        )
    return ChatModelError(
        f"{where} refused the request ({status}: {_short(error.message)})",
        f"A shorter question or another model may do. {_CHECK}",
    )


def _place(base_url: str) -> str:
    """Host and port only: an address may hold a password."""
    parts = urlsplit(base_url)
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return f"{parts.hostname or ''}{port}" or "The address given"


def _short(text: str) -> str:
    return " ".join(text.split())[:200]
