"""The question bank as a deck for Anki, with the schedule of a learner.

`genanki` writes new cards only; what a card has behind it is written by `_Card`, in the columns of
Anki's own table: https://github.com/ankidroid/Anki-Android/wiki/Database-Structure. FSRS's memory
state goes into `data`, where Anki from 23.10 on keeps it: rslib/src/storage/card/data.rs.
Anki takes the schedule where "Import any learning progress" is ticked.
"""

from __future__ import annotations

import html
import io
import itertools
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any

import genanki  # type: ignore[import-untyped]

from assistant.bullets import bullet_of, numbered
from assistant.mastery import entry_of
from assistant.scheduling import RETENTION, Scheduler
from assistant.schema import Citation, Entry, Question
from assistant.study import Card

# Never to be changed: by them Anki knows the deck and the kind of note again.
_MODEL, _DECK = 1_764_000_731, 1_764_000_732
_NAME = "知图 Zhitu"
_ROLLOVER = time(4)  # when a day begins in Anki
_EASE = 2500  # parts of 1000, for a learner who turns FSRS off; Anki's own start

_FRONT = '<div class="place">{{Place}}</div><div class="question">{{Question}}</div>'
_CSS = """\
.card { font-family: sans-serif; font-size: 20px; line-height: 1.6; text-align: left;
        max-width: 40em; margin: 0 auto; padding: 1em; }
.place { color: #777; font-size: 14px; }
.question { font-weight: 600; }
ul.points { padding-left: 1.2em; }
blockquote { margin: .6em 0; padding-left: .8em; border-left: 3px solid #9ab; font-size: 17px; }
cite { display: block; color: #777; font-size: 14px; font-style: normal; }
"""

# What a note may hold: formulas, code, bold. The page reads the same forms, see ui/rich.js.
_RICH = re.compile(
    r"\$\$(?P<block>[\s\S]+?)\$\$|\\\[(?P<block2>[\s\S]+?)\\\]|\\\((?P<inline2>.+?)\\\)"
    r"|\$(?!\s)(?P<inline>[^$\n]+?)(?<!\s)\$(?!\d)|`(?P<code>[^`\n]+)`|\*\*(?P<bold>[^*\n]+)\*\*"
)


def deck(
    bank: Mapping[str, Question],
    corpus: Mapping[str, Entry],
    cards: Mapping[str, Card],
    now: datetime,
    scheduler: Scheduler | None = None,
) -> bytes:
    """The file `.apkg`: one note a question.

    A note's id is made from the question's, so that a later file renews what is there.

    Args:
        bank: Questions by id.
        corpus: The entries and references behind them by id.
        cards: What the learner has seen of them.
        now: When it is written, in the learner's time zone: Anki counts in days of it.
        scheduler: The learner's, which the cards were moved by; None for FSRS's own weights.
    """
    titles = {entry.url: entry.title for entry in corpus.values() if entry.kind == "reference"}
    due = [card.due for card in cards.values() if card.due is not None]
    first = min([now, *(at.astimezone(now.tzinfo) for at in due)]).date()
    began = datetime.combine(first, _ROLLOVER, now.tzinfo)
    model = genanki.Model(
        _MODEL,
        _NAME,
        fields=[{"name": name} for name in ("Question", "Answer", "Place", "Id")],
        templates=[{"name": "1", "qfmt": _FRONT, "afmt": "{{FrontSide}}<hr id=answer>{{Answer}}"}],
        css=_CSS,
    )
    made = genanki.Deck(_DECK, _NAME)
    decay = (scheduler or Scheduler()).decay
    for place, question in enumerate(bank.values()):
        card = _Card(cards.get(question.id), began, decay, place)
        made.add_note(_note(model, question, corpus, titles, card))
    return _packed(made, began, now)


class _Card(genanki.Card):  # type: ignore[misc]
    """A card with what it has behind it.

    Args:
        card: None or never seen: new in Anki too.
        began: The day from which Anki counts.
        decay: Of the curve that the learner forgets by.
        place: Among the new ones.
    """

    def __init__(self, card: Card | None, began: datetime, decay: float, place: int) -> None:
        super().__init__(0)
        self._card = card
        self._began = began
        self._decay = decay
        self._place = place

    def write_to_db(
        self, cursor: Any, timestamp: float, deck_id: int, note_id: int, ids: Any, due: int = 0
    ) -> None:
        """Write the row; columns as in Anki's table `cards`."""
        kind, days, interval, ease, reps, lapses, data = self._schedule()
        row = (next(ids), note_id, deck_id, self.ord, int(timestamp), -1, kind, kind, days,
               interval, ease, reps, lapses, 0, 0, 0, 0, data)  # fmt: skip
        cursor.execute(f"INSERT INTO cards VALUES({','.join('?' * len(row))})", row)

    def _schedule(self) -> tuple[int, int, int, int, int, int, str]:
        card = self._card
        if card is None or card.due is None or card.last_review is None:
            return 0, self._place, 0, 0, 0, 0, ""
        memory = {
            "s": round(card.stability or 0, 4), "d": round(card.difficulty or 0, 3),
            "dr": RETENTION, "decay": self._decay, "lrt": int(card.last_review.timestamp()),
        }  # fmt: skip
        days = (card.due.astimezone(self._began.tzinfo).date() - self._began.date()).days
        interval = max(1, round((card.due - card.last_review) / timedelta(days=1)))
        return 2, days, interval, _EASE, card.reps, card.lapses, json.dumps(memory)


class _Note(genanki.Note):  # type: ignore[misc]
    """A note whose one card is scheduled."""

    def __init__(self, card: _Card, **values: Any) -> None:
        super().__init__(**values)
        self._scheduled = card

    @cached_property
    def cards(self) -> list[_Card]:
        """Its card."""
        return [self._scheduled]


def _note(
    model: Any,
    question: Question,
    corpus: Mapping[str, Entry],
    titles: Mapping[str, str],
    card: _Card,
) -> _Note:
    entry = entry_of(question.id)
    path = corpus[entry].path if entry in corpus else (entry,)
    return _Note(
        card,
        model=model,
        guid=genanki.guid_for("zhitu", question.id),
        fields=[
            as_html(question.question),
            _answer(question, corpus, titles),
            html.escape(" › ".join(path[:-1])),
            html.escape(question.id),
        ],
        tags=["::".join([_NAME.partition(" ")[2], *(re.sub(r"\s+", "_", one) for one in path)])],
    )


def _answer(question: Question, corpus: Mapping[str, Entry], titles: Mapping[str, str]) -> str:
    """The points, and the bullets that they rest on, each once, with its reference."""
    numbers, bullets = numbered(bullet_of(corpus, point) for point in question.points)
    points = "".join(
        f"<li>{as_html(point.text)}{f' [{number}]' if number else ''}</li>"
        for point, number in zip(question.points, numbers, strict=True)
    )
    return f'<ul class="points">{points}</ul>{"".join(_quoted(one, titles) for one in bullets)}'


def _quoted(bullet: Citation, titles: Mapping[str, str]) -> str:
    place, url = html.escape(" › ".join(bullet.path)), bullet.source.url
    link = f'<a href="{html.escape(url)}">{html.escape(titles.get(url, url))}</a>' if url else ""
    return (
        f"<blockquote>[{bullet.n}] {as_html(bullet.quote)}"
        f"<cite>{place}{' · ' if link else ''}{link}</cite></blockquote>"
    )


def as_html(text: str) -> str:
    """A note's text as Anki shows it: formulas as MathJax, the rest safe."""
    return "".join(_pieces(text))


def _pieces(text: str) -> Iterator[str]:
    at = 0
    for found in _RICH.finditer(text):
        yield _plain(text[at : found.start()])
        at = found.end()
        block = found["block"] or found["block2"]
        inline = found["inline"] or found["inline2"]
        if block:
            yield f"\\[{html.escape(block.strip(), quote=False)}\\]"
        elif inline:
            yield f"\\({html.escape(inline, quote=False)}\\)"
        elif found["code"]:
            yield f"<code>{html.escape(found['code'], quote=False)}</code>"
        else:
            yield f"<b>{html.escape(found['bold'], quote=False)}</b>"
    yield _plain(text[at:])


def _plain(text: str) -> str:
    return html.escape(text, quote=False).replace("\n", "<br>")


def _packed(made: Any, began: datetime, now: datetime) -> bytes:
    """The deck as a file; genanki's own way leaves a temporary one behind each time."""
    base = sqlite3.connect(":memory:")
    stamp = now.timestamp()
    cursor = base.cursor()
    genanki.Package(made).write_to_db(cursor, stamp, itertools.count(int(stamp * 1000)))
    changed = (int(began.timestamp()), int(stamp * 1000), int(stamp * 1000))
    cursor.execute("UPDATE col SET crt = ?, mod = ?, scm = ?", changed)
    base.commit()
    data = base.serialize()
    base.close()
    out = io.BytesIO()
    at = now.timetuple()[:6]
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr(zipfile.ZipInfo("collection.anki2", at), data, zipfile.ZIP_DEFLATED)
        packed.writestr(zipfile.ZipInfo("media", at), "{}")
    return out.getvalue()
