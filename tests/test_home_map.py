"""The map as it is sent to the page, and what Home tells of a learner."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import MakeAssistant
from fakes import HashEmbedder, use_embedder

from assistant.config import load_settings
from assistant.pipeline import Assistant
from assistant.schema import Claim, Entry, Grade, Link, PointGrade
from assistant.study import Attempt, Card, Review
from assistant.ui.desk import Desk
from assistant.ui.home_desk import HomeDesk
from assistant.ui.home_map import MapView

RESNET = "backbone/deeper/resnet"


def entry(path: str, file: str = "a.md", claims: int = 0) -> Entry:
    made = tuple(Claim(text="x", start=0, end=1) for _ in range(claims))
    return Entry(id=path, path=tuple(path.split("/")), file=file, claims=made)


SMALL = [
    entry("s"),
    entry("s/g"),
    entry("s/g/a"),
    entry("s/g/b"),
    entry("t"),
    entry("own", "/notes/own.md"),
    entry("own/c", "/notes/own.md", 20),
]


def boxes(sent: dict, layout: str) -> list[tuple[int, ...]]:
    flat = sent[layout]["boxes"]
    return [tuple(flat[i : i + 4]) for i in range(0, len(flat), 4)]


def test_nodes_know_what_stands_above_them_and_where_they_come_from() -> None:
    sent = MapView(SMALL, {"s/g/a": 5, "t": 2}, []).sent
    assert [node[3] for node in sent["nodes"]] == [-1, 0, 1, 1, -1, -1, 5]
    assert [node[4] for node in sent["nodes"]] == [0, 0, 5, 0, 2, 0, 0]
    assert [node[6] for node in sent["nodes"]] == [""] * 5 + ["own.md"] * 2


def test_every_node_has_a_box_and_own_notes_stand_below_under_the_name_of_their_file() -> None:
    sent = MapView(SMALL, {"s/g/a": 5, "t": 2}, []).sent
    assert len(boxes(sent, "wide")) == len(boxes(sent, "alone")) == len(SMALL)
    assert len(boxes(sent, "sections")) == 3
    assert len(sent["alone"]["heights"]) == 3
    ((name, down),) = sent["wide"]["shelves"]
    assert name == "own.md"
    lowest = max(y + h for _, y, _, h in boxes(sent, "wide")[:5])
    assert lowest <= down < boxes(sent, "wide")[5][1]
    assert all(0 <= part <= 10_000 for box in boxes(sent, "wide") for part in box)


def test_the_area_of_an_entry_follows_its_questions() -> None:
    flat = [entry(name) for name in "abcd"]
    sent = MapView(flat, {"a": 2, "b": 4, "c": 6, "d": 8}, []).sent
    areas = [w * h / 1e8 for _, _, w, h in boxes(sent, "wide")]
    assert areas == pytest.approx([0.1, 0.2, 0.3, 0.4], abs=0.001)


def test_links_are_sent_by_place_and_only_between_entries_that_are_there() -> None:
    def link(source: str, target: str) -> Link:
        return Link(source=source, target=target, kind="uses", bullet="x", entry=source)

    sent = MapView(SMALL, {}, [link("s/g/a", "t"), link("s/g/a", "gone")]).sent
    assert sent["links"] == [[2, 4, "uses"]]


def test_two_files_of_one_name_are_two_shelves() -> None:
    both = [entry("a", "/one/x.md"), entry("b", "/two/x.md")]
    sent = MapView(both, {}, []).sent
    assert [name for name, _ in sent["wide"]["shelves"]] == ["x.md", "x.md"]


def many() -> list[Entry]:
    """2,010 entries: ten sections of ten groups of nineteen."""
    found = []
    for s in range(10):
        found.append(entry(f"部分 {s}"))
        for g in range(10):
            found.append(entry(f"部分 {s}/组 {g}"))
            found += [entry(f"部分 {s}/组 {g}/条目 {s}.{g}.{e}") for e in range(19)]
    return found


def test_a_map_of_two_thousand_entries_is_laid_out_in_no_time() -> None:
    entries = many()
    questions = {one.id: 1 + i % 7 for i, one in enumerate(entries)}
    began = time.perf_counter()
    sent = MapView(entries, questions, []).sent
    took = 1000 * (time.perf_counter() - began)
    size = len(json.dumps(sent, ensure_ascii=False).encode())
    print(f"2,010 entries: {took:.0f} ms, {size / 1000:.0f} kB")
    assert size < 400_000
    assert took < 2000  # .1 s where nothing else runs


# --- what Home tells ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> HomeDesk:
    """Home over the real corpus, with the fake embedder."""
    with pytest.MonkeyPatch.context() as patch:
        use_embedder(HashEmbedder(), patch.setattr)
        settings = load_settings(model="none", data_dir=tmp_path_factory.mktemp("home"))
        assistant = Assistant(settings)
        assistant.index()
        desk = Desk(lambda: assistant)
        desk.open()
        yield HomeDesk(desk)
        assistant.close()


def record(assistant: Assistant, profile: str, question: str, score: int, at: datetime) -> None:
    """An answer of an interview that was marked."""
    rating = 4 if score >= 90 else 1
    cards, scheduler = assistant.learner.memory(profile)
    card = scheduler.review(cards.get(question, Card(question_id=question)), rating, at)
    identity = f"{profile}-{question}-{at.timestamp()}"
    verdict = "covered" if score >= 90 else "missing"
    grade = Grade(
        question=question, score=score, verdict="good" if score >= 80 else "poor", judge="test",
        points=(PointGrade(text="x", verdict=verdict, confidence=1),),
    )  # fmt: skip
    attempt = Attempt(
        id=identity, profile=profile, question_id=question, kind="interview", asked="?", at=at,
        answer="x", grade=grade, rating=rating,
    )  # fmt: skip
    review = Review(id=identity, question_id=question, rating=rating, at=at)
    assert assistant.store.record(attempt, card, review)


def test_a_newcomer_has_seen_nothing(home: HomeDesk) -> None:
    told = home.home({"profile": home._desk.assistant().store.create_profile("a", NOW).id})
    assert len(told["map"]["nodes"]) >= 104
    progress = told["progress"]
    assert (progress["seen"], progress["due"], progress["weakest"]) == (0, 0, [])
    assert progress["known"] == progress["rolled"] == {}


NOW = datetime.now(UTC)


def test_what_was_answered_colours_the_entry_and_all_above_it(home: HomeDesk) -> None:
    assistant = home._desk.assistant()
    profile = assistant.store.create_profile("b", NOW).id
    for question in (q for q in assistant.bank if q.startswith(f"{RESNET}#")):
        record(assistant, profile, question, 100, NOW)
    vgg = next(q for q in assistant.bank if q.startswith("backbone/deeper/vggnet#"))
    record(assistant, profile, vgg, 0, NOW)
    told = home.home({"profile": profile})
    known = told["progress"]["known"]
    assert known[RESNET][0] == 3  # solid
    assert known["backbone/deeper/vggnet"][0] == 1  # weak
    assert set(told["progress"]["rolled"]) == {"backbone", "backbone/deeper"}
    assert told["progress"]["weakest"] == ["backbone/deeper/vggnet"]
    shown = home.entry({"profile": profile, "id": RESNET})
    assert [mark["score"] for mark in shown["marks"]] == [100] * 5
    assert shown["due"] > NOW.isoformat()
    assert shown["neighbours"]
    again = home.home({"profile": profile, "map": told["name"]})
    assert again["map"] is None  # the page has it


def test_a_search_finds_by_name_and_else_by_content(home: HomeDesk) -> None:
    found = home.find({"text": "dilated"})["found"]
    assert found[0]["title"] == "空洞卷积"
    assert home.find({"text": "   "}) == {"found": []}
    near = home.find({"text": "退化问题是过拟合吗"})["found"]
    assert {one["how"] for one in near} == {"near"}


def test_own_notes_are_on_the_map_without_a_level(
    make: MakeAssistant, tmp_path: Path, home: HomeDesk
) -> None:
    own = tmp_path / "own.md"
    own.write_text("# 扩散模型\n\n- 逐步加噪。\n\n## DDIM\n\n- 步数更少。\n", encoding="utf-8")
    assistant = make()
    assistant.index(files=[str(own)], corpus=True)
    desk = Desk(lambda: assistant)
    desk.open()
    sent = HomeDesk(desk).home({})["map"]
    mine = [node for node in sent["nodes"] if node[6] == "own.md"]
    assert [node[1] for node in mine] == ["扩散模型", "DDIM"]
    assert {node[4] for node in mine} == {0}
