"""What the pair model is trained on says what it should, and holds no gold."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from assistant.lexicon import Lexicon
from assistant.loaders.corpus import corpus_folder
from assistant.schema import RELATIONS
from evals.edits import Edit, Opposites, Words, edit, exchange, in_both, rename, renumber
from evals.training_pairs import Material, claim_pairs, draw, other_numbers, read_material

OPPOSITES = Opposites()
WORDS = Words(OPPOSITES, Lexicon(["重置门", "更新门", "VGG", "ResNet"]))
_TELLING = 4  # characters: a bare "对。" may stand anywhere
_WRITTEN = ("same", "part", "more", "opposite", "beside")


@pytest.fixture(scope="module")
def material() -> Material:
    return read_material(corpus_folder())


@pytest.mark.parametrize(
    ("text", "others"),
    [
        ("用 9 个锚框", ["用 18 个锚框", "用 10 个锚框"]),
        ("ResNet50 很深", []),
        ("没有数字", []),
        ("从 0.5 到 2", ["从 1 到 2", "从 1.5 到 2", "从 0.5 到 4", "从 0.5 到 3"]),
    ],
)
def test_a_number_is_changed_and_nothing_else(text: str, others: list[str]) -> None:
    assert other_numbers(text) == others


def test_a_claim_and_its_sentences_stand_as_they_were_written() -> None:
    row = {
        "entry": "a/b", "claim": "C", "same": ["S", "T"], "part": ["P"], "more": ["M"],
        "opposite": ["O"], "beside": ["B"],
    }  # fmt: skip
    pairs = claim_pairs(row, [], [], random.Random(1))
    relations = {(p.premise[0][1], p.hypothesis): p.relation for p in pairs}
    assert relations["C", "S"] == relations["C", "P"] == relations["M", "C"] == "supported"
    assert relations["C", "M"] == relations["P", "C"] == "partial"
    assert relations["C", "O"] == "contradicted"
    assert relations["C", "B"] == relations["B", "C"] == "unrelated"


def test_one_word_becomes_its_opposite() -> None:
    found = {OPPOSITES.flip("方差越大", random.Random(seed)) for seed in range(20)}
    assert Edit("方差越小", "越大", "越小") in found
    assert OPPOSITES.flip("The variance RISES", random.Random(0)) == Edit(
        "The variance falls", "RISES", "falls"
    )
    assert OPPOSITES.flip("卷积", random.Random(0)) is None


def test_nothing_is_changed_inside_a_word_that_only_looks_like_it() -> None:
    found = {OPPOSITES.flip("多头注意力的大小", random.Random(seed)) for seed in range(20)}
    assert found == {None}


def test_numbers_and_names_are_exchanged() -> None:
    assert {renumber("用 9 个", random.Random(s)).text for s in range(30)} == {  # type: ignore[union-attr]
        "用 18 个", "用 10 个", "用 90 个", "用 4 个", "用 8 个", "用 14 个",
    }  # fmt: skip
    assert renumber("没有", random.Random(0)) is None
    assert rename("VGG 更深", ["ResNet 有捷径"], random.Random(0)) == Edit(
        "ResNet 更深", "VGG", "ResNet"
    )
    assert rename("VGG 更深", ["VGG 更宽"], random.Random(0)) is None
    assert edit("卷积", [], WORDS, random.Random(0)) is None


def test_terms_and_numbers_of_one_sentence_change_places() -> None:
    made = exchange("重置门定怎么结合，更新门定保存多少", WORDS.lexicon, random.Random(0))
    assert made == Edit("更新门定怎么结合，重置门定保存多少", "重置门", "更新门", mutual=True)
    assert exchange("从 11 层到 19 层", WORDS.lexicon, random.Random(0)) == Edit(
        "从 19 层到 11 层", "11", "19", mutual=True
    )
    assert in_both("更新门保存，重置门结合", made) == "重置门保存，更新门结合"
    assert in_both("更新门保存", made) is None


@pytest.mark.parametrize("text", ["VGG 和 ResNet 都深", "VGG、ResNet", "VGG 深", "VGG 比 VGG"])
def test_a_list_has_no_order_and_one_term_no_other(text: str) -> None:
    assert exchange(text, WORDS.lexicon, random.Random(0)) is None


def test_an_answer_takes_the_same_edit_only_where_it_is_plain() -> None:
    made = Edit("方差越小", "越大", "越小")
    assert in_both("所以越大越不稳", made) == "所以越小越不稳"
    assert in_both("越大越大", made) is None
    assert in_both("越大而不是越小", made) is None


def test_an_epoch_holds_all_relations_and_both_languages(material: Material) -> None:
    pairs = draw(material, WORDS, random.Random(0))
    assert {pair.relation for pair in pairs} == set(RELATIONS)
    english = {point.text for question in material.english.values() for point in question.points}
    assert any(pair.hypothesis in english for pair in pairs)
    assert all(len(row["points"]) == len(row["verdicts"]) for row in material.answers)
    assert draw(material, WORDS, random.Random(0)) == pairs


def test_what_is_trained_on_holds_no_gold(material: Material) -> None:
    points = {point.text for question in material.bank for point in question.points}
    gold = {
        bare(text)
        for name in ("support", "grading")
        for path in Path("evals/gold").glob(f"{name}.*.jsonl")
        for line in path.read_text(encoding="utf-8").splitlines()
        for text in texts(json.loads(line))
    } - {bare(text) for text in points}
    written = [t for row in material.claims for n in _WRITTEN for t in row[n]]
    answers = [row["answer"] for row in material.answers]
    long = [text for text in [*written, *answers] if len(text) > _TELLING]
    assert not [text for text in long if bare(text) in gold]


def texts(value: object) -> list[str]:
    """Every string in a JSON value."""
    if isinstance(value, str):
        return [value]
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [text for one in inside for text in texts(one)]


def bare(text: str) -> str:
    """Without blanks and the end mark."""
    return "".join(text.split()).rstrip(".\u3002")
