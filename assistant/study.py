"""What a learner did and knows: the values that scheduling, the interview and the store share.

Times are aware and in UTC. A card stands for one question of the bank and one learner.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from assistant.schema import Grade, Language, PointVerdict

Rating = Literal[1, 2, 3, 4]  # again, hard, good, easy: FSRS's four
Style = Literal["friendly", "strict"]  # strict: no hints
Aim = Literal["scope", "weak", "due", "surprise"]  # where an interview takes its questions from
Outcome = Literal["answered", "unknown", "skipped"]  # unknown: "I don't know"
AttemptKind = Literal["interview", "follow_up", "review", "quiz"]
Why = Literal["due", "weak", "new", "chosen"]  # why a question was chosen
Level = Literal["unseen", "weak", "shaky", "solid"]  # what a learner knows of an entry


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True)


class Profile(_Value):
    """A learner. Several may share one instance; nothing of one is shown to another."""

    id: str
    name: str = Field(min_length=1, max_length=60)
    created: datetime


class Card(_Value):
    """How well a learner remembers one question. Of one never seen only the id is known."""

    question_id: str
    stability: float | None = None  # days until retrievability falls to .9
    difficulty: float | None = None  # 1–10
    due: datetime | None = None
    last_review: datetime | None = None
    reps: int = 0
    lapses: int = 0


class Review(_Value):
    """One rating of one card, as it was given."""

    id: str  # of the attempt that it came from: counted once
    question_id: str
    rating: Rating
    at: datetime
    seconds: float = Field(default=0, ge=0)  # from the question to the answer


class Overrule(_Value):
    """A mark that the learner disputes: kept beside the grader's, never over it."""

    point: int = Field(ge=0)  # place among the grade's points
    verdict: PointVerdict


class Attempt(_Value):
    """One question put to a learner, and what came of it."""

    id: str
    profile: str
    session: str = ""  # "" outside an interview
    question_id: str
    kind: AttemptKind
    asked: str  # the words of the question; of a follow-up not the bank's
    at: datetime  # of the answer
    seconds: float = Field(default=0, ge=0)  # from the question to the answer
    outcome: Outcome = "answered"
    answer: str = ""
    hints: int = Field(default=0, ge=0)
    grade: Grade | None = None  # None until it is marked, and where nothing was answered
    overruled: tuple[Overrule, ...] = ()
    rating: Rating | None = None  # None where the card isn't moved: skipped, follow-up


class Plan(_Value):
    """What an interview is to be."""

    aim: Aim = "scope"
    scope: tuple[str, ...] = ()  # ids of entries, each with all below it; () is the whole map
    questions: int = Field(default=10, ge=1, le=100)
    minutes: int = Field(default=0, ge=0, le=240)  # 0: no limit
    difficulty: int = Field(default=0, ge=0, le=3)  # 0 follows the learner
    language: Language = "zh"
    style: Style = "friendly"
    seed: int = 0


class Choice(_Value):
    """A question that was chosen, and why; the page says it in words."""

    question_id: str
    why: Why
    retrievability: float | None = None  # 0–1 at the time of choosing; None: never seen
    centrality: float = 0.0  # 0–1, of its entry on the map


class Session(_Value):
    """An interview as it stands. What was answered is in its attempts."""

    id: str
    profile: str
    plan: Plan
    started: datetime
    ended: datetime | None = None
    choices: tuple[Choice, ...] = ()  # in the order asked; the last may be unanswered
    hints: int = 0  # taken for the question that is open
    used: float = 0.0  # seconds before the last pause
    resumed: datetime | None = None  # None: paused


class Mastery(_Value):
    """What a learner knows of one entry."""

    entry: str
    level: Level
    retrievability: float | None = None  # mean over the cards that were seen, 0–1
    score: float | None = None  # mean of the last marks, 0–100
    seen: int = 0  # questions answered at least once
    questions: int = 0  # of the bank
    due: int = 0
