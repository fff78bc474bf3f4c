"""Interviews as they stand, and conversations with the notes."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, Table, delete, func, select

from assistant.errors import UsageError
from assistant.store_open import Database
from assistant.store_tables import attempts, conversations, sessions
from assistant.study import Session


class Kept(NamedTuple):
    """A conversation in a list of them."""

    id: str
    updated: datetime
    question: str  # the first
    turns: int


class Conversation(NamedTuple):
    """A conversation as it was when it was kept last."""

    updated: datetime
    turns: list[dict[str, Any]]


def session_of(row: Row[Any]) -> Session:
    """The interview that a row holds."""
    return Session.model_validate(dict(row._mapping))


class KeptTalks(Database):
    """What a learner may come back to."""

    def save_session(self, session: Session) -> None:
        """Keep an interview as it stands now.

        Raises:
            UsageError: Its learner is not there, or it is another learner's.
        """
        with self._writing() as connection:
            self._put(connection, sessions, session.model_dump())

    def session(self, identity: str) -> Session | None:
        """One interview; None where there is none of that id."""
        with self._reading() as connection:
            row = connection.execute(select(sessions).where(sessions.c.id == identity)).first()
            return session_of(row) if row else None

    def sessions(self, profile: str) -> list[Session]:
        """The interviews of a learner, newest first."""
        query = select(sessions).where(sessions.c.profile == profile)
        with self._reading() as connection:
            rows = connection.execute(
                query.order_by(sessions.c.started.desc(), sessions.c.n.desc())
            )
            return [session_of(row) for row in rows]

    def delete_session(self, identity: str) -> None:
        """Delete an interview and the answers given in it.

        The cards and the log of ratings stay: they hold no words of the learner.
        """
        with self._writing() as connection:
            connection.execute(delete(attempts).where(attempts.c.session == identity))
            connection.execute(delete(sessions).where(sessions.c.id == identity))
        self._forget()

    def save_conversation(
        self, profile: str, identity: str, turns: list[dict[str, Any]], now: datetime
    ) -> None:
        """Keep a conversation as it stands now. `turns`: JSON-able; each may have a `question`.

        Raises:
            UsageError: The learner is not there, or the conversation is another learner's.
        """
        with self._writing() as connection:
            self._put(connection, conversations, conversation_row(profile, identity, turns, now))

    def conversations(self, profile: str, most: int = 1000, skip: int = 0) -> list[Kept]:
        """At most `most` conversations of a learner, the last one first, `skip` left out."""
        c = conversations.c
        latest = (c.updated.desc(), c.n.desc())
        page = select(c.id).where(c.profile == profile).order_by(*latest).limit(most).offset(skip)
        # Turns are counted only of what is shown: that reads them all.
        query = select(c.id, c.updated, c.question, func.json_array_length(c.turns))
        query = query.where(c.id.in_(select(page.subquery().c.id))).order_by(*latest)
        with self._reading() as connection:
            return [Kept(*row) for row in connection.execute(query)]

    def conversation(self, profile: str, identity: str) -> Conversation | None:
        """One conversation of a learner; None where they have none of that id."""
        c = conversations.c
        query = select(c.updated, c.turns).where(c.id == identity, c.profile == profile)
        with self._reading() as connection:
            row = connection.execute(query).first()
            return Conversation(*row) if row else None

    def delete_conversation(self, profile: str, identity: str) -> None:
        """Delete a conversation of a learner; one that isn't there is no error."""
        c = conversations.c
        with self._writing() as connection:
            connection.execute(delete(conversations).where(c.id == identity, c.profile == profile))
        self._forget()

    def _put(self, connection: Connection, table: Table, values: dict[str, Any]) -> None:
        """Insert a row or renew it, but never one of another learner."""
        put = self._insert(table).values(values)
        put = put.on_conflict_do_update(
            index_elements=["id"],
            set_={name: put.excluded[name] for name in values if name != "id"},
            where=table.c.profile == values["profile"],
        )
        if not self._wrote(connection, put):
            raise UsageError("That is another learner's", "Begin one of your own.")


def conversation_row(
    profile: str, identity: str, turns: list[dict[str, Any]], updated: datetime
) -> dict[str, Any]:
    """The row that holds a conversation."""
    question = str(turns[0].get("question", "")) if turns else ""
    return {
        "id": identity,
        "profile": profile,
        "updated": updated,
        "question": question,
        # A database's JSON knows no NaN, and one of them would break the whole list.
        "turns": json.loads(json.dumps(turns), parse_constant=lambda _: None),
    }
