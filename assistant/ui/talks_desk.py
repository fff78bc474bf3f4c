"""What the Ask tab keeps on the server: conversations, so that they outlive the browser's tab.

The page sends a conversation whole, and it is joined by its turns' ids with what is kept: whatever
comes twice, late, or from two tabs that have the same one open, no turn is lost.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterable
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from assistant.errors import UsageError
from assistant.ui.desk import Desk
from assistant.ui.people import Asker, People
from assistant.ui.turns import TurnView

MOST_TURNS = 200
MOST_BYTES = 2_000_000  # of a conversation, as JSON in UTF-8; the oldest turns go first
TURN_BYTES = 250_000  # of a turn; a larger one is not kept at all
LISTED = 50  # conversations shown at once
_TITLE = 200  # characters of a question in the list
_OVER = ("done", "failed")  # phases of an answer that is whole

Turns = list[dict[str, Any]]


class ChosenScope(BaseModel):
    """The part of the notes that a question was asked about."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(max_length=1000)
    title: str = Field(max_length=1000)


class KeptTurn(BaseModel):
    """A question and its answer, as the page draws them."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(min_length=1, max_length=64)
    question: str
    scope: ChosenScope | None = None
    asked: float = Field(ge=0, le=1e14, allow_inf_nan=False)  # milliseconds since 1970
    seconds: float | None = Field(default=None, ge=0, allow_inf_nan=False)
    stopped: bool = False
    view: TurnView


class Of(Asker):
    """A conversation."""

    id: str = Field(pattern="^[0-9A-Za-z-]{8,64}$")


class Talk(Of):
    """A conversation as it stands in a tab. Its turns are judged one by one."""

    turns: list[Any] = Field(max_length=MOST_TURNS)
    updated: AwareDatetime | None = None  # when one that was deleted comes back; else now


class Page(Asker):
    """A part of the list."""

    skip: int = Field(default=0, ge=0, le=1_000_000)


class TalksDesk:
    """The conversations behind all browser tabs; what is kept of them is in the store."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._people = People(desk)
        self._turn = threading.Lock()

    def keep(self, given: Any) -> dict[str, Any]:
        """Keep a conversation as it stands now; says how many turns it has.

        Raises:
            UsageError: Nothing of it can be kept, its learner is not there any more, or it is
                another learner's.
        """
        talk = Talk.model_validate(given)
        store = self._desk.assistant().store
        who = self._who(talk)
        sent = fitted(readable(talk.turns))
        if not sent:
            raise UsageError("The conversation holds no turn to keep", "Ask a question.")
        now = self._people.clock()
        with self._turn:
            kept = store.conversation(who, talk.id)
            turns = fitted(joined(readable(kept.turns) if kept else [], sent))
            store.save_conversation(who, talk.id, turns, min(talk.updated or now, now))
        return {"kept": len(turns)}

    def talks(self, given: Any) -> dict[str, Any]:
        """The conversations of who asks, the last one first, some at a time."""
        page = Page.model_validate(given)
        store = self._desk.assistant().store
        found = store.conversations(self._who(page), LISTED + 1, page.skip)
        return {
            "talks": [
                {
                    "id": kept.id,
                    "question": " ".join(kept.question[: 2 * _TITLE].split())[:_TITLE],
                    "updated": kept.updated.isoformat(),
                    "turns": kept.turns,
                }
                for kept in found[:LISTED]
            ],
            "more": len(found) > LISTED,
        }

    def talk(self, given: Any) -> dict[str, Any]:
        """A conversation of who asks, to go on with.

        Raises:
            UsageError: They have none of that id.
        """
        return self._found(Of.model_validate(given))

    def forget(self, given: Any) -> dict[str, Any]:
        """Delete a conversation of who asks; gives what was kept, to take it back with `keep`.

        Raises:
            UsageError: They have none of that id.
        """
        asked = Of.model_validate(given)
        with self._turn:
            found = self._found(asked)
            store = self._desk.assistant().store
            store.delete_conversation(self._who(asked), asked.id)
        return found

    def _who(self, asked: Asker) -> str:
        """Not the default learner for one that is gone: they would find what another has asked."""
        if not asked.profile:
            return self._people.who(asked)
        return self._desk.assistant().store.profile(asked.profile).id

    def _found(self, asked: Of) -> dict[str, Any]:
        store = self._desk.assistant().store
        kept = store.conversation(self._who(asked), asked.id)
        if kept is None:
            raise UsageError("That conversation is not there any more", "Open the list again.")
        return {
            "id": asked.id,
            "updated": kept.updated.isoformat(),
            "turns": readable(kept.turns),
        }


def readable(turns: Iterable[Any]) -> Turns:
    """The turns that the page can draw; a browser may send anything, and so may an import."""
    found = []
    for turn in turns:
        try:
            shown = KeptTurn.model_validate(turn).model_dump(mode="json")
        except ValidationError:
            continue  # one that is broken must not take the others along
        # Half a character, as a browser can cut one off, could not be sent back.
        found.append(json.loads(_encoded(shown)))
    return found


def joined(kept: Turns, sent: Turns) -> Turns:
    """All turns of both, as they were asked.

    What is sent is newer, but a tab that was copied or reloaded in the middle of an answer has only
    half of it: what is whole stays.
    """
    turns = {turn["id"]: turn for turn in kept}
    for turn in sent:
        before = turns.get(turn["id"], turn)
        if turn["view"]["phase"] in _OVER or before["view"]["phase"] not in _OVER:
            turns[turn["id"]] = turn
    return sorted(turns.values(), key=lambda turn: float(turn["asked"]))


def fitted(turns: Turns) -> Turns:
    """The last turns, as many as may be kept."""
    room, last = MOST_BYTES, []
    for turn in reversed(turns[-MOST_TURNS:]):
        size = len(_encoded(turn))
        if size > TURN_BYTES:
            continue
        room -= size
        if room < 0:
            break
        last.append(turn)
    return last[::-1]


def _encoded(turn: dict[str, Any]) -> bytes:
    return json.dumps(turn, ensure_ascii=False).encode(errors="replace")
