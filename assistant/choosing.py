"""Which question comes next: the one after which most will be known in ten days.

That is what FSRS expects of a question's memory when it is asked now, against when it isn't; an
entry that much hangs on counts more. What is due, weak or new is said, so that a learner sees why.
Asking all that is due before anything else, in the same minutes, leaves less known than choosing at
random: see `evals/LOG.md`. The daily review asks what is due, and only that.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean

from assistant.mastery import below, entry_of
from assistant.scheduling import Scheduler, is_due
from assistant.schema import Question
from assistant.study import Aim, Card, Choice, Mastery, Plan, Why

_LOOK_BACK = 6  # marks that the difficulty follows
_EASIER, _HARDER = 50, 80  # mean marks below and above which it changes
_AHEAD = timedelta(days=10)  # what is asked now should be known then
_KEPT = 0.6  # chance that what a learner knew before the first question is still known then
_GUESS = 0.4  # of what a learner without a mark knows, 0–1
# In gain, where asking something unknown is worth about .4: enough to mix, not to turn round.
_DUE = 0.02
_SAME_KIND = 0.02
_SAME_ENTRY = 0.04  # for each of the last questions that was on it
_LAST = 5  # questions
_OFF_LEVEL = 0.02  # for each level of difficulty away from the learner's
_CENTRAL = 0.1  # by how much more the gain of the most central entry counts
_CHANCE = 0.01


@dataclass(frozen=True)
class Known:
    """What choosing needs to know of a learner and of the map.

    Attributes:
        cards: What was seen, by question.
        mastery: By entry.
        marks: All marks, oldest first, 0–100.
        centrality: By entry, 0–1; see `centrality`.
    """

    cards: Mapping[str, Card]
    mastery: Mapping[str, Mastery]
    marks: Sequence[int]
    centrality: Mapping[str, float]


def centrality(links: Iterable[tuple[str, str]], bank: Mapping[str, Question]) -> dict[str, float]:
    """How much of the map hangs on an entry, 0–1: its links, and the questions it helps answer."""
    degree: Counter[str] = Counter()
    for pair in links:
        degree.update(pair)
    for question in bank.values():
        degree.update(entry for entry in question.entries if entry != entry_of(question.id))
    most = max(degree.values(), default=1)
    return {entry: count / most for entry, count in degree.items()}


def level_for(marks: Sequence[int]) -> int:
    """The difficulty, 1–3, that suits a learner with these marks; 2 for one without."""
    if not marks:
        return 2
    mean = fmean(marks[-_LOOK_BACK:])
    return 1 if mean < _EASIER else 2 if mean < _HARDER else 3


def candidates(
    bank: Mapping[str, Question], plan: Plan, taken: Iterable[str]
) -> dict[str, Question]:
    """The questions that a plan allows and that were not asked in it."""
    gone = set(taken)
    return {
        identity: question
        for identity, question in bank.items()
        if identity not in gone
        and (not plan.scope or below(entry_of(identity), plan.scope))
        and (not plan.difficulty or question.difficulty == plan.difficulty)
    }


def choose(
    bank: Mapping[str, Question],
    known: Known,
    plan: Plan,
    taken: Sequence[str],
    now: datetime,
    scheduler: Scheduler,
) -> Choice | None:
    """The next question; the same arguments give the same one.

    Args:
        bank: Questions by id.
        known: The learner and the map.
        plan: Where to choose from; its seed settles what is equal.
        taken: Questions asked in this session, in order.
        now: When it is asked.
        scheduler: Knows how fast things are forgotten.

    Returns:
        None when nothing is left that the plan allows.
    """
    left = _aimed(candidates(bank, plan, taken), plan.aim, known, now)
    if not left:
        return None
    rng = random.Random(f"{plan.seed}/{len(taken)}")
    draws = {identity: rng.random() for identity in sorted(left)}
    if plan.aim == "surprise":
        best = max(left, key=lambda identity: draws[identity])
        return _choice(best, "chosen", known, now, scheduler)
    last_kind = bank[taken[-1]].kind if taken and taken[-1] in bank else None
    lately = Counter(entry_of(identity) for identity in taken[-_LAST:])
    level = plan.difficulty or level_for(known.marks)
    fresh = Fresh(known.marks, known.mastery, scheduler, now)

    def rank(identity: str) -> tuple[float, str]:
        question, card = left[identity], known.cards.get(identity)
        gained = gain(card, scheduler, now) if card else fresh.gain(entry_of(identity))
        value = gained * (1 + _CENTRAL * known.centrality.get(entry_of(identity), 0.0))
        value += _DUE * (card is not None and is_due(card, now))
        value -= _SAME_KIND * (question.kind == last_kind)
        value -= _SAME_ENTRY * lately[entry_of(identity)]
        value -= _OFF_LEVEL * abs(question.difficulty - level)
        return value + _CHANCE * draws[identity], identity

    best = max(left, key=rank)
    return _choice(best, _why(best, known, now), known, now, scheduler)


def gain(card: Card, scheduler: Scheduler, now: datetime) -> float:
    """How much more likely a question that was seen is known ten days on, if it is asked now."""
    later = now + _AHEAD
    chance = scheduler.retrievability(card, now) or 0.0
    right, wrong = (
        scheduler.retrievability(scheduler.review(card, rating, now), later) or 0.0
        for rating in (3, 1)
    )
    return chance * right + (1 - chance) * wrong - (scheduler.retrievability(card, later) or 0.0)


class Fresh:
    """The same for questions never seen: what is known of them is guessed from their entry.

    Args:
        marks: All marks of the learner, 0–100.
        known: By entry.
        scheduler: Knows how fast things are forgotten.
        now: When it is asked.
    """

    def __init__(
        self,
        marks: Sequence[int],
        known: Mapping[str, Mastery],
        scheduler: Scheduler,
        now: datetime,
    ) -> None:
        self._overall = fmean(marks) / 100 if marks else _GUESS
        self._known = known
        self._right, self._wrong = (
            scheduler.retrievability(
                scheduler.review(Card(question_id=""), rating, now), now + _AHEAD
            )
            or 0.0
            for rating in (3, 1)
        )

    def gain(self, entry: str) -> float:
        """Of a question of this entry."""
        state = self._known.get(entry)
        chance = self._overall
        if state is not None and state.score is not None:
            chance = (state.score / 100 * state.seen + self._overall) / (state.seen + 1)
        return chance * (self._right - _KEPT) + (1 - chance) * self._wrong


def _aimed(left: dict[str, Question], aim: Aim, known: Known, now: datetime) -> dict[str, Question]:
    """Those that an aim asks for; all of them where a new learner has no weak point yet."""
    if aim == "due":
        return {i: q for i, q in left.items() if i in known.cards and is_due(known.cards[i], now)}
    if aim == "weak":
        return {i: q for i, q in left.items() if _is_weak(i, known)} or left
    return left


def _is_weak(identity: str, known: Known) -> bool:
    state = known.mastery.get(entry_of(identity))
    return state is not None and state.level in ("weak", "shaky")


def _why(identity: str, known: Known, now: datetime) -> Why:
    card = known.cards.get(identity)
    if card is not None and is_due(card, now):
        return "due"
    return "weak" if _is_weak(identity, known) else "new" if card is None else "chosen"


def _choice(identity: str, why: Why, known: Known, now: datetime, scheduler: Scheduler) -> Choice:
    card = known.cards.get(identity)
    return Choice(
        question_id=identity,
        why=why,
        retrievability=scheduler.retrievability(card, now) if card else None,
        centrality=known.centrality.get(entry_of(identity), 0.0),
    )
