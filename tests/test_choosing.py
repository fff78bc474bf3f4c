"""Which question comes next, and that it is always the same one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from interview_kit import BANK, DENSE, NOW, RESNET, WGAN, bank_of, question

from assistant.choosing import Fresh, Known, candidates, centrality, choose, gain, level_for
from assistant.mastery import below, entry_of, mastery
from assistant.scheduling import Scheduler
from assistant.study import Card, Choice, Mastery, Plan, Rating

SCHEDULER = Scheduler()


def card(question_id: str, days_ago: float, rating: Rating = 3) -> Card:
    return SCHEDULER.review(Card(question_id=question_id), rating, NOW - timedelta(days=days_ago))


def known(
    *cards: Card,
    marks: Sequence[int] = (),
    levels: dict[str, Mastery] | None = None,
    central: dict[str, float] | None = None,
) -> Known:
    held = {one.question_id: one for one in cards}
    state = levels or mastery(BANK, held, [], NOW, SCHEDULER)
    return Known(held, state, marks, central or {})


def first(known: Known, taken: Sequence[str] = (), bank=BANK, **plan: object) -> Choice | None:
    return choose(bank, known, Plan.model_validate(plan), taken, NOW, SCHEDULER)


def whole(known: Known, **plan: object) -> list[Choice]:
    """All questions of a plan in the order asked."""
    taken: list[Choice] = []
    while (one := first(known, [c.question_id for c in taken], **plan)) is not None:
        taken.append(one)
        assert len(taken) <= len(BANK)
    return taken


LEARNERS = st.lists(
    st.tuples(st.sampled_from(sorted(BANK)), st.floats(0, 90), st.sampled_from([1, 2, 3, 4])),
    max_size=6,
).map(lambda rows: known(*(card(*row) for row in rows)))
PLANS = st.fixed_dictionaries({
    "aim": st.sampled_from(["scope", "weak", "due", "surprise"]),
    "scope": st.sampled_from([(), ("backbone",), (RESNET, WGAN), ("gan/loss",)]),
    "difficulty": st.integers(0, 3),
    "seed": st.integers(0, 50),
})  # fmt: skip


@given(LEARNERS, PLANS)
@settings(max_examples=60, deadline=None)
def test_every_plan_is_kept_and_no_question_comes_twice(learner: Known, plan: dict) -> None:
    asked = whole(learner, **plan)
    ids = [choice.question_id for choice in asked]
    assert len(set(ids)) == len(ids)
    for identity in ids:
        assert not plan["scope"] or below(entry_of(identity), plan["scope"])
        assert plan["difficulty"] in (0, BANK[identity].difficulty)
        assert plan["aim"] != "due" or identity in learner.cards
    assert ids == [choice.question_id for choice in whole(learner, **plan)]


def test_another_seed_is_another_surprise_and_all_of_the_plan_gets_its_turn() -> None:
    orders = {
        tuple(c.question_id for c in whole(known(), aim="surprise", seed=s)) for s in range(9)
    }
    assert len(orders) == 9
    assert {frozenset(order) for order in orders} == {frozenset(BANK)}
    assert first(known(), aim="surprise").why == "chosen"


@pytest.mark.parametrize(("marks", "level"), [
    ([], 2), ([40], 1), ([50], 2), ([79], 2), ([80], 3), ([0, 0, 0, 90, 90, 90, 90, 90, 90], 3),
])  # fmt: skip
def test_the_difficulty_follows_the_last_six_marks(marks: list[int], level: int) -> None:
    assert level_for(marks) == level


@pytest.mark.parametrize(("marks", "difficulty"), [([20] * 6, 1), ([], 2), ([95] * 6, 3)])
def test_of_equal_questions_the_one_of_the_right_difficulty_comes_first(
    marks: list[int], difficulty: int
) -> None:
    same_kind = {
        identity: one.model_copy(update={"kind": "recall"}) for identity, one in BANK.items()
    }
    choice = first(known(marks=marks), bank=same_kind)
    assert same_kind[choice.question_id].difficulty == difficulty


def test_kinds_are_mixed_where_else_is_equal() -> None:
    bank = {
        identity: one.model_copy(update={"difficulty": 2, "kind": kind})
        for kind, (identity, one) in zip(
            ("recall", "recall", "recall", "apply", "apply", "apply"), BANK.items(), strict=False
        )
    }
    for seed in range(6):
        one = first(known(), bank=bank, seed=seed)
        two = first(known(), [one.question_id], bank=bank, seed=seed)
        assert bank[one.question_id].kind != bank[two.question_id].kind


def test_an_entry_waits_its_turn_where_else_is_equal() -> None:
    one, other = "backbone/a", "backbone/b"
    bank = bank_of(*(question(entry, n) for entry in (one, other) for n in (1, 2, 3)))
    same = {entry: Mastery(entry=entry, level="unseen") for entry in (one, other)}
    taken: list[str] = []
    while choice := first(known(levels=same), taken, bank):
        taken.append(choice.question_id)
    for pair in zip(taken[::2], taken[1::2], strict=True):
        assert {entry_of(identity) for identity in pair} == {one, other}


def test_due_asks_what_is_due_and_nothing_else_and_says_so() -> None:
    learner = known(card(f"{RESNET}#1", 30), card(f"{DENSE}#1", 3), card(f"{WGAN}#1", 0, 4))
    asked = whole(learner, aim="due")
    assert {choice.question_id for choice in asked} == {f"{RESNET}#1", f"{DENSE}#1"}
    assert {choice.why for choice in asked} == {"due"}
    assert all(0 < (choice.retrievability or 0) < 0.95 for choice in asked)
    assert first(known(), aim="due") is None


def test_weak_asks_the_weak_entries_and_a_new_learner_anything() -> None:
    weak = Mastery(entry=DENSE, level="weak", score=20, retrievability=0.9, seen=1, questions=3)
    rest = {e: Mastery(entry=e, level="unseen", questions=3) for e in (RESNET, WGAN)}
    learner = known(card(f"{DENSE}#1", 0.5), levels={**rest, DENSE: weak})
    asked = whole(learner, aim="weak")
    assert [entry_of(choice.question_id) for choice in asked[:3]] == [DENSE] * 3
    assert asked[0].why == "weak"
    assert len(whole(known(), aim="weak")) == len(BANK)


def test_why_a_question_was_chosen() -> None:
    fresh = first(known())
    assert (fresh.why, fresh.retrievability) == ("new", None)
    solid = Mastery(entry=RESNET, level="solid", score=90, retrievability=1.0, seen=1, questions=3)
    learner = known(card(f"{RESNET}#1", 0, 4), levels={RESNET: solid})
    again = first(learner, scope=(RESNET,), difficulty=1)
    assert (again.why, again.retrievability) == ("chosen", 1.0)


def test_what_is_half_forgotten_gains_most_and_what_was_just_answered_nearly_nothing() -> None:
    gains = {days: gain(card("q", days), SCHEDULER, NOW) for days in (0, 3, 30)}
    assert gains[0] < gains[3] < gains[30]
    assert gains[0] < 0.15


def test_of_new_questions_those_of_an_entry_that_is_not_known_gain_most() -> None:
    states = {
        RESNET: Mastery(entry=RESNET, level="solid", score=100, seen=2, questions=3),
        DENSE: Mastery(entry=DENSE, level="weak", score=0, seen=2, questions=3),
    }
    fresh = Fresh([50, 50], states, SCHEDULER, NOW)
    assert fresh.gain(DENSE) > fresh.gain(WGAN) > fresh.gain(RESNET)


def test_the_more_central_of_two_equal_entries_comes_first() -> None:
    bank = bank_of(question(RESNET, 1), question(DENSE, 1), question(WGAN, 1))
    for entry in (RESNET, DENSE, WGAN):
        choice = first(known(central={entry: 1.0}), bank=bank)
        assert entry_of(choice.question_id) == entry
        assert choice.centrality == 1.0


def test_centrality_counts_links_and_the_questions_that_an_entry_helps_to_answer() -> None:
    helped = question(WGAN, 1).model_copy(update={"entries": (WGAN, RESNET)})
    found = centrality([(RESNET, DENSE), (RESNET, WGAN)], bank_of(helped))
    assert found == {RESNET: 1.0, DENSE: pytest.approx(1 / 3), WGAN: pytest.approx(1 / 3)}
    assert centrality([], BANK) == {}


def test_a_bank_without_questions_and_one_that_is_used_up_give_none() -> None:
    assert first(known(), bank={}) is None
    assert first(known(), list(BANK)) is None
    assert candidates(BANK, Plan(), BANK) == {}
