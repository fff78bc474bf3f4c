"""A question that leans on the ones before it is made to stand alone; others are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.followup import condense
from assistant.lexicon import Lexicon
from assistant.loaders import load_source
from assistant.loaders.corpus import corpus_folder
from assistant.schema import Turn
from assistant.taxonomy import Taxonomy

OUTLINE = Path(__file__).with_name("data") / "outline.txt"
TAXONOMY = Taxonomy(
    load_source(str(OUTLINE)).entries, Lexicon.load(corpus_folder() / "lexicon.txt")
)


def turn(question: str) -> Turn:
    found = TAXONOMY.link(question).entries
    return Turn(question=question, understood=question, entries=tuple(link.entry for link in found))


ONE = "ResNet 为什么能缓解退化?"
TWO = "比较 WGAN 和 LSGAN"
ONE_EN = "Why does ResNet help?"
TWO_EN = "Compare WGAN and LSGAN"


@pytest.mark.parametrize(
    ("before", "question", "understood"),
    [
        # pronouns
        (ONE, "它的缺点是什么？", "ResNet 的缺点是什么？"),
        (ONE, "该网络的参数量？", "ResNet 的参数量？"),
        (TWO, "两者的区别是什么？", "WGAN 和 LSGAN的区别是什么？"),
        (TWO, "前者的缺点？", "WGAN的缺点？"),
        (TWO, "后者用了什么损失？", "LSGAN用了什么损失？"),
        (ONE_EN, "What are its drawbacks?", "What are ResNet's drawbacks?"),
        (ONE_EN, "How does it compare with DenseNet?", "How does ResNet compare with DenseNet?"),
        (TWO_EN, "How do they differ?", "How do WGAN and LSGAN differ?"),
        (TWO_EN, "Is the former more stable?", "Is WGAN more stable?"),
        # and that one? with the question mark of either keyboard, and with none
        (ONE, "它和 DenseNet 比呢？", "比较 ResNet 和 DenseNet"),
        (ONE, "它和 DenseNet 比呢?", "比较 ResNet 和 DenseNet"),
        (ONE, "它和 DenseNet 比呢", "比较 ResNet 和 DenseNet"),
        (TWO, "它们和 DCGAN 呢？", "比较 WGAN、LSGAN 和 DCGAN"),
        (ONE, "那 DenseNet 呢？", "DenseNet 为什么能缓解退化?"),
        (ONE, "YOLO V3 呢?", "YOLO V3 为什么能缓解退化?"),
        (TWO, "那 DCGAN 呢？", "比较 WGAN、LSGAN 和 DCGAN"),
        (ONE_EN, "What about DenseNet?", "Why does DenseNet help?"),
        (ONE_EN, "and Adam?", "Why does Adam help?"),
        (TWO_EN, "How about DCGAN?", "Compare WGAN, LSGAN and DCGAN"),
        # an aspect alone
        (ONE, "优点呢？", "ResNet 的优点呢？"),
        (ONE, "那缺点呢?", "ResNet 的缺点呢?"),
        (TWO, "区别呢？", "WGAN 和 LSGAN 的区别呢？"),
        (ONE_EN, "disadvantages?", "ResNet: disadvantages?"),
        (TWO_EN, "their differences?", "WGAN and LSGAN's differences?"),
        # more of the same
        (ONE, "为什么？", "ResNet 为什么能缓解退化,为什么？"),
        (ONE, "展开讲讲", "ResNet 为什么能缓解退化,展开讲讲"),
        (ONE_EN, "why?", "Why does ResNet help - why?"),
        (ONE_EN, "tell me more", "Why does ResNet help - tell me more"),
        # these stand alone already
        (ONE, "什么是 Adam？", "什么是 Adam？"),
        (ONE, "DenseNet 的创新点？", "DenseNet 的创新点？"),
        (ONE, "其它网络有哪些优势和代价", "其它网络有哪些优势和代价"),
        (ONE, "今天天气怎么样？", "今天天气怎么样？"),
        (TWO, "残差网络和 DenseNet 的区别", "残差网络和 DenseNet 的区别"),
        (ONE_EN, "What is Adam?", "What is Adam?"),
        (TWO_EN, "Why is KL divergence not a distance?", "Why is KL divergence not a distance?"),
    ],
)
def test_a_follow_up_is_understood(before: str, question: str, understood: str) -> None:
    assert condense(question, [turn(before)], TAXONOMY) == understood


@pytest.mark.parametrize(
    "question", ["它呢？", "为什么？", "tell me more", "", "它和 DenseNet 比呢？"]
)
def test_without_anything_before_a_question_stays_as_it_is(question: str) -> None:
    assert condense(question, [], TAXONOMY) == question
    assert condense(question, [turn("今天天气怎么样？")], TAXONOMY) == question


def test_the_last_turn_that_named_something_counts() -> None:
    history = [turn(TWO), turn(ONE), turn("谢谢")]
    assert condense("它的优点？", history, TAXONOMY) == "ResNet 的优点？"


def test_an_entry_that_is_gone_from_the_index_is_not_named() -> None:
    gone = Turn(question="q", understood="q", entries=("骨干网络/gone",))
    assert condense("它的优点？", [gone], TAXONOMY) == "它的优点？"


def test_what_was_understood_carries_on_over_several_turns() -> None:
    history = [turn(ONE)]
    for question, understood in [
        ("那 DenseNet 呢？", "DenseNet 为什么能缓解退化?"),
        ("它和 LightCNN 比呢？", "比较 DenseNet 和 LightCNN"),
        ("它们的缺点？", "DenseNet 和 LightCNN的缺点？"),
    ]:
        told = condense(question, history, TAXONOMY)
        assert told == understood
        history.append(turn(told))


PIECES = st.lists(
    st.one_of(
        st.sampled_from(["它", "它们", "前者", "呢", "？", "?", " ", "那", "ResNet", "DCGAN",
                         "优点", "为什么", "it", "its", "what about ", "and ", "why", "more",
                         "\\1", "\n"]),
        st.text(max_size=3),
    ),
    max_size=8,
).map("".join)  # fmt: skip


@given(PIECES, st.sampled_from([ONE, TWO, ONE_EN, TWO_EN]))
@settings(max_examples=120, deadline=None)
def test_any_follow_up_gives_a_question(question: str, before: str) -> None:
    told = condense(question, [turn(before)], TAXONOMY)
    assert told or not question.strip()
    assert len(told) <= 4 * len(question) * 40 + 100
