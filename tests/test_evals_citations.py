"""Citation recall and precision, worked by hand on sentences of one or two characters."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant.grounding import Passage
from evals.citations import Cited, judge_citations, pinned, quality


class WordSupports:
    """Passages support a sentence where its characters stand in them, all together."""

    name = "characters"

    def supports(self, sentence: str, passages: Sequence[Passage]) -> bool:
        return set(sentence.rstrip("。")) <= set("".join(passage.text for passage in passages))


def passage(text: str) -> Passage:
    return Passage(text, ("节",), "e")


@pytest.mark.parametrize(
    ("sentence", "cited", "holds", "precise"),
    [
        ("甲", ["甲"], True, (True,)),
        ("甲", ["乙"], False, (False,)),
        ("甲", [], False, ()),
        ("甲乙", ["甲", "乙"], True, (True, True)),  # neither alone, and neither can go
        ("甲", ["甲", "乙"], True, (True, False)),  # the second supports nothing and can go
        ("甲", ["甲", "甲乙"], True, (True, True)),  # one too many, but each supports it
        ("甲丙", ["甲", "乙"], False, (False, False)),
    ],
)
def test_citations_are_judged_as_in_alce(
    sentence: str, cited: list[str], holds: bool, precise: tuple[bool, ...]
) -> None:
    made = judge_citations(sentence, [passage(text) for text in cited], WordSupports())
    assert made == Cited(holds, precise)


def test_recall_is_over_sentences_and_precision_over_citations() -> None:
    made = quality([Cited(True, (True, False)), Cited(False, ()), Cited(True, (True,))])
    assert made == {"citation recall": 2 / 3, "citation precision": 2 / 3}
    assert quality([Cited(False, ())]) == {"citation recall": 0}  # precision does not apply
    assert quality([]) == {}


def test_the_judges_files_are_named_with_their_hash(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    path.write_bytes(b"")
    # the SHA-256 of nothing
    assert pinned([path, tmp_path / "b.toml"]) == "a.npz e3b0c44298fc, b.toml absent"
