"""Relations between entries: read, checked one breach at a time, and the real ones."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from assistant.corpus_check import Finding, check_corpus
from assistant.corpus_check_links import link_troubles, unlinked
from assistant.errors import SourceError
from assistant.loaders.corpus import corpus_folder, load_corpus
from assistant.loaders.links import LINKS, bullets_behind, load_links
from assistant.schema import Claim, Entry, Link, LinkKind

DENSE = "{from: cnn/dense, to: cnn/resnet, kind: compared_with, bullet: Dense 拼接}"
CNN_BULLET = "{from: cnn/dense, to: cnn/resnet, kind: variant_of, bullet: 两者都, entry: cnn}"


def entry(identity: str, *points: str) -> Entry:
    """An entry with these bullets, and a detail that begins like the first."""
    claims = [Claim(text=text, start=0, end=1, part="要点") for text in points]
    if points:
        claims.append(Claim(text=f"{points[0]}的细节", start=2, end=3, part="详解"))
    return Entry(id=identity, path=(identity,), claims=tuple(claims), file=f"{identity}.md")


ENTRIES = {
    one.id: one
    for one in (
        entry("cnn", "两者都是卷积网络"),
        entry("cnn/resnet", "ResNet 用捷径相加", "ResNet 用 ReLU"),
        entry("cnn/dense", "Dense 拼接而不相加"),
        entry("rnn", "RNN 有记忆"),
    )
}


def write(folder: Path, *rows: str) -> Path:
    text = "# a comment\n" + "".join(f"- {row}\n" for row in rows)
    (folder / LINKS).write_text(text, encoding="utf-8")
    return folder


# --- reading them --------------------------------------------------------------------------------


def test_links_are_read_in_their_order_and_the_bullet_is_of_the_first_end(tmp_path: Path) -> None:
    assert load_links(write(tmp_path, DENSE, CNN_BULLET)) == [
        Link(source="cnn/dense", target="cnn/resnet", kind="compared_with",
             bullet="Dense 拼接", entry="cnn/dense"),
        Link(source="cnn/dense", target="cnn/resnet", kind="variant_of",
             bullet="两者都", entry="cnn"),
    ]  # fmt: skip


def test_a_corpus_without_the_file_has_no_links(tmp_path: Path) -> None:
    assert load_links(tmp_path) == []
    (tmp_path / LINKS).write_text("# nothing yet\n", encoding="utf-8")
    assert load_links(tmp_path) == []


def test_a_bullet_is_found_among_the_key_points_alone_and_in_any_width(tmp_path: Path) -> None:
    [link] = load_links(write(tmp_path, DENSE.replace("Dense", "\uff44ense")))
    claims = ENTRIES["cnn/dense"].claims
    assert bullets_behind(link, claims) == [claims[0]]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("just words", r"line 2: 'just words' is no link"),
        ("{from: a, to: b, kind: likes, bullet: x}", r"line 2: kind: Input should be 'variant_of'"),
        ("{from: a, kind: uses, bullet: x}", r"line 2: to: Field required"),
        ("{to: b, kind: uses, bullet: x}", r"line 2: from: Field required"),
        ("{from: a, to: b, kind: uses, bullet: ''}", r"line 2: bullet: String should have"),
        ("{from: a, to: b, kind: uses, bulet: x}", r"line 2: bullet: Field required"),
        ("{from: a, to: 3, kind: uses, bullet: x}", r"line 2: to: Input should be a valid string"),
        ("{from: a, 3: b, kind: uses, bullet: x}", r"line 2: "),
        ("{from: a, to: [}", r"is no YAML"),
    ],
)
def test_a_broken_row_is_named_with_its_line(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(SourceError, match=message):
        load_links(write(tmp_path, row))


def test_a_file_that_holds_no_list_or_is_not_utf8_is_named(tmp_path: Path) -> None:
    (tmp_path / LINKS).write_text("from: a\n", encoding="utf-8")
    with pytest.raises(SourceError, match="holds no list of links"):
        load_links(tmp_path)
    (tmp_path / LINKS).write_bytes("# \u4f60\n".encode("gb18030"))
    with pytest.raises(SourceError, match="is not UTF-8"):
        load_links(tmp_path)


# --- checking them -------------------------------------------------------------------------------


def test_what_is_right_has_no_findings(tmp_path: Path) -> None:
    assert list(link_troubles(write(tmp_path, DENSE, CNN_BULLET), ENTRIES)) == []


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (DENSE.replace("cnn/resnet", "cnn/x"), "there is no entry cnn/x"),
        (
            DENSE.replace("kind: compared_with", "kind: likes"),
            "kind: Input should be 'variant_of', 'replaced', 'solves', 'compared_with', 'uses' or "
            "'part_of'",
        ),
        (DENSE.replace("cnn/resnet", "cnn/dense"), "an entry is linked with itself"),
        (CNN_BULLET.replace("两者都", "两者不", 1), "no single bullet of cnn begins '两者不'"),
        (
            "{from: cnn/resnet, to: cnn/dense, kind: uses, bullet: ResNet 用}",
            "no single bullet of cnn/resnet begins 'ResNet 用'",
        ),
        (
            "{from: cnn/dense, to: cnn, kind: part_of, bullet: Dense 拼接}",
            "the map itself shows that one is part of the other",
        ),
        (
            "{from: cnn/dense, to: cnn/resnet, kind: uses, bullet: RNN 有, entry: rnn}",
            "the bullet is of rnn, which is neither end nor a group around one",
        ),
        (DENSE, "the same link stands in line 2"),
        (
            "{from: cnn/resnet, to: cnn/dense, kind: compared_with, bullet: ResNet 用捷径}",
            "the same link stands in line 2",
        ),
    ],
)
def test_a_breach_is_found_in_its_line(tmp_path: Path, row: str, message: str) -> None:
    found = list(link_troubles(write(tmp_path, DENSE, row), ENTRIES))
    assert found == [(3, message)]


def test_a_relation_that_has_a_direction_may_hold_both_ways(tmp_path: Path) -> None:
    rows = [
        "{from: cnn/resnet, to: cnn/dense, kind: uses, bullet: ResNet 用捷径}",
        "{from: cnn/dense, to: cnn/resnet, kind: uses, bullet: Dense 拼接}",
        "{from: cnn/dense, to: cnn, kind: uses, bullet: Dense 拼接}",
    ]
    assert list(link_troubles(write(tmp_path, *rows), ENTRIES)) == []


def test_every_broken_row_is_listed_and_no_yaml_by_its_line(tmp_path: Path) -> None:
    lines = [line for line, _ in link_troubles(write(tmp_path, "a", DENSE, "b"), ENTRIES)]
    assert lines == [2, 4]
    [(line, message)] = link_troubles(write(tmp_path, DENSE, "{from: [}"), ENTRIES)
    assert line == 3
    assert message.startswith("is no YAML")


def test_the_check_of_a_whole_corpus_covers_its_links(tmp_path: Path) -> None:
    notes = tmp_path / "notes" / "1-cnn"
    notes.mkdir(parents=True)
    for name in ("_index", "dense", "resnet"):
        (notes / f"{name}.md").write_text(f"---\ntitle: {name}\n---\n", encoding="utf-8")
    write(tmp_path, DENSE)
    assert Finding(LINKS, 2, "no single bullet of cnn/dense begins 'Dense 拼接'") in check_corpus(
        tmp_path
    )
    assert unlinked(tmp_path) == []  # `cnn` is reached through what it holds
    write(tmp_path, DENSE.replace("cnn/resnet", "cnn"))
    assert unlinked(tmp_path) == ["notes/1-cnn/resnet.md"]
    (tmp_path / LINKS).unlink()
    assert unlinked(tmp_path) == []  # a corpus that has no links at all is not asked for them


# --- the real ones -------------------------------------------------------------------------------


def test_the_real_links_are_many_and_leave_no_entry_alone() -> None:
    links = load_links(corpus_folder())
    assert len(links) >= 150
    assert unlinked(corpus_folder()) == []
    assert {link.kind for link in links} == set(get_args(LinkKind))


def test_the_real_bullets_name_the_entries_that_they_relate() -> None:
    """By title or alias; a few say `V1`, or use another word for it."""
    entries = {e.id: e for e in load_corpus(corpus_folder()).entries}
    nameless = []
    for link in load_links(corpus_folder()):
        [bullet] = bullets_behind(link, entries[link.entry].claims)
        text = _bare(bullet.text)
        for end in (link.source, link.target):
            names = [entries[end].title, *entries[end].aliases]
            if end != link.entry and not any(_bare(name) in text for name in names):
                nameless.append((link.source, link.kind, link.target, end))
    assert len(nameless) <= 20


def _bare(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()
