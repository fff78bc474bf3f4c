"""The question bank: how it is read, and what `zhitu questions` lists."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

import assistant.loaders.corpus
from assistant.cli import main
from assistant.errors import SourceError
from assistant.loaders.corpus import corpus_folder, load_corpus
from assistant.loaders.questions import load_questions
from assistant.schema import KeyPoint, Question

BANK = """\
- id: backbone/resnet#1
  question: ResNet 的捷径有什么用?
  entries: [backbone/resnet, backbone]
  kind: mechanism
  difficulty: 2
  points:
    - text: 梯度可以沿捷径回传
      weight: 3
      bullet: 捷径连接
      follow_up: 反向传播时会怎样?
    - text: 骨干网络的一部分
      weight: 1
      bullet: 骨干
      entry: backbone
"""


def short(identity: str, entry: str) -> str:
    return (
        f"- {{id: {identity}, question: 多深, entries: [{entry}], kind: recall, difficulty: 1,\n"
        "   points: [{text: 152 层, weight: 1, bullet: 最深的版本}]}\n"
    )


@pytest.fixture
def bank(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small corpus with three questions in two files."""
    monkeypatch.setattr(assistant.loaders.corpus, "corpus_folder", lambda: corpus)
    (corpus / "questions" / "backbone").mkdir(parents=True)
    write(corpus, "backbone/resnet.yaml", BANK + short("backbone/resnet#2", "backbone/resnet"))
    write(corpus, "backbone/_index.yaml", short("backbone#1", "backbone"))
    return corpus


def write(folder: Path, name: str, text: str) -> None:
    (folder / "questions" / name).write_text(text, encoding="utf-8")


# --- reading -------------------------------------------------------------------------------------


def test_questions_come_by_file_and_then_in_their_order(bank: Path) -> None:
    found = load_questions(bank)
    assert [q.id for q in found] == ["backbone#1", "backbone/resnet#1", "backbone/resnet#2"]
    assert found[1] == Question(
        id="backbone/resnet#1",
        question="ResNet 的捷径有什么用?",
        entries=("backbone/resnet", "backbone"),
        kind="mechanism",
        difficulty=2,
        points=(
            KeyPoint(
                text="梯度可以沿捷径回传",
                weight=3,
                bullet="捷径连接",
                entry="backbone/resnet",  # the question's first, where none is named
                follow_up="反向传播时会怎样?",
            ),
            KeyPoint(text="骨干网络的一部分", weight=1, bullet="骨干", entry="backbone"),
        ),
    )


def test_no_bank_and_an_empty_file_hold_no_questions(corpus: Path, bank: Path) -> None:
    for name in ("backbone/resnet.yaml", "backbone/_index.yaml"):
        write(bank, name, "# nothing yet\n")
    assert load_questions(bank) == []
    assert load_questions(corpus / "nowhere") == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("weight: 3", "weight: 4", r"resnet#1: points\.0\.weight: Input should be less than"),
        ("weight: 3", "weight: heavy", r"resnet#1: points\.0\.weight: Input should be a valid int"),
        ("text: 梯度可以沿捷径回传", 'text: ""', r"points\.0\.text: String should have at least 1"),
        ("      bullet: 捷径连接\n", "", r"resnet#1: points\.0\.bullet: Field required"),
        ("kind: mechanism", "kind: why", r"resnet#1: kind: Input should be 'recall', 'mechanism'"),
        ("[backbone/resnet, backbone]", "[]", r"resnet#1: entries: Tuple should have at least 1"),
        ("    - text: 梯", "    - 梯\n    - text: ", r"resnet#1: 'str' object is not a mapping"),
        ("  kind", "   kind", r"resnet.yaml is no YAML: .*line 4"),
        (BANK, "me: too\n", r"resnet.yaml holds no list of questions"),
        (BANK, "- [1]\n", r"resnet.yaml, question \[1\]: 'list' object has no attribute"),
    ],
)  # fmt: skip
def test_a_question_that_breaks_the_contract_is_named(
    bank: Path, old: str, new: str, message: str
) -> None:
    assert BANK.count(old) == 1
    write(bank, "backbone/resnet.yaml", BANK.replace(old, new))
    with pytest.raises(SourceError, match=f"(?s){message}"):
        load_questions(bank)


def test_a_file_that_is_not_utf8_is_named(bank: Path) -> None:
    (bank / "questions" / "backbone" / "resnet.yaml").write_bytes(BANK.encode("gbk"))
    with pytest.raises(SourceError, match=r"resnet.yaml is not UTF-8: .*Save it as UTF-8"):
        load_questions(bank)


# --- the command ---------------------------------------------------------------------------------


def test_the_list_shows_each_question_with_its_points(
    bank: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["questions"]) == 0
    assert capsys.readouterr().out == (
        "backbone#1  (recall, 1)  多深\n"
        "    1 152 层\n"
        "backbone/resnet#1  (mechanism, 2)  ResNet 的捷径有什么用?\n"
        "    3 梯度可以沿捷径回传\n"
        "    1 骨干网络的一部分\n"
        "backbone/resnet#2  (recall, 1)  多深\n"
        "    1 152 层\n"
    )


def test_json_holds_every_field(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["questions", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert set(document) == {"questions"}
    assert [Question.model_validate(row) for row in document["questions"]] == load_questions(bank)
    assert document["questions"][1]["points"][1] == {
        "text": "骨干网络的一部分",
        "weight": 1,
        "bullet": "骨干",
        "entry": "backbone",
        "follow_up": "",
    }


@pytest.mark.parametrize(
    ("entry", "expected"),
    [
        ("backbone/resnet", ["backbone/resnet#1", "backbone/resnet#2"]),
        ("残差网络", ["backbone/resnet#1", "backbone/resnet#2"]),
        ("backbone", ["backbone#1", "backbone/resnet#1", "backbone/resnet#2"]),
        ("内置骨干网络", ["backbone#1", "backbone/resnet#1", "backbone/resnet#2"]),
    ],
)
def test_an_entry_is_named_by_id_title_or_alias_and_holds_what_is_below(
    bank: Path, capsys: pytest.CaptureFixture[str], entry: str, expected: list[str]
) -> None:
    assert main(["questions", "--entry", entry, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["questions"]
    assert [row["id"] for row in rows] == expected


def test_an_unknown_entry_is_wrong_usage(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["questions", "--entry", "resnext", "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "No entry is called 'resnext'" in captured.err


def test_a_broken_bank_is_a_failure(bank: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write(bank, "backbone/resnet.yaml", BANK.replace("kind: mechanism", "kind: why"))
    assert main(["questions"]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "question backbone/resnet#1: kind" in captured.err


# --- the real bank -------------------------------------------------------------------------------


def test_the_real_bank_is_as_large_and_as_varied_as_was_promised() -> None:
    bank = load_questions(corpus_folder())
    assert len(bank) >= 340
    assert len({q.id for q in bank}) == len(bank)
    assert len({q.question for q in bank}) == len(bank)
    assert {q.kind for q in bank} == {"recall", "mechanism", "compare", "apply"}
    assert {q.difficulty for q in bank} == {1, 2, 3}
    assert all(2 <= len(q.points) <= 5 for q in bank)
    assert [q.id for q in bank if not all(point.follow_up for point in q.points)] == []


def test_every_real_entry_with_claims_is_asked_about_at_least_four_times() -> None:
    asked = Counter(q.entries[0] for q in load_questions(corpus_folder()))
    entries = [e for e in load_corpus(corpus_folder()).entries if e.kind == "note"]
    wanted = [e.id for e in entries if any(claim.part == "要点" for claim in e.claims)]
    assert {entry: asked[entry] for entry in wanted if asked[entry] < 4} == {}
    assert set(asked) <= {entry.id for entry in entries}
