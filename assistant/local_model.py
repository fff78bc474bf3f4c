"""The embedded chat model: starts its server, says how far it is, and stops it."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

from assistant.errors import ChatModelError
from assistant.llm import EndpointChatModel, import_client

State = Literal["absent", "loading", "ready", "failed"]

_MAX_TOKENS = 220  # three sentences; at 13 tokens a second nobody waits for more
# How long OpenMP's threads spin while they wait for each other. On an idle machine it makes no
# difference; beside other work the default, 300,000, makes replies up to 5 times slower.
_ENVIRONMENT = {"GOMP_SPINCOUNT": "1000"}
_WARM_WAIT = 120.0  # seconds; a slow machine reads 4,000 tokens in that time


@dataclass(frozen=True)
class LocalStatus:
    """`reason` says why it failed."""

    state: State
    reason: str = ""


class LocalServer:
    """llama.cpp with one model, on loopback, behind a key that only this process knows.

    Args:
        path: The model, a GGUF file.
        name: What to call it.
        context: Tokens of prompt and reply together.
        parallel: Replies at once; they share the context.
        threads: By default what suits the machine.
        timeout: Seconds to the first piece of a reply.
    """

    def __init__(
        self,
        path: Path,
        name: str,
        context: int = 4096,
        parallel: int = 1,
        threads: int | None = None,
        timeout: float = 120.0,
    ) -> None:
        self.name = name
        self.path = path
        self._settings = {
            "path": str(path),
            "name": name,
            "api_key": secrets.token_urlsafe(32),
            "context": context,
            "parallel": parallel,
            "threads": threads or suitable_threads(),
        }
        self._timeout = timeout
        self._lock = threading.RLock()
        self._process: subprocess.Popen[str] | None = None
        self._model: EndpointChatModel | None = None
        self._status = LocalStatus("absent")
        self._settled = threading.Event()  # ready or failed
        self._prefix = ""
        self._died = False
        self._run = 0  # counts starts and stops: a load that was overtaken must change nothing

    @property
    def status(self) -> LocalStatus:
        """Where it stands now; a server that died is `failed`."""
        with self._lock:
            process = self._process
            if self._status.state == "ready" and process and process.poll() is not None:
                self._status = LocalStatus("failed", f"its process ended ({process.returncode})")
                self._died = True
            return self._status

    @property
    def pid(self) -> int | None:
        """The server's process, where there is one."""
        with self._lock:
            return self._process.pid if self._process else None

    def start(self, prefix: str = "") -> None:
        """Begin to load in the background; does nothing while it loads or is ready.

        Args:
            prefix: The system prompt that questions will begin with, read once beforehand.
        """
        with self._lock:
            if self.status.state in ("loading", "ready"):
                return
            if self._process is not None:  # it died
                _end(self._process)
            self._process = None
            self._status = LocalStatus("loading")
            self._prefix = prefix or self._prefix
            self._died = False
            self._run += 1
            self._settled.clear()
            loading = threading.Thread(
                target=self._load, args=(self._run,), name="local-model", daemon=True
            )
        loading.start()

    def chat_model(self, wait: float = 60.0) -> EndpointChatModel:
        """The model, once it is ready; starts it if nobody did, and again if it died.

        Args:
            wait: Seconds to wait at most.

        Raises:
            ChatModelError: It failed, or is not ready yet.
        """
        if self.status.state == "absent" or self._died:
            self.start()
        self._settled.wait(wait)
        status = self.status
        if status.state == "ready" and self._model is not None:
            return self._model
        if status.state == "failed":
            raise ChatModelError(
                f"The local model could not be started: {status.reason}",
                "Run: zhitu models verify; or choose another model.",
            )
        raise ChatModelError("The local model is still loading", "Try again in a few seconds.")

    def stop(self) -> None:
        """End the server and free its memory."""
        with self._lock:
            process, self._process = self._process, None
            model, self._model = self._model, None
            self._status = LocalStatus("absent")
            self._run += 1
            self._settled.set()
        if model is not None:
            model.close()
        if process is not None:
            _end(process)

    def _load(self, run: int) -> None:
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as log:
            try:
                process = self._launch(log, run)
                import_client()  # while the other process loads its model
                address = self._address(process, log)
            except (OSError, ValueError) as error:
                self._settle(run, LocalStatus("failed", f"{error}"), None)
                return
            model = EndpointChatModel(
                self.name,
                f"{address}/v1",
                api_key=str(self._settings["api_key"]),
                timeout=self._timeout,
                max_tokens=_MAX_TOKENS,
            )
            if self._prefix:
                self._warm(model, self._prefix)
            self._settle(run, LocalStatus("ready"), model)

    def _launch(self, log: IO[str], run: int) -> subprocess.Popen[str]:
        if not self.path.is_file():
            raise ValueError(f"there is no file {self.path}")
        process = subprocess.Popen(
            # -P: the folder of the script, full of our modules, is no place to import from.
            [sys.executable, "-P", str(Path(__file__).with_name("llama_process.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            encoding="utf-8",
            env={**_ENVIRONMENT, **os.environ},
            # Ctrl-C in the terminal is for us: it interrupts a reply, not the model.
            start_new_session=True,
        )
        with self._lock:
            if self._run != run:
                _end(process)
                raise ValueError("it was stopped while it was starting")
            self._process = process
        assert process.stdin is not None
        process.stdin.write(json.dumps(self._settings) + "\n")
        process.stdin.flush()
        return process

    def _address(self, process: subprocess.Popen[str], log: IO[str]) -> str:
        """Wait for the process to say where it listens."""
        assert process.stdout is not None
        line = process.stdout.readline()
        answer: Mapping[str, Any] = json.loads(line) if line else {}
        if "address" not in answer:
            _end(process)
            log.seek(0)
            said = [text.strip() for text in log.read().splitlines() if text.strip()]
            reason = str(answer.get("error", f"its process ended ({process.returncode})"))
            raise ValueError("; ".join([reason, *said[-1:]]))
        return str(answer["address"])

    def _settle(self, run: int, status: LocalStatus, model: EndpointChatModel | None) -> None:
        with self._lock:
            if self._run == run:
                self._status, self._model = status, model
                self._settled.set()

    def _warm(self, model: EndpointChatModel, prefix: str) -> None:
        import httpx

        body = {
            "model": self.name,
            "messages": [{"role": "system", "content": prefix}, {"role": "user", "content": ""}],
            "max_tokens": 1,
        }
        headers = {"Authorization": f"Bearer {self._settings['api_key']}"}
        url = f"{model.base_url}/chat/completions"
        try:
            httpx.post(url, json=body, headers=headers, timeout=_WARM_WAIT, trust_env=False)
        except httpx.HTTPError:
            return  # the first question reads the prompt itself, and meets an error that stays


def suitable_threads() -> int:
    """Threads for llama.cpp: one a core, where beyond 4 processors two share a core."""
    allowed = getattr(os, "sched_getaffinity", None)
    count = len(allowed(0)) if allowed else os.cpu_count() or 1
    return count if count <= 4 else min(count // 2, 8)


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
