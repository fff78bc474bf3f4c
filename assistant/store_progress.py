"""Answers, their marks, and what follows from them for the cards: each kept in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    and_,
    bindparam,
    delete,
    insert,
    select,
    update,
)

from assistant.errors import UsageError
from assistant.scheduling import Weights
from assistant.schema import Grade
from assistant.store_open import Database
from assistant.store_tables import attempts, cards, profiles, reviews, weights
from assistant.study import Attempt, Card, Overrule, Rating, Review

_MEMORY = {"stability", "difficulty", "due", "last_review"}  # what the weights tell of a card


def attempt_of(row: Row[Any]) -> Attempt:
    """The attempt that a row holds."""
    return Attempt.model_validate({**row._mapping, "overruled": row.overruled or ()})


def row_of(attempt: Attempt) -> dict[str, Any]:
    """The row that holds an attempt."""
    values = attempt.model_dump()
    return {**values, "overruled": list(values["overruled"]) or None}


def weights_of(connection: Connection, profile: str) -> Weights | None:
    """The weights fitted to a learner; None for one who has the default ones."""
    row = connection.execute(select(weights).where(weights.c.profile == profile)).first()
    return None if row is None else Weights.model_validate(dict(row._mapping))


class Progress(Database):
    """What a learner answered and knows."""

    def cards(self, profile: str) -> dict[str, Card]:
        """The cards of a learner by question."""
        return self.memory(profile)[0]

    def memory(self, profile: str) -> tuple[dict[str, Card], Weights | None]:
        """The cards of a learner by question and the weights they were moved by, of one moment."""
        with self._reading() as connection:
            rows = connection.execute(select(cards).where(cards.c.profile == profile))
            held = {row.question_id: Card.model_validate(dict(row._mapping)) for row in rows}
            return held, weights_of(connection, profile)

    def reviews(self, profile: str) -> list[Review]:
        """The ratings of a learner, oldest first."""
        with self._reading() as connection:
            return _log(connection, profile)

    def refit(
        self,
        profile: str,
        fitted: Weights | None,
        moved: Iterable[Card],
        seen: Sequence[Review],
    ) -> bool:
        """Keep other weights for a learner, and the cards as they are with these.

        Args:
            profile: Whose.
            fitted: The weights; None for the default ones.
            moved: Cards that are there; their counts stay.
            seen: The ratings, oldest first, that the cards were run from.

        Returns:
            False where these are not the ratings any more: then nothing is changed.

        Raises:
            UsageError: There is no such learner.
        """
        with self._writing() as connection:
            # PostgreSQL: a new rating waits for its learner's row, a correction for the rating's
            mine = select(profiles.c.id).where(profiles.c.id == profile).with_for_update()
            if connection.execute(mine).first() is None:
                raise UsageError("There is no profile of that id", "Choose one of the list.")
            if _log(connection, profile, hold=True) != list(seen):
                return False
            connection.execute(delete(weights).where(weights.c.profile == profile))
            if fitted is not None:
                connection.execute(insert(weights), {"profile": profile, **fitted.model_dump()})
            put = update(cards).where(
                cards.c.profile == profile, cards.c.question_id == bindparam("card")
            )
            if rows := [
                {"card": one.question_id, **one.model_dump(include=_MEMORY)} for one in moved
            ]:
                connection.execute(put.values({name: bindparam(name) for name in _MEMORY}), rows)
            return True

    def attempts(
        self, profile: str, session: str = "", since: datetime | None = None
    ) -> list[Attempt]:
        """The attempts of a learner, oldest first.

        Args:
            profile: Whose.
            session: Only those of this interview; empty for all.
            since: Only those answered then or later.
        """
        wanted = [attempts.c.profile == profile]
        if session:
            wanted.append(attempts.c.session == session)
        if since is not None:
            wanted.append(attempts.c.at >= since)
        return self._attempts(and_(*wanted))

    def attempt(self, identity: str) -> Attempt | None:
        """One attempt; None where there is none of that id."""
        found = self._attempts(attempts.c.id == identity)
        return found[0] if found else None

    def overruled(self, profile: str | None = None) -> list[Attempt]:
        """The attempts with a disputed mark, of one learner or of all, oldest first."""
        disputed = attempts.c.overruled.is_not(None)
        mine = attempts.c.profile == profile
        return self._attempts(disputed if profile is None else and_(disputed, mine))

    def record(
        self, attempt: Attempt, card: Card | None = None, review: Review | None = None
    ) -> bool:
        """Keep an attempt and, where it moves the card, the card and the rating with it.

        Returns:
            False where an attempt of that id is there already: then nothing is changed.

        Raises:
            UsageError: Its learner is not there.
        """
        row = self._insert(attempts).values(row_of(attempt))
        with self._writing() as connection:
            if not self._wrote(connection, row.on_conflict_do_nothing(index_elements=["id"])):
                return False
            self._move(connection, attempt.profile, card, review)
            return True

    def mark(
        self,
        attempt_id: str,
        grade: Grade | None,
        rating: Rating | None = None,
        card: Card | None = None,
        review: Review | None = None,
    ) -> bool:
        """Attach its mark to an attempt that was recorded without one.

        Returns:
            False where it has a mark or a rating already: then nothing is changed.

        Raises:
            UsageError: There is no attempt of that id.
        """
        unmarked = and_(
            attempts.c.id == attempt_id, attempts.c.grade.is_(None), attempts.c.rating.is_(None)
        )
        values = {"grade": grade.model_dump() if grade else None, "rating": rating}
        with self._writing() as connection:
            if not connection.execute(update(attempts).where(unmarked).values(values)).rowcount:
                self._row(connection, attempt_id)
                return False
            owner = self._row(connection, attempt_id).profile
            self._move(connection, owner, card, review)
            return True

    def overrule(self, attempt_id: str, overrule: Overrule) -> Attempt:
        """Keep a learner's own verdict on a point beside the grader's; the last one counts.

        Raises:
            UsageError: There is no such attempt, or its mark has no such point.
        """
        with self._writing() as connection:
            before = attempt_of(self._row(connection, attempt_id))
            if before.grade is None or overrule.point >= len(before.grade.points):
                raise UsageError(
                    f"The mark has no point {overrule.point + 1}", "Choose one of those shown."
                )
            others = [kept for kept in before.overruled if kept.point != overrule.point]
            after = before.model_copy(update={"overruled": (*others, overrule)})
            values = {"overruled": row_of(after)["overruled"]}
            connection.execute(update(attempts).where(attempts.c.id == attempt_id).values(values))
            return after

    def correct(self, attempt_id: str, rating: Rating, card: Card) -> None:
        """Put another rating in the place of an attempt's, and the card as it is with that one.

        Raises:
            UsageError: There is no attempt of that id.
        """
        with self._writing() as connection:
            owner = self._row(connection, attempt_id).profile
            for table in (attempts, reviews):
                changed = update(table).where(table.c.id == attempt_id, table.c.rating.is_not(None))
                connection.execute(changed.values(rating=rating))
            self._move(connection, owner, card, None)

    def _attempts(self, wanted: ColumnElement[bool]) -> list[Attempt]:
        query = select(attempts).where(wanted).order_by(attempts.c.at, attempts.c.n)
        with self._reading() as connection:
            return [attempt_of(row) for row in connection.execute(query)]

    def _row(self, connection: Connection, attempt_id: str) -> Row[Any]:
        """The row of an attempt, held for this transaction."""
        query = select(attempts).where(attempts.c.id == attempt_id).with_for_update()
        row = connection.execute(query).one_or_none()
        if row is None:
            raise UsageError("There is no attempt of that id", "Reload the page.")
        return row

    def _move(
        self, connection: Connection, profile: str, card: Card | None, review: Review | None
    ) -> None:
        """Write a rating and the card after it; one that was counted before moves no card."""
        if review is not None:
            row = self._insert(reviews).values(profile=profile, **review.model_dump())
            if not self._wrote(connection, row.on_conflict_do_nothing(index_elements=["id"])):
                return
        if card is not None:
            values = card.model_dump()
            put = self._insert(cards).values(profile=profile, **values)
            connection.execute(
                put.on_conflict_do_update(index_elements=["profile", "question_id"], set_=values)
            )


def _log(connection: Connection, profile: str, hold: bool = False) -> list[Review]:
    """The ratings of a learner, oldest first; held, none is changed in this transaction."""
    query = select(reviews).where(reviews.c.profile == profile)
    query = query.order_by(reviews.c.at, reviews.c.n)
    rows = connection.execute(query.with_for_update() if hold else query)
    return [Review.model_validate(dict(row._mapping)) for row in rows]
