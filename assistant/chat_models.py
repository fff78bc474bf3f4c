"""Which chat model answers: none, the local one, or one at the configured endpoint."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Literal

from assistant.config import Settings
from assistant.errors import UsageError
from assistant.model_store import ModelStore
from assistant.prompting import system_prompt
from assistant.schema import ChatModel

if TYPE_CHECKING:
    from assistant.llm import EndpointChatModel
    from assistant.local_model import LocalServer

ModelState = Literal["none", "absent", "loading", "ready", "failed"]

LOCAL_MODEL = "qwen2.5-coder-1.5b-instruct"


class ChatModels:
    """Starts and keeps the chat model. Safe to use from several threads."""

    def __init__(self, settings: Settings, models: ModelStore) -> None:
        self.settings = settings
        self.models = models
        self._lock = threading.RLock()
        self._server: LocalServer | None = None
        self._endpoint: EndpointChatModel | None = None  # keeps its connections

    def choose(self, wanted: str | None = None, wait: bool = False) -> ChatModel | None:
        """The chat model to use; None answers by quotation.

        Args:
            wanted: `none`, `local`, the name of a model at the configured endpoint, or None for
                the setting; `auto` is the endpoint's or the local model where there is one.
            wait: Wait until the local model is loaded; otherwise it is used once it is.

        Raises:
            UsageError: An endpoint's model is asked for, and no endpoint is configured.
            ModelMissingError: The local model is asked for by name, and isn't on this machine.
        """
        name = wanted or self.settings.model
        if name == "none":
            return None
        if name in ("auto", "local"):
            if name == "auto" and not self.models.ready(LOCAL_MODEL):
                return None
            server = self._local()
            if not wait and server.status.state == "loading":
                return None  # until it is there the passages answer
            return server.chat_model()
        if not self.settings.chat_url:
            raise UsageError(
                f"The model {name!r} needs an endpoint, and none is configured",
                "Set ZHITU_CHAT_URL (and ZHITU_CHAT_API_KEY), or use --model local or none.",
            )
        with self._lock:
            if self._endpoint is None or self._endpoint.name != name:
                from assistant.llm import EndpointChatModel

                self._endpoint = EndpointChatModel(
                    name,
                    self.settings.chat_url,
                    self.settings.chat_api_key.get_secret_value(),
                    self.settings.chat_timeout,
                )
            return self._endpoint

    def start(self) -> None:
        """Begin to load the local model in the background, where it is wanted."""
        if self.settings.model in ("auto", "local") and self.models.ready(LOCAL_MODEL):
            self._local()

    def state(self) -> tuple[ModelState, str, str]:
        """How the model is, its name, and what to do where it isn't ready."""
        name = self.settings.model
        if name == "none":
            return "none", "", ""
        if name not in ("auto", "local"):
            return (
                ("ready", name, "")
                if self.settings.chat_url
                else (
                    "failed",
                    name,
                    "No endpoint is configured. Set ZHITU_CHAT_URL.",
                )
            )
        if self._server is not None:
            status = self._server.status
            return status.state, LOCAL_MODEL, status.reason
        if not self.models.ready(LOCAL_MODEL):
            return "absent", LOCAL_MODEL, "Run `zhitu models pull` to fetch it."
        return "loading", LOCAL_MODEL, ""

    def close(self) -> None:
        """Stop the local model, let go of the endpoint."""
        with self._lock:
            if self._server is not None:
                self._server.stop()
                self._server = None
            if self._endpoint is not None:
                self._endpoint.close()
                self._endpoint = None

    def _local(self) -> LocalServer:
        with self._lock:
            if self._server is None:
                from assistant.local_model import LocalServer

                # raises where the model is missing
                self._server = LocalServer(self.models.path(LOCAL_MODEL), LOCAL_MODEL)
                self._server.start(system_prompt("zh"))
            return self._server
