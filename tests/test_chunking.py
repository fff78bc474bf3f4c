"""Chunks: whole claims, ids that last, offsets that are true, nothing of a text lost."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.chunking import CONTENTS, chunk_entries, embedded_text
from assistant.loaders import load_source
from assistant.schema import Chunk, Claim, Entry

OUTLINE = Path(__file__).with_name("data") / "outline.txt"


def characters(text: str) -> int:
    """A tokeniser worked by hand: every character is a token."""
    return len(text)


def entry(identity: str, *claims: str, kind: str = "note", parts: Sequence[str] = ()) -> Entry:
    """An entry whose claims stand one after the other, a line each, in its file."""
    found, at = [], 0
    for i, text in enumerate(claims):
        part = parts[i] if i < len(parts) else ""
        found.append(Claim(text=text, start=at, end=at + len(text), part=part))
        at += len(text) + 1
    path = tuple(identity.split("/"))
    return Entry.model_validate({"id": identity, "path": path, "claims": found, "kind": kind})


def texts(chunks: Sequence[Chunk]) -> list[str]:
    return [chunk.text for chunk in chunks]


def test_a_claim_that_fits_is_one_chunk() -> None:
    assert texts(chunk_entries([entry("a", "一二三", "四五")], characters, 32)) == [
        "一二三",
        "四五",
    ]


def test_an_entry_names_what_lies_below_it() -> None:
    tree = [entry("a", "甲"), entry("a/b"), entry("a/c", "丙"), entry("a/c/d", "丁")]
    chunks = chunk_entries(tree, characters, 32)
    assert [(c.entry, c.part, c.text) for c in chunks] == [
        ("a", CONTENTS, "b、c"),
        ("a", "", "甲"),
        ("a/b", CONTENTS, "b"),  # without words of its own it is its name
        ("a/c", CONTENTS, "d"),
        ("a/c", "", "丙"),
        ("a/c/d", "", "丁"),
    ]


def test_a_reference_is_no_part_of_the_contents() -> None:
    tree = [entry("a", "甲"), entry("a/r", "文", kind="reference")]
    assert texts(chunk_entries(tree, characters, 32)) == ["甲", "文"]


def test_the_same_words_twice_in_an_entry_are_one_chunk() -> None:
    tree = [entry("a", "同", "同", "异"), entry("b", "同")]
    chunks = chunk_entries(tree, characters, 32)
    assert [(c.entry, c.text) for c in chunks] == [("a", "同"), ("a", "异"), ("b", "同")]
    assert len({c.id for c in chunks}) == 3


@pytest.mark.parametrize(
    ("claim", "limit", "pieces"),
    [
        ("一二三。四五六。七八九。", 32, ["一二三。四五六。七八九。"]),  # 12 characters, 36 bytes
        ("一二三。四五六。七八九。", 8, ["一二三。四五六。", "七八九。"]),
        ("一二三！四五六？七八九；", 4, ["一二三！", "四五六？", "七八九；"]),  # full width
        ("It adds. It stops.", 9, ["It adds.", "It stops."]),
        ("一二三，四五六七八", 6, ["一二三，", "四五六七八"]),  # one sentence: at its comma
        ("一二三四五六七八", 4, ["一二三四", "五六七八"]),
    ],
)
def test_a_claim_too_long_is_cut_at_its_sentences(
    claim: str, limit: int, pieces: list[str]
) -> None:
    chunks = chunk_entries([entry("a", claim)], characters, limit)
    assert texts(chunks) == pieces
    assert [claim[c.source.start : c.source.end] for c in chunks] == pieces


def test_the_pieces_of_a_tidied_claim_point_at_the_whole_of_it() -> None:
    long = Entry(id="a", path=("a",), claims=(Claim(text="一二。三四。", start=5, end=30),))
    chunks = chunk_entries([long], characters, 3)
    assert [(c.text, c.source.start, c.source.end) for c in chunks] == [
        ("一二。", 5, 30),
        ("三四。", 5, 30),
    ]


def test_the_embedder_sees_the_names_that_a_claim_stands_under() -> None:
    [chunk] = chunk_entries([entry("a/b/c", "丁", parts=["优点"])], characters, 32)
    assert embedded_text(chunk) == "b c 优点: 丁"


def test_chunks_carry_the_kind_and_order_of_their_entry() -> None:
    tree = [entry("a", "甲").model_copy(update={"order": 7}), entry("r", "乙", kind="reference")]
    assert [(c.kind, c.order) for c in chunk_entries(tree, characters, 32)] == [
        ("note", 7),
        ("reference", 0),
    ]


def test_ids_last_when_lines_are_added_above_and_below(tmp_path: Path) -> None:
    text = OUTLINE.read_text(encoding="utf-8")
    blank = "\u00a0\u00a0 \u00a0" * 2
    added = text.replace("\n深度", "\n多一行\n深度").replace(
        f"{blank}恒等映射", f"{blank}新加的一句\n{blank}恒等映射"
    )
    assert added != text
    file = tmp_path / "outline.txt"
    file.write_text(added, encoding="utf-8")
    old = chunk_entries(load_source(str(OUTLINE)).entries, characters, 160)
    new = chunk_entries(load_source(str(file)).entries, characters, 160)
    assert {c.id for c in old} < {c.id for c in new}
    assert [c.text for c in new if c.id not in {o.id for o in old}] == ["新加的一句"]


CLAIM = st.text(
    alphabet=st.sampled_from("一二三四五六七。！？；，、 \n.ab;"), min_size=1, max_size=60
).filter(str.strip)


@given(CLAIM, st.integers(2, 40))
@settings(max_examples=150, deadline=None)
def test_the_whole_claim_is_covered_in_chunks_that_fit(claim: str, limit: int) -> None:
    claim = claim.strip()
    chunks = chunk_entries([entry("a", claim)], characters, limit)
    if characters(claim) <= limit:
        assert texts(chunks) == [claim]  # never cut unless too long
    covered = [character.isspace() for character in claim]
    for chunk in chunks:
        assert 0 < characters(chunk.text) <= limit
        assert claim[chunk.source.start : chunk.source.end] == chunk.text
        for at in range(len(claim)):  # the same words twice are one chunk
            if claim.startswith(chunk.text, at):
                covered[at : at + len(chunk.text)] = [True] * len(chunk.text)
    assert all(covered)


@given(st.lists(CLAIM, min_size=1, max_size=4, unique=True), CLAIM)
@settings(max_examples=100, deadline=None)
def test_an_added_claim_changes_no_other_chunk(claims: list[str], more: str) -> None:
    before = chunk_entries([entry("a", *claims)], characters, 24)
    after = chunk_entries([entry("a", more, *claims)], characters, 24)
    assert {c.id for c in before} <= {c.id for c in after}
