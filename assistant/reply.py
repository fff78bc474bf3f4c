"""What a learner states: their words without instructions to the marker and the question's echo."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.language import split_sentences
from assistant.tokenization import fold, tokens

_ECHOED = 0.8  # of a clause's terms that the question has: it asks, it states nothing
_CLAUSE = re.compile(r"(?<=[,\uff0c:\uff1a])")
# said to whoever marks, not about the subject
_TO_MARKER = re.compile(
    r"满分|(?:打|给|判|评)(?:我|个|一个)?(?:高分|全对|及格|\s*100|一百)|全部?(?:判|算)(?:我)?(?:对|covered)|"
    r"一律判|标准答案|(?:评委|面试官|阅卷|老师)您?好|人工审核|不必再?核对|【?系统】?[:\uff1a\uff3d】]|"
    r"(?:忽略|无视)(?:以上|上面|下面|之前|前面|所有)|(?:ignore|disregard)\b.{0,30}\b(?:instruction|above|previous)|"
    r"full (?:marks|score)|(?:mark|grade|score|judge) (?:me|this|it|all|everything)\b|"
    r"covered\b|as an? (?:ai|grader)|system\s*:",
    re.I,
)
_UNKNOWN = re.compile(
    r"不知道|不晓得|不清楚|不太?(?:记得|了解|懂|会)|没(?:学|看|听|背|复习)过|想不起来?|"
    r"记不(?:清|得|起)|答不(?:上|出)来?|"
    r"忘(?:了|记)|跳过|(?:don'?t|do not|no) (?:know|idea|remember)|not sure|"
    r"never (?:heard|learn\w*)|"
    r"skip|pass\b|forg[eo]t",
    re.I,
)


@dataclass(frozen=True)
class Reply:
    """The statements of an answer, in its own words and order."""

    statements: tuple[str, ...]
    unknown: bool  # they say that they don't know, and little else

    @property
    def text(self) -> str:
        """All statements as one text."""
        return "".join(self.statements).strip()


def read_reply(question: str, answer: str) -> Reply:
    """Take the statements out of what somebody typed."""
    asked = {token.term for token in tokens(question)}
    kept: list[str] = []
    news: set[str] = set()  # words of clauses that claim something
    gave_up = False
    for sentence in split_sentences(answer):
        pieces = [p for p in _CLAUSE.split(sentence) if not _TO_MARKER.search(fold(p))]
        said = "".join(pieces)
        if not said.strip() or _echo(said, asked):
            continue
        kept.append(said)
        blank = [bool(_UNKNOWN.search(fold(piece))) for piece in pieces]
        gave_up = gave_up or any(blank)
        for piece, empty in zip(pieces, blank, strict=True):
            news |= set() if empty else {token.term for token in tokens(piece)} - asked
    if gave_up and not news:
        kept = []
    return Reply(tuple(kept), gave_up and not news)


def _echo(sentence: str, asked: set[str]) -> bool:
    """Whether nearly every word of a sentence stands in the question."""
    said = [token.term for token in tokens(sentence)]
    return not said or (
        len(said) > 2 and sum(term in asked for term in said) >= _ECHOED * len(said)
    )
