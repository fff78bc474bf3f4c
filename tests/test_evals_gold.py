"""Gold sets by name, and the learner's own."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from eval_kit import QUESTIONS, write_rows

from assistant.errors import UsageError
from evals import gold
from evals.own import add_own, own_path, own_rows, remove_own
from evals.rows import ROWS, GoldError, GradingRow, RetrievalRow, SupportRow

GRADED = {"id": "g1", "question": "?", "points": ["a", "b"], "answer": "x", "style": "half",
          "entries": [], "verdicts": ["covered", "missing"]}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(gold, "GOLD", tmp_path / "gold")
    return tmp_path / "gold"


@pytest.mark.parametrize("kind", ROWS)
def test_every_dev_set_of_the_repository_can_be_read(kind: str, tmp_path: Path) -> None:
    for name in gold.names(kind):
        if name.endswith(".dev"):
            assert len(gold.load(name, ROWS[kind], tmp_path)) >= 80


def test_a_set_is_read_by_its_name(folder: Path, tmp_path: Path) -> None:
    write_rows(folder / "retrieval.dev.jsonl", QUESTIONS)
    rows = gold.load("retrieval.dev", RetrievalRow, tmp_path)
    assert [row.id for row in rows] == ["q1", "q2", "q3", "q4"]
    assert len(rows[1].entries) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"entries": []}, "entries"),
        ({"q": None}, "q"),
        ({"more": 1}, "more"),
        ({"id": "q1"}, "twice"),
    ],
)
def test_a_damaged_row_is_named(
    folder: Path, tmp_path: Path, change: dict[str, object], said: str
) -> None:
    path = write_rows(folder / "retrieval.dev.jsonl", [QUESTIONS[0], {**QUESTIONS[1], **change}])
    with pytest.raises(GoldError, match="line 2") as error:
        gold.load("retrieval.dev", RetrievalRow, tmp_path)
    assert str(path) in str(error.value)
    assert said in str(error.value)


def test_every_point_needs_a_verdict(folder: Path, tmp_path: Path) -> None:
    write_rows(folder / "grading.dev.jsonl", [{**GRADED, "verdicts": ["covered"]}])
    with pytest.raises(GoldError, match="2 points, but 1 verdicts"):
        gold.load("grading.dev", GradingRow, tmp_path)


def test_an_unknown_set_is_told_from_those_that_are_there(folder: Path, tmp_path: Path) -> None:
    write_rows(folder / "retrieval.dev.jsonl", QUESTIONS)
    with pytest.raises(UsageError, match=r"There are: retrieval\.dev, own\."):
        gold.load("retrieval.tset", RetrievalRow, tmp_path)
    with pytest.raises(UsageError, match="make bench"):
        gold.load("seed.dev", RetrievalRow, tmp_path)
    with pytest.raises(UsageError, match="support"):
        gold.load("own", SupportRow, tmp_path)


def test_without_the_repository_there_is_no_gold(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="checkout"):
        gold.load("retrieval.dev", RetrievalRow, tmp_path)


def test_a_sample_is_the_same_every_time_and_grows(tmp_path: Path) -> None:
    rows = [RetrievalRow(id=f"q{i}", q="?", kind="direct", entries=("a",)) for i in range(50)]
    few, more = gold.sample(rows, 10), gold.sample(rows, 20)
    assert few == gold.sample(rows, 10)
    assert len(few) == 10
    assert [row for row in more if row in few] == few  # in the order of the set
    assert gold.sample(rows, 10, seed=8) != few
    assert gold.sample(rows, None) == gold.sample(rows, 99) == rows


def test_a_question_of_ones_own_is_kept_and_taken_back(tmp_path: Path) -> None:
    assert own_rows(tmp_path) == []
    row = add_own(tmp_path, " 捷径有什么用\n", ["backbone/deeper/resnet"])
    assert (row.q, row.kind) == ("捷径有什么用", "own")
    assert add_own(tmp_path, "捷径有什么用", ["backbone/deeper/resnet"]) == row  # once only
    assert gold.load("own", RetrievalRow, tmp_path) == own_rows(tmp_path) == [row]
    assert remove_own(tmp_path, row.id)
    assert not remove_own(tmp_path, row.id)
    assert own_rows(tmp_path) == []


def test_no_question_of_ones_own_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="Add one"):
        gold.load("own", RetrievalRow, tmp_path)
    with pytest.raises(UsageError):
        add_own(tmp_path, "  ", ["a"])


def test_two_who_add_at_once_lose_nothing(tmp_path: Path) -> None:
    threads = [
        threading.Thread(target=add_own, args=(tmp_path, f"问题 {i}", ["a"])) for i in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {row.q for row in own_rows(tmp_path)} == {f"问题 {i}" for i in range(12)}


def test_a_damaged_file_of_ones_own_is_named(tmp_path: Path) -> None:
    path = own_path(tmp_path)
    path.parent.mkdir(parents=True)
    path.write_text("{}\n", encoding="utf-8")
    with pytest.raises(GoldError, match=r"own\.jsonl, line 1"):
        own_rows(tmp_path)
