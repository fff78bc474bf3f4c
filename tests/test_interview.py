"""The mock interview over a real store: asking, marking, the clock, disputes, kills."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from interview_kit import BANK, NOW, RESNET, WGAN, Room, full, question

from assistant.errors import ModelMissingError, UsageError
from assistant.interview import LONGEST, Interview
from assistant.learner import Learner
from assistant.mastery import below, entry_of
from assistant.report import report
from assistant.scheduling import Scheduler
from assistant.study import Attempt, Card
from evals.disputed import disputed_rows
from evals.rows import GoldError


@pytest.fixture
def room(tmp_path: Path):
    made = Room(tmp_path / "progress.sqlite3")
    yield made
    made.store.close()


def whole(room: Room, session: str) -> list[str]:
    """Answer all; returns the questions in the order asked."""
    asked = []
    while (one := room.asked(session)) is not None:
        asked.append(one.id)
        room.answer(session)
    return asked


def unmarked(room: Room, session: str, identity: str = "killed", **changes: object) -> Attempt:
    """An answer as a kill between keeping and marking leaves it."""
    opened = room.asked(session)
    assert opened is not None
    values = {
        "id": identity, "profile": room.me, "session": session, "question_id": opened.id,
        "kind": "interview", "asked": opened.question, "at": room.wait(seconds=20),
        "seconds": 20, "answer": full(opened), **changes,
    }  # fmt: skip
    attempt = Attempt.model_validate(values)
    assert room.store.record(attempt)
    return attempt


# ---- asking


@pytest.mark.parametrize("plan", [
    {}, {"scope": ["backbone"]}, {"scope": [RESNET, WGAN], "aim": "surprise"}, {"difficulty": 3},
    {"aim": "weak", "scope": ["gan"]},
])  # fmt: skip
def test_a_seed_always_asks_the_same_and_never_one_twice(
    room: Room, tmp_path: Path, plan: dict[str, object]
) -> None:
    asked = whole(room, room.start(questions=6, seed=7, **plan))
    again = Room(tmp_path / "again.sqlite3")
    assert whole(again, again.start(questions=6, seed=7, **plan)) == asked
    again.store.close()
    assert len(set(asked)) == len(asked)
    for identity in asked:
        assert not plan.get("scope") or below(entry_of(identity), plan["scope"])  # type: ignore[arg-type]
        assert plan.get("difficulty") in (None, BANK[identity].difficulty)
    expected = [q for q in BANK.values() if plan.get("difficulty") in (None, q.difficulty)]
    expected = [
        q for q in expected if not plan.get("scope") or below(entry_of(q.id), plan["scope"])
    ]  # type: ignore[arg-type]
    assert len(asked) == min(6, len(expected))


def test_the_open_question_stays_until_it_is_answered(room: Room) -> None:
    session = room.start(questions=2)
    first = room.interview.open(room.me, session, room.now)
    assert first == room.interview.open(room.me, session, room.now)
    assert first is not None
    assert (first.number, first.hints_left, first.seconds_left) == (1, 2, None)
    assert room.asked(session) == first.question
    room.answer(session)
    second = room.interview.open(room.me, session, room.now)
    assert second is not None
    assert (second.number, second.question != first.question) == (2, True)
    room.answer(session)
    assert room.interview.open(room.me, session, room.now) is None


@pytest.mark.parametrize(("plan", "said"), [
    ({"aim": "due"}, "Nothing is due"),
    ({"scope": ["rnn"]}, "no question on 'rnn'"),
])  # fmt: skip
def test_a_plan_that_nothing_fits_is_refused_and_leaves_no_interview(
    room: Room, plan: dict[str, object], said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        room.start(**plan)
    assert room.store.sessions(room.me) == []


def test_a_learner_who_is_not_there_starts_nothing(room: Room) -> None:
    with pytest.raises(UsageError, match="no profile"):
        room.start("nobody")


def test_due_asks_only_what_is_due_and_then_it_is_over(room: Room) -> None:
    whole(room, room.start(scope=[RESNET], questions=2))
    room.wait(days=30)
    due = set(room.learner.due(room.me, room.now))
    assert len(due) == 2
    session = room.start(aim="due", questions=9)
    assert set(whole(room, session)) == due


# ---- marking


@pytest.mark.parametrize(("said", "score", "rating", "stays"), [
    ("resnet 1 a, resnet 1 b", 100, 4, 8), ("resnet 1 a", 75, 3, 2),
    ("half resnet 1 a, resnet 1 b", 62, 2, 1), ("not resnet 1 a", 0, 1, 1), ("hm", 0, 1, 1),
])  # fmt: skip
def test_a_mark_moves_the_card(room: Room, said: str, score: int, rating: int, stays: int) -> None:
    session = room.start(scope=[RESNET], difficulty=1)
    marked = room.answer(session, said)
    assert (marked.score, marked.attempt.rating) == (score, rating)
    card = room.learner.cards(room.me)[f"{RESNET}#1"]
    assert card.due == room.now + timedelta(days=stays)
    assert [one.rating for one in room.store.reviews(room.me)] == [rating]
    assert room.store.attempt(marked.attempt.id) == marked.attempt


def test_the_model_answer_is_made_of_the_bullets_and_errata_come_where_they_touch(
    room: Room,
) -> None:
    marked = room.answer(room.start(scope=[RESNET]), "hm")
    assert [(c.n, c.entry, c.source.start) for c in marked.model_answer] == [
        (1, RESNET, 0), (2, RESNET, 1),
    ]  # fmt: skip
    assert [e.correction for e in marked.errata] == ["缓解"]
    assert room.answer(room.start(scope=[WGAN]), "hm").errata == ()


def test_not_knowing_is_a_lapse_and_the_answer_is_shown(room: Room) -> None:
    session = room.start(scope=[RESNET], difficulty=1)
    marked = room.answer(session, outcome="unknown")
    assert (marked.score, marked.attempt.rating, marked.attempt.answer) == (0, 1, "")
    assert len(marked.model_answer) == 2
    assert room.marks.asked == [""]


def test_skipping_moves_no_card_and_is_not_marked(room: Room) -> None:
    session = room.start(questions=2)
    marked = room.answer(session, outcome="skipped")
    assert (marked.grade, marked.score, marked.attempt.rating) == (None, None, None)
    assert room.marks.asked == []
    assert room.learner.cards(room.me) == {}
    assert room.asked(session) is not None


def test_the_same_answer_sent_twice_is_one_with_the_same_marking(room: Room) -> None:
    session = room.start(questions=3)
    marked = room.answer(session)
    for _ in range(3):
        again = room.interview.answer(
            room.me, session, marked.attempt.id, "other words", "answered", 5, room.wait(hours=1)
        )
        assert again == marked
    assert len(room.store.attempts(room.me)) == len(room.store.reviews(room.me)) == 1
    assert len(room.marks.asked) == 1


def test_an_answer_from_a_window_that_is_behind_is_not_taken_for_the_next_question(
    room: Room,
) -> None:
    session = room.start(questions=3)
    first = room.asked(session)
    assert first is not None
    room.answer(session)
    with pytest.raises(UsageError, match="another window"):
        room.interview.answer(
            room.me, session, "late", "mine", "answered", 5, room.now, question_id=first.id
        )
    assert room.store.attempt("late") is None


def test_two_windows_that_answer_at_once_give_one_answer(room: Room) -> None:
    session = room.start(questions=9)
    opened = room.asked(session)
    assert opened is not None
    both, refused = threading.Barrier(6), []

    def window(number: int) -> None:
        both.wait()
        try:
            room.interview.answer(
                room.me, session, f"w{number}", full(opened), "answered", 5,
                room.now + timedelta(seconds=5), question_id=opened.id,
            )  # fmt: skip
        except UsageError:
            refused.append(number)

    threads = [threading.Thread(target=window, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 5
    assert len(room.store.attempts(room.me)) == len(room.store.reviews(room.me)) == 1
    assert room.learner.cards(room.me)[opened.id].reps == 1


@pytest.mark.parametrize("text", ["", "  \n\t"])
def test_an_empty_answer_is_refused_and_the_question_stays(room: Room, text: str) -> None:
    session = room.start()
    before = room.asked(session)
    with pytest.raises(UsageError, match="empty"):
        room.interview.answer(room.me, session, "a", text, "answered", 5, room.now)
    assert room.asked(session) == before
    assert room.store.attempts(room.me) == []


def test_a_very_long_answer_is_kept_up_to_a_limit(room: Room) -> None:
    assert len(room.answer(room.start(), "字" * (LONGEST + 7)).attempt.answer) == LONGEST


# ---- hints


def test_a_hint_names_the_weightiest_point_first_and_costs_ten(room: Room) -> None:
    session = room.start(scope=[RESNET], difficulty=1)
    assert room.interview.hint(room.me, session, room.now) == "and resnet 1 a?"
    assert room.interview.hint(room.me, session, room.now) == "and resnet 1 b?"
    opened = room.interview.open(room.me, session, room.now)
    assert opened is not None
    assert opened.hints_left == 0
    with pytest.raises(UsageError, match="no hint left"):
        room.interview.hint(room.me, session, room.now)
    marked = room.answer(session)
    assert (marked.score, marked.attempt.hints, marked.attempt.rating) == (80, 2, 3)


def test_the_hints_of_one_question_are_not_those_of_the_next(room: Room) -> None:
    session = room.start(questions=2)
    room.interview.hint(room.me, session, room.now)
    room.answer(session)
    assert room.answer(session).score == 100


def test_a_strict_interviewer_gives_no_hints(room: Room) -> None:
    session = room.start(style="strict")
    opened = room.interview.open(room.me, session, room.now)
    assert opened is not None
    assert opened.hints_left == 0
    with pytest.raises(UsageError):
        room.interview.hint(room.me, session, room.now)


# ---- follow-ups


def test_a_follow_up_aims_at_the_gap_and_moves_no_card(room: Room) -> None:
    session = room.start(scope=[RESNET], difficulty=1)
    marked = room.answer(session, "resnet 1 b")
    assert marked.follow_up == "and resnet 1 a?"
    before = room.learner.cards(room.me)
    followed = room.interview.follow_up(
        room.me, marked.attempt.id, "f", "resnet 1 a", 9, room.wait(seconds=9)
    )
    assert followed.attempt.kind == "follow_up"
    assert followed.grade is not None
    assert [p.text for p in followed.grade.points] == ["resnet 1 a"]
    assert (followed.score, followed.follow_up, followed.attempt.rating) == (100, "", None)
    assert room.learner.cards(room.me) == before
    assert len(room.store.reviews(room.me)) == 1
    assert room.learner.mastery(room.me, room.now)[RESNET].score == 25  # of the question itself
    again = room.interview.follow_up(room.me, marked.attempt.id, "f", "other", 9, room.now)
    assert again == followed


def test_where_nothing_is_missing_or_written_there_is_nothing_to_follow_up(room: Room) -> None:
    session = room.start(questions=3)
    complete, gone = room.answer(session), room.answer(session, outcome="skipped")
    for parent in (complete, gone):
        assert parent.follow_up == ""
        with pytest.raises(UsageError, match="nothing to follow up"):
            room.interview.follow_up(room.me, parent.attempt.id, "f", "x", 1, room.now)
    half = room.answer(session, "hm")
    with pytest.raises(UsageError, match="empty"):
        room.interview.follow_up(room.me, half.attempt.id, "f", " ", 1, room.now)
    assert room.store.attempt("f") is None


# ---- disputes


def test_an_overruled_mark_recomputes_score_rating_and_card_and_can_be_taken_back(
    room: Room,
) -> None:
    session = room.start(scope=[RESNET], difficulty=1)
    marked = room.answer(session, "resnet 1 b")
    at = room.now
    after = room.interview.overrule(room.me, marked.attempt.id, 0, "covered")
    assert (marked.score, after.score) == (25, 100)
    assert after.grade is not None
    assert after.grade.verdict == "good"
    card = room.learner.cards(room.me)[f"{RESNET}#1"]
    assert card == Scheduler().review(Card(question_id=card.question_id), 4, at)
    assert [r.rating for r in room.store.reviews(room.me)] == [4]
    assert room.learner.mastery(room.me, room.now)[RESNET].score == 100
    assert room.store.overruled() == [room.store.attempt(marked.attempt.id)]
    room.interview.overrule(room.me, marked.attempt.id, 0, "missing")
    assert room.learner.cards(room.me)[card.question_id] == Scheduler().review(
        Card(question_id=card.question_id), 1, at
    )


def test_a_mark_overruled_after_the_card_came_back_runs_all_its_reviews(room: Room) -> None:
    first = room.answer(room.start(scope=[RESNET], difficulty=1), "hm")
    began = room.now
    room.wait(days=4)
    room.answer(room.start(scope=[RESNET], difficulty=1))
    room.interview.overrule(room.me, first.attempt.id, 0, "covered")
    card = Scheduler().review(Card(question_id=f"{RESNET}#1"), 3, began)  # 75 of 100
    assert room.learner.cards(room.me)[card.question_id] == Scheduler().review(card, 4, room.now)


@pytest.mark.parametrize("point", [-1, 2, 99])
def test_only_a_point_that_is_there_can_be_overruled(room: Room, point: int) -> None:
    marked = room.answer(room.start())
    with pytest.raises(UsageError, match="no such mark"):
        room.interview.overrule(room.me, marked.attempt.id, point, "covered")


# ---- the clock


def test_a_pause_stops_the_clock(room: Room) -> None:
    session = room.start(minutes=10, questions=9)

    def left() -> float | None:
        opened = room.interview.open(room.me, session, room.now)
        return opened.seconds_left if opened else None

    assert left() == 600
    room.wait(minutes=3)
    assert left() == 420
    room.interview.pause(room.me, session, room.now)
    room.wait(hours=5)
    assert left() == 420
    room.interview.pause(room.me, session, room.now)  # twice is once
    room.interview.resume(room.me, session, room.now)
    room.interview.resume(room.me, session, room.wait(minutes=1))
    assert left() == 360
    room.wait(minutes=7)
    assert left() == -60  # what is open may still be answered
    room.answer(session)
    assert room.asked(session) is None
    assert room.interview.finish(room.me, session, room.now).used == 11 * 60 + 30


def test_the_clock_of_a_killed_interview_does_not_run_on_till_the_next_day(room: Room) -> None:
    session = room.start(minutes=10, questions=9)
    room.wait(minutes=2)
    room.answer(session)  # half a minute more
    room.wait(hours=20)
    opened = room.interview.open(room.me, session, room.now)
    assert opened is not None
    assert opened.seconds_left == 450
    room.answer(session)
    assert room.interview.finish(room.me, session, room.wait(minutes=1)).used == 150 + 60


# ---- the end, and what a kill leaves


def test_a_finished_interview_takes_no_answer_and_finishing_twice_is_once(room: Room) -> None:
    session = room.start()
    ended = room.interview.finish(room.me, session, room.wait(minutes=1))
    assert room.interview.finish(room.me, session, room.wait(minutes=1)) == ended
    assert room.asked(session) is None
    with pytest.raises(UsageError, match="No question is open"):
        room.interview.answer(room.me, session, "a", "x", "answered", 1, room.now)
    with pytest.raises(UsageError, match="No question is open"):
        room.interview.hint(room.me, session, room.now)


def test_the_latest_interview_left_in_the_middle_is_offered_again(room: Room) -> None:
    assert room.interview.unfinished(room.me) is None
    first = room.start()
    second = room.start(seed=1)
    room.wait(minutes=1)
    third = room.start(seed=2)
    room.interview.finish(room.me, third, room.now)
    found = room.interview.unfinished(room.me)
    assert found is not None
    assert found.id == second
    room.interview.finish(room.me, second, room.now)
    room.interview.finish(room.me, first, room.now)
    assert room.interview.unfinished(room.me) is None


def test_after_a_kill_the_same_question_is_open_with_its_hints(room: Room, tmp_path: Path) -> None:
    session = room.start(questions=3)
    room.answer(session)
    opened = room.asked(session)
    room.interview.hint(room.me, session, room.now)
    again = Room(tmp_path / "progress.sqlite3")  # another process
    found = again.interview.unfinished(again.me)
    assert found is not None
    assert found.id == session
    reopened = again.interview.open(again.me, session, room.now)
    assert reopened is not None
    assert (reopened.question, reopened.number, reopened.hints_left) == (opened, 2, 1)
    again.store.close()


@pytest.mark.parametrize("how", ["sent again", "asked for", "finished", "finished twice"])
def test_an_answer_kept_unmarked_is_marked_later_and_counted_once(room: Room, how: str) -> None:
    session = room.start(questions=3)
    kept = unmarked(room, session)
    later = room.wait(days=3)
    if how == "sent again":
        for _ in range(2):
            marked = room.interview.answer(
                room.me, session, kept.id, kept.answer, "answered", 20, later
            )
            assert marked.score == 100
    elif how == "asked for":
        assert room.interview.marked(room.me, kept.id).score == 100
        assert room.interview.marked(room.me, kept.id).score == 100
    else:
        for _ in range(len(how.split())):
            room.interview.finish(room.me, session, later)
    attempt = room.store.attempt(kept.id)
    assert attempt is not None
    assert attempt.rating == 4
    assert [r.id for r in room.store.reviews(room.me)] == [kept.id]
    card = room.learner.cards(room.me)[kept.question_id]
    assert (card.reps, card.last_review) == (1, kept.at)  # when it was said, not when marked
    assert len(room.marks.asked) == 1


def test_an_answer_marked_after_the_card_came_back_is_put_in_its_place(room: Room) -> None:
    session = room.start(scope=[RESNET], difficulty=1)
    kept = unmarked(room, session)
    room.learner.rate(room.me, "r", kept.question_id, 1, 5, kept.at + timedelta(days=2))
    room.interview.finish(room.me, session, room.wait(days=4))
    card = Scheduler().review(Card(question_id=kept.question_id), 4, kept.at)
    card = Scheduler().review(card, 1, kept.at + timedelta(days=2))
    assert room.learner.cards(room.me)[kept.question_id] == card


def test_a_follow_up_kept_unmarked_is_marked_at_the_end(room: Room) -> None:
    session = room.start(scope=[RESNET], difficulty=1)
    parent = room.answer(session, "resnet 1 b").attempt
    kept = parent.model_copy(
        update={
            "id": "f", "kind": "follow_up", "asked": "and resnet 1 a?", "answer": "resnet 1 a",
            "at": room.wait(seconds=9), "grade": None, "rating": None,
        }
    )  # fmt: skip
    room.store.record(kept)
    room.interview.finish(room.me, session, room.now)
    marked = room.interview.marked(room.me, "f")
    assert marked.score == 100
    assert marked.grade is not None
    assert [point.text for point in marked.grade.points] == ["resnet 1 a"]
    assert len(room.store.reviews(room.me)) == 1


def test_a_grader_that_fails_loses_no_answer(room: Room) -> None:
    session = room.start(questions=2)
    room.marks.fail = ModelMissingError("Marking needs a model", "Fetch it.")
    opened = room.asked(session)
    assert opened is not None
    with pytest.raises(ModelMissingError):
        room.answer(session)
    room.marks.fail = None
    assert room.asked(session) != opened  # it is answered, though not marked yet
    kept = room.store.attempts(room.me)[0]
    assert kept.grade is None
    assert room.interview.marked(room.me, kept.id).score == 100


def test_a_question_that_the_bank_lost_meanwhile_is_passed_over(room: Room) -> None:
    session = room.start(questions=3)
    kept = unmarked(room, session)
    opened = room.asked(session)
    assert opened is not None
    less = {i: one for i, one in BANK.items() if i not in (kept.question_id, opened.id)}
    learner = Learner(room.store, less, {}, Scheduler())
    interview = Interview(learner, room.marks, {})
    after = interview.open(room.me, session, room.now)
    assert after is not None
    assert after.question.id in less
    assert interview.marked(room.me, kept.id).grade is None
    assert interview.finish(room.me, session, room.now).ended == room.now


# ---- several learners


def test_two_learners_never_mix(room: Room) -> None:
    bo = room.store.create_profile("Bo", NOW).id
    mine, theirs = room.start(questions=3), room.start(bo, questions=3)
    given = room.answer(mine, "hm")
    room.answer(theirs, who=bo)
    assert room.asked(theirs, bo) is not None
    assert [a.session for a in room.store.attempts(bo)] == [theirs]
    assert [c.reps for c in room.learner.cards(bo).values()] == [1]
    assert room.learner.mastery(bo, room.now)[entry_of(given.attempt.question_id)].score != 0
    identity = given.attempt.id
    for refused in (
        lambda: room.interview.open(bo, mine, room.now),
        lambda: room.interview.hint(bo, mine, room.now),
        lambda: room.interview.pause(bo, mine, room.now),
        lambda: room.interview.finish(bo, mine, room.now),
        lambda: room.interview.answer(bo, mine, "x", "x", "answered", 1, room.now),
        lambda: room.interview.answer(bo, theirs, identity, "x", "answered", 1, room.now),
        lambda: room.interview.marked(bo, identity),
        lambda: room.interview.overrule(bo, identity, 0, "covered"),
        lambda: room.interview.follow_up(bo, identity, "x", "x", 1, room.now),
    ):
        with pytest.raises(UsageError, match="does not exist"):
            refused()
    assert room.interview.unfinished(bo).id == theirs  # type: ignore[union-attr]


# ---- the report


def test_the_report_sums_up_what_was_said(room: Room) -> None:
    session = room.start(scope=["backbone"], questions=4, seed=1)
    first = room.asked(session)
    assert first is not None
    parent = room.answer(session, first.points[1].text)  # 25
    room.interview.follow_up(
        room.me, parent.attempt.id, "f", first.points[0].text, 5, room.wait(seconds=5)
    )
    room.interview.hint(room.me, session, room.now)
    room.answer(session)  # 90
    room.answer(session, outcome="unknown")  # 0
    room.answer(session, outcome="skipped")
    ended = room.interview.finish(room.me, session, room.now)
    kept = room.store.attempts(room.me, session)
    made = report(BANK, {}, ended, kept)
    assert made.score == 38  # of 25, 90 and 0
    assert (made.answered, made.unknown, made.skipped, made.hints) == (2, 1, 1, 1)
    assert made.verdicts == {"covered": 3, "partial": 0, "missing": 3, "contradicted": 0}
    assert [one.score for one in made.questions] == [25, 90, 0, None]
    assert made.questions[0].follow_up is not None
    assert made.questions[0].follow_up.score == 100
    assert made.minutes == 2.1  # four answers of half a minute, and five seconds
    assert sum(one.lost for one in made.reread) == 3 + 4


def test_an_interview_with_one_question_in_the_bank(tmp_path: Path) -> None:
    only = question(RESNET, 1)
    room = Room(tmp_path / "one.sqlite3", {only.id: only})
    session = room.start(questions=10)
    room.answer(session)
    assert room.asked(session) is None
    room.store.close()


def test_an_interview_in_english_asks_marks_and_keeps_in_english(room: Room) -> None:
    session = room.start(language="en", questions=1)
    asked = room.asked(session)
    assert asked is not None
    assert asked.question == f"English of {BANK[asked.id].question}"
    marked = room.answer(session)
    assert marked.score == 100
    assert marked.attempt.asked == asked.question
    assert marked.grade is not None
    assert all(point.text.startswith("English of ") for point in marked.grade.points)
    assert marked.attempt.question_id in room.learner.cards(room.me)  # one card for both languages


def test_answers_with_an_overruled_mark_are_gold_for_the_grader(room: Room) -> None:
    with pytest.raises(GoldError, match="overruled no mark yet"):
        disputed_rows(room.store)
    session = room.start(questions=2)
    first = room.answer(session, "nothing of the kind")
    room.answer(session)
    room.interview.overrule(room.me, first.attempt.id, 0, "covered")
    (row,) = disputed_rows(room.store)
    assert row.answer == "nothing of the kind"
    assert first.grade is not None
    assert row.points == tuple(point.text for point in first.grade.points)
    assert row.verdicts == ("covered", *(point.verdict for point in first.grade.points[1:]))
    assert row.question_id == first.attempt.question_id
