"""What the Review tab does on the server: what is due, a card at a time, and the learner's data."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from pydantic import Field

from assistant.bullets import bullet_of, numbered
from assistant.errors import UsageError
from assistant.interview import LONGEST
from assistant.mastery import entry_of
from assistant.scheduling import Scheduler, due_in
from assistant.schema import Language, Question
from assistant.study import Attempt, Card, Rating
from assistant.ui.desk import Desk
from assistant.ui.interview_desk import as_file
from assistant.ui.interview_views import mark_view
from assistant.ui.people import Asker, People

RATINGS: tuple[Rating, ...] = (1, 2, 3, 4)


class Begin(Asker):
    """How long a review may take; 0: all that is due."""

    minutes: int = Field(default=5, ge=0, le=240)


class Of(Asker):
    """A card."""

    question: str = Field(max_length=400)
    language: Language = "zh"  # of its words


class Rated(Of):
    """A rating. `attempt` is new for every card, and the same where it is changed."""

    attempt: str = Field(min_length=8, max_length=80)
    rating: Rating
    seconds: float = Field(default=0, ge=0, le=1e6)


class Typed(Of):
    """An answer that is to be marked."""

    attempt: str = Field(min_length=8, max_length=80)
    text: str = Field(max_length=100_000)
    seconds: float = Field(default=0, ge=0, le=1e6)


class ReviewDesk:
    """The reviews behind all browser tabs; what is kept of them is in the store."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._people = People(desk)

    def stats(self, given: Any) -> dict[str, Any]:
        """Counts, forecast, retention, and the days with reviews."""
        asker = Asker.model_validate(given)
        now = self._people.now(asker)
        learner, who = self._desk.assistant().learner, self._people.who(asker)
        return {
            **learner.stats(who, now).model_dump(mode="json"),
            "today": now.date().isoformat(),
            "fitted": learner.fitted(who).model_dump(mode="json"),
        }

    def optimise(self, given: Any) -> dict[str, Any]:
        """Fit the intervals to the memory of who asks; takes many seconds."""
        asker = Asker.model_validate(given)
        who, now = self._people.who(asker), self._people.now(asker)
        return self._desk.assistant().learner.optimise(who, now).model_dump(mode="json")

    def default_weights(self, given: Any) -> dict[str, Any]:
        """Go back to the intervals of the average learner."""
        asker = Asker.model_validate(given)
        who, now = self._people.who(asker), self._people.now(asker)
        return self._desk.assistant().learner.forget_weights(who, now).model_dump(mode="json")

    def begin(self, given: Any) -> dict[str, Any]:
        """The cards of a review, in their order."""
        asked = Begin.model_validate(given)
        who, now = self._people.who(asked), self._people.now(asked)
        learner = self._desk.assistant().learner
        if asked.minutes:
            return {"cards": learner.today(who, now, asked.minutes)}
        return {"cards": learner.due(who, now)}

    def card(self, given: Any) -> dict[str, Any]:
        """A card, both of its sides, and when it would come back for each rating."""
        asked = Of.model_validate(given)
        assistant = self._desk.assistant()
        question = self._worded(asked)
        who, now = self._people.who(asked), self._people.now(asked)
        cards, scheduler = assistant.learner.memory(who)
        card = cards.get(question.id)
        known = scheduler.retrievability(card, now) if card else None
        entry = entry_of(question.id)
        path = assistant.corpus[entry].path if entry in assistant.corpus else (entry,)
        numbers, cited = numbered(bullet_of(assistant.corpus, point) for point in question.points)
        entries = dict.fromkeys([entry, *(one.entry for one in cited)])
        return {
            "id": question.id,
            "text": question.question,
            "entry": entry,
            "path": path,
            "kind": question.kind,
            "difficulty": question.difficulty,
            "points": [
                {"text": p.text, "weight": p.weight, "n": n}
                for p, n in zip(question.points, numbers, strict=True)
            ],
            "citations": [one.model_dump(mode="json") for one in cited],
            "errata": [
                erratum.model_dump(mode="json")
                for name in entries
                if name in assistant.corpus
                for erratum in assistant.corpus[name].errata
            ],
            "retrievability": known,
            "seen": card.reps if card else 0,
            "back": _back(card or Card(question_id=question.id), scheduler, now),
        }  # fmt: skip

    def rate(self, given: Any) -> dict[str, Any]:
        """Keep a rating, or change one that was given under the same id."""
        asked = Rated.model_validate(given)
        assistant, who = self._desk.assistant(), self._people.who(asked)
        now, learner = self._people.now(asked), assistant.learner
        before = assistant.store.attempt(asked.attempt)
        if before is None:
            question = self._question(asked.question).id
            card = learner.rate(who, asked.attempt, question, asked.rating, asked.seconds, now)
        elif before.profile == who and before.rating == asked.rating:
            card = learner.cards(who)[before.question_id]
        else:
            card = learner.rerate(who, asked.attempt, asked.rating)
        return {"due": card.due.isoformat() if card.due else None, "days": due_in(card, now)}

    def mark(self, given: Any) -> dict[str, Any]:
        """Keep a typed answer and mark it; the mark's rating counts until another is given."""
        asked = Typed.model_validate(given)
        assistant, who = self._desk.assistant(), self._people.who(asked)
        question = self._worded(asked)
        if not asked.text.strip():
            raise UsageError("The answer is empty", "Write something, or show the answer.")
        attempt = Attempt(
            id=asked.attempt, profile=who, question_id=question.id, kind="review",
            asked=question.question, at=self._people.now(asked), seconds=asked.seconds,
            answer=asked.text[:LONGEST],
        )  # fmt: skip
        assistant.store.record(attempt, None, None)  # before it is marked: a kill loses nothing
        marked = assistant.interview.marked(who, asked.attempt)
        view = mark_view(marked, assistant.corpus, assistant.learner)
        points = tuple(  # outside an interview answers are held against the Chinese points
            point.model_copy(update={"text": key.text})
            for point, key in zip(view.points, question.points, strict=True)
        )
        return {"mark": view.model_copy(update={"points": points}).model_dump(mode="json")}

    def anki(self, given: Any) -> dict[str, Any]:
        """All questions as a deck for Anki, with the schedule."""
        from assistant.anki_deck import deck

        asker = Asker.model_validate(given)
        assistant, who, now = (
            self._desk.assistant(),
            self._people.who(asker),
            self._people.now(asker),
        )
        cards, scheduler = assistant.learner.memory(who)
        data = deck(assistant.bank, assistant.corpus, cards, now, scheduler)
        return as_file(f"zhitu-{now:%Y-%m-%d}.apkg", "application/octet-stream", data)

    def export(self, given: Any) -> dict[str, Any]:
        """All that is kept of who asks."""
        asker = Asker.model_validate(given)
        kept = self._desk.assistant().store.export_all(self._people.who(asker))
        data = json.dumps(kept, ensure_ascii=False, indent=1).encode()
        name = f"zhitu-progress-{self._people.now(asker):%Y-%m-%d}.json"
        return as_file(name, "application/json", data)

    def delete(self, given: Any) -> dict[str, Any]:
        """Delete all that is kept of who asks; the name stays."""
        asker = Asker.model_validate(given)
        self._desk.assistant().store.delete_all(self._people.who(asker))
        return {"deleted": True}

    def _question(self, identity: str) -> Question:
        return self._desk.assistant().question(identity)

    def _worded(self, asked: Of) -> Question:
        """A question in the language of the page."""
        question = self._question(asked.question)
        if asked.language == "zh":
            return question
        return self._desk.assistant().english.get(question.id, question)


def _back(card: Card, scheduler: Scheduler, now: datetime) -> list[int]:
    """Days until it comes back, for each rating."""
    return [due_in(scheduler.review(card, rating, now), now) for rating in RATINGS]
