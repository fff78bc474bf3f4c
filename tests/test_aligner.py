"""The checker's network: numpy computes what PyTorch trained; the pairs say what they should."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant.aligner import Aligner
from assistant.schema import RELATIONS, Part, Vectors
from evals.training_pairs import claim_pairs, draw, other_numbers, read_rows, texts_of

WIDTH = 16  # of a token's states


def states(texts: Sequence[str]) -> list[Vectors]:
    """States that depend on the text only: three tokens more than it has characters."""
    return [
        np.random.default_rng(sum(map(ord, text)))
        .normal(size=(len(text) + 3, WIDTH))
        .astype(np.float32)
        for text in texts
    ]


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network with random weights, as the training writes them."""
    import torch

    from evals.train_checker import Network

    torch.manual_seed(3)
    path = tmp_path_factory.mktemp("checker") / "checker.npz"
    arrays = {name: w.numpy() for name, w in Network(WIDTH).state_dict().items()}
    np.savez(path, **arrays)
    return path


def test_numpy_computes_what_pytorch_trained(weights: Path) -> None:
    import torch

    from evals.train_checker import Network, collate
    from evals.training_pairs import Pair

    torch.manual_seed(3)
    network = Network(WIDTH).eval()
    premises: list[tuple[Part, ...]] = [
        (("title", "GRU:"), ("text", "更新门"), ("text", "重置门决定")),
        (("question", "门?"), ("text", "两个")),
    ]
    said = ["GRU 有两个门", "没有门"]
    known = {
        t: s for t in ["GRU:", "更新门", "重置门决定", "门?", "两个", *said] for s in states([t])
    }
    pairs = [Pair(p, h, "supported") for p, h in zip(premises, said, strict=True)]
    with torch.inference_mode():
        arguments, _ = collate(pairs, known)
        wanted = torch.softmax(network(*arguments), -1).numpy()
    found = Aligner(states, weights).relations(list(zip(premises, said, strict=True)))
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_a_text_is_read_once_however_often_it_comes(weights: Path) -> None:
    asked: list[str] = []

    def counted(texts: Sequence[str]) -> list[Vectors]:
        asked.extend(texts)
        return states(texts)

    aligner = Aligner(counted, weights)
    passage: tuple[Part, ...] = (("title", "A:"), ("text", "一"))
    first = aligner.relations([(passage, "甲"), (passage, "乙")])
    again = aligner.relations([(passage, "甲")])
    assert sorted(asked) == sorted(["A:", "一", "甲", "乙"])
    np.testing.assert_allclose(first[0], again[0], atol=1e-6)
    assert first.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_a_premise_of_any_length_is_read(weights: Path) -> None:
    long: tuple[Part, ...] = (("text", "长" * 2000),)
    assert Aligner(states, weights).relations([(long, "短")]).shape == (1, 4)


def test_no_pair_gives_no_row(weights: Path) -> None:
    assert Aligner(states, weights).relations([]).shape == (0, 4)


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
    pairs = claim_pairs(row, [], random.Random(1))
    relations = {(p.premise[0][1], p.hypothesis): p.relation for p in pairs}
    assert relations["C", "S"] == relations["C", "P"] == relations["M", "C"] == "supported"
    assert relations["C", "M"] == relations["P", "C"] == "partial"
    assert relations["C", "O"] == "contradicted"
    assert relations["C", "B"] == relations["B", "C"] == "unrelated"


def test_what_is_trained_on_is_whole_and_holds_no_gold() -> None:
    claims, answers = read_rows("claims"), read_rows("answers")
    texts = set(texts_of(claims, answers))
    pairs = draw(claims, answers, random.Random(0))
    assert {p.relation for p in pairs} == set(RELATIONS)
    assert {text for p in pairs for text in (p.hypothesis, *(t for _, t in p.premise))} <= texts
    assert all(len(row["points"]) == len(row["verdicts"]) for row in answers)
    gold = "".join(
        path.read_text(encoding="utf-8")
        for name in ("support", "grading")
        for path in Path("evals/gold").glob(f"{name}.*.jsonl")
    )
    written = [t for row in claims for n in ("same", "opposite", "beside") for t in row[n]]
    assert not [text for text in [*written, *(r["answer"] for r in answers)] if text in gold]
