"""Learners who are simulated for weeks, to see what the order of questions is worth.

Every key point of the bank has a memory of its own, which forgets by FSRS; at the start some points
are known, more in some entries than in others. A question that is asked is answered from what is
remembered at that moment, marked with the errors that the real grader makes on the grading gold
(dev), and its points are then read: those remembered are strengthened, the others learnt anew.
Compared are the order that the product chooses, random choice, and flash cards' usual order (all
that is due, then something new), at the same minutes a day. None asks a question twice a day.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal

from assistant.choosing import Known, centrality, choose
from assistant.marks import WORTH
from assistant.mastery import entry_of, mastery
from assistant.scheduling import Scheduler, is_due, rating_of
from assistant.schema import Grade, PointGrade, PointVerdict, Question
from assistant.study import Attempt, Card, Plan

Order = Literal["chosen", "random", "due first"]
MINUTES_A_QUESTION = 2.0  # to answer it and to read what was missing
_START = datetime(2026, 1, 1, 8, tzinfo=UTC)
_CONFIDENT = 0.3  # share of unknown points about which the learner says something false
_KNOWN = (1.2, 2.0)  # Beta distribution of the share of points known at the start, by entry

# What the grader makes of a true verdict: chances in the order of `VERDICTS`.
Confusion = Mapping[PointVerdict, Sequence[float]]
VERDICTS: tuple[PointVerdict, ...] = ("covered", "partial", "contradicted", "missing")
PERFECT: Confusion = {v: [float(v == other) for other in VERDICTS] for v in VERDICTS}


@dataclass
class Learner:
    """What one learner really remembers.

    Attributes:
        memory: Of each point, by question and place; a point never learnt is not there.
    """

    rng: random.Random
    bank: Mapping[str, Question]
    forgetting: Scheduler
    memory: dict[tuple[str, int], Card] = field(default_factory=dict)

    def __post_init__(self) -> None:
        share: dict[str, float] = {}
        for identity, question in self.bank.items():
            entry = entry_of(identity)
            share.setdefault(entry, self.rng.betavariate(*_KNOWN))
            for place in range(len(question.points)):
                if self.rng.random() < share[entry]:
                    before = _START - timedelta(days=self.rng.uniform(1, 60))
                    card = Card(question_id=identity)
                    self.memory[identity, place] = self.forgetting.review(card, 3, before)

    def remembers(self, identity: str, place: int, now: datetime) -> float:
        """Chance, 0–1, that a point is remembered."""
        card = self.memory.get((identity, place))
        return (self.forgetting.retrievability(card, now) or 0.0) if card else 0.0

    def known(self, now: datetime) -> float:
        """Points known, as the sum of their chances."""
        return sum(
            self.forgetting.retrievability(card, now) or 0.0 for card in self.memory.values()
        )

    def answer(self, question: Question, now: datetime) -> list[PointVerdict]:
        """What the learner truly says of each point; then what was missing is read."""
        said: list[PointVerdict] = []
        for place in range(len(question.points)):
            recalled = self.rng.random() < self.remembers(question.id, place, now)
            wrong: PointVerdict = "contradicted" if self.rng.random() < _CONFIDENT else "missing"
            said.append("covered" if recalled else wrong)
            card = self.memory.get((question.id, place), Card(question_id=question.id))
            self.memory[question.id, place] = self.forgetting.review(
                card, 3 if recalled else 1, now
            )
        return said


def marked(
    question: Question, said: Sequence[PointVerdict], confusion: Confusion, rng: random.Random
) -> Grade:
    """The grade that a grader with these errors gives."""
    points = tuple(
        PointGrade(
            text=point.text,
            weight=point.weight,
            verdict=rng.choices(VERDICTS, confusion[verdict])[0],
            confidence=1.0,
        )
        for point, verdict in zip(question.points, said, strict=True)
    )
    total = sum(point.weight for point in points)
    score = round(100 * sum(WORTH[p.verdict] * p.weight for p in points) / total)
    return Grade(question=question.question, score=score, verdict="fair", points=points, judge="")


def simulate(
    bank: Mapping[str, Question],
    order: Order,
    seed: int,
    days: int,
    minutes: float,
    confusion: Confusion,
    links: Sequence[tuple[str, str]] = (),
) -> list[float]:
    """One learner's weeks.

    Args:
        bank: Questions by id.
        order: Who chooses.
        seed: Of the learner; the same one starts from the same knowledge under every order.
        days: How long.
        minutes: A day.
        confusion: The grader's errors.
        links: Between entries, for their centrality.

    Returns:
        Points known, as the sum of their chances, at the start and at the end of each day
        (days + 1).
    """
    rng = random.Random(f"{seed}/{order}")
    # Nobody forgets as FSRS's average learner does; the scheduler doesn't know by how much.
    forgetting = Scheduler(_perturbed(random.Random(f"{seed}/memory")))
    learner = Learner(random.Random(f"{seed}/start"), bank, forgetting)
    learner.rng = rng
    scheduler = Scheduler()
    central = centrality(links, bank)
    cards: dict[str, Card] = {}
    attempts: list[Attempt] = []
    marks: list[int] = []
    curve = [learner.known(_START)]
    for day in range(days):
        now = _START + timedelta(days=day)
        taken: list[str] = []
        state = mastery(bank, cards, attempts, now, scheduler)
        for _ in range(min(int(minutes / MINUTES_A_QUESTION), len(bank))):
            if order == "random":
                identity = rng.choice(sorted(set(bank) - set(taken)))
            elif order == "due first":
                identity = _due_first(bank, cards, taken, now, scheduler, rng)
            else:
                plan = Plan(seed=seed * 1000 + day)
                known = Known(cards, state, marks, central)
                choice = choose(bank, known, plan, taken, now, scheduler)
                if choice is None:
                    break
                identity = choice.question_id
            taken.append(identity)
            grade = marked(bank[identity], learner.answer(bank[identity], now), confusion, rng)
            card = cards.get(identity, Card(question_id=identity))
            cards[identity] = scheduler.review(card, rating_of(grade.score), now)
            marks.append(grade.score)
            attempts.append(
                Attempt(
                    id=f"{len(attempts)}", profile="", question_id=identity, kind="interview",
                    asked="", at=now, grade=grade,
                )
            )  # fmt: skip
        curve.append(learner.known(_START + timedelta(days=day + 1)))
    return curve


def _due_first(
    bank: Mapping[str, Question],
    cards: Mapping[str, Card],
    taken: Sequence[str],
    now: datetime,
    scheduler: Scheduler,
    rng: random.Random,
) -> str:
    """What is due, the most forgotten first; else something new; else whatever is left."""
    left = sorted(set(bank) - set(taken))
    due = [identity for identity in left if identity in cards and is_due(cards[identity], now)]
    if due:
        return min(due, key=lambda q: (scheduler.retrievability(cards[q], now) or 0.0, q))
    return rng.choice([identity for identity in left if identity not in cards] or left)


def _perturbed(rng: random.Random) -> list[float]:
    import fsrs

    parameters = list(fsrs.Scheduler().parameters)
    factor = rng.lognormvariate(0, 0.3)  # of the stabilities after the first review
    return [p * factor if place < 4 else p for place, p in enumerate(parameters)]
