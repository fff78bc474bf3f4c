"""The evaluations of the support checker and the grader, with judges told what to say."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest
from eval_kit import RESNET, WGAN, write_rows

from assistant.errors import UsageError
from assistant.grounding import Passage
from assistant.pipeline import Assistant
from evals import gold, grading, support
from evals.rows import RELATIONS, VERDICTS, GoldError, Verdict
from evals.runs import JudgedItem

SUPPORT = [
    {"id": "s1", "sentence": "是", "passage": "甲", "entry": RESNET, "kind": "paraphrase",
     "relation": "supported"},
    {"id": "s2", "sentence": "不是", "passage": "甲", "entry": RESNET, "kind": "negation",
     "relation": "contradicted"},
    {"id": "s3", "sentence": "别的", "passage": "甲", "entry": WGAN, "kind": "far",
     "relation": "unrelated"},
    {"id": "s4", "sentence": "是", "passage": "乙", "entry": WGAN, "kind": "far",
     "relation": "unrelated"},
]  # fmt: skip
GRADING = [
    {"id": "g1", "question": "?", "points": ["甲", "乙"], "answer": "甲乙", "style": "full",
     "entries": [RESNET], "verdicts": ["covered", "covered"]},
    {"id": "g2", "question": "?", "points": ["甲", "乙"], "answer": "甲", "style": "half",
     "entries": [WGAN], "verdicts": ["covered", "missing"]},
]  # fmt: skip


class WordJudge:
    """Goes by the sentence's words, and is sure of it to 0.8."""

    name = "words"

    def __init__(self) -> None:
        self.asked: list[Sequence[tuple[Passage, str]]] = []

    def relations(self, pairs: Sequence[tuple[Passage, str]]) -> list[Mapping[str, float]]:
        self.asked.append(pairs)
        said = {"是": "supported", "不是": "contradicted"}
        return [
            {r: 0.8 if r == said.get(sentence, "unrelated") else 0.1 for r in RELATIONS}
            for _, sentence in pairs
        ]


class WordGrader:
    """A point is covered where the answer has its word."""

    name = "words"

    def grade(self, question: str, points: Sequence[str], answer: str) -> list[Verdict]:
        return ["covered" if point in answer else "partial" for point in points]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "gold"
    monkeypatch.setattr(gold, "GOLD", folder)
    for split in ("dev", "test"):
        write_rows(folder / f"support.{split}.jsonl", SUPPORT)
        write_rows(folder / f"grading.{split}.jsonl", GRADING)
    return folder


def test_the_checker_is_held_against_gold(shared: Assistant) -> None:
    made = support.run(shared, WordJudge(), support.Options())
    one = made.configurations[0]
    assert (made.kind, made.set, made.judge, one.name) == (
        "support", "support.dev", "words", "words",
    )  # fmt: skip
    # s4 is taken for supported: 3 of 4 right
    assert one.metrics["accuracy"].value == 0.75
    assert one.metrics["supported precision"].value == 0.5
    assert one.metrics["contradicted F1"].value == 1
    assert one.metrics["macro-F1"].value == pytest.approx((2 / 3 + 1 + 2 / 3) / 3)
    assert one.metrics["ECE"].value == pytest.approx(0.05)  # says .8, is right in .75
    assert one.confusion is not None
    assert one.confusion.labels == RELATIONS
    assert one.confusion.counts == ((1, 0, 0), (0, 1, 0), (1, 0, 1))
    assert [(b.n, b.right) for b in one.reliability] == [(4, 0.75)]
    assert list(one.groups["kind"]) == ["paraphrase", "negation", "far"]
    assert list(one.groups["section"]) == ["骨干网络", "生成网络"]
    item = one.items[3]
    assert isinstance(item, JudgedItem)
    assert (item.against, item.expected, item.given) == ("乙", "unrelated", "supported")
    assert item.chances["supported"] == 0.8


def test_a_sentence_is_timed_against_four_passages(shared: Assistant) -> None:
    judge = WordJudge()
    made = support.run(shared, judge, support.Options())
    assert [len(pairs) for pairs in judge.asked] == [4] * 5  # the four rows, then each by itself
    assert [(passage.text, said) for passage, said in judge.asked[-1]] == [
        *(("乙", "是"), ("甲", "是"), ("甲", "是"), ("甲", "是")),
    ]
    assert judge.asked[0][0][0].path == ("骨干网络", "更深的网络", "ResNet")
    assert set(made.configurations[0].latency_ms) == {"p50", "p95"}


def test_the_grader_is_held_against_gold_a_point_at_a_time(shared: Assistant) -> None:
    made = grading.run(shared, WordGrader(), grading.Options())
    one = made.configurations[0]
    assert [item.id for item in one.items] == ["g1#1", "g1#2", "g2#1", "g2#2"]
    assert [item.cluster for item in one.items] == ["g1", "g1", "g2", "g2"]
    assert one.metrics["accuracy"].value == 0.75
    # by chance 3/4 * 3/4 agree: (3/4 - 9/16) / (1 - 9/16)
    assert one.metrics["kappa"].value == pytest.approx(3 / 7)
    assert list(one.groups["style"]) == ["full", "half"]
    assert one.confusion is not None
    assert one.confusion.labels == VERDICTS
    assert "ECE" not in one.metrics  # verdicts come without chances
    # two answers, drawn again whole: both are g1 with chance 1/4
    assert (one.metrics["accuracy"].low, one.metrics["accuracy"].high) == (0.5, 1.0)


@pytest.mark.parametrize(
    "measured",
    [
        lambda a: support.run(a, WordJudge(), support.Options(set="support.test")),
        lambda a: grading.run(a, WordGrader(), grading.Options(set="grading.test")),
    ],
)
def test_of_a_held_out_set_no_text_is_kept(
    shared: Assistant, measured: Callable[[Assistant], object]
) -> None:
    items = measured(shared).configurations[0].items  # type: ignore[attr-defined]
    assert {(item.q, item.against) for item in items} == {("", "")}


def test_a_section_and_a_sample(shared: Assistant) -> None:
    two = support.run(shared, WordJudge(), support.Options(section="2"))
    assert [item.id for item in two.configurations[0].items] == ["s3", "s4"]
    one = grading.run(shared, WordGrader(), grading.Options(sample=1))
    assert len(one.configurations[0].items) == 2
    with pytest.raises(UsageError, match="is left"):
        grading.run(shared, WordGrader(), grading.Options(section="3"))


def test_ocnli_is_read_by_its_own_labels(shared: Assistant, tmp_path: Path) -> None:
    path = write_rows(
        tmp_path / "dev.json",
        [
            {"id": i, "sentence1": "甲", "sentence2": "是", "label": label, "genre": "lit"}
            for i, label in enumerate(["entailment", "neutral", "contradiction", "-"])
        ],
    )
    assert [(row.id, row.relation) for row in support.read_ocnli(path)] == [
        ("ocnli-0", "supported"), ("ocnli-1", "unrelated"), ("ocnli-2", "contradicted"),
    ]  # fmt: skip
    made = support.run(shared, WordJudge(), support.Options(ocnli=str(path)))
    assert made.set == "ocnli"
    assert "section" not in made.configurations[0].groups


@pytest.mark.parametrize("text", ["no json", json.dumps({"label": "neutral"}), "[1]"])
def test_what_is_not_ocnli_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "dev.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GoldError, match="--ocnli"):
        support.read_ocnli(path)
