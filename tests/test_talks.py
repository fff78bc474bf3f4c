"""Conversations that are kept: what the server takes from the page, and what it gives back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from assistant.errors import UsageError
from assistant.store import Store
from assistant.ui import talks_desk
from assistant.ui.desk import Desk
from assistant.ui.people import People
from assistant.ui.talks_desk import TalksDesk

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ID = "0123456789abcdef"
OTHER = "fedcba9876543210"


class Assistant:
    """As much of one as conversations need."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def start_model(self) -> None: ...

    def warm_up(self) -> None: ...


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "progress.sqlite")
    yield opened
    opened.close()


@pytest.fixture
def me(store: Store) -> str:
    return store.default_profile(NOW).id


@pytest.fixture
def other(store: Store, me: str) -> str:
    return store.create_profile("另一个人", NOW).id


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time, as its only item."""
    now = [NOW]
    monkeypatch.setattr(People, "clock", staticmethod(lambda: now[0]))
    return now


@pytest.fixture
def talks(store: Store, clock: list[datetime]) -> TalksDesk:
    desk = Desk(lambda: Assistant(store))  # type: ignore[arg-type,return-value]
    desk.open()
    return TalksDesk(desk)


def turn(name: str, asked: int = 0, **changes: Any) -> dict[str, Any]:
    """A turn as the page has it; `asked`: seconds after the first."""
    citation = {
        "n": 1,
        "entry": "backbone/deeper/resnet",
        "path": ["神经网络模型", "ResNet"],
        "kind": "note",
        "quote": "恒等映射缓解了梯度消失",
        "source": {"title": "ResNet", "file": "resnet.md", "url": "", "start": 3, "end": 14},
        "highlights": [[0, 4]],
    }
    sentence = {
        "text": "求导时总有一个 1。",
        "lead": "",
        "citations": [1],
        "status": "supported",
        "highlights": {"1": [[0, 4]]},
    }
    view = {"id": name, "phase": "done", "citations": [citation], "sentences": [sentence]}
    return {
        "id": name,
        "question": f"{name} 是什么？",
        "scope": None,
        "asked": 1.7e12 + 1000 * asked,
        "seconds": 1.5,
        "stopped": False,
        "view": view,
    } | changes


def kept(talks: TalksDesk, profile: str = "", identity: str = ID) -> list[str]:
    """Ids of the turns that are kept of a conversation."""
    return [t["id"] for t in talks.talk({"profile": profile, "id": identity})["turns"]]


def test_a_conversation_comes_back_with_its_passages(talks: TalksDesk, me: str) -> None:
    asked = [turn("a"), turn("b", 1, scope={"id": "x/y", "title": "Y"}, stopped=True)]
    assert talks.keep({"profile": me, "id": ID, "turns": asked}) == {"kept": 2}
    found = talks.talk({"profile": me, "id": ID})
    assert found["updated"] == NOW.isoformat()
    first, second = found["turns"]
    assert first["view"]["citations"] == asked[0]["view"]["citations"]
    assert first["view"]["sentences"] == asked[0]["view"]["sentences"]
    assert (first["question"], first["asked"], first["seconds"]) == ("a 是什么？", 1.7e12, 1.5)
    assert (second["scope"], second["stopped"]) == ({"id": "x/y", "title": "Y"}, True)
    json.dumps(found)


def test_the_list_has_the_last_one_first_with_its_first_question(
    talks: TalksDesk, me: str, clock: list[datetime]
) -> None:
    long = turn("a", question="为什么\n  " + "很" * 500)
    talks.keep({"profile": me, "id": ID, "turns": [long, turn("b", 1)]})
    clock[0] += timedelta(minutes=5)
    talks.keep({"profile": me, "id": OTHER, "turns": [turn("c")]})
    listed = talks.talks({"profile": me})
    assert [(t["id"], t["turns"]) for t in listed["talks"]] == [(OTHER, 1), (ID, 2)]
    assert listed["talks"][0]["updated"] == clock[0].isoformat()
    title = listed["talks"][1]["question"]
    assert title.startswith("为什么 很很")
    assert len(title) == 200
    assert listed["more"] is False


def test_a_long_list_comes_in_parts(
    talks: TalksDesk, me: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(talks_desk, "LISTED", 2)
    for n in range(5):
        talks.keep({"profile": me, "id": f"conversation-{n}", "turns": [turn("a")]})
    seen = []
    for skip, more in ((0, True), (2, True), (4, False)):
        listed = talks.talks({"profile": me, "skip": skip})
        assert listed["more"] is more
        seen += [t["id"][-1] for t in listed["talks"]]
    assert seen == ["4", "3", "2", "1", "0"]


# what comes twice, late, or from two tabs


def test_what_comes_twice_or_late_loses_nothing(talks: TalksDesk, me: str) -> None:
    early = [turn("a"), turn("b", 1, stopped=True)]
    late = [turn("a"), turn("b", 1), turn("c", 2)]
    for turns in (early, late, late, early):
        talks.keep({"profile": me, "id": ID, "turns": turns})
    assert kept(talks, me) == ["a", "b", "c"]


def test_one_conversation_in_two_tabs_has_the_turns_of_both(talks: TalksDesk, me: str) -> None:
    talks.keep({"profile": me, "id": ID, "turns": [turn("a"), turn("left", 5)]})
    talks.keep({"profile": me, "id": ID, "turns": [turn("a"), turn("right", 3)]})
    assert kept(talks, me) == ["a", "right", "left"]


# whose it is


def test_half_an_answer_never_takes_the_place_of_the_whole(talks: TalksDesk, me: str) -> None:
    half = {"id": "a", "phase": "writing", "sentences": []}
    sent = turn("a", view=half, stopped=True)
    talks.keep({"profile": me, "id": ID, "turns": [sent]})
    talks.keep({"profile": me, "id": ID, "turns": [turn("a")]})
    talks.keep({"profile": me, "id": ID, "turns": [sent, turn("b", 1)]})  # a copy of the tab
    first, second = talks.talk({"profile": me, "id": ID})["turns"]
    assert (first["view"]["phase"], second["id"]) == ("done", "b")


def test_a_number_that_json_does_not_know_breaks_no_list(
    talks: TalksDesk, store: Store, me: str
) -> None:
    store.save_conversation(me, ID, [{"question": "?", "took": float("nan")}], NOW)
    talks.keep({"profile": me, "id": OTHER, "turns": [turn("a")]})
    assert {row["id"] for row in talks.talks({"profile": me})["talks"]} == {ID, OTHER}


def test_nobody_sees_changes_or_deletes_what_is_anothers(
    talks: TalksDesk, me: str, other: str
) -> None:
    talks.keep({"profile": me, "id": ID, "turns": [turn("a")]})
    assert talks.talks({"profile": other})["talks"] == []
    for action in (talks.talk, talks.forget):
        with pytest.raises(UsageError, match="not there any more"):
            action({"profile": other, "id": ID})
    with pytest.raises(UsageError, match="another learner's"):
        talks.keep({"profile": other, "id": ID, "turns": [turn("b")]})
    assert kept(talks, me) == ["a"]


def test_what_a_deleted_learner_asked_goes_to_nobody(
    talks: TalksDesk, store: Store, me: str, other: str
) -> None:
    store.delete_profile(other)
    with pytest.raises(UsageError, match="no profile of that id"):
        talks.keep({"profile": other, "id": ID, "turns": [turn("a")]})
    assert store.conversations(me) == []
    with pytest.raises(UsageError, match="no profile of that id"):
        talks.talks({"profile": other})


def test_who_has_no_profile_yet_is_the_default_learner(talks: TalksDesk, me: str) -> None:
    talks.keep({"id": ID, "turns": [turn("a")]})
    assert kept(talks, me) == ["a"]


# deleted, and taken back


def test_a_deleted_conversation_can_be_taken_back_as_it_was(
    talks: TalksDesk, me: str, clock: list[datetime]
) -> None:
    talks.keep({"profile": me, "id": ID, "turns": [turn("a"), turn("b", 1)]})
    clock[0] += timedelta(days=2)
    gone = talks.forget({"profile": me, "id": ID})
    assert talks.talks({"profile": me})["talks"] == []
    talks.keep({"profile": me, **gone})
    (back,) = talks.talks({"profile": me})["talks"]
    assert (back["updated"], back["turns"]) == (NOW.isoformat(), 2)
    assert talks.talk({"profile": me, "id": ID}) == gone


def test_no_conversation_is_of_tomorrow(talks: TalksDesk, me: str) -> None:
    tomorrow = (NOW + timedelta(days=1)).isoformat()
    talks.keep({"profile": me, "id": ID, "turns": [turn("a")], "updated": tomorrow})
    assert talks.talk({"profile": me, "id": ID})["updated"] == NOW.isoformat()


def test_delete_all_and_export_know_the_conversations(
    talks: TalksDesk, store: Store, me: str, tmp_path: Path
) -> None:
    talks.keep({"profile": me, "id": ID, "turns": [turn("a")]})
    exported = json.loads(json.dumps(store.export_all(me)))
    store.delete_all(me)
    assert talks.talks({"profile": me})["talks"] == []
    back = store.import_all(exported, NOW)
    (one,) = talks.talks({"profile": back.id})["talks"]
    found = talks.talk({"profile": back.id, "id": one["id"]})
    assert found["turns"][0]["view"]["citations"] == turn("a")["view"]["citations"]


# what a browser may send


@pytest.mark.parametrize(
    "given",
    [
        None,
        {},
        {"id": ID},
        {"id": "../../etc", "turns": []},
        {"id": ID, "turns": "x"},
        {"id": ID, "turns": [{}] * (talks_desk.MOST_TURNS + 1)},
        {"id": ID, "turns": [], "updated": "2026-01-01T00:00:00"},
        {"id": ID, "turns": [], "profile": "x" * 100},
    ],
)
def test_what_is_no_conversation_is_refused(talks: TalksDesk, given: Any) -> None:
    with pytest.raises(ValidationError):
        talks.keep(given)


@pytest.mark.parametrize(
    "broken",
    [
        None,
        "x",
        {"id": "b"},
        turn("b", view={}),
        turn("b", view={"id": "b", "phase": "dancing"}),
        turn("b", view={"id": "b", "citations": [{"n": 0}]}),
        turn("b") | {"asked": "soon"},
        turn("b") | {"asked": float("nan")},
        turn("b", question=None),
        turn("b" * 65),
        turn("b", scope={"id": "x" * 2000, "title": ""}),
    ],
)
def test_a_broken_turn_does_not_take_the_others_along(
    talks: TalksDesk, me: str, broken: Any
) -> None:
    with pytest.raises(UsageError, match="no turn to keep"):
        talks.keep({"profile": me, "id": ID, "turns": [broken]})
    assert talks.keep({"profile": me, "id": ID, "turns": [turn("a"), broken]}) == {"kept": 1}
    assert kept(talks, me) == ["a"]


def test_half_a_character_can_be_sent_back(talks: TalksDesk, me: str) -> None:
    talks.keep({"profile": me, "id": ID, "turns": [turn("a", question="半个\ud83d")]})
    (found,) = talks.talk({"profile": me, "id": ID})["turns"]
    assert found["question"].encode() == "半个?".encode()


def test_what_the_page_does_not_draw_is_not_kept(talks: TalksDesk, store: Store, me: str) -> None:
    sent = turn("a", more="x" * 1000)
    sent["view"]["more"] = "y" * 1000
    talks.keep({"profile": me, "id": ID, "turns": [sent], "more": "z"})
    held = store.conversation(me, ID)
    assert held is not None
    assert "more" not in json.dumps(held.turns)


def test_of_a_huge_conversation_the_oldest_turns_go_first(
    talks: TalksDesk, me: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = len(json.dumps(talks_desk.readable([turn("a")])[0], ensure_ascii=False).encode())
    monkeypatch.setattr(talks_desk, "MOST_BYTES", 3 * size)
    turns = [turn(name, n) for n, name in enumerate("abcde")]
    assert talks.keep({"profile": me, "id": ID, "turns": turns}) == {"kept": 3}
    assert kept(talks, me) == ["c", "d", "e"]
    talks.keep({"profile": me, "id": ID, "turns": [turn("f", 9)]})
    assert kept(talks, me) == ["d", "e", "f"]


def test_no_conversation_has_more_turns_than_the_page_may_send(talks: TalksDesk, me: str) -> None:
    turns = [turn(f"t{n}", n) for n in range(talks_desk.MOST_TURNS)]
    talks.keep({"profile": me, "id": ID, "turns": turns})
    talks.keep({"profile": me, "id": ID, "turns": [turn("last", 1000)]})
    assert kept(talks, me) == [*(f"t{n}" for n in range(1, talks_desk.MOST_TURNS)), "last"]


def test_a_single_turn_beyond_all_measure_is_left_out(talks: TalksDesk, me: str) -> None:
    huge = turn("huge", question="长" * 100_000)  # 300,000 bytes
    with pytest.raises(UsageError, match="no turn to keep"):
        talks.keep({"profile": me, "id": ID, "turns": [huge]})
    assert talks.keep({"profile": me, "id": ID, "turns": [huge, turn("b", 1)]}) == {"kept": 1}


def test_an_import_from_elsewhere_opens_as_far_as_it_can_be_drawn(
    talks: TalksDesk, store: Store, me: str
) -> None:
    store.save_conversation(me, ID, [{"question": "旧"}, turn("a")], NOW)
    assert kept(talks, me) == ["a"]
    talks.keep({"profile": me, "id": ID, "turns": [turn("b", 1)]})
    assert kept(talks, me) == ["a", "b"]
