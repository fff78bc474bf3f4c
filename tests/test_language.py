"""Which language a text is in, and its sentences, also while it is still being written."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.language import complete_sentences, language_of, split_sentences


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("ResNet 为什么能缓解梯度消失?", "zh"),
        ("什么是 batch normalization", "zh"),
        ("Why is KL divergence not a distance?", "en"),
        ("what is Adam", "en"),
        ("ResNet vs DenseNet", "en"),
        ("residual learning identity mapping", "en"),  # four words, none of them Chinese
        ("Adam", "zh"),  # asked of Chinese notes
        ("YOLO V3", "zh"),
        ("", "zh"),
        ("???", "zh"),
    ],
)
def test_a_text_is_chinese_or_english(text: str, language: str) -> None:
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("甲。乙!丙?", ["甲。", "乙!", "丙?"]),
        ("甲！乙？丙；丁", ["甲！", "乙？", "丙；", "丁"]),
        ("他说“好。”然后走了。", ["他说“好。”", "然后走了。"]),
        ("甲[1]。乙。[2][3] 丙", ["甲[1]。", "乙。[2][3]", " 丙"]),
        ("It adds x. [1] Then it stops.", ["It adds x. [1] Then it stops."]),
        ("It adds them. [1] Then it stops [2].", ["It adds them. [1]", " Then it stops [2]."]),
        ("A rate of 0.001 works. Yes", ["A rate of 0.001 works.", " Yes"]),
        ("Optimisers, e.g. Adam, adapt. Good", ["Optimisers, e.g. Adam, adapt.", " Good"]),
        ("1. 先卷积。\n2. 再池化。", ["1. 先卷积。\n", "2. 再池化。"]),
        ("1. It adds.\n2. It stops.", ["1. It adds.", "\n", "2. It stops."]),
        ("没有句号", ["没有句号"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_a_text_is_cut_into_sentences(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == [s for s in sentences if s.strip()]


@pytest.mark.parametrize(
    ("text", "done", "rest"),
    [
        ("重置门", [], "重置门"),
        ("重置门。", [], "重置门。"),  # a `[1]` may follow
        ("重置门。[", [], "重置门。["),
        ("重置门。[1", [], "重置门。[1"),
        ("重置门。[1]", [], "重置门。[1]"),
        ("重置门。[1]更", ["重置门。[1]"], "更"),
        ("重置门。更新门", ["重置门。"], "更新门"),
        ("It adds. ", [], "It adds. "),
        ("It adds. Th", ["It adds."], " Th"),
        ("rate 0.", [], "rate 0."),
        ("1. 先", [], "1. 先"),
    ],
)
def test_only_ended_sentences_are_given_out_while_a_text_is_written(
    text: str, done: list[str], rest: str
) -> None:
    assert complete_sentences(text) == (done, rest)


PIECES = st.lists(
    st.sampled_from(
        ["残差", "网络", "。", "！", "?", "；", "\n", " ", "[1]", "[12]", "[", "ResNet", "adds",
         ". ", ".", "0.5", "e.g. ", "，", "”", "1. "]
    ),
    max_size=16,
).map("".join)  # fmt: skip


def streamed(text: str, size: int) -> list[str]:
    """The sentences of a text that arrives in pieces, as the answering service takes them."""
    sentences, held = [], ""
    for at in range(0, len(text), size):
        done, held = complete_sentences(held + text[at : at + size])
        sentences += done
    return [*sentences, *split_sentences(held)]


def squeezed(text: str) -> str:
    return "".join(text.split())


@given(PIECES, st.integers(1, 5))
@settings(max_examples=150, deadline=None)
def test_no_word_is_lost_however_the_text_arrives(text: str, size: int) -> None:
    assert squeezed("".join(split_sentences(text))) == squeezed(text)
    assert squeezed("".join(streamed(text, size))) == squeezed(text)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_a_streamed_text_gives_the_sentences_of_the_whole(size: int) -> None:
    text = "重置门决定忘掉[1]。更新门决定保留。[2] 参数更少！[3]\n1. It has 0.5 gates. [1] Fine."
    assert streamed(text, size) == split_sentences(text)
