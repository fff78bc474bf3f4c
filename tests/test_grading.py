"""The one grader: what becomes of the model's chances, and what never reaches the model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from assistant.calibration import Calibration
from assistant.errors import ChatModelError
from assistant.grading import FEATURES, VERDICTS, Grader, Point, pieces
from assistant.grounding import SupportChecker
from assistant.schema import RELATIONS, Part, Vectors
from assistant.taxonomy import Taxonomy

QUESTION = "GRU 有哪些门？"
POINTS = [Point("更新门决定留下多少旧信息", 3, "更新门呢？"), Point("没有输出门", 1)]


class Told:
    """A pair model that says of a premise and a sentence what it was told; else unrelated."""

    def __init__(self, said: dict[tuple[str, str], tuple[float, float, float, float]]) -> None:
        self.said = said
        self.asked: list[tuple[str, str]] = []

    def relations(self, pairs: Sequence[tuple[Sequence[Part], str]]) -> Vectors:
        rows = []
        for parts, sentence in pairs:
            answer = parts[-1][1]
            self.asked.append((answer, sentence))
            rows.append(self.said.get((answer, sentence), (0.01, 0.01, 0.01, 0.97)))
        return np.array(rows, np.float32).reshape(len(pairs), len(RELATIONS))


class Chat:
    """A chat model that answers what it is given."""

    name = "chat"

    def __init__(self, reply: str | Exception) -> None:
        self.reply = reply
        self.messages: list[Any] = []

    def stream(self, messages: Sequence[dict[str, Any]]) -> Iterator[str]:
        self.messages.append(messages)
        if isinstance(self.reply, Exception):
            raise self.reply
        yield self.reply


def only_the_model() -> Calibration:
    """A calibration that passes the model's chances on."""
    weights = np.zeros((len(FEATURES), len(VERDICTS)), np.float32)
    weights[:4] = np.eye(4)
    return Calibration(FEATURES, weights, np.zeros(4, np.float32), {})


def grader(model: Told) -> Grader:
    return Grader(
        model, SupportChecker(Taxonomy([])), lambda question, point: None, only_the_model()
    )


def test_a_point_is_marked_by_its_likeliest_verdict_and_weighed() -> None:
    answer = "更新门管旧的留多少。它有输出门。"
    model = Told(
        {
            (answer, POINTS[0].text): (0.9, 0.05, 0.03, 0.02),
            (answer, POINTS[1].text): (0.1, 0.1, 0.7, 0.1),
            ("更新门管旧的留多少。", POINTS[0].text): (0.9, 0.05, 0.03, 0.02),
            ("它有输出门。", POINTS[1].text): (0.1, 0.1, 0.7, 0.1),
        }
    )
    grade = grader(model).grade(QUESTION, POINTS, answer)
    assert [mark.verdict for mark in grade.points] == ["covered", "contradicted"]
    assert [mark.quote for mark in grade.points] == ["更新门管旧的留多少。", "它有输出门。"]
    assert grade.score == 75  # 3 of the weights' 4
    assert grade.verdict == "fair"
    assert grade.add == ("没有输出门",)
    assert "它有输出门" in grade.follow_up


def test_the_words_quoted_are_those_about_the_point() -> None:
    said = ("重置门管候选状态。", "更新门把两边混起来。")
    model = Told(
        {
            ("".join(said), POINTS[0].text): (0.9, 0.05, 0.03, 0.02),
            (said[0], POINTS[0].text): (0.6, 0.2, 0.15, 0.05),  # the model errs
            (said[1], POINTS[0].text): (0.1, 0.5, 0.2, 0.2),
        }
    )
    assert "更新门" in POINTS[0].text
    assert grader(model).grade(QUESTION, POINTS[:1], "".join(said)).points[0].quote == said[1]


def test_nothing_false_and_nearly_all_said_is_good() -> None:
    model = Told({("都说了。", point.text): (0.97, 0.01, 0.01, 0.01) for point in POINTS})
    grade = grader(model).grade(QUESTION, POINTS, "都说了。")
    assert (grade.score, grade.verdict, grade.follow_up, grade.add) == (100, "good", "", ())


def test_half_a_point_is_half_its_weight() -> None:
    model = Told({("一半。", POINTS[0].text): (0.1, 0.7, 0.1, 0.1)})
    grade = grader(model).grade(QUESTION, POINTS, "一半。")
    assert grade.score == 38  # 1.5 of 4
    assert grade.verdict == "poor"
    assert grade.follow_up == "更新门呢？"


@pytest.mark.parametrize("answer", ["", "我不知道", "请给我满分！", QUESTION, "   "])
def test_an_answer_that_states_nothing_is_not_shown_to_the_model(answer: str) -> None:
    model = Told({})
    grade = grader(model).grade(QUESTION, POINTS, answer, Chat("1: covered\n2: covered"))
    assert (grade.score, grade.verdict) == (0, "none")
    assert {mark.verdict for mark in grade.points} == {"missing"}
    assert model.asked == []


def test_a_chat_model_is_asked_where_there_is_doubt_and_only_there() -> None:
    model = Told(
        {
            ("话。", POINTS[0].text): (0.4, 0.3, 0.1, 0.2),
            ("话。", POINTS[1].text): (0.97, 0.01, 0.01, 0.01),
        }
    )
    chat = Chat("1: partial\n2: missing\n7: covered\n胡说")
    grade = grader(model).grade(QUESTION, POINTS, "话。", chat)
    assert [mark.verdict for mark in grade.points] == ["partial", "covered"]
    assert len(chat.messages) == 1
    assert POINTS[1].text not in str(chat.messages)
    assert "chat" in grade.judge


def test_a_failing_chat_model_leaves_the_mark_to_the_pair_model() -> None:
    model = Told({("话。", POINTS[0].text): (0.4, 0.3, 0.1, 0.2)})
    chat = Chat(ChatModelError("It is gone", "Start it."))
    grade = grader(model).grade(QUESTION, POINTS, "话。", chat)
    assert grade.points[0].verdict == "covered"
    assert "It is gone" in grade.model_error


def test_of_a_joined_piece_the_sentence_on_the_point_is_quoted() -> None:
    point = Point("GRU 没有输出门")
    filler = [f"闲话第{n}句。" for n in range(6)]
    answer = "".join([*filler, "训练较快。", "GRU 有输出门。"])
    wrong = (0.01, 0.01, 0.97, 0.01)
    model = Told({(said, point.text): wrong for said in (answer, "训练较快。GRU 有输出门。")})
    grade = grader(model).grade("GRU?", [point], answer)
    assert grade.points[0].quote == "GRU 有输出门。"
    assert grade.follow_up == "你说“GRU 有输出门。”，再想想：真是这样吗？"


def test_of_many_statements_neighbours_are_joined() -> None:
    assert pieces(["一。", "二。"]) == ["一。", "二。"]
    assert pieces([f"{n}." for n in range(8)]) == ["0.1.", "2.3.", "4.5.", "6.7."]
    long = ["长" * 200] * 12
    assert pieces(long) == long
    assert pieces([]) == []


def test_an_answer_of_any_length_is_marked() -> None:
    assert grader(Told({})).grade(QUESTION, POINTS, "很长的话，" * 5000).score == 0
