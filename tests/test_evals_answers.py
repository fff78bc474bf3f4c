"""The evaluation of whole answers, with judges and models told what to say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from eval_kit import RESNET, configuration, write_rows
from eval_kit import run as made_run
from fakes import ScriptedModel
from test_evals_citations import WordSupports
from test_evals_judging import WordGrader

from assistant.cli import main
from assistant.errors import ChatModelError, UsageError
from assistant.pipeline import Assistant
from assistant.schema import Answer, Citation, Sentence, Source
from evals import answers, gold, judges
from evals.answer_items import estimate, judged, sentence_shares, written_in
from evals.asking import Asked, ask
from evals.compare import pairs
from evals.rows import AnswersRow
from evals.runs import AnswerItem, Run, RunStore

QUESTIONS = [
    {"id": "a1", "q": "ResNet 的捷径把输入加到哪里", "kind": "direct", "answerable": True,
     "entries": [RESNET], "points": ["输出", "十层"], "must_not_say": ["梯度", "相乘"]},
    {"id": "a2", "q": "它有多少层", "kind": "follow_up", "answerable": True, "entries": [RESNET],
     "points": ["152"], "must_not_say": ["34"], "history": ["ResNet 的瓶颈块怎么做"]},
    {"id": "a3", "q": "红烧肉怎么做", "kind": "other_field", "answerable": False},
]  # fmt: skip


def citation(n: int, quote: str) -> Citation:
    source = Source(title="t", file="f", start=0, end=1)
    return Citation(n=n, entry="e", path=("节",), kind="note", quote=quote, source=source)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ResNet 用 shortcut 把输入加到输出上", "zh"),
        ("It adds the input (残差) to the output of the block", "en"),
        ("152", "en"),
    ],
)
def test_an_answer_is_in_the_language_of_most_of_it(text: str, language: str) -> None:
    assert written_in(text) == language


def row(**changes: Any) -> AnswersRow:
    return AnswersRow.model_validate({**QUESTIONS[0], **changes})


def answer(*sentences: Sentence, **changes: Any) -> Asked:
    given = {
        "question": "?",
        "answer": "".join(one.text for one in sentences),
        "refused": not sentences,
        "language": "zh",
        "sentences": sentences,
        "citations": (citation(1, "输出"), citation(2, "梯度")),
        **changes,
    }
    out = Sentence(text="假", status="contradicted")
    written = (*(s for s in sentences if s.status != "quoted"), *([out] if sentences else []))
    return Asked(Answer(**given), written, {"passages": 5, "first text": 10, "total": 20})


def supported(text: str, *citations: int) -> Sentence:
    status = "supported" if citations else "unsupported"
    return Sentence(text=text, citations=citations, status=status)


def test_an_answer_is_judged_by_hand() -> None:
    item = judged(
        row(),
        answer(supported("输出", 1, 2), supported("梯度")),
        WordGrader(),
        WordSupports(),
        "节",
    )
    # WordGrader: a point is covered where its word stands in the answer, else partial
    assert item.verdicts == {"输出": "covered", "十层": "partial"}
    assert item.stated == ("梯度",)
    assert item.measures == {
        "right": 1, "citation recall": 0.5, "citation precision": 0.5, "language": 1,
        "key points": 0.75, "must not say": 1,
    }  # fmt: skip
    assert item.statuses == {"supported": 1, "unsupported": 1, "contradicted": 1}
    assert [(s.text, s.holds, s.precise) for s in item.sentences] == [
        ("输出", True, (True, False)), ("梯度", False, ()), ("假", None, ()),
    ]  # fmt: skip
    assert (item.section, item.latency_ms, item.answer) == ("节", 20, "输出梯度")


def test_a_refusal_has_no_other_measure_than_whether_it_was_right() -> None:
    refused = judged(row(), answer(), WordGrader(), WordSupports())
    assert refused.measures == {"right": 0}
    unanswerable = row(answerable=False, points=(), must_not_say=(), entries=())
    assert judged(unanswerable, answer(), WordGrader(), WordSupports()).measures == {"right": 1}
    said = judged(unanswerable, answer(supported("输出", 1)), WordGrader(), WordSupports())
    assert set(said.measures) == {"right", "citation recall", "citation precision", "language"}


def test_the_grader_hears_the_question_as_it_was_understood() -> None:
    heard = []

    class Listening(WordGrader):
        def grade(self, question: str, points: Sequence[str], answer: str) -> Any:
            heard.append((question, tuple(points), answer))
            return super().grade(question, points, answer)

    judged(
        row(), answer(supported("输出", 1), understood="它指 ResNet"), Listening(), WordSupports()
    )
    assert heard == [("它指 ResNet", ("输出", "十层", "梯度", "相乘"), "输出")]


def item(identity: str, answerable: bool, refused: bool, **more: Any) -> AnswerItem:
    measures = {"right": float(answerable != refused), **more.pop("measures", {})}
    return AnswerItem(
        id=identity, kind="k", measures=measures, answerable=answerable, refused=refused, **more
    )


def test_measures_are_over_the_items_they_apply_to() -> None:
    items = [
        item("1", True, False, measures={"key points": 0.5}, statuses={"supported": 3}),
        item("2", True, False, measures={"key points": 1.0}, statuses={"unsupported": 1}),
        item("3", True, True),
        item("4", False, True),
        item("5", False, True),
        item("6", False, False, statuses={}),
    ]
    made = estimate(items)
    assert (made["key points"].value, made["key points"].n) == (0.75, 2)
    assert (made["right"].value, made["right"].n) == (pytest.approx(4 / 6), 6)
    assert made["refusal precision"].value == pytest.approx(2 / 3)  # 3, 4, 5
    assert made["refusal recall"].value == pytest.approx(2 / 3)  # 4, 5 of 4, 5, 6
    shares = sentence_shares(items)
    assert shares["supported sentences"].value == 0.75
    assert shares["unsupported sentences"].n == 4
    assert (shares["supported sentences"].low, shares["supported sentences"].high) == (0, 1)
    assert "must not say" not in made


def test_of_one_sort_of_questions_refusals_have_no_precision() -> None:
    made = estimate([item("4", False, True), item("6", False, False)])
    assert made["refusal recall"].value == 0.5
    assert "refusal precision" not in made
    assert set(estimate([item("3", True, True)])) == {"right"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "gold"
    monkeypatch.setattr(gold, "GOLD", folder)
    for split in ("dev", "test"):
        write_rows(folder / f"answers.{split}.jsonl", QUESTIONS)
    return folder


def measured(assistant: Assistant, **options: Any) -> Run:
    return answers.run(assistant, WordGrader(), WordSupports(), answers.Options(**options))


def test_every_question_goes_through_the_whole_path(
    shared: Assistant, folder: Path, tmp_path: Path
) -> None:
    made = measured(shared)
    one = made.configurations[0]
    assert (made.kind, made.set, made.model, one.name) == ("answers", "answers.dev", "none", "none")
    assert made.judge.startswith("words, characters: checker.onnx ")
    assert "not independent" in made.notes[0]
    assert "2 questions that were answered" in made.notes[1]
    assert [(i.refused, i.section) for i in one.items if isinstance(i, AnswerItem)] == [
        (False, "骨干网络"), (False, "骨干网络"), (True, ""),
    ]  # fmt: skip
    assert one.metrics["right"].value == one.metrics["refusal recall"].value == 1
    assert one.metrics["refusal precision"].n == 1
    assert one.metrics["citation recall"].value == 1  # quotations
    assert one.metrics["quoted sentences"].value == 1
    # a1 covers 输出 and has half of 十层 by WordGrader; a2 covers 152
    assert one.metrics["key points"].value == pytest.approx((0.75 + 1) / 2)
    assert one.metrics["must not say"].value == 0.5
    assert list(one.groups["kind"]) == ["direct", "follow_up", "other_field"]
    assert list(one.latency_ms) == [
        *("p50", "p95", "first text p50", "first text p95", "passages p50", "passages p95"),
    ]
    store = RunStore(tmp_path)
    store.save(made)
    assert store.load("last").configurations[0].items[0] == one.items[0]


def test_a_follow_up_is_asked_after_what_it_leans_on(shared: Assistant) -> None:
    alone = ask(shared, AnswersRow.model_validate({**QUESTIONS[1], "history": ()}), "none")
    after = ask(shared, AnswersRow.model_validate(QUESTIONS[1]), "none")
    assert "ResNet" in after.answer.understood
    assert "ResNet" not in alone.answer.understood


def test_what_a_model_writes_is_judged_and_timed(
    shared: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ScriptedModel("捷径把输入直接加到输出上[1]。", "它由某人发明。")
    monkeypatch.setattr(shared, "chat_model", lambda *_, **__: model)
    made = measured(shared, model="scripted", sample=3)
    one = made.configurations[0]
    assert (made.model, one.name, one.settings["model"]) == ("scripted",) * 3
    first = one.items[0]
    assert isinstance(first, AnswerItem)
    assert first.statuses == {"supported": 1, "unsupported": 1}
    assert [said.holds for said in first.sentences] == [True, False]
    assert first.measures["citation recall"] == 0.5


def test_a_model_that_fails_is_told_of(
    shared: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = ScriptedModel(ChatModelError("No answer", "Wait."))
    monkeypatch.setattr(shared, "chat_model", lambda *_, **__: model)
    made = measured(shared)
    assert "failed on 2 questions, first: No answer" in made.notes[2]
    assert made.configurations[0].metrics["quoted sentences"].value == 1


def test_a_model_that_died_is_told_of(
    shared: Assistant, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = iter([ScriptedModel("a")])  # at the start; none for the questions
    monkeypatch.setattr(shared, "chat_model", lambda *_, **__: next(given, None))
    made = measured(shared)
    assert made.model == "scripted"
    assert made.notes[2] == "The model failed on 2 questions, first: it was not ready"


def test_of_a_held_out_set_no_text_is_kept(shared: Assistant, folder: Path) -> None:
    for one in measured(shared, set="answers.test").configurations[0].items:
        assert isinstance(one, AnswerItem)
        assert (one.q, one.answer, one.sentences, one.verdicts, one.stated) == ("", "", (), {}, ())
        assert "right" in one.measures


def test_a_section_and_what_is_missing(shared: Assistant, folder: Path) -> None:
    assert len(measured(shared, section="1").configurations[0].items) == 2
    with pytest.raises(UsageError, match="is left"):
        measured(shared, section="3")
    write_rows(folder / "answers.dev.jsonl", [{**QUESTIONS[0], "entries": ["gone"]}])
    with pytest.raises(UsageError, match="1 of the 1 questions"):
        measured(shared)


def test_from_the_command_line(
    asked: Assistant, data: Path, folder: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    asked.close()
    monkeypatch.setattr(judges, "grader", lambda _: WordGrader())
    rest = ["--data-dir", str(data)]
    assert main(["eval", "answers", "--model", "none", "--json", *rest]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["kind"], document["model"]) == ("answers", "none")
    report = tmp_path / "r.html"
    again = ["eval", "answers", "--model", "none", "--compare", "last", "--report", str(report)]
    assert main([*again, *rest]) == 0
    text = capsys.readouterr().out
    assert "key points by kind" in text
    assert "on 3 items in common" in text
    assert "must not say: share of answers" in report.read_text(encoding="utf-8")


def test_a_measure_is_compared_over_the_items_for_which_both_have_it() -> None:
    first = configuration("a", [item("1", True, False, measures={"key points": 0.5}),
                                item("2", True, True)])  # fmt: skip
    second = configuration("a", [item("1", True, False, measures={"key points": 1.0}),
                                 item("2", True, False, measures={"key points": 1.0})])  # fmt: skip
    one, other = (made_run(name, made, kind="answers", name="answers.dev")
                  for name, made in (("x", first), ("y", second)))  # fmt: skip
    (comparison,) = pairs(one, other)
    points, right = comparison.differences["key points"], comparison.differences["right"]
    assert (points.value, points.n) == (0.5, 1)
    assert (right.value, right.n) == (0.5, 2)
