"""Chinese and English terms, for BM25 and for the checks that look at words.

Chinese is cut into overlapping pairs of characters, which needs no dictionary, loads in no time
and never makes a whole clause one term. Latin words keep their spelling variants together:
`YOLO V3`, `YOLOv3` and `yolo-v3` give the same terms, and so do `Squeeze Net` and `SqueezeNet`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple


class Token(NamedTuple):
    """A term and the characters of the text it came from, end exclusive."""

    term: str
    start: int
    end: int


_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+(?:\.\d+)?")
_VERSION = re.compile(r"^([^\W\d_]{2,}?)(v?\d+)$")
# What a question says about itself and not about its subject. Longest first where one holds
# another; they cut a run of Chinese like a blank does.
_ASKING = re.compile(
    "为什么|什么样|什么是|是什么|有什么|什么|怎么样|怎么办|怎样|怎么|如何|哪一个|哪一种|哪几个|哪几种|哪些|哪个|哪种|"
    "多少|几种|请问|请你|介绍一下|介绍|解释一下|解释|说明一下|说一说|说说|讲一讲|讲讲|谈谈|简述|"
    "是不是|能不能|有没有|可不可以|可以|一下|之间|它们|他们|这个|那个|这种|那种|以及|因为|所以|"
    "的话|的是|[吗呢吧啊呀么的了和与及或]"
)
STOP = frozenset(
    "a an the is are was were be been being of in on at to for from by with as and or not no do "
    "does did how what why when where which who whose whom it its they them their this that these "
    "those there than then so if can could should would will may might i you we me my your our "
    "about into between explain describe tell give please use used using has have had vs versus "
    "s t".split()
)


def fold(text: str) -> str:
    """Lower case and compatibility forms, character by character, so that places stay the same."""
    if text.isascii():
        return text.lower()
    return "".join(map(_fold_one, text))


@lru_cache(maxsize=20_000)
def _fold_one(character: str) -> str:
    folded = unicodedata.normalize("NFKC", character).lower()
    return folded if len(folded) == 1 else character


def is_han(character: str) -> bool:
    """Whether it is a Chinese character."""
    return "\u3400" <= character <= "\u9fff" or "\uf900" <= character <= "\ufaff"


def tokens(text: str) -> list[Token]:
    """Cut `text` into terms with their places, in reading order.

    >>> [token.term for token in tokens("空洞卷积 YOLOv3")]
    ['空洞', '洞卷', '卷积', 'yolo', 'v3', 'yolov3']
    """
    folded = fold(text)
    blanked = _ASKING.sub(lambda match: " " * len(match[0]), folded)
    found: list[Token] = []
    previous: Token | None = None  # the Latin word before, if only a blank or hyphen lies between
    for run in _RUN.finditer(blanked):
        word, start, end = run[0], run.start(), run.end()
        if is_han(word[0]):
            found += _pairs(word, start)
            previous = None
            continue
        if word in STOP:
            previous = None
            continue
        parts = _latin(word, start)
        found += parts
        whole = Token(_singular(word), start, end)
        if previous and folded[previous.end : start] in (" ", "-", "  "):
            joined = previous.term + whole.term
            found.append(Token(joined, previous.start, end))
        previous = whole
    return found


def terms(text: str) -> list[str]:
    """The terms of `text` in order, with repetitions. The same for an index and for a query."""
    return [token.term for token in tokens(text)]


def _pairs(run: str, start: int) -> list[Token]:
    if len(run) == 1:
        return [Token(run, start, start + 1)]
    return [Token(run[i : i + 2], start + i, start + i + 2) for i in range(len(run) - 1)]


def _latin(word: str, start: int) -> list[Token]:
    end = start + len(word)
    if match := _VERSION.match(word):
        cut = start + match.end(1)
        return [
            Token(match[1], start, cut),
            Token(match[2], cut, end),
            Token(word, start, end),
        ]
    return [Token(_singular(word), start, end)]


def _singular(word: str) -> str:
    """`gradients` and `gradient` are one term; `loss` and `bias` keep their s."""
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is", "as")):
        return word[:-1]
    return word
