"""The learners' progress: the same in a file of SQLite and on a real PostgreSQL."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Barrier

import pytest
from fit_kit import BETTER
from postgres import Postgres, programs
from store_kit import NOW, QUESTION, attempt, card, grade, review

from assistant.errors import StoreError, UsageError
from assistant.scheduling import Weights
from assistant.store import Store
from assistant.store_tables import VERSION_TABLE
from assistant.study import Choice, Overrule, Plan, Profile, Session


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server for all tests; each has a database of its own."""
    binaries = programs()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    server = Postgres(binaries)
    yield server
    server.remove()


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str | Path:
    """Where an empty database may be made."""
    if request.param == "sqlite":
        return tmp_path / "some folder?" / "progress.sqlite3"
    address: str = request.getfixturevalue("postgres").database()
    return address


@pytest.fixture
def make(where: str | Path) -> Iterator[Callable[[], Store]]:
    """Opens the database as one more process would."""
    made: list[Store] = []

    def build() -> Store:
        made.append(Store(where))
        return made[-1]

    yield build
    for store in made:
        store.close()


@pytest.fixture
def store(make: Callable[[], Store]) -> Store:
    return make()


@pytest.fixture
def me(store: Store) -> str:
    return store.default_profile(NOW).id


@pytest.fixture
def other(store: Store, me: str) -> str:
    return store.create_profile("小明", NOW).id


# profiles


def test_the_first_learner_is_made_once_and_stays_the_default(store: Store) -> None:
    assert store.profiles() == []
    first = store.default_profile(NOW)
    assert (first.name, first.created) == ("我", NOW)
    store.create_profile("Ada", NOW - timedelta(days=1))
    assert store.default_profile(NOW + timedelta(days=1)) == first
    assert [profile.name for profile in store.profiles()] == ["我", "Ada"]
    assert store.profile(first.id) == first


@pytest.mark.parametrize("name", ["Ada", " ADA ", "ａｄａ", "aDa"])
def test_a_name_is_taken_whatever_its_letters_are(store: Store, name: str) -> None:
    store.create_profile("Ada", NOW)
    with pytest.raises(UsageError, match="already"):
        store.create_profile(name, NOW)
    bob = store.create_profile("Bob", NOW)
    with pytest.raises(UsageError, match="already"):
        store.rename_profile(bob.id, name)
    assert [profile.name for profile in store.profiles()] == ["Ada", "Bob"]


@pytest.mark.parametrize("name", ["", "  ", "长" * 61])
def test_a_name_must_be_there_and_fit(store: Store, name: str) -> None:
    with pytest.raises(UsageError, match="1 to 60"):
        store.create_profile(name, NOW)


def test_a_learner_may_be_renamed_also_to_the_same_name_in_capitals(store: Store) -> None:
    ada = store.create_profile("Ada", NOW)
    assert store.rename_profile(ada.id, " ADA  L ").name == "ADA L"
    assert store.rename_profile(ada.id, "ada l").name == "ada l"
    store.create_profile("Ada", NOW)


def test_a_learner_who_is_not_there_is_a_clear_error(store: Store, me: str) -> None:
    for call in (
        lambda: store.profile("nobody"),
        lambda: store.rename_profile("nobody", "x"),
        lambda: store.delete_profile("nobody"),
        lambda: store.delete_all("nobody"),
        lambda: store.export_all("nobody"),
        lambda: store.record(attempt("nobody")),
        lambda: store.save_session(Session(id="s", profile="nobody", plan=Plan(), started=NOW)),
        lambda: store.save_conversation("nobody", "c", [], NOW),
    ):
        with pytest.raises(UsageError, match="profile"):
            call()
    assert store.attempts("nobody") == store.reviews("nobody") == store.sessions("nobody") == []


# attempts, marks, cards


def test_what_was_recorded_is_there_after_a_restart(make: Callable[[], Store]) -> None:
    store = make()
    me = store.default_profile(NOW).id
    given = attempt(me, grade=grade(), rating=3, session="s1", hints=2, outcome="unknown")
    assert store.record(given, card(), review()) is True
    store.close()
    again = make()
    assert again.attempts(me) == [given]
    assert again.attempt("a1") == given
    assert again.cards(me) == {QUESTION: card()}
    assert again.reviews(me) == [review()]


def test_the_same_attempt_counts_once(store: Store, me: str) -> None:
    assert store.record(attempt(me), card(), review()) is True
    changed = attempt(me, answer="另一个")
    assert store.record(changed, card(reps=2), review(rating=1)) is False
    assert store.attempts(me) == [attempt(me)]
    assert store.cards(me)[QUESTION].reps == 1
    assert store.reviews(me) == [review()]


def test_a_card_that_comes_back_takes_the_place_of_the_old_one(store: Store, me: str) -> None:
    store.record(attempt(me), card(), review())
    after = card(reps=2, stability=9.5, lapses=1, due=NOW + timedelta(days=9))
    store.record(attempt(me, "a2", 5), after, review("a2", minute=5))
    assert store.cards(me) == {QUESTION: after}
    assert [kept.id for kept in store.reviews(me)] == ["a1", "a2"]


def test_a_card_never_seen_has_its_id_alone(store: Store, me: str) -> None:
    new = card(reps=0, stability=None, difficulty=None, due=None, last_review=None)
    store.record(attempt(me), new)
    assert store.cards(me) == {QUESTION: new}
    assert store.reviews(me) == []


def test_attempts_come_oldest_first_and_may_be_of_one_interview_or_since(
    store: Store, me: str, other: str
) -> None:
    for identity, minute, session in [("c", 2, "s"), ("b", 1, "t"), ("a", 1, "s"), ("d", 0, "")]:
        store.record(attempt(me, identity, minute, session=session))
    store.record(attempt(other, "x", 1, session="s"))
    ids = lambda found: [kept.id for kept in found]  # noqa: E731
    assert ids(store.attempts(me)) == ["d", "b", "a", "c"]  # of one time: as they were recorded
    assert ids(store.attempts(me, "s")) == ["a", "c"]
    assert ids(store.attempts(me, since=NOW + timedelta(minutes=1))) == ["b", "a", "c"]
    assert ids(store.attempts(other)) == ["x"]


def test_a_mark_that_comes_later_is_attached_once(store: Store, me: str) -> None:
    store.record(attempt(me))
    assert store.mark("a1", grade(), 3, card(), review()) is True
    assert store.mark("a1", grade(5), 1, card(reps=2), review(rating=1)) is False
    assert store.attempts(me) == [attempt(me, grade=grade(), rating=3)]
    assert store.cards(me) == {QUESTION: card()}
    assert store.reviews(me) == [review()]


def test_a_mark_needs_its_attempt_and_one_recorded_with_a_rating_has_it(
    store: Store, me: str
) -> None:
    with pytest.raises(UsageError, match="no attempt"):
        store.mark("a1", grade())
    store.record(attempt(me, rating=1), card(), review(rating=1))
    assert store.mark("a1", grade(), 3, card(reps=2), review()) is False
    assert store.attempt("a1") == attempt(me, rating=1)


def test_a_follow_up_is_marked_without_moving_the_card(store: Store, me: str) -> None:
    store.record(attempt(me, kind="follow_up"))
    assert store.mark("a1", grade()) is True
    assert store.mark("a1", grade()) is False
    assert store.cards(me) == {}


def test_a_disputed_mark_is_kept_beside_the_graders(store: Store, me: str, other: str) -> None:
    store.record(attempt(me, grade=grade()))
    store.record(attempt(other, "b1", grade=grade()))
    store.overrule("a1", Overrule(point=0, verdict="missing"))
    store.overrule("a1", Overrule(point=1, verdict="covered"))
    after = store.overrule("a1", Overrule(point=0, verdict="partial"))
    assert [(kept.point, kept.verdict) for kept in after.overruled] == [
        (1, "covered"),
        (0, "partial"),
    ]
    assert after.grade == grade()
    assert store.attempt("a1") == after
    assert store.overruled() == store.overruled(me) == [after]
    assert store.overruled(other) == []


def test_only_a_point_of_a_mark_can_be_disputed(store: Store, me: str) -> None:
    store.record(attempt(me))
    with pytest.raises(UsageError, match="no point 1"):
        store.overrule("a1", Overrule(point=0, verdict="covered"))
    store.mark("a1", grade())
    with pytest.raises(UsageError, match="no point 3"):
        store.overrule("a1", Overrule(point=2, verdict="covered"))
    with pytest.raises(UsageError, match="no attempt"):
        store.overrule("none", Overrule(point=0, verdict="covered"))


def test_a_corrected_rating_takes_the_place_of_the_one_given(store: Store, me: str) -> None:
    store.record(attempt(me, rating=1, grade=grade()), card(lapses=1), review(rating=1))
    store.record(attempt(me, "a2", 1, rating=3), card(reps=2, lapses=1), review("a2", minute=1))
    store.correct("a1", 3, card(reps=2))
    assert [kept.rating for kept in store.reviews(me)] == [3, 3]
    assert [kept.rating for kept in store.attempts(me)] == [3, 3]
    assert store.cards(me) == {QUESTION: card(reps=2)}
    with pytest.raises(UsageError, match="no attempt"):
        store.correct("none", 3, card())


@pytest.mark.parametrize("text", ["a\0b", "a\ud83db", "😀 'quoted' \"x\" \\u0000 %s :name\n"])
def test_whatever_is_typed_is_kept(store: Store, me: str, text: str) -> None:
    shown = text.replace("\0", "\ufffd").replace("\ud83d", "\ufffd")
    assert store.record(attempt(me, text, answer=text)) is True
    assert store.record(attempt(me, text, answer=text)) is False
    found = store.attempt(text)
    assert found is not None
    assert found.answer == shown
    store.save_conversation(me, text, [{"question": text}], NOW)
    assert store.conversations(me)[0].question == shown
    kept = store.conversation(me, text)
    assert kept is not None
    assert kept.turns[0]["question"].replace("\0", "\ufffd") == shown


def test_times_of_any_zone_come_back_in_utc_and_without_one_are_refused(
    store: Store, me: str
) -> None:
    shanghai = timezone(timedelta(hours=8))
    store.record(attempt(me, at=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=shanghai)))
    found = store.attempts(me)[0].at
    assert found == datetime(2026, 1, 1, 19, 4, 5, 6, tzinfo=UTC)
    assert found.tzinfo == UTC
    with pytest.raises(UsageError, match="no zone"):
        store.record(attempt(me, "a2", at=datetime(2026, 1, 2)))
    assert store.attempt("a2") is None


# weights of one's own

WEIGHTS = Weights(values=BETTER, at=NOW, reviews=640)


def test_weights_and_cards_change_together_where_the_log_is_as_it_was_read(
    make: Callable[[], Store],
) -> None:
    store = make()
    me = store.default_profile(NOW).id
    other = store.create_profile("Bo", NOW).id
    store.record(attempt(me, rating=3), card(lapses=1), review())
    store.record(attempt(me, "a2", rating=3), card("q2"), review("a2", "q2"))
    store.record(attempt(other, "b1", rating=3), card(), review("b1"))
    seen, theirs = store.reviews(me), store.export_all(other)
    moved = card(reps=9, lapses=9, stability=40.0, due=NOW + timedelta(days=40))
    assert store.memory(me)[1] is None
    assert store.refit(me, WEIGHTS, [moved, card("never seen")], seen) is True
    kept = moved.model_copy(update={"reps": 1, "lapses": 1})
    assert store.memory(me) == ({QUESTION: kept, "q2": card("q2")}, WEIGHTS)
    assert store.cards(me) == store.memory(me)[0]
    store.close()
    again = make()
    assert again.memory(me)[1] == WEIGHTS
    assert again.export_all(other) == theirs
    later = WEIGHTS.model_copy(update={"reviews": 900})
    assert again.refit(me, later, [], seen) is True
    assert again.memory(me)[1] == later
    assert again.refit(me, None, [card(stability=1.5)], seen) is True
    assert again.memory(me)[1] is None
    assert again.cards(me)[QUESTION].stability == 1.5


def test_where_the_log_has_changed_neither_weights_nor_cards_do(store: Store, me: str) -> None:
    store.record(attempt(me, rating=3), card(), review())
    seen = store.reviews(me)
    store.record(attempt(me, "a2", 5, rating=3), card(reps=2), review("a2", minute=5))
    assert store.refit(me, WEIGHTS, [card(stability=40.0)], seen) is False
    seen = store.reviews(me)
    store.correct("a2", 1, card(reps=2, lapses=1))
    assert store.refit(me, WEIGHTS, [card(stability=40.0)], seen) is False
    assert store.memory(me) == ({QUESTION: card(reps=2, lapses=1)}, None)
    with pytest.raises(UsageError, match="profile"):
        store.refit("nobody", WEIGHTS, [], [])


def test_ratings_given_while_weights_change_are_all_there_and_none_is_undone(
    make: Callable[[], Store],
) -> None:
    stores = [make(), make()]
    me = stores[0].default_profile(NOW).id
    fits: list[bool] = []

    def rate(n: int) -> None:
        for reps in range(1, 9):
            identity = f"{n}-{reps}"
            given = attempt(me, identity, reps, question_id=f"q{n}", rating=3)
            moved = card(f"q{n}", reps, stability=float(reps))
            assert stores[n % 2].record(given, moved, review(identity, f"q{n}", minute=reps))

    def fit(n: int) -> None:
        for _ in range(8):
            log = stores[n].reviews(me)  # a card is as stable as it has ratings
            reps = Counter(one.question_id for one in log)
            moved = [card(name, stability=float(count)) for name, count in reps.items()]
            fits.append(stores[n].refit(me, WEIGHTS, moved, log))

    at_once([*(lambda n=n: rate(n) for n in range(6)), *(lambda n=n: fit(n) for n in range(2))])
    assert len(stores[0].reviews(me)) == 48
    assert {one.stability for one in stores[1].cards(me).values()} == {8.0}
    fit(0)
    assert fits[-1] is True


def test_all_can_be_deleted_while_weights_change(make: Callable[[], Store]) -> None:
    stores = [make(), make()]
    me = stores[0].default_profile(NOW).id
    ids = [f"q{n}" for n in range(20)]

    for _ in range(12):
        for identity in ids:
            given = attempt(me, f"a-{identity}", question_id=identity, rating=3)
            assert stores[0].record(given, card(identity), review(given.id, identity))
        log = stores[0].reviews(me)
        moved = [card(identity, stability=9.0) for identity in ids]
        at_once([  # neither waits for the other for ever
            lambda log=log, moved=moved: stores[0].refit(me, WEIGHTS, moved, log),
            lambda: stores[1].delete_all(me),
        ])  # fmt: skip
        assert stores[0].cards(me) == {}
    stores[1].delete_all(me)
    assert stores[0].memory(me) == ({}, None)


def test_tables_of_the_first_revision_are_brought_up_to_date(where: str | Path) -> None:
    first = Store(where)
    me = first.default_profile(NOW).id
    first.record(attempt(me, rating=3), card(), review())
    with first._engine.begin() as connection:  # as that revision left them
        connection.exec_driver_sql("DROP TABLE weights")
        connection.exec_driver_sql(f"UPDATE {VERSION_TABLE} SET version_num = '0001'")
    first.close()
    store = Store(where)
    assert store.memory(me) == ({QUESTION: card()}, None)
    assert store.refit(me, WEIGHTS, [], store.reviews(me))
    store.delete_profile(me)
    with store._engine.connect() as connection:  # they went with their learner
        assert connection.exec_driver_sql("SELECT count(*) FROM weights").scalar() == 0
    store.close()


# interviews and conversations


def session_of(profile: str, identity: str = "s1", minute: int = 0) -> Session:
    choice = Choice(question_id=QUESTION, why="weak", retrievability=0.5, centrality=0.25)
    plan = Plan(aim="weak", scope=("backbone",), minutes=20, language="en", style="strict", seed=7)
    started = NOW + timedelta(minutes=minute)
    return Session(id=identity, profile=profile, plan=plan, started=started, choices=(choice,))


def test_an_interview_is_kept_as_it_stands(store: Store, me: str, other: str) -> None:
    begun = session_of(me)
    store.save_session(begun)
    assert store.session("s1") == begun
    on = begun.model_copy(
        update={"choices": begun.choices * 2, "used": 61.5, "resumed": NOW, "hints": 1}
    )
    store.save_session(on)
    store.save_session(on.model_copy(update={"id": "s2", "started": NOW + timedelta(hours=1)}))
    store.save_session(session_of(other, "s3"))
    assert store.session("s1") == on
    assert [kept.id for kept in store.sessions(me)] == ["s2", "s1"]
    assert store.session("none") is None


def test_a_deleted_interview_takes_its_answers_along_and_leaves_the_cards(
    store: Store, me: str
) -> None:
    store.save_session(session_of(me))
    store.record(attempt(me, session="s1"), card(), review())
    store.record(attempt(me, "a2"), card(), review("a2"))
    store.delete_session("s1")
    store.delete_session("s1")
    assert store.sessions(me) == []
    assert [kept.id for kept in store.attempts(me)] == ["a2"]
    assert len(store.reviews(me)) == len(store.cards(me)) + 1 == 2
    # sent once more by a page that was open: kept, but not counted again
    assert store.record(attempt(me), card(reps=9), review()) is True
    assert store.cards(me)[QUESTION].reps == 1
    assert len(store.reviews(me)) == 2


def test_a_conversation_is_kept_as_it_stands(store: Store, me: str) -> None:
    turns = [{"question": "什么是捷径", "answer": {"refused": False, "citations": [1, 2]}}]
    store.save_conversation(me, "c1", turns, NOW)
    store.save_conversation(me, "c2", [], NOW + timedelta(minutes=1))
    longer = [*turns, {"question": "然后呢"}]
    store.save_conversation(me, "c1", longer, NOW + timedelta(minutes=2))
    assert store.conversation(me, "c1") == (NOW + timedelta(minutes=2), longer)
    listed = [
        ("c1", NOW + timedelta(minutes=2), "什么是捷径", 2),
        ("c2", NOW + timedelta(minutes=1), "", 0),
    ]
    assert store.conversations(me) == listed
    assert store.conversations(me, most=1) == listed[:1]
    assert store.conversations(me, most=1, skip=1) == listed[1:]
    store.delete_conversation(me, "c1")
    assert store.conversation(me, "c1") is None
    assert [kept.id for kept in store.conversations(me)] == ["c2"]


def test_nobody_writes_over_what_is_anothers(store: Store, me: str, other: str) -> None:
    store.save_session(session_of(me))
    store.save_conversation(me, "c1", [{"question": "我的"}], NOW)
    with pytest.raises(UsageError, match="another learner's"):
        store.save_session(session_of(other))
    with pytest.raises(UsageError, match="another learner's"):
        store.save_conversation(other, "c1", [{"question": "你的"}], NOW)
    assert store.session("s1") == session_of(me)
    store.delete_conversation(other, "c1")
    assert store.conversation(other, "c1") is None
    assert store.conversation(me, "c1") == (NOW, [{"question": "我的"}])


# all that is kept of one


def fill(store: Store, profile: str, mark: str) -> None:
    """One of each for a learner, every id bearing `mark`."""
    store.save_session(session_of(profile, f"s-{mark}"))
    given = attempt(profile, f"a-{mark}", session=f"s-{mark}", grade=grade(), answer=f"答 {mark}")
    store.record(given, card(), review(f"a-{mark}"))
    store.overrule(f"a-{mark}", Overrule(point=1, verdict="covered"))
    store.save_conversation(profile, f"c-{mark}", [{"question": mark}], NOW)
    assert store.refit(profile, WEIGHTS, [], store.reviews(profile))


@pytest.mark.parametrize("keep", [False, True])
def test_deleting_a_learner_deletes_all_of_theirs_and_nothing_of_others(
    store: Store, me: str, other: str, keep: bool
) -> None:
    fill(store, me, "mine")
    fill(store, other, "theirs")
    before = store.export_all(other)
    (store.delete_all if keep else store.delete_profile)(me)
    assert [p.id for p in store.profiles()] == ([me, other] if keep else [other])
    assert store.attempts(me) == store.reviews(me) == store.sessions(me) == []
    assert store.memory(me) == ({}, None)
    assert store.conversations(me) == []
    assert store.attempt("a-mine") is store.session("s-mine") is None
    assert store.export_all(other) == before


def bare(exported: dict[str, object]) -> str:
    """An export without what is new in each place: the ids and the profile."""
    copy = json.loads(json.dumps(exported))
    copy["profile"] = None
    names: dict[str, str] = {}
    for kind in ("sessions", "attempts", "reviews", "conversations"):
        for row in copy[kind]:
            for key in ("id", "session"):
                if row.get(key):
                    row[key] = names.setdefault(row[key], f"id {len(names)}")
            row.pop("profile", None)
    return json.dumps(copy, sort_keys=True, ensure_ascii=False)


def test_an_export_comes_back_elsewhere_whole(store: Store, me: str, tmp_path: Path) -> None:
    fill(store, me, "一")
    exported = json.loads(json.dumps(store.export_all(me)))
    elsewhere = Store(tmp_path / "elsewhere.sqlite3")
    empty = elsewhere.default_profile(NOW)
    assert elsewhere.import_all(exported, NOW) == empty  # who has none of their own yet
    assert bare(elsewhere.export_all(empty.id)) == bare(exported)
    assert elsewhere.attempts(empty.id, elsewhere.sessions(empty.id)[0].id)  # ids still agree
    assert elsewhere.reviews(empty.id)[0].id == elsewhere.attempts(empty.id)[0].id
    assert elsewhere.memory(empty.id)[1] == WEIGHTS
    elsewhere.close()


def test_an_export_without_weights_does_not_name_them_and_comes_back(store: Store, me: str) -> None:
    store.record(attempt(me, rating=3), card(), review())
    exported = store.export_all(me)
    assert "weights" not in exported
    back = store.import_all(exported, NOW)
    assert store.memory(back.id) == ({QUESTION: card()}, None)
    exported["weights"] = None
    assert store.memory(store.import_all(exported, NOW).id)[1] is None


def test_an_export_comes_back_where_it_is_from_beside_the_original(store: Store, me: str) -> None:
    fill(store, me, "一")
    before = store.export_all(me)
    copies = [store.import_all(before, NOW) for _ in range(2)]
    assert [copy.name for copy in copies] == ["我 (2)", "我 (3)"]
    assert store.export_all(me) == before
    for copy in copies:
        assert bare(store.export_all(copy.id)) == bare(before)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        (lambda e: e.update(version=2), "version 2.*upgrade"),
        (lambda e: e.update(format="anki"), "no export"),
        (lambda e: e.pop("profile"), "damaged at profile"),
        (lambda e: e["attempts"][0].update(rating=9), "damaged at attempts.0.rating"),
        (lambda e: e["attempts"][0].update(at="2026-01-01T00:00:00"), "attempts.0.*no zone"),
        (lambda e: e["reviews"][0].update(at="9990-01-01T00:00:00Z"), "reviews.0.*year 9990"),
        (lambda e: e["cards"][0].update(due="2201-01-01T00:00:00Z"), "cards.0.*year 2201"),
        (lambda e: e["attempts"].append(e["attempts"][0]), "attempts twice"),
        (lambda e: e["cards"].append(e["cards"][0]), "cards twice"),
        (lambda e: e["conversations"][0].update(turns="x"), "conversations.0.turns"),
        (lambda e: e["weights"]["values"].pop(), "damaged at weights.values.*can't use"),
        (lambda e: e["weights"]["values"].append(1.0), "damaged at weights.values.*can't use"),
        (lambda e: e["weights"]["values"].__setitem__(4, 10.5), "weights.values.*can't use"),
        (lambda e: e["weights"]["values"].__setitem__(4, float("nan")), "weights.values"),
        (lambda e: e["weights"]["values"].__setitem__(4, "x"), "damaged at weights.values.4"),
        (lambda e: e["weights"].update(reviews=-1), "damaged at weights.reviews"),
        (lambda e: e["weights"].update(at="2026-01-01T00:00:00"), "weights.*no zone"),
        (lambda e: e.update(weights=[1.0]), "damaged at weights"),
    ],
)
def test_what_is_no_whole_export_changes_nothing(
    store: Store, me: str, change: Callable[[dict[str, object]], object], match: str
) -> None:
    fill(store, me, "一")
    exported = store.export_all(me)
    before = json.dumps(exported)
    change(exported)
    with pytest.raises(UsageError, match=f"(?i){match}"):
        store.import_all(exported, NOW)
    assert json.dumps(store.export_all(me)) == before
    assert len(store.profiles()) == 1


# many at once


def at_once(tasks: list[Callable[[], None]]) -> None:
    """Run all in threads that begin together; an error of one is raised."""
    barrier = Barrier(len(tasks))

    def go(task: Callable[[], None]) -> None:
        barrier.wait(30)
        task()

    with ThreadPoolExecutor(len(tasks)) as pool:
        for done in [pool.submit(go, task) for task in tasks]:
            done.result(60)


def test_20_threads_of_two_processes_mix_nothing_and_lose_nothing(
    make: Callable[[], Store],
) -> None:
    stores = [make(), make()]
    names = {stores[0].create_profile(name, NOW).id: name for name in "甲乙丙丁"}
    people = list(names)

    def learn(n: int) -> None:
        store, person, question = stores[n % 2], people[n % 4], f"q{n}"
        for reps in range(1, 9):
            identity = f"{n}-{reps}"
            given = attempt(person, identity, reps, question_id=question, answer=person)
            moved = card(question, reps), review(identity, question, minute=reps)
            if reps % 2:
                assert store.record(given, *moved)
            else:
                assert store.record(given)
                assert store.mark(identity, grade(), 3, *moved)
                store.overrule(identity, Overrule(point=0, verdict="missing"))
                store.rename_profile(person, names[person])
            assert not store.record(given, *moved)
            seen = store.export_all(person)  # one moment: what belongs together is there together
            counts = [r["question_id"] for r in seen["reviews"]]
            assert all(c["reps"] == counts.count(c["question_id"]) for c in seen["cards"])
            assert {a["answer"] for a in seen["attempts"]} == {person}

    at_once([lambda n=n: learn(n) for n in range(20)])
    for person in people:
        assert len(stores[0].attempts(person)) == len(stores[1].reviews(person)) == 5 * 8
        assert {kept.reps for kept in stores[0].cards(person).values()} == {8}


def test_the_same_attempt_from_many_threads_counts_once(make: Callable[[], Store]) -> None:
    stores = [make(), make()]
    me = stores[0].default_profile(NOW).id
    kept: list[bool] = []
    sent = lambda n: kept.append(stores[n % 2].record(attempt(me), card(), review()))  # noqa: E731
    at_once([lambda n=n: sent(n) for n in range(20)])
    assert sorted(kept) == [False] * 19 + [True]
    assert len(stores[0].attempts(me)) == len(stores[0].reviews(me)) == 1


def test_many_who_open_it_for_the_first_time_make_one_database_and_one_learner(
    make: Callable[[], Store],
) -> None:
    found: list[Profile] = []
    at_once([lambda: found.append(make().default_profile(NOW)) for _ in range(8)])
    assert len({profile.id for profile in found}) == 1
    assert len(make().profiles()) == 1


# a server


def test_a_server_that_is_down_is_a_clear_error_without_the_password(postgres: Postgres) -> None:
    address = postgres.database()
    wrong = address.replace(f":{postgres.port}/", ":1/")
    with pytest.raises(StoreError, match="127.0.0.1:1 failed.*refused.*ZHITU_STORE_URL") as raised:
        Store(wrong)
    assert "p@ss" not in str(raised.value)
    assert "%70" not in str(raised.value)


def test_a_wrong_password_is_a_clear_error_that_does_not_show_it(postgres: Postgres) -> None:
    with pytest.raises(StoreError, match="password authentication failed") as raised:
        Store(postgres.address("postgres", "hunter2"))
    assert "hunter2" not in str(raised.value)


def test_a_server_that_was_restarted_is_found_again(postgres: Postgres) -> None:
    store = Store(postgres.database())
    first = store.default_profile(NOW)
    postgres.stop()
    with pytest.raises(StoreError, match=r"ZHITU_STORE_URL"):
        store.profiles()
    postgres.start()
    assert store.profiles() == [first]
    store.close()


@pytest.mark.parametrize(
    "address", ["mysql://u:hunter2@h/d", "postgresql://u:hunter2@h:x/d", "hunter2", "sqlite://"]
)
def test_an_address_that_is_none_is_refused_without_showing_it(address: str) -> None:
    with pytest.raises(StoreError, match="ZHITU_STORE_URL") as raised:
        Store(address)
    assert "hunter2" not in str(raised.value)
