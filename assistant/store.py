"""The learners and all their progress, in a file of SQLite or on a PostgreSQL server."""

from __future__ import annotations

import unicodedata
import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, delete, insert, select, update

from assistant.errors import UsageError
from assistant.store_export import Export, ExportedConversation, read_export
from assistant.store_kept import KeptTalks, conversation_row, session_of
from assistant.store_progress import Progress, attempt_of, row_of, weights_of
from assistant.store_tables import (
    attempts,
    cards,
    conversations,
    profiles,
    reviews,
    sessions,
    storable,
    weights,
)
from assistant.study import Card, Profile, Review

FIRST_NAME = "我"  # of the learner who was never asked for one
_LONGEST = 60  # characters of a name, see Profile
_OWNED = (cards, reviews, attempts, sessions, conversations, weights)  # all that bears a profile


class Store(Progress, KeptTalks):
    """All that is kept of the learners. Safe to use from several threads and processes.

    Times come in aware and go out in UTC. Every method raises StoreError where the database fails.
    """

    def profiles(self) -> list[Profile]:
        """All learners, in the order they came."""
        with self._reading() as connection:
            rows = connection.execute(select(profiles).order_by(profiles.c.n))
            return [_profile_of(row) for row in rows]

    def profile(self, identity: str) -> Profile:
        """One learner.

        Raises:
            UsageError: There is none of that id.
        """
        with self._reading() as connection:
            return _profile_of(_row(connection, identity))

    def create_profile(self, name: str, now: datetime) -> Profile:
        """Add a learner.

        Raises:
            UsageError: The name is empty, too long, or taken (letters of either case are one).
        """
        name = _tidy(name)
        with self._writing() as connection:
            made = self._create(connection, name, now)
        if made is None:
            raise _taken(name)
        return made

    def default_profile(self, now: datetime) -> Profile:
        """The first learner, made where there is none."""
        found = self.profiles()
        if not found:
            with self._writing() as connection:
                self._create(connection, FIRST_NAME, now)  # None: another was quicker
            found = self.profiles()
        return found[0]

    def rename_profile(self, identity: str, name: str) -> Profile:
        """Give a learner another name.

        Raises:
            UsageError: There is no such learner, or the name won't do: see `create_profile`.
        """
        name = _tidy(name)
        with self._writing() as connection:
            _row(connection, identity)
            others = select(profiles.c.id).where(profiles.c.folded == _folded(name))
            if connection.scalar(others.where(profiles.c.id != identity)) is not None:
                raise _taken(name)
            values = {"name": name, "folded": _folded(name)}
            connection.execute(update(profiles).where(profiles.c.id == identity).values(values))
            return _profile_of(_row(connection, identity))

    def delete_profile(self, identity: str) -> None:
        """Delete a learner and all that is kept of them.

        Raises:
            UsageError: There is none of that id.
        """
        with self._writing() as connection:
            _row(connection, identity)
            connection.execute(delete(profiles).where(profiles.c.id == identity))
        self._forget()

    def delete_all(self, profile: str) -> None:
        """Delete all that is kept of a learner; the profile stays, empty."""
        with self._writing() as connection:
            _row(connection, profile, hold=True)  # first, as `refit` does: else each may wait
            for table in _OWNED:
                connection.execute(delete(table).where(table.c.profile == profile))
        self._forget()

    def export_all(self, profile: str) -> dict[str, Any]:
        """All that is kept of a learner, as of one moment, JSON-able; see `import_all`.

        Raises:
            UsageError: There is no such learner.
        """
        with self._reading() as connection:

            def rows(table: Table) -> list[Row[Any]]:
                order = table.c.question_id if table is cards else table.c.n
                mine = select(table).where(table.c.profile == profile)
                return list(connection.execute(mine.order_by(order)))

            export = Export(
                profile=_profile_of(_row(connection, profile)),
                cards=[Card.model_validate(dict(row._mapping)) for row in rows(cards)],
                reviews=[Review.model_validate(dict(row._mapping)) for row in rows(reviews)],
                attempts=[attempt_of(row) for row in rows(attempts)],
                sessions=[session_of(row) for row in rows(sessions)],
                conversations=[
                    ExportedConversation(id=row.id, updated=row.updated, turns=row.turns)
                    for row in rows(conversations)
                ],
                weights=weights_of(connection, profile),
            )
        # without them it is an export that older versions can read
        return export.model_dump(mode="json", exclude=None if export.weights else {"weights"})

    def import_all(self, data: dict[str, Any], now: datetime) -> Profile:
        """Add the learner of an export with all their progress; nobody else's is touched.

        A learner of that name who has no progress yet is taken; else it is a new one, with a number
        behind the name where that is taken. Ids are new, so an export may come back where it is
        from.

        Raises:
            UsageError: It is no export, or one of a newer version.
        """
        export = read_export(data)
        with self._writing() as connection:
            profile = self._home_for(connection, export.profile.name, now)
            made = export.under(profile.id)
            talks = [
                conversation_row(profile.id, t.id, t.turns, t.updated) for t in made.conversations
            ]
            fitted = [{"profile": profile.id, **made.weights.model_dump()}] if made.weights else []
            for table, rows in (
                (cards, [{"profile": profile.id, **card.model_dump()} for card in made.cards]),
                (reviews, [{"profile": profile.id, **r.model_dump()} for r in made.reviews]),
                (attempts, [row_of(attempt) for attempt in made.attempts]),
                (sessions, [session.model_dump() for session in made.sessions]),
                (conversations, talks),
                (weights, fitted),
            ):
                if rows:
                    connection.execute(insert(table), rows)
        return profile

    def _create(self, connection: Connection, name: str, now: datetime) -> Profile | None:
        """Add a learner; None where the name is taken."""
        made = Profile(id=uuid.uuid4().hex, name=name, created=now)
        row = self._insert(profiles).values(folded=_folded(name), **made.model_dump())
        kept = self._wrote(connection, row.on_conflict_do_nothing(index_elements=["folded"]))
        return _profile_of(_row(connection, made.id)) if kept else None

    def _home_for(self, connection: Connection, wanted: str, now: datetime) -> Profile:
        """The profile that an export goes into."""
        base = _tidy(wanted)
        same = select(profiles).where(profiles.c.folded == _folded(base)).with_for_update()
        if (row := connection.execute(same).first()) is not None:
            mine = (select(t.c.profile).where(t.c.profile == row.id).limit(1) for t in _OWNED)
            if all(connection.scalar(query) is None for query in mine):
                return _profile_of(row)
        number, name = 1, base
        while (made := self._create(connection, name, now)) is None:
            number += 1
            behind = f" ({number})"
            name = base[: _LONGEST - len(behind)] + behind
        return made


def _row(connection: Connection, identity: str, hold: bool = False) -> Row[Any]:
    """The row of a learner; held, it is this transaction's until that ends."""
    query = select(profiles).where(profiles.c.id == identity)
    row = connection.execute(query.with_for_update() if hold else query).first()
    if row is None:
        raise UsageError("There is no profile of that id", "Choose one of the list.")
    return row


def _profile_of(row: Row[Any]) -> Profile:
    return Profile.model_validate(dict(row._mapping))


def _tidy(name: str) -> str:
    name = storable(" ".join(name.split()))
    if not 0 < len(name) <= _LONGEST:
        raise UsageError(
            f"A name has 1 to {_LONGEST} characters, and this one {len(name)}", "Choose another."
        )
    return name


def _folded(name: str) -> str:
    """The name as names are compared: full width is half width, capitals are small."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


def _taken(name: str) -> UsageError:
    return UsageError(f"There is a profile called {name} already", "Choose another name.")
