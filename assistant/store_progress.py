"""Answers, their marks, and what follows from them for the cards: each kept in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, select, update

from assistant.errors import UsageError
from assistant.schema import Grade
from assistant.store_open import Database
from assistant.store_tables import attempts, cards, reviews
from assistant.study import Attempt, Card, Overrule, Rating, Review


def attempt_of(row: Row[Any]) -> Attempt:
    """The attempt that a row holds."""
    return Attempt.model_validate({**row._mapping, "overruled": row.overruled or ()})


def row_of(attempt: Attempt) -> dict[str, Any]:
    """The row that holds an attempt."""
    values = attempt.model_dump()
    return {**values, "overruled": list(values["overruled"]) or None}


class Progress(Database):
    """What a learner answered and knows."""

    def cards(self, profile: str) -> dict[str, Card]:
        """The cards of a learner by question."""
        with self._reading() as connection:
            rows = connection.execute(select(cards).where(cards.c.profile == profile))
            return {row.question_id: Card.model_validate(dict(row._mapping)) for row in rows}

    def reviews(self, profile: str) -> list[Review]:
        """The ratings of a learner, oldest first."""
        query = select(reviews).where(reviews.c.profile == profile)
        with self._reading() as connection:
            rows = connection.execute(query.order_by(reviews.c.at, reviews.c.n))
            return [Review.model_validate(dict(row._mapping)) for row in rows]

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
