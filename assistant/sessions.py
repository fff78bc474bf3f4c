"""Interviews as they stand: found again, their clock stopped and let run on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from assistant.errors import UsageError
from assistant.study import Attempt, Session

if TYPE_CHECKING:
    from assistant.store import Store

_AWAY = timedelta(minutes=15)  # without an answer: then it was killed, or nobody was there


class Sessions:
    """The interviews of learners, each to be had by its own learner only.

    Args:
        store: Where they are kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def session(self, profile: str, session_id: str) -> Session:
        """A session of this learner.

        Raises:
            UsageError: There is none of that id.
        """
        found = self._store.session(session_id)
        if found is None or found.profile != profile:
            raise UsageError("This interview does not exist", "Begin a new one.")
        return found

    def unfinished(self, profile: str) -> Session | None:
        """The latest interview that was left in the middle."""
        sessions = self._store.sessions(profile)
        return next((session for session in sessions if session.ended is None), None)

    def pause(self, profile: str, session_id: str, now: datetime) -> Session:
        """Stop the clock."""
        session = self.session(profile, session_id)
        if session.resumed is not None and session.ended is None:
            used = _used(session, self._store.attempts(profile, session_id), now)
            session = session.model_copy(update={"used": used, "resumed": None})
            self._store.save_session(session)
        return session

    def resume(self, profile: str, session_id: str, now: datetime) -> Session:
        """Let the clock run on."""
        session = self.session(profile, session_id)
        if session.resumed is None and session.ended is None:
            session = session.model_copy(update={"resumed": now})
            self._store.save_session(session)
        return session


def seconds_left(session: Session, answers: Sequence[Attempt], now: datetime) -> float | None:
    """What its plan leaves of an interview, 0 or less once it is over; None: no limit."""
    if not session.plan.minutes:
        return None
    return session.plan.minutes * 60 - _used(session, answers, now)


def _used(session: Session, answers: Sequence[Attempt], now: datetime) -> float:
    """Seconds on the clock; a killed interview doesn't run on until somebody comes back."""
    if session.resumed is None:
        return session.used
    given = sorted(a.at for a in answers if session.resumed < a.at < now)
    gaps = [later - before for before, later in pairwise([session.resumed, *given, now])]
    return session.used + sum(one.total_seconds() for one in gaps if one < _AWAY)
