"""Builds the prompt: a fixed part that the server can keep, then passages and question, trimmed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from assistant.schema import Citation, Language

_FOLDER = Path(__file__).with_name("prompts")
_WORDS: dict[Language, tuple[str, str]] = {
    "zh": ("【资料】", "【问题】"),
    "en": ("【Passages】", "【Question】"),
}
_PASSAGE_MARGIN = 12  # tokens around a passage: its number, its place, the line end


@lru_cache(maxsize=2)
def system_prompt(language: Language) -> str:
    """The fixed first part, by the language of the answer."""
    return (_FOLDER / f"answer.{language}.md").read_text(encoding="utf-8").strip()


def build_messages(
    question: str,
    citations: Sequence[Citation],
    language: Language,
    count_tokens: Callable[[str], int],
    budget: int,
) -> list[dict[str, Any]]:
    """The messages of one question; passages are cut at whole lines so that all fit the budget.

    Args:
        question: As understood, that is standing alone.
        citations: The numbered passages, best first.
        language: Of the answer.
        count_tokens: Length of a text in tokens; another model's tokens will do.
        budget: Tokens for the whole prompt. The first passage is kept whole in any case.
    """
    system = system_prompt(language)
    passages, asked = _WORDS[language]
    room = budget - count_tokens(system) - count_tokens(question) - 2 * _PASSAGE_MARGIN
    lines: list[str] = []
    for citation in citations:
        place = " › ".join(citation.path[-2:])
        text, used = "", 0
        for claim in citation.quote.split("\n"):
            cost = count_tokens(claim)
            if text and used + cost > room:
                break
            if lines and not text and cost + _PASSAGE_MARGIN > room:
                break
            text = f"{text}\n{claim}" if text else claim
            used += cost
        if not text:
            break
        room -= used + _PASSAGE_MARGIN
        lines.append(f"[{citation.n}] {_as_data(f'({place}) {text}')}")
    body = "\n".join(lines)
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": f"{passages}\n{body}\n{asked}{_as_data(question)}"},
    ]


def build_grading(question: str, points: Sequence[str], answer: str) -> list[dict[str, Any]]:
    """The messages that ask a chat model for one verdict a point, in the points' order."""
    system = (_FOLDER / "grade.md").read_text(encoding="utf-8").strip()
    listed = "\n".join(f"{n}: {_as_data(point)}" for n, point in enumerate(points, 1))
    parts = (("问题", _as_data(question)), ("要点", f"\n{listed}"), ("回答", _as_data(answer)))
    body = "\n".join(f"\u3010{name}\u3011{text}" for name, text in parts)
    return [{"role": "system", "content": system}, {"role": "user", "content": body}]


def _as_data(text: str) -> str:
    """Neither a passage, its titles nor a question can forge the marks that set them off."""
    return text.replace("【", "[").replace("】", "]")
