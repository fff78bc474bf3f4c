"""What a learner knows of each entry: the colours of the map, and where it is weakest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from statistics import fmean

from assistant.marks import score_of
from assistant.scheduling import Scheduler, is_due
from assistant.schema import Question
from assistant.study import Attempt, Card, Level, Mastery

# Below the first pair of (score, retrievability) an entry is weak, below the second it is shaky.
_WEAK = (50, 0.6)
_SOLID = (75, 0.85)
_SEEN = 0.5  # share of an entry's questions that must have been answered before it counts as solid


def entry_of(question_id: str) -> str:
    """The entry that a question of the bank belongs to."""
    return question_id.rpartition("#")[0]


def below(entry: str, scope: Iterable[str]) -> bool:
    """Whether an entry is one of `scope` or lies under one."""
    return any(entry == top or entry.startswith(f"{top}/") for top in scope)


def last_scores(attempts: Iterable[Attempt]) -> dict[str, int]:
    """The last mark of each question, 0–100; follow-ups ask something else and don't count.

    Args:
        attempts: Oldest first.
    """
    found: dict[str, int] = {}
    for attempt in attempts:
        mark = None if attempt.kind == "follow_up" else score_of(attempt)
        if mark is not None:
            found[attempt.question_id] = mark
    return found


def mastery(
    bank: Mapping[str, Question],
    cards: Mapping[str, Card],
    attempts: Sequence[Attempt],
    now: datetime,
    scheduler: Scheduler,
) -> dict[str, Mastery]:
    """How well each entry with questions is known.

    Args:
        bank: Questions by id.
        cards: What was seen, by question.
        attempts: Oldest first.
        now: When it is to be told.
        scheduler: Knows how fast things are forgotten.
    """
    scores = last_scores(attempts)
    of_entry: dict[str, list[str]] = {}
    for question_id in bank:
        of_entry.setdefault(entry_of(question_id), []).append(question_id)
    found: dict[str, Mastery] = {}
    for entry, questions in of_entry.items():
        held = [cards[question] for question in questions if question in cards]
        chances = [scheduler.retrievability(card, now) for card in held]
        marks = [scores[question] for question in questions if question in scores]
        found[entry] = _mastery(
            entry,
            [chance for chance in chances if chance is not None],
            marks,
            len(questions),
            sum(is_due(card, now) for card in held),
        )
    return found


def roll_up(found: Mapping[str, Mastery], top: str) -> Mastery:
    """An entry or section with all that lies below it; the whole map for ""."""
    inside = [known for entry, known in found.items() if not top or below(entry, [top])]
    chances = [
        k.retrievability for k in inside for _ in range(k.seen) if k.retrievability is not None
    ]
    marks = [round(k.score) for k in inside for _ in range(k.seen) if k.score is not None]
    return _mastery(
        top, chances, marks, sum(k.questions for k in inside), sum(k.due for k in inside)
    )


def weakest(found: Mapping[str, Mastery], count: int) -> list[Mastery]:
    """The entries that were seen and are known worst, worst first."""
    seen = [known for known in found.values() if known.level in ("weak", "shaky")]
    return sorted(seen, key=lambda known: (_known(known), known.entry))[:count]


def _known(known: Mastery) -> float:
    """0–1: the chance that something asked is remembered and right."""
    score = 1.0 if known.score is None else known.score / 100
    return score * (1.0 if known.retrievability is None else known.retrievability)


def _mastery(
    entry: str, chances: Sequence[float], marks: Sequence[int], questions: int, due: int
) -> Mastery:
    retrievability = fmean(chances) if chances else None
    score = fmean(marks) if marks else None
    seen = max(len(chances), len(marks))
    return Mastery(
        entry=entry,
        level=_level(score, retrievability, seen / questions if questions else 0),
        retrievability=retrievability,
        score=score,
        seen=seen,
        questions=questions,
        due=due,
    )


def _level(score: float | None, retrievability: float | None, seen: float) -> Level:
    if not seen:
        return "unseen"
    known = (
        100.0 if score is None else score,
        1.0 if retrievability is None else retrievability,
    )
    if any(value < least for value, least in zip(known, _WEAK, strict=True)):
        return "weak"
    solid = all(value >= least for value, least in zip(known, _SOLID, strict=True))
    return "solid" if solid and seen >= _SEEN else "shaky"
