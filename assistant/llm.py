"""The one way to a chat model: LlamaIndex `OpenAILike` at an endpoint, ours or anybody's.

The stream runs in an event loop of its own, on a thread of its own. Only so can it be stopped at
any moment from any thread: closing the generator of LlamaIndex's synchronous stream leaves the
server writing to the end, and a socket that another thread is reading from can't be closed at all.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assistant.llm_errors import NotAStreamError, empty_reply, explained
from assistant.llm_stream import Pieces, ReplyStream

if TYPE_CHECKING:
    import httpx
    from llama_index.llms.openai_like import OpenAILike

_OPENING, _CLOSING = "<think>", "</think>"


def import_client() -> None:
    """Import what a first reply needs, 2 s of it, before somebody waits for it."""
    import llama_index.llms.openai_like  # noqa: F401


class EndpointChatModel:
    """A chat model at an OpenAI-compatible address. Safe to use from several threads.

    Args:
        name: The model's name, as the endpoint knows it.
        base_url: Its address, usually ending in `/v1`.
        api_key: Its key; empty where none is needed.
        timeout: Seconds to the first piece of a reply.
        pause: Seconds between two pieces; by default the same.
        max_tokens: The longest reply.
        temperature: 0 for always the likeliest word.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        api_key: str = "",
        timeout: float = 60.0,
        pause: float | None = None,
        max_tokens: int = 512,
        temperature: float = 0.1,
    ) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/")
        self._api_key = api_key
        self._timeout = timeout
        self._pause = pause or timeout
        self._max_tokens = max_tokens
        self._temperature = temperature
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._llm: OpenAILike | None = None
        self._client: httpx.AsyncClient | None = None

    def stream(
        self,
        messages: Sequence[Mapping[str, Any]],
        max_tokens: int | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> ReplyStream:
        """Ask, and yield the reply piece by piece, without what a model thinks before it answers.

        Args:
            messages: `{"role": …, "content": …}`; the fixed part first, so that servers cache it.
            max_tokens: Instead of the model's own limit.
            options: More fields of the request, such as `response_format`.

        Raises:
            ChatModelError: From the iterator: the endpoint failed; what it yielded before is valid.
        """
        loop, llm = self._ready()
        limit = max_tokens or self._max_tokens
        more = {"max_tokens": limit, "temperature": self._temperature, **(options or {})}
        pieces: Pieces = queue.SimpleQueue()
        work = self._pump(llm, [dict(message) for message in messages], more, pieces)
        return ReplyStream(work, loop, pieces)

    def close(self) -> None:
        """Let go of connections and thread; a later call opens them again."""
        with self._lock:
            loop, client = self._loop, self._client
            self._loop = self._llm = self._client = None
        if loop is not None and client is not None:
            asyncio.run_coroutine_threadsafe(_shut(loop, client), loop)

    def __del__(self) -> None:
        self.close()

    def _ready(self) -> tuple[asyncio.AbstractEventLoop, OpenAILike]:
        with self._lock:
            if self._loop is None or self._llm is None:
                self._client = self._connect()
                self._llm = self._speak(self._client)
                self._loop = asyncio.new_event_loop()
                thread = threading.Thread(
                    target=_run_loop, args=(self._loop,), name="chat-model", daemon=True
                )
                thread.start()
            return self._loop, self._llm

    def _connect(self) -> httpx.AsyncClient:
        import httpx

        local = urlsplit(self.base_url).hostname in ("localhost", "127.0.0.1", "::1")
        return httpx.AsyncClient(
            follow_redirects=True,
            # A proxy from the environment can't reach this machine's own loopback.
            trust_env=not local,
            event_hooks={"response": [_refuse_pages]},
        )

    def _speak(self, client: httpx.AsyncClient) -> OpenAILike:
        from llama_index.llms.openai_like import OpenAILike

        return OpenAILike(
            model=self.name,
            api_base=self.base_url,
            api_key=self._api_key or "none",  # the client insists on one
            is_chat_model=True,
            max_retries=0,  # a second try would double the wait; the reader decides
            timeout=max(self._timeout, self._pause),
            async_http_client=client,
        )

    async def _pump(
        self,
        llm: OpenAILike,
        messages: list[dict[str, Any]],
        more: dict[str, Any],
        pieces: Pieces,
    ) -> None:
        """Put the pieces into the queue, and an error where there is one."""
        from llama_index.core.llms import ChatMessage

        thoughts = _Thoughts()
        said = False
        wait = self._timeout
        try:
            asked = [ChatMessage(role=item["role"], content=item["content"]) for item in messages]
            async with aclosing(await llm.astream_chat(asked, **more)) as replies:
                while True:
                    try:
                        reply = await asyncio.wait_for(anext(replies), wait)
                    except StopAsyncIteration:
                        break
                    wait = self._pause
                    text = thoughts.strip(reply.delta or "")
                    if text:
                        said = True
                        pieces.put(text)
            rest = thoughts.rest()
            if rest:
                pieces.put(rest)
            elif not said:
                pieces.put(empty_reply(self.name, thoughts.any))
        # Whatever goes wrong on this thread has to reach the reader's.
        except Exception as error:
            pieces.put(explained(error, self.name, self.base_url, wait, said))


class _Thoughts:
    """Takes `<think>…</think>` away from the beginning of a reply that comes in pieces."""

    def __init__(self) -> None:
        self.any = False
        self._held = ""  # what may yet turn out to be a thought
        self._done = False

    def strip(self, piece: str) -> str:
        if self._done:
            return piece
        self._held += piece
        start = self._held.lstrip()
        if not start.startswith(_OPENING):
            if _OPENING.startswith(start):  # not decided yet
                return ""
            return self._release(self._held)
        self.any = True
        _, closed, after = start.partition(_CLOSING)
        if not closed or not after.strip():
            return ""
        return self._release(after.lstrip())

    def rest(self) -> str:
        """What was held back and is no thought, at the end of the reply."""
        return "" if self._done or self.any else self._release(self._held)

    def _release(self, text: str) -> str:
        self._done, self._held = True, ""
        return text


async def _refuse_pages(response: httpx.Response) -> None:
    """A web page or a bare JSON document where a stream was asked for: the address is wrong."""
    kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
    if response.status_code == 200 and kind in ("text/html", "application/json"):
        body = (await response.aread())[:200]
        raise NotAStreamError(kind, body.decode("utf-8", "replace"))


async def _shut(loop: asyncio.AbstractEventLoop, client: httpx.AsyncClient) -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await client.aclose()
    loop.call_soon(loop.stop)


def _run_loop(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    loop.run_forever()
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
