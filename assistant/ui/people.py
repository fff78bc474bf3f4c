"""Who is learning, as the page tells it with everything it asks: a profile, and a time zone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field

from assistant.errors import UsageError
from assistant.study import Profile
from assistant.ui.desk import Desk


class Asker(BaseModel):
    """Who asks. A profile that isn't there is the default one, so nobody has to choose."""

    model_config = ConfigDict(frozen=True)

    profile: str = Field(default="", max_length=80)
    zone: str = Field(default="", max_length=80)  # IANA name; the learner's days begin there


class Named(Asker):
    """A name for a profile."""

    name: str = Field(max_length=200)


class People:
    """The learners behind all browser tabs."""

    clock: Callable[[], datetime] = staticmethod(lambda: datetime.now(UTC))

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def who(self, asker: Asker) -> str:
        """Id of the learner who asks."""
        store = self.desk.assistant().store
        try:
            return store.profile(asker.profile).id
        except UsageError:
            return store.default_profile(self.clock()).id

    def now(self, asker: Asker) -> datetime:
        """The time, in the zone of who asks."""
        try:
            return self.clock().astimezone(ZoneInfo(asker.zone or "UTC"))
        except (ZoneInfoNotFoundError, ValueError):
            return self.clock()

    def listed(self, given: Any) -> dict[str, Any]:
        """All learners, and which of them asks."""
        asker = Asker.model_validate(given)
        store = self.desk.assistant().store
        default = store.default_profile(self.clock())  # made where there is none
        people = store.profiles()
        mine = asker.profile if any(one.id == asker.profile for one in people) else default.id
        return {"profiles": [_shown(one) for one in people], "profile": mine}

    def create(self, given: Any) -> dict[str, Any]:
        """Add a learner, who is the one that asks from now on."""
        named = Named.model_validate(given)
        made = self.desk.assistant().store.create_profile(named.name, self.clock())
        return self.listed({"profile": made.id})

    def rename(self, given: Any) -> dict[str, Any]:
        """Give who asks another name."""
        named = Named.model_validate(given)
        renamed = self.desk.assistant().store.rename_profile(self.who(named), named.name)
        return self.listed({"profile": renamed.id})


def _shown(profile: Profile) -> dict[str, str]:
    return {"id": profile.id, "name": profile.name}
