"""All that is kept of one learner, as a file that another instance can read."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    JsonValue,
    ValidationError,
)

from assistant.errors import UsageError
from assistant.scheduling import Weights
from assistant.study import Attempt, Card, Profile, Review, Session

_LAST_YEAR = 2200  # of a time: centuries on, intervals run past what a date can hold
FORMAT = "zhitu-progress"
VERSION = 1


def _aware(value: BaseModel) -> BaseModel:
    """Refuse a time without a zone, which would be off by hours unseen, or in a far future."""
    for name, held in value:
        if hasattr(held, "tzinfo") and held.tzinfo is None:
            raise ValueError(f"the time `{name}` has no zone")
        if getattr(held, "year", 0) > _LAST_YEAR:
            raise ValueError(f"the time `{name}` lies in the year {held.year}")
    return value


class ExportedConversation(BaseModel):
    """A conversation with its turns."""

    id: str
    updated: AwareDatetime
    turns: list[dict[str, JsonValue]]


class Export(BaseModel):
    """What a learner takes along."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["zhitu-progress"] = "zhitu-progress"
    version: Literal[1] = 1
    profile: Annotated[Profile, AfterValidator(_aware)]
    cards: list[Annotated[Card, AfterValidator(_aware)]] = []
    reviews: list[Annotated[Review, AfterValidator(_aware)]] = []
    attempts: list[Annotated[Attempt, AfterValidator(_aware)]] = []
    sessions: list[Annotated[Session, AfterValidator(_aware)]] = []
    conversations: list[ExportedConversation] = []
    weights: Annotated[Weights, AfterValidator(_aware)] | None = None  # of FSRS; None: its own

    def under(self, profile: str) -> Export:
        """The same as the property of `profile`, with ids of its own."""
        space = uuid.uuid5(uuid.NAMESPACE_OID, profile)

        def new(identity: str) -> str:
            return uuid.uuid5(space, identity).hex if identity else ""

        def moved(held: Attempt | Session) -> dict[str, str]:
            return {"id": new(held.id), "profile": profile}

        return self.model_copy(
            update={
                "reviews": [r.model_copy(update={"id": new(r.id)}) for r in self.reviews],
                "attempts": [
                    a.model_copy(update={**moved(a), "session": new(a.session)})
                    for a in self.attempts
                ],
                "sessions": [s.model_copy(update=moved(s)) for s in self.sessions],
                "conversations": [
                    c.model_copy(update={"id": new(c.id)}) for c in self.conversations
                ],
            }
        )


def read_export(data: Any) -> Export:
    """Check what was exported.

    Raises:
        UsageError: It is no export, or one of a newer version.
    """
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise UsageError("That is no export of progress", "Choose the file that Zhitu wrote.")
    if isinstance(data.get("version"), int) and data["version"] > VERSION:
        raise UsageError(
            f"The export is of version {data['version']}, and this program knows {VERSION}",
            "Upgrade: pip install --upgrade zhitu",
        )
    try:
        export = Export.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"The export is damaged at {place}: {first['msg']}", "Export it again."
        ) from None
    for name in ("reviews", "attempts", "sessions", "conversations"):
        ids = [held.id for held in getattr(export, name)]
        if len(set(ids)) < len(ids):
            raise UsageError(f"The export holds some {name} twice", "Export it again.")
    if len({card.question_id for card in export.cards}) < len(export.cards):
        raise UsageError("The export holds some cards twice", "Export it again.")
    return export
