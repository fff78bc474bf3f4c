"""Weights of one's own: fitted, kept, used everywhere, and given up; nothing is lost meanwhile."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import fsrs
import pytest
from fit_kit import BETTER, fill
from interview_kit import BANK, NOW, RESNET, Room

from assistant import fit_process
from assistant.errors import FitError, UsageError
from assistant.fitting import Fit
from assistant.memory import Refit
from assistant.scheduling import Scheduler, Weights, forecast
from assistant.store import FIRST_NAME
from assistant.study import Card, Plan, Review

DONE = Fit(BETTER, 0.5, 0.4)
LATER = NOW + timedelta(days=30)  # the last day of the history


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """One learner with enough reviews, of the bank's nine questions and of others."""
    made = Room(tmp_path / "progress.sqlite3")
    fill(made.store, FIRST_NAME, [*BANK, *(f"gone#{n}" for n in range(16))], 30)
    yield made
    made.store.close()


@pytest.fixture
def fitted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[object]]:
    """Let a fit give what is said, having run `meanwhile`; returns what it was asked."""

    def use(found: Fit = DONE, meanwhile: Callable[[], object] = lambda: None) -> list[object]:
        asked: list[object] = []

        def run(reviews: list[Review], used: tuple[float, ...] | None) -> Fit:
            asked.append((len(reviews), used))
            meanwhile()
            return found

        monkeypatch.setattr(fit_process, "run", run)
        return asked

    return use


def expected(room: Room, weights: tuple[float, ...] | None) -> dict[str, Card]:
    """Every card, run by hand from the log."""
    scheduler, cards = Scheduler(weights), {}
    for review in room.store.reviews(room.me):
        card = cards.get(review.question_id, Card(question_id=review.question_id))
        cards[review.question_id] = scheduler.review(card, review.rating, review.at)
    return cards


def test_a_better_fit_moves_every_card_and_is_used_for_all_that_follows(
    room: Room, fitted: Callable[..., list[object]]
) -> None:
    asked, me, learner = fitted(), room.me, room.learner
    other = room.store.create_profile("Bo", NOW).id
    before = room.store.cards(me)
    done = learner.optimise(me, LATER)
    assert asked == [(25 * 31, None)]
    # the nine of the bank are known longer now; of the others nothing is said
    assert done == Refit(changed=True, before=0.5, after=0.4, earlier=0, later=9)
    cards = room.store.cards(me)
    assert cards == expected(room, BETTER)
    counts = [(card.reps, card.lapses, card.last_review) for card in cards.values()]
    assert counts == [(card.reps, card.lapses, card.last_review) for card in before.values()]
    assert learner.fitted(me).weights == Weights(values=BETTER, at=LATER, reviews=25 * 30)

    own = Scheduler(BETTER)
    card = cards[f"{RESNET}#1"]
    much_later = LATER + timedelta(days=90)
    state = learner.mastery(me, much_later)[RESNET]
    three = [own.retrievability(cards[f"{RESNET}#{n}"], much_later) or 0 for n in (1, 2, 3)]
    assert state.retrievability == pytest.approx(sum(three) / 3)
    choice = learner.choose(me, Plan(scope=(RESNET,)), [], much_later)
    assert choice is not None
    assert choice.retrievability == own.retrievability(cards[choice.question_id], much_later)
    mine = {identity: card for identity, card in cards.items() if identity in BANK}
    assert list(learner.stats(me, LATER).forecast) == forecast(mine.values(), LATER, 30)
    rated = learner.rate(me, "new", f"{RESNET}#1", 3, 5, much_later)
    assert rated == own.review(card, 3, much_later)
    late = learner.rate(me, "late", f"{RESNET}#2", 1, 5, NOW + timedelta(hours=1))
    assert late == expected(room, BETTER)[f"{RESNET}#2"]
    assert learner.rerate(me, "new", 1) == own.review(card, 1, much_later)
    first = learner.rate(other, "theirs", f"{RESNET}#1", 3, 5, LATER)
    assert first == Scheduler().review(Card(question_id=f"{RESNET}#1"), 3, LATER)

    back = learner.forget_weights(me, LATER)
    assert back.changed
    assert room.store.cards(me) == expected(room, None)
    assert learner.fitted(me).weights is None
    assert learner.forget_weights(me, LATER) == Refit(changed=False)


def test_earlier_and_later_are_days_of_the_calendar_and_overdue_is_today(
    room: Room, fitted: Callable[..., list[object]]
) -> None:
    fitted()
    done = room.learner.optimise(room.me, LATER + timedelta(days=36500))
    assert (done.earlier, done.later) == (0, 0)  # all of it is due today, as it was
    assert room.learner.forget_weights(room.me, LATER).earlier == 9


def test_a_fit_that_is_no_better_changes_nothing(
    room: Room, fitted: Callable[..., list[object]]
) -> None:
    before = room.store.export_all(room.me)
    fitted(Fit(BETTER, 0.4, 0.4))
    done = room.learner.optimise(room.me, LATER)
    assert done == Refit(changed=False, before=0.4, after=0.4)
    assert room.store.export_all(room.me) == before


def test_weights_in_use_are_what_the_next_fit_is_held_against(
    room: Room, fitted: Callable[..., list[object]]
) -> None:
    asked = fitted()
    room.learner.optimise(room.me, LATER)
    room.learner.optimise(room.me, LATER)
    assert asked == [(25 * 31, None), (25 * 31, BETTER)]


def test_a_review_given_during_the_fit_is_kept_and_counted(
    room: Room, fitted: Callable[..., list[object]]
) -> None:
    identity = f"{RESNET}#1"
    at = LATER + timedelta(days=40)
    seen: list[bool] = []

    def meanwhile() -> None:
        seen.append(room.learner.fitted(room.me).running)
        room.learner.rate(room.me, "meanwhile", identity, 1, 5, at)

    fitted(meanwhile=meanwhile)
    room.learner.optimise(room.me, at)
    assert seen == [True]
    assert not room.learner.fitted(room.me).running
    assert [r.id for r in room.store.reviews(room.me)][-1] == "meanwhile"
    card = room.store.cards(room.me)[identity]
    assert card == expected(room, BETTER)[identity]
    assert (card.last_review, card.reps) == (at, 32)


def test_a_review_that_another_process_adds_while_the_cards_are_run_is_counted_too(
    room: Room, fitted: Callable[..., list[object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted()
    identity, at = f"{RESNET}#1", LATER + timedelta(days=40)
    elsewhere = Room(Path(room.store.place.file or ""))
    real, tries = room.store.refit, []

    def refit(*given: object) -> bool:
        if not tries:
            elsewhere.learner.rate(room.me, "elsewhere", identity, 1, 5, at)
        tries.append(real(*given))  # type: ignore[arg-type]
        return tries[-1]

    monkeypatch.setattr(room.store, "refit", refit)
    room.learner.optimise(room.me, at)
    assert tries == [False, True]
    assert room.store.cards(room.me) == expected(room, BETTER)
    elsewhere.store.close()


def test_who_deletes_all_during_the_fit_has_nothing_afterwards(
    room: Room, fitted: Callable[..., list[object]]
) -> None:
    fitted(meanwhile=lambda: room.store.delete_all(room.me))
    with pytest.raises(UsageError, match="640 more reviews"):
        room.learner.optimise(room.me, LATER)
    assert room.learner.fitted(room.me).weights is None


def test_default_weights_are_refused_during_a_fit_that_would_undo_them(
    room: Room, fitted: Callable[..., list[object]]
) -> None:
    fitted()
    room.learner.optimise(room.me, LATER)

    def meanwhile() -> None:
        with pytest.raises(UsageError, match="being fitted already"):
            room.learner.forget_weights(room.me, LATER)

    fitted(meanwhile=meanwhile)
    room.learner.optimise(room.me, LATER)
    assert room.learner.forget_weights(room.me, LATER).changed
    assert room.learner.fitted(room.me).weights is None


def test_a_card_of_which_the_log_was_trimmed_keeps_its_memory(
    room: Room, fitted: Callable[..., list[object]]
) -> None:
    identity = f"{RESNET}#1"
    export = room.store.export_all(room.me)
    mine = [one for one in export["reviews"] if one["question_id"] == identity]
    export["reviews"] = [one for one in export["reviews"] if one not in mine[:5]]
    me = room.store.import_all(export, NOW).id
    before = room.store.cards(me)
    fitted()
    assert room.learner.optimise(me, LATER).later == 8
    after = room.store.cards(me)
    assert after.pop(identity) == before[identity]
    whole = expected(room, BETTER)
    assert after == {name: card for name, card in whole.items() if name != identity}


def test_too_few_reviews_are_refused_with_how_many_are_missing(room: Room) -> None:
    new = fill(room.store, "New", list(BANK), 2)
    assert room.learner.fitted(new).missing == 640 - 18
    with pytest.raises(UsageError, match="622 more reviews on later days"):
        room.learner.optimise(new, NOW)
    with pytest.raises(UsageError, match="622 more"):
        room.learner.check(new)


# the process


@pytest.mark.parametrize(("code", "reason"), [
    ("import sys; sys.exit('no torch')", "no torch"),
    ("import os; os.kill(os.getpid(), 9)", "ended by SIGKILL"),
    ("print('hello')", "can't be read"), ("pass", "can't be read"),
    ("import time; time.sleep(60)", "longer than 0 minutes"),
    ("import sys; sys.exit(3)", "ended with 3"),
])  # fmt: skip
def test_a_process_that_fails_is_a_clear_error_and_changes_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch, code: str, reason: str
) -> None:
    before = room.store.export_all(room.me)
    monkeypatch.setattr(fit_process, "_CODE", code)
    monkeypatch.setattr(fit_process, "_LONGEST", 2 if "sleep" in code else 30)
    with pytest.raises(FitError, match=reason) as raised:
        room.learner.optimise(room.me, LATER)
    assert "Nothing was changed" in raised.value.next_step
    assert ("Free some memory" in raised.value.next_step) == ("SIGKILL" in reason)
    assert room.store.export_all(room.me) == before
    assert not room.learner.fitted(room.me).running


def test_the_process_ends_when_the_program_that_started_it_is_gone() -> None:
    code = (
        "import time; from assistant import fit_process as f\n"
        "f.fit = lambda *_: (print('fitting', flush=True), time.sleep(120))\n"
        "f.main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps({"reviews": [], "used": None}) + "\n")
        process.stdin.flush()
        assert process.stdout.readline() == "fitting\n"
        assert process.poll() is None
        process.stdin.close()  # as the end of whoever holds it does
        assert process.wait(30) == 1


def test_a_program_that_ends_does_not_wait_for_a_fit() -> None:
    code = (
        "import threading; from assistant import fit_process as f\n"
        "f._CODE = 'import time; time.sleep(120)'\n"
        "threading.Thread(target=f._run, args=([], None)).start()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, encoding="utf-8", timeout=60
    )
    assert "could not be fitted (the program ends)" in done.stderr


def test_one_fit_at_a_time(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    inside, go = threading.Event(), threading.Event()

    def slow(*_: object) -> Fit:
        inside.set()
        assert go.wait(30)
        return DONE

    monkeypatch.setattr(fit_process, "_run", slow)
    first = threading.Thread(target=room.learner.optimise, args=(room.me, LATER))
    first.start()
    assert inside.wait(30)
    other = fill(room.store, "Bo", [*BANK, "gone#1", "gone#2"], 60)
    for who in (room.me, other):
        with pytest.raises(UsageError, match="being fitted already"):
            room.learner.optimise(who, LATER)
    assert room.learner.fitted(room.me).running  # the first still is
    assert not room.learner.fitted(other).running
    go.set()
    first.join()
    assert room.learner.fitted(room.me).weights is not None
    assert not room.learner.fitted(room.me).running


@pytest.mark.timeout(240)
def test_the_real_optimiser_finds_that_who_forgets_little_needs_longer_intervals(
    room: Room,
) -> None:
    me = fill(room.store, "Real", [*BANK, "gone#1", "gone#2"], 60, spacing=5)
    done = room.learner.optimise(me, NOW + timedelta(days=300))
    assert done.changed
    assert done.before is not None
    assert done.after is not None
    assert done.after < done.before
    assert done.later == 9
    weights = room.learner.fitted(me).weights
    assert weights is not None
    assert weights.values != tuple(fsrs.Scheduler().parameters)
