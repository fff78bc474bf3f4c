"""Looks at all that the assistant needs, and says what to do where something is missing."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from assistant.chat_models import LOCAL_MODEL
from assistant.config import PROGRESS, Settings
from assistant.errors import ZhituError
from assistant.pipeline import Assistant


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. `needed`: asking doesn't work without it."""

    name: str
    ok: bool
    found: str
    next_step: str = ""
    needed: bool = True


def examine(settings: Settings) -> list[Check]:
    """Look at the machine, the models, the index and the endpoint. Changes nothing."""
    assistant = Assistant(settings)
    checks = [
        Check("python", sys.version_info >= (3, 11), sys.version.split()[0]),
        _folder("data folder", settings.data_dir),
        _folder("models folder", settings.models_dir),
        *(_model(assistant, name) for name in (settings.embedder, LOCAL_MODEL)),
        _index(assistant),
        _progress(settings),
    ]
    if settings.chat_url:
        checks.append(_endpoint(settings))
    assistant.close()
    return checks


def _folder(name: str, path: Path) -> Check:
    above = path
    while not above.exists():
        above = above.parent
    if not os.access(above, os.W_OK):
        return Check(name, False, f"{path} can't be written", "Choose another with --data-dir.")
    free = shutil.disk_usage(above).free
    return Check(name, True, f"{path}, {free / 1e9:.0f} GB free")


def _model(assistant: Assistant, name: str) -> Check:
    needed = name == assistant.settings.embedder
    spec = assistant.models.find(name)
    if spec is None:
        there = Path(name).is_dir()
        return Check(f"model {name}", there, "a folder" if there else "unknown", needed=needed)
    status = next(s for s in assistant.models.status() if s.spec.name == name)
    step = "" if status.state == "ready" else f"Run `zhitu models pull {name}`."
    return Check(f"model {name}", status.state == "ready", status.state, step, needed)


def _index(assistant: Assistant) -> Check:
    try:
        services = assistant.services()
    except ZhituError as error:
        return Check("index", False, error.found, error.next_step)
    manifest = services.index.manifest
    stale = assistant.ingestion.stale(manifest)
    step = f"Changed since: {', '.join(stale)}. Run `zhitu index`." if stale else ""
    return Check("index", True, f"{manifest.entries} entries, {manifest.chunks} chunks", step)


def _progress(settings: Settings) -> Check:
    from assistant.store_open import look

    try:
        found = look(settings.store_url.get_secret_value() or settings.data_dir / PROGRESS)
    except ZhituError as error:
        return Check("progress", False, error.found, error.next_step, needed=False)
    return Check("progress", True, found, needed=False)


def _endpoint(settings: Settings) -> Check:
    import httpx

    key = settings.chat_api_key.get_secret_value()
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    name = f"endpoint {settings.chat_url}"
    try:
        reply = httpx.get(f"{settings.chat_url}/models", headers=headers, timeout=5.0)
    except httpx.HTTPError as error:
        step = "Start it, or correct ZHITU_CHAT_URL."
        return Check(name, False, f"doesn't answer: {error}", step, needed=False)
    if reply.status_code in (401, 403):
        return Check(name, False, "refuses the key", "Correct ZHITU_CHAT_API_KEY.", needed=False)
    return Check(name, reply.is_success, f"answers with status {reply.status_code}", needed=False)
