"""Every error of the page in Chinese: the text a finished English sentence becomes.

An error is made in English, with its values in it. `texts_errors_*.py` hold a row for each sentence
that is made so: the English one with `{}` where a value stands, and the Chinese one, with `{}` in
the same order or `{0}`, `{1}` in another. What a row was made for is found by the sentence itself,
so no place that raises an error needs to know of the page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache

from assistant.ui.texts_errors_asking import ASKING
from assistant.ui.texts_errors_evals import EVALS
from assistant.ui.texts_errors_models import MODELS
from assistant.ui.texts_errors_notes import NOTES
from assistant.ui.texts_errors_store import STORE

Rows = tuple[tuple[str, str], ...]

ROWS: Rows = (*ASKING, *NOTES, *MODELS, *STORE, *EVALS)

# Words of ours that stand inside of a sentence as one of its values.
PHRASES: Rows = (
    ("the PostgreSQL database {} at {}", "{1} 上的 PostgreSQL 数据库 {0}"),
    ("its answer can't be read", "结果读不出来"),
    ("it took longer than {} minutes", "超过了 {} 分钟"),
    ("the program ends", "程序正在退出"),
    ("its process was ended by {}", "进程被 {} 终止"),
    ("its process ended with {}", "进程退出，代码 {}"),
    ("its process ended ({})", "进程退出了（{}）"),
    ("there is no file {}", "没有文件 {}"),
    ("it was stopped while it was starting", "还在启动就被停了"),
)

_SLOT = re.compile(r"\{(\d*)\}")  # `{from: …` in a text is no slot
_END = ". "  # what `ZhituError` puts between what was found and the next step

_Compiled = tuple[tuple[re.Pattern[str], str], ...]


def in_chinese(text: str) -> str:
    """The Chinese for what was found, or for a next step; `text` itself where no row fits."""
    fitting = _fitting(text, _rows())
    return text if fitting is None else fitting


def message_in_chinese(text: str) -> str:
    """The Chinese for a whole message: what was found and the next step, or one of our phrases.

    Only what fits from end to end is said in Chinese: half of a message would be neither.
    """
    at = text.find(_END)
    while at >= 0:
        found = _fitting(text[:at], _rows())
        step = _fitting(text[at + len(_END) :], _rows())
        if found is not None and step is not None:
            return f"{found}\u3002{step}"
        at = text.find(_END, at + 1)
    return _phrase(in_chinese(text))


def _phrase(value: str) -> str:
    fitting = _fitting(value, _phrases())
    return value if fitting is None else fitting


def _fitting(text: str, rows: _Compiled) -> str | None:
    for pattern, chinese in rows:
        if match := pattern.fullmatch(text):
            return _filled(chinese, [_phrase(value) for value in match.groups()])
    return None


def _filled(chinese: str, values: Sequence[str]) -> str:
    """`chinese` with the values in it. Not `format`: a text may hold braces of its own."""
    left = iter(values)
    return _SLOT.sub(lambda slot: values[int(slot[1])] if slot[1] else next(left), chinese)


@cache
def _rows() -> _Compiled:
    return _compiled(ROWS)


@cache
def _phrases() -> _Compiled:
    return _compiled(PHRASES)


def _compiled(rows: Iterable[tuple[str, str]]) -> _Compiled:
    """The rows as patterns; those with the most words of their own come first.

    `{} is empty` would fit "The answer is empty" too.
    """
    parts = [(english.split("{}"), chinese) for english, chinese in rows]
    parts.sort(key=lambda row: -len("".join(row[0])))
    return tuple(
        (re.compile("(.*?)".join(map(re.escape, words)), re.DOTALL), chinese)
        for words, chinese in parts
    )
