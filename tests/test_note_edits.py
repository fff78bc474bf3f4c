"""Editing the learner's own notes: what may be written, and what never is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.errors import SourceError, UsageError
from assistant.loaders import load_source
from assistant.note_edits import NoteEdits
from assistant.note_file import BACKUP
from assistant.schema import Entry

TEXT = (
    "# 网络\n\n总述。\n\n## ResNet\n\n- 导数总比原导数加1,解决梯度消失\n- 残差。\n\n"
    "## VGG\n\n- 很深。\n"
)

Editing = Callable[[Path], tuple[NoteEdits, dict[str, str]]]


def editing(path: Path) -> tuple[NoteEdits, dict[str, str]]:
    """An editor over one file as it is indexed now, and the ids of its entries by title."""
    entries = load_source(str(path)).entries
    ids = {entry.title: entry.id for entry in entries}
    return NoteEdits(lambda: [str(path)], lambda: entries), ids


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "own.md"
    path.write_text(TEXT, encoding="utf-8")
    return path


def test_an_entry_is_opened_with_its_own_text_only(note: Path) -> None:
    edits, ids = editing(note)
    passage = edits.open(ids["ResNet"])
    assert passage.text == "## ResNet\n\n- 导数总比原导数加1,解决梯度消失\n- 残差。\n\n"
    assert (passage.line, passage.file, passage.undo) == (5, "own.md", False)
    assert edits.open(ids["网络"]).text == "# 网络\n\n总述。\n\n"
    assert edits.open(ids["VGG"]).text == "## VGG\n\n- 很深。\n"


def test_a_save_changes_that_passage_and_keeps_what_was_there(note: Path) -> None:
    edits, ids = editing(note)
    opened = edits.open(ids["ResNet"])
    text = "## ResNet\n\n- 对了。"
    saved = edits.save(ids["ResNet"], opened.start, opened.end, text, opened.sha256)
    assert note.read_text(encoding="utf-8") == (
        "# 网络\n\n总述。\n\n## ResNet\n\n- 对了。\n\n## VGG\n\n- 很深。\n"
    )
    assert note.with_name(f"own.md{BACKUP}").read_text(encoding="utf-8") == TEXT
    assert saved.undo
    assert saved.text == "## ResNet\n\n- 对了。\n\n"
    assert sorted(path.name for path in note.parent.iterdir()) == ["own.md", f"own.md{BACKUP}"]


def test_a_save_can_be_undone_and_done_again(note: Path) -> None:
    edits, ids = editing(note)
    opened = edits.open(ids["VGG"])
    edits.save(ids["VGG"], opened.start, opened.end, "## VGG\n\n- 19 层。\n", opened.sha256)
    assert edits.undo(ids["VGG"]).text == "## VGG\n\n- 很深。\n"
    assert note.read_text(encoding="utf-8") == TEXT
    assert edits.undo(ids["VGG"]).text == "## VGG\n\n- 19 层。\n"


def test_there_is_nothing_to_undo_at_first_nor_after_another_has_written(note: Path) -> None:
    edits, ids = editing(note)
    with pytest.raises(UsageError, match="not saved from here"):
        edits.undo(ids["VGG"])
    opened = edits.open(ids["VGG"])
    edits.save(ids["VGG"], opened.start, opened.end, "## VGG\n\n- 新。\n", opened.sha256)
    note.write_text(note.read_text(encoding="utf-8") + "\n- 别处写的。\n", encoding="utf-8")
    with pytest.raises(UsageError, match="has changed since"):
        edits.undo(ids["VGG"])
    assert "别处写的" in note.read_text(encoding="utf-8")


def test_what_another_has_written_meanwhile_is_never_overwritten(note: Path) -> None:
    edits, ids = editing(note)
    opened = edits.open(ids["VGG"])
    note.write_text(TEXT.replace("很深", "别处改的"), encoding="utf-8")
    with pytest.raises(UsageError, match="has changed on the disk"):
        edits.save(ids["VGG"], opened.start, opened.end, "x", opened.sha256)
    assert "别处改的" in note.read_text(encoding="utf-8")


def test_lines_added_above_since_the_index_was_made_move_the_passage(note: Path) -> None:
    edits, ids = editing(note)
    note.write_text("# 网络\n\n一。\n\n二。\n\n三。\n\n## VGG\n\n- 很深。\n", encoding="utf-8")
    passage = edits.open(ids["VGG"])
    assert (passage.text, passage.line) == ("## VGG\n\n- 很深。\n", 9)
    with pytest.raises(SourceError, match="no longer in own.md"):
        edits.open(ids["ResNet"])


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_encoding_and_line_ends_stay_as_they_are(tmp_path: Path, codec: str, ends: str) -> None:
    path = tmp_path / "own.md"
    path.write_bytes(TEXT.replace("\n", ends).encode(codec))
    edits, ids = editing(path)
    opened = edits.open(ids["ResNet"])
    text = opened.text.replace("残差。", "残差\n第二行。")
    edits.save(ids["ResNet"], opened.start, opened.end, text, opened.sha256)
    wanted = TEXT.replace("残差。", "残差\n第二行。").replace("\n", ends)
    assert path.read_bytes() == wanted.encode(codec)


def test_a_character_that_the_files_encoding_lacks_is_said(tmp_path: Path) -> None:
    path = tmp_path / "own.md"
    text = "# 網路\n\n- 這是一個繁體中文的筆記，內容關於深度學習與類神經網路。\n"
    path.write_bytes(text.encode("big5"))
    edits, ids = editing(path)
    opened = edits.open(next(iter(ids.values())))
    before = path.read_bytes()
    with pytest.raises(SourceError, match="can't hold"):
        edits.save(opened.entry, opened.start, opened.end, opened.text + "- ∀𝕏\n", opened.sha256)
    assert path.read_bytes() == before


def test_nothing_but_text_files_of_the_index_is_ever_written(tmp_path: Path, note: Path) -> None:
    secret = tmp_path / "secret.md"
    secret.write_text("# 秘密\n\n- 别动。\n", encoding="utf-8")
    page, web = tmp_path / "page.html", "https://example.org/notes"
    entries = [
        Entry(id="secret", path=("秘密",), file=str(secret)),  # no source of the index
        Entry(id="built-in", path=("内置",), file="notes/1-backbone/resnet.md"),
        Entry(id="page", path=("网页",), file=str(page)),
        Entry(id="web", path=("网上",), file=web),
    ]
    edits = NoteEdits(lambda: [str(note), str(page), web], lambda: entries)
    for identity in ("secret", "built-in", "page", "web", "nobody", "../secret"):
        with pytest.raises(UsageError):
            edits.open(identity)
        with pytest.raises(UsageError):
            edits.save(identity, 0, 0, "x", "")
        with pytest.raises(UsageError):
            edits.undo(identity)
    assert secret.read_text(encoding="utf-8") == "# 秘密\n\n- 别动。\n"


@pytest.mark.parametrize(("start", "end"), [(-1, 3), (5, 4), (0, 10_000)])
def test_places_outside_of_the_file_are_refused(note: Path, start: int, end: int) -> None:
    edits, ids = editing(note)
    sha256 = edits.open(ids["VGG"]).sha256
    with pytest.raises(UsageError, match="not in the file"):
        edits.save(ids["VGG"], start, end, "x", sha256)
    assert note.read_text(encoding="utf-8") == TEXT


def test_a_file_is_never_emptied(tmp_path: Path) -> None:
    path = tmp_path / "own.md"
    path.write_text("# 一\n\n- 二。\n", encoding="utf-8")
    edits, ids = editing(path)
    opened = edits.open(ids["一"])
    with pytest.raises(SourceError, match="is empty"):
        edits.save(ids["一"], opened.start, opened.end, " \n", opened.sha256)


def test_a_link_to_the_file_stays_a_link_and_rights_stay(tmp_path: Path, note: Path) -> None:
    note.chmod(0o640)
    link = tmp_path / "link.md"
    link.symlink_to(note)
    edits, ids = editing(link)
    opened = edits.open(ids["VGG"])
    edits.save(ids["VGG"], opened.start, opened.end, "## VGG\n\n- 新。\n", opened.sha256)
    assert link.is_symlink()
    assert "新。" in note.read_text(encoding="utf-8")
    for path in (note, note.with_name(f"own.md{BACKUP}")):
        assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anything")
def test_a_file_that_is_to_be_read_only_stays_so(note: Path) -> None:
    note.chmod(0o440)
    edits, ids = editing(note)
    opened = edits.open(ids["VGG"])
    with pytest.raises(SourceError, match="can't be written"):
        edits.save(ids["VGG"], opened.start, opened.end, "x", opened.sha256)


def test_of_a_long_entry_a_part_around_the_claim_is_opened(tmp_path: Path) -> None:
    lines = [f"- 第 {i} 条，写得很长很长很长很长。" for i in range(3000)]
    path = tmp_path / "own.md"
    path.write_text("# 一\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    edits, ids = editing(path)
    at = path.read_text(encoding="utf-8").index("第 1500 条")
    passage = edits.open(ids["一"], at)
    assert len(passage.text) < 13_000
    assert passage.text.startswith("- 第")
    assert passage.text.endswith("。\n")
    assert "第 1500 条" in passage.text
    assert passage.line == 3 + int(passage.text.split()[2])
    text = passage.text.replace("第 1500 条", "改过")
    edits.save(ids["一"], passage.start, passage.end, text, passage.sha256)
    changed = path.read_text(encoding="utf-8").split("\n")
    assert len(changed) == 3003
    assert sum("改过" in line for line in changed) == 1


# --- from an erratum to its line ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("claim", "number"),
    [
        ("导数总比原导数加 1，解决梯度消失", 7),
        ("残差", 8),
        ("“导数总比原导数加1”（第 2 节）", 7),
        ("采用 RMSProp 优化器", None),
    ],
)
def test_an_erratum_finds_the_line_that_it_quotes(
    note: Path, claim: str, number: int | None
) -> None:
    edits, ids = editing(note)
    line = edits.line_of(ids["ResNet"], claim)
    assert (line.number if line else None) == number
    if line:
        assert TEXT[line.start : line.end].strip() == line.text


def test_the_second_of_two_entries_of_one_name_is_the_one_that_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "own.md"
    path.write_text("# 甲\n\n## 例\n\n- 一。\n\n## 例\n\n- 二。\n", encoding="utf-8")
    entries = load_source(str(path)).entries
    edits = NoteEdits(lambda: [str(path)], lambda: entries)
    twins = [entry.id for entry in entries if entry.title == "例"]
    assert [edits.open(identity).text for identity in twins] == [
        "## 例\n\n- 一。\n\n",
        "## 例\n\n- 二。\n",
    ]
