"""RGB's Chinese questions by its own rules: can a model answer from noisy passages, and decline?

Source: Chen et al., AAAI 2024, arXiv:2309.01431, https://github.com/chen700564/RGB (CC BY-NC-SA
4.0: to measure). Prompt, choice and order of the passages, and the match of answers are RGB's. Ours
are the sample, the model's own temperature and limit of tokens, and that from passages which are
all negative a right answer by memory is no rejection.
"""

from __future__ import annotations

import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import Field

from assistant.config import Settings
from assistant.errors import ChatModelError, UsageError
from assistant.pipeline import Assistant
from assistant.schema import ChatModel
from evals import gold
from evals.circumstances import Watch, machine
from evals.groups import grouped, means
from evals.metrics import percentile
from evals.rows import GoldError, GoldRow
from evals.runs import Configuration, JudgedItem, Run, new_id

SET = "rgb.zh"
PASSAGES = 5
_SEED = 2333  # RGB's, of the order of the passages
_ONLY_NEGATIVE = 1.0
_TOLERATED = 3  # failures of the model in one configuration
_DECLINES = ("信息不足", "insufficient information")
_SYSTEM = (
    "你是一个准确和可靠的人工智能助手，能够借助外部文档回答问题，请注意外部文档可能存在噪声事实性错误。"
    "如果文档中的信息包含了正确答案，你将进行准确的回答。如果文档中的信息不包含答案，你将生成"
    "“文档信息不足，因此我无法基于提供的文档回答该问题。”。如果部分文档中存在与事实不一致的错误，"
    "请先生成“提供文档的文档存在事实性错误。”，并生成正确答案。"
)
_NOTES = (
    "Published for ChatGPT, all 300 questions of the unrefined file: right .957 at noise 0, .707 "
    "at .8; rejection .053 by the words, .433 by a judge.",
    "The judge is RGB's match of strings. Temperature and limit of tokens are the model's own.",
)


class RgbRow(GoldRow):
    """A question; each part of its answer in one spelling or in any of several."""

    query: str = Field(min_length=1)
    answer: tuple[str | tuple[str, ...], ...] = Field(min_length=1)
    positive: tuple[str, ...]
    negative: tuple[str, ...]


@dataclass(frozen=True)
class Options:
    """What is to be run; passages that are all negative come in any case."""

    rgb: str  # the file
    model: str | None = None  # as in `Assistant.chat_model`
    noise: tuple[float, ...] = (0.0, 0.4, 0.8)
    sample: int | None = 60


def run(assistant: Assistant, options: Options, watch: Watch | None = None) -> Run:
    """Put every question of the sample to the chat model, once a share of noise.

    Raises:
        GoldError: The file is not RGB's.
        UsageError: There is no chat model.
        ChatModelError: The model failed on more than a few questions.
        StoppedError: `watch` stopped it.
    """
    watch = watch or Watch()
    started, began = datetime.now(UTC), time.perf_counter()
    rows = gold.sample(read(Path(options.rgb)), options.sample)
    chat = assistant.chat_model(options.model, wait=True)
    if chat is None:
        raise UsageError("RGB measures a chat model, and there is none", "Give --model local.")
    shares = tuple(dict.fromkeys((*options.noise, _ONLY_NEGATIVE)))
    notes = list(_NOTES)
    configurations = []
    for number, noise in enumerate(shares):
        done = number * len(rows)
        items, failures = _ask_all(chat, rows, noise, watch, done, len(shares) * len(rows))
        configurations.append(_configuration(assistant.settings, chat, noise, items))
        notes += [
            f"{_name(noise)}: {row} is left out, the model failed: {e}" for row, e in failures
        ]
    return Run(
        id=new_id("rgb", started),
        kind="rgb",
        set=SET,
        started=started,
        seconds=time.perf_counter() - began,
        settings=asdict(options),
        index={},
        model=chat.name,
        judge="RGB's match of strings",
        machine=machine(),
        notes=tuple(notes),
        configurations=tuple(configurations),
    )


def read(path: Path) -> list[RgbRow]:
    """Read the file.

    Raises:
        GoldError: It is not there, or not RGB's.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
        rows = [json.loads(line) for line in lines if line.strip()]
        found = [RgbRow.model_validate({**row, "id": f"rgb-{row['id']}"}) for row in rows]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GoldError(
            f"{path} is not RGB's: {error!r}", "Give its zh_refine.json with --rgb."
        ) from error
    if not found:
        raise GoldError(f"{path} is empty", "Give RGB's zh_refine.json with --rgb.")
    return found


def passages(row: RgbRow, noise: float) -> list[str]:
    """The passages in RGB's order; where one sort is short, the other fills up."""
    negative = math.ceil(PASSAGES * noise)
    positive = PASSAGES - negative
    if noise < 1:
        if negative > len(row.negative):
            negative = len(row.negative)
            positive = PASSAGES - negative
        elif positive > len(row.positive):
            positive = len(row.positive)
            negative = PASSAGES - positive
    shown = [*row.positive[:positive], *row.negative[:negative]]
    random.Random(_SEED).shuffle(shown)
    return shown


def messages(row: RgbRow, noise: float) -> list[dict[str, Any]]:
    """RGB's prompt."""
    shown = "\n".join(passages(row, noise))
    asked = f"文档：\n{shown} \n\n问题：\n{row.query}"
    return [{"role": "system", "content": _SYSTEM}, {"role": "user", "content": asked}]


def declines(reply: str) -> bool:
    """Whether a reply says that the passages are not enough."""
    bare = reply.replace(" ", "")
    return any(words in text for words in _DECLINES for text in (reply, bare))


def right(reply: str, answer: Sequence[str | tuple[str, ...]]) -> bool:
    """Whether every part of the answer stands in the reply, and the reply doesn't decline."""
    said = reply.replace(" ", "").lower()
    parts = [(part,) if isinstance(part, str) else part for part in answer]
    return not declines(reply) and all(any(one.lower() in said for one in part) for part in parts)


def _ask_all(
    chat: ChatModel, rows: Sequence[RgbRow], noise: float, watch: Watch, done: int, total: int
) -> tuple[list[JudgedItem], list[tuple[str, ChatModelError]]]:
    items: list[JudgedItem] = []
    failures: list[tuple[str, ChatModelError]] = []
    for number, row in enumerate(rows, 1):
        at = time.perf_counter()
        try:
            reply = "".join(chat.stream(messages(row, noise)))
        except ChatModelError as error:
            failures.append((row.id, error))
            if len(failures) > _TOLERATED or len(failures) == len(rows):
                raise
        else:
            items.append(_item(row, noise, reply, (time.perf_counter() - at) * 1000))
        watch.step(f"{chat.name}, {_name(noise)}", done + number, total)
    return items, failures


def _item(row: RgbRow, noise: float, reply: str, took: float) -> JudgedItem:
    measures = {"rejection": float(declines(reply))}
    if noise < _ONLY_NEGATIVE:
        measures = {"right": float(right(reply, row.answer)), **measures}
    parts = [part if isinstance(part, str) else " / ".join(part) for part in row.answer]
    return JudgedItem(
        id=row.id,
        q=row.query,
        kind=_name(noise),
        measures=measures,
        latency_ms=round(took, 3),
        expected=" + ".join(parts) if noise < _ONLY_NEGATIVE else _DECLINES[0],
        given=reply,
    )


def _configuration(
    settings: Settings, chat: ChatModel, noise: float, items: Sequence[JudgedItem]
) -> Configuration:
    metrics, groups = grouped(items, means)
    took = [item.latency_ms or 0.0 for item in items]
    settings = settings.model_copy(update={"model": chat.name})
    return Configuration(
        name=_name(noise),
        settings={"model": chat.name, "noise": noise, "passages": PASSAGES},
        fingerprint=settings.fingerprint(),
        metrics=metrics,
        groups=groups,
        latency_ms={f"p{p}": round(percentile(took, p), 3) for p in (50, 95)},
        items=tuple(items),
    )


def _name(noise: float) -> str:
    return "all negative" if noise >= _ONLY_NEGATIVE else f"noise {noise:g}"
