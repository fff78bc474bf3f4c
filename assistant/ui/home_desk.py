"""What Home asks of the server: the map, what the learner knows of it, an entry, a search."""

from __future__ import annotations

import hashlib
import threading
from collections import Counter
from datetime import datetime
from typing import Any

from pydantic import Field

from assistant.finding import Finder
from assistant.learner import Learner
from assistant.marks import score_of
from assistant.mastery import entry_of, roll_up, weakest
from assistant.study import Mastery
from assistant.ui.desk import Desk
from assistant.ui.home_map import MapView
from assistant.ui.people import Asker, People

LEVELS = ("unseen", "weak", "shaky", "solid")  # sent by their places
_WEAKEST = 3  # entries
_MARKS = 5  # last marks of an entry
_FOUND = 8  # entries


class Kept(Asker):
    """`map`: name of the map that the page has already."""

    map: str = Field(default="", max_length=80)


class Of(Asker):
    """An entry."""

    id: str = Field(min_length=1, max_length=400)


class Sought(Asker):
    """What was typed into the search box."""

    text: str = Field(max_length=200)


class HomeDesk:
    """Home behind all browser tabs; nothing of a learner stays here."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._people = People(desk)
        self._lock = threading.Lock()
        self._map: tuple[str, MapView] | None = None
        self._finder: tuple[object, Finder] | None = None

    def home(self, given: Any) -> dict[str, Any]:
        """The map where the page has another one, and what is known of it."""
        asked = Kept.model_validate(given)
        name, view = self._view()
        return {
            "name": name,
            "map": None if asked.map == name else view.sent,
            "progress": self._progress(view, self._people.who(asked), self._people.now(asked)),
        }

    def entry(self, given: Any) -> dict[str, Any]:
        """An entry as the panel beside the map shows it, with the learner's last marks."""
        asked = Of.model_validate(given)
        assistant = self._desk.assistant()
        reading = assistant.read(asked.id)
        who, learner = self._people.who(asked), assistant.learner
        mine = [i for i in learner.bank if entry_of(i) == reading.id]
        dues = [card.due for i, card in learner.cards(who).items() if i in mine and card.due]
        shown = reading.model_dump(mode="json", exclude={"follow_ups", "siblings", "cited_by"})
        return {
            **shown,
            "sections": shown["sections"][:1],
            "due": min(dues).isoformat() if dues else None,
            "marks": _marks(learner, who, set(mine)),
        }

    def find(self, given: Any) -> dict[str, Any]:
        """Entries that are called like what was typed; else those whose words come near."""
        asked = Sought.model_validate(given)
        assistant = self._desk.assistant()
        titles = {entry.id: entry.title for entry in assistant.entries()}
        found = [
            {"id": one.entry, "title": titles[one.entry], "name": one.name, "how": one.how}
            for one in self._names().find(asked.text, _FOUND)
            if one.entry in titles
        ]
        if not found and asked.text.strip():
            near = [hit.entry for hit in assistant.search(asked.text, _FOUND)]
            found = [
                {"id": entry, "title": titles[entry], "name": "", "how": "near"}
                for entry in dict.fromkeys(near)
                if entry in titles
            ]
        return {"found": found}

    def _view(self) -> tuple[str, MapView]:
        """The map of the index as it is, and a name that changes with it."""
        assistant = self._desk.assistant()
        entries = assistant.entries()
        errata = [len(entry.errata) for entry in entries]
        words = repr([[(e.id, e.path, e.file) for e in entries], errata, len(assistant.links)])
        name = hashlib.sha256(words.encode()).hexdigest()[:16]
        with self._lock:
            if self._map is None or self._map[0] != name:
                questions = Counter(entry_of(identity) for identity in assistant.bank)
                self._map = (name, MapView(entries, questions, assistant.links))
                _ = self._map[1].sent  # two that ask at once wait for the same one
            return self._map

    def _names(self) -> Finder:
        taxonomy = self._desk.assistant().services().taxonomy
        with self._lock:
            if self._finder is None or self._finder[0] is not taxonomy:
                self._finder = (taxonomy, Finder(taxonomy))
            return self._finder[1]

    def _progress(self, view: MapView, who: str, now: datetime) -> dict[str, Any]:
        learner = self._desk.assistant().learner
        found = learner.mastery(who, now)
        stats = learner.stats(who, now)
        worst = [one for one in weakest(found, len(found)) if one.entry in view.places]
        return {
            "known": {i: _sent(one) for i, one in found.items() if one.seen},
            "rolled": {
                identity: _sent(whole)
                for identity in view.inner
                if (whole := roll_up(found, identity)).seen
            },
            "due": stats.due,
            "minutes": stats.minutes,
            "streak": stats.streak,
            "seen": stats.seen,
            "questions": stats.questions,
            "weakest": [one.entry for one in worst[:_WEAKEST]],
        }


def _sent(known: Mastery) -> list[int | None]:
    """Level, chance to remember in percent, mark, questions seen, questions due."""
    chance = None if known.retrievability is None else round(100 * known.retrievability)
    score = None if known.score is None else round(known.score)
    return [LEVELS.index(known.level), chance, score, known.seen, known.due]


def _marks(learner: Learner, who: str, questions: set[str]) -> list[dict[str, Any]]:
    """The last marks of an entry's questions, newest first."""
    marks = [
        {"at": attempt.at.isoformat(), "score": score}
        for attempt in learner.store.attempts(who)
        if attempt.question_id in questions and attempt.kind != "follow_up"
        if (score := score_of(attempt)) is not None
    ]
    return marks[::-1][:_MARKS]
