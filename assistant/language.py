"""Which of the two languages a text is in, and where its sentences end."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.schema import Language
from assistant.tokenization import is_han

_ENGLISH = re.compile(
    r"\b(?:the|is|are|was|of|in|on|to|for|with|and|or|vs|versus|how|what|why|when|where|which|who|"
    r"does|do|did|can|could|should|explain|compare|difference|between|describe|define|about)\b",
    re.I,
)
# A full stop of Latin script ends a sentence before a blank and a capital, a bracket or the end;
# `e.g. `, `2.10` and the number of a list, `1. `, do not.
_END = re.compile(r"[。!?;\uff01\uff1f\uff1b\n]+[”」』\")\uff09]?(?:\s*\[\d+\])*|"
                  r"(?<![\d\s][A-Za-z])(?<!e\.g)(?<!i\.e)(?<!vs)(?<!al)"
                  r"(?<!\A\d)(?<![。!?;\uff01\uff1f\uff1b\n]\d)(?<![\n.] \d)"
                  r"\.(?:\s*\[\d+\])*(?=\s|$)")  # fmt: skip


def language_of(text: str) -> Language:
    """Chinese where a Chinese character stands or nothing shows that it is English.

    `Adam` alone is asked of Chinese notes, so it is answered in Chinese; `What is Adam` is not.
    """
    if any(is_han(character) for character in text):
        return "zh"
    words = re.findall(r"[A-Za-z]+", text)
    return "en" if _ENGLISH.search(text) or len(words) >= 4 else "zh"


def split_sentences(text: str) -> list[str]:
    """Sentences with their end marks and the `[n]` that follow them; blank ones are left out."""
    return [s for s in _cut(text, final=True) if s.strip()]


def complete_sentences(text: str) -> tuple[list[str], str]:
    """Of a text that is still being written: the sentences that have ended, and the rest."""
    pieces = list(_cut(text, final=False))
    done = sum(len(piece) for piece in pieces)
    return [piece for piece in pieces if piece.strip()], text[done:]


def _cut(text: str, final: bool) -> Iterator[str]:
    begin = 0
    for match in _END.finditer(text):
        # what follows may still be a marker that belongs to this sentence
        if not final and match.end() >= len(text):
            break
        rest = text[match.end() :]
        if not final and re.match(r"\s*(?:\[\d*)?$", rest):
            break
        yield text[begin : match.end()]
        begin = match.end()
    if final and begin < len(text):
        yield text[begin:]
