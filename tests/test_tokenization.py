"""Terms: the same for index and query, never none for Chinese, each with its place."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import index_writer, retrieval
from assistant.tokenization import STOP, fold, is_han, terms, tokens

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
MIXED = st.text(
    alphabet=st.one_of(
        HAN, st.sampled_from("aBz09 -_.+:，。（）１Ａﬁ²\u00a0\n的吗"), st.characters()
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("空洞卷积", ["空洞", "洞卷", "卷积"]),
        ("熵", ["熵"]),
        ("ResNet", ["resnet"]),
        ("YOLOv3", ["yolo", "v3", "yolov3"]),
        ("YOLO V3", ["yolo", "v3", "yolov3"]),
        ("yolo-v3", ["yolo", "v3", "yolov3"]),
        ("Squeeze Net", ["squeeze", "net", "squeezenet"]),
        ("ＹＯＬＯｖ３", ["yolo", "v3", "yolov3"]),  # full width
        ("gradients", ["gradient"]),
        ("loss bias", ["loss", "bias", "lossbias"]),
        ("学习率0.001", ["学习", "习率", "0.001"]),
        ("残差网络是什么？", ["残差", "差网", "网络"]),
        ("KL散度的优点", ["kl", "散度", "优点"]),
        ("What is the loss", ["loss"]),
        ("", []),
        ("，。！？ …", []),
    ],
)
def test_the_terms_of_a_text(text: str, expected: list[str]) -> None:
    assert terms(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("YOLO V3", "yolo-v3"),
        ("YOLOv3", "YOLO  V3"),
        ("MobileNet V2", "mobilenet-v2"),
        ("残差网络", "请问残差网络是什么呢？"),
        ("Q learning", "Q-learning"),
    ],
)
def test_spellings_of_one_name_give_the_same_terms(one: str, other: str) -> None:
    assert terms(one) == terms(other)


def test_index_and_query_use_the_one_function() -> None:
    assert vars(index_writer)["terms"] is terms
    assert vars(retrieval)["terms"] is terms


@given(st.text(alphabet=HAN, min_size=2, max_size=30))
def test_chinese_of_two_characters_and_more_gives_terms_that_are_never_a_clause(text: str) -> None:
    found = tokens(text)
    asked = re.sub("|".join(sorted(ASKING.split(), key=len, reverse=True)), "", text)
    assert found or not asked
    assert all(len(token.term) <= 2 for token in found)


# the words that a question says of itself: alone they are no query
ASKING = """
为什么 什么样 是什么 有什么 什么 怎么样 怎么办 怎样 怎么 如何 哪一个 哪一种 哪几个 哪几种 哪些 哪个
哪种 多少 几种 请问 请你 介绍 解释 说明一下 说一说 说说 讲一讲 讲讲 谈谈 简述 是不是 能不能 有没有
可不可以 可以 一下 之间 它们 他们 这个 那个 这种 那种 以及 因为 所以 的话 的是
吗 呢 吧 啊 呀 么 的 了 和 与 及 或
"""


@given(MIXED)
def test_places_point_back_at_the_words(text: str) -> None:
    for token in tokens(text):
        assert 0 <= token.start < token.end <= len(text)
        there = re.sub(r"[ -]", "", fold(text[token.start : token.end]))
        assert there == token.term or there.removesuffix("s") == token.term.removesuffix("s")


@given(MIXED)
def test_case_and_width_make_no_difference(text: str) -> None:
    assert terms(fold(text)) == terms(text)


@given(MIXED)
def test_folding_keeps_every_place(text: str) -> None:
    assert len(fold(text)) == len(text)


def test_no_stop_word_is_a_term() -> None:
    assert terms(" ".join(sorted(STOP))) == []
    assert not any(is_han(character) for word in STOP for character in word)
