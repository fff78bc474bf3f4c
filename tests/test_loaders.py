"""Files as people have them: any encoding, Markdown with every flaw, and what is no note at all."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import SourceError
from assistant.loaders import load_source
from assistant.loaders.corpus import corpus_folder, load_corpus
from assistant.loaders.markdown import blocks, clean_heading, parse_markdown, plain, table_rows
from assistant.loaders.text import MAX_BYTES, decode, read_text
from assistant.schema import Document, Entry

DATA = Path(__file__).with_name("data")
OUTLINE = DATA / "outline.txt"
NOTES = DATA / "notes.md"


def titles(document: Document) -> list[str]:
    return [entry.title for entry in document.entries]


def titled(entries: tuple[Entry, ...], title: str) -> Entry:
    return next(entry for entry in entries if entry.title == title)


def said(entry: Entry) -> list[str]:
    return [claim.text for claim in entry.claims]


# ——— encodings ———


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "gbk", "gb18030", "gb2312", "utf-16", "utf-16-le-bom", "utf-16-be-bom"],
)
def test_a_file_in_any_encoding_gives_the_same_entries(tmp_path: Path, encoding: str) -> None:
    # GBK has no no-break space
    text = OUTLINE.read_text(encoding="utf-8").replace("\u00a0", " ")
    if encoding.endswith("-bom"):
        data = f"\ufeff{text}".encode(encoding.removesuffix("-bom"))
    else:
        data = text.encode(encoding)
    file = tmp_path / "notes.txt"
    file.write_bytes(data)
    loaded = load_source(str(file))
    assert titles(loaded) == titles(load_source(str(OUTLINE)))
    assert loaded.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("text", ["损失函数", "梯度消失,怎么办?\n", "卷积:局部连接、权值共享"])
def test_a_few_chinese_words_in_gbk_are_not_taken_for_another_script(text: str) -> None:
    assert decode(text.encode("gbk"), "notes") == text


@pytest.mark.parametrize("end", ["\r\n", "\r", "\n"])
def test_every_line_end_counts_as_one_character(tmp_path: Path, end: str) -> None:
    file = tmp_path / "notes.md"
    file.write_bytes(f"# 甲{end}{end}乙{end}".encode())
    assert read_text(file).text == "# 甲\n\n乙\n"


# ——— what can't be read ———


def _made(folder: Path, what: str) -> Path:
    path = folder / "notes.txt"
    contents = {
        "empty": b"",
        "blank": b" \n\t\n\xe3\x80\x80\n",
        "mark only": b"\xef\xbb\xbf",
        "zeros": b"notes\x00\x01\x02" * 40,
        "picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 4,
        "half of UTF-16": "一二".encode("utf-16") + b"\x00",
        "UTF-32": "一二\n".encode("utf-32"),
        "long line": b"x" * 50_000_000,
        "no entry": b"---\n***\n",
    }
    if what in contents:
        path.write_bytes(contents[what])
    elif what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)  # reading it would wait for ever
    elif what == "too large":
        with path.open("wb") as file:
            file.truncate(MAX_BYTES + 1)  # sparse: takes no room
    return path


@pytest.mark.parametrize(
    ("what", "words"),
    [
        ("missing", "does not exist"),
        ("folder", "is a folder"),
        ("pipe", "no ordinary file"),
        ("empty", "is empty"),
        ("blank", "is empty"),
        ("mark only", "is empty"),
        ("zeros", "is binary"),
        ("picture", "is binary"),
        ("half of UTF-16", "UTF-16"),
        ("UTF-32", "is binary"),
        ("long line", "Line 1 "),
        ("too large", "bytes"),
        ("no entry", "No entry"),
    ],
)
def test_bad_input_says_which_file_and_what_to_do(tmp_path: Path, what: str, words: str) -> None:
    path = _made(tmp_path, what)
    with pytest.raises(SourceError) as raised:
        load_source(str(path))
    assert str(path) in raised.value.found
    assert words in raised.value.found
    assert raised.value.next_step
    assert len(str(raised.value)) < 400  # never the contents


@contextmanager
def without_rights() -> Iterator[None]:
    """Root may read everything: where the tests run as root, they are nobody for a moment."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


@pytest.mark.parametrize("closed", ["file", "folder"])
def test_a_file_without_rights_is_an_error_of_the_source(tmp_path: Path, closed: str) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    file = folder / "notes.md"
    file.write_text("# 甲\n乙\n", encoding="utf-8")
    target = file if closed == "file" else folder
    target.chmod(0)
    try:
        with without_rights(), pytest.raises(SourceError, match="rights"):
            load_source(str(file))
    finally:
        target.chmod(0o700)


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="no /proc on this system")
def test_a_file_that_fails_while_it_is_read_is_an_error_of_the_source() -> None:
    with pytest.raises(SourceError, match="can't be read"):
        load_source("/proc/self/mem")


def test_a_name_longer_than_any_file_system_takes_is_an_error_of_the_source(tmp_path: Path) -> None:
    with pytest.raises(SourceError):
        load_source(str(tmp_path / ("长" * 300)))


@given(st.binary(max_size=80))
@settings(max_examples=80, deadline=None)
def test_any_bytes_are_text_or_an_error_of_the_source(data: bytes) -> None:
    with suppress(SourceError):
        assert isinstance(decode(data, "notes"), str)


# ——— Markdown ———


@pytest.fixture(scope="module")
def notes() -> tuple[Entry, ...]:
    return load_source(str(NOTES)).entries


def test_headings_make_the_map_and_their_numbers_go(notes: tuple[Entry, ...]) -> None:
    assert [entry.path for entry in notes] == [
        ("卷积网络笔记",),
        ("卷积网络笔记", "卷积基础"),
        ("卷积网络笔记", "卷积基础", "卷积核"),
        ("卷积网络笔记", "卷积基础", "卷积核"),
        ("卷积网络笔记", "卷积基础", "3x3 卷积"),
        ("卷积网络笔记", "卷积基础", "步长与填充"),
        ("卷积网络笔记", "卷积基础", "空洞卷积"),
        ("卷积网络笔记", "训练技巧"),
        ("卷积网络笔记", "训练技巧", "Dropout"),
        ("卷积网络笔记", "训练技巧", "批归一化"),
    ]


def test_two_headings_of_one_name_are_two_entries(notes: tuple[Entry, ...]) -> None:
    twins = [entry for entry in notes if entry.title == "卷积核"]
    assert [entry.id.rsplit("/", 1)[1] for entry in twins] == ["卷积核", "卷积核-2"]


@pytest.mark.parametrize(
    ("title", "claims"),
    [
        # the picture before it is no claim, the link is its words
        ("卷积网络笔记", ["写在前面:这一页按章节整理,参考了课程主页。"]),
        (
            "卷积核",
            [
                "卷积核在输入上滑动,逐点相乘再求和",
                "感受野随层数增大",
                "两个 3x3 的感受野等于一个 5x5",
                "三个 3x3 等于一个 7x7 并且多两次非线性",
                "参数在空间上共享",
            ],
        ),
        (
            "步长与填充",
            [
                "输出边长的公式:",
                "$$ 这里 n 是输入边长,p 是填充,s 是步长 o = (n + 2p - k) / s + 1 $$",
            ],
        ),
        (
            "空洞卷积",
            [
                "在卷积核里插入空值",
                "感受野变大而参数不变",
                "| 扩张率 | 3x3 的感受野 | |---|---| | 1 | 3 | | 2 | 5 |",
            ],
        ),
        (
            "Dropout",
            [
                "训练时随机置零, 测试时不丢弃。",
                "```python # 这一行是注释,不是标题 x = dropout(x, p=0.5) ```",
            ],
        ),
        # headings without words open nothing: what follows belongs to the last one that has some
        ("批归一化", ["> 先减均值,再除以标准差", "最后一段属于上一个有字的标题。"]),
        ("3x3 卷积", ["最常用的大小"]),
    ],
)
def test_a_block_is_a_claim(notes: tuple[Entry, ...], title: str, claims: list[str]) -> None:
    assert said(titled(notes, title)) == claims


@pytest.mark.parametrize(
    ("heading", "title"),
    [
        ("1.1 步长", "步长"),
        ("1.1步长", "步长"),
        ("2、方法", "方法"),
        ("3.1.2. 数据", "数据"),
        ("1) 回归", "回归"),
        ("１．２　概念", "概念"),
        ("第3章 优化", "优化"),
        ("第十二章 强化学习", "强化学习"),
        ("**2.1 Dropout**", "Dropout"),
        # these numbers are part of the name
        ("3x3 卷积", "3x3 卷积"),
        ("3D卷积", "3D卷积"),
        ("8位量化", "8位量化"),
        ("5", "5"),
        ("2.1", "2.1"),
    ],
)
def test_only_the_number_of_a_heading_is_taken_off(heading: str, title: str) -> None:
    assert clean_heading(heading)[0] == title


def test_the_anchor_of_a_heading_is_kept_apart() -> None:
    assert clean_heading("3.2 Identity mapping {#identity}") == ("Identity mapping", "identity")


def test_a_file_without_one_title_hangs_under_its_name(tmp_path: Path) -> None:
    file = tmp_path / "杂记.md"
    file.write_text("开头的话。\n\n# 甲\n乙\n\n# 丙\n丁\n", encoding="utf-8")
    entries = load_source(str(file)).entries
    assert [(entry.path, said(entry)) for entry in entries] == [
        (("杂记",), ["开头的话。"]),
        (("杂记", "甲"), ["乙"]),
        (("杂记", "丙"), ["丁"]),
    ]


def test_prose_without_headings_is_one_entry(tmp_path: Path) -> None:
    file = tmp_path / "杂记.txt"
    file.write_text("第一段,\n还是第一段。\n\n第二段。\n", encoding="utf-8")
    [entry] = load_source(str(file)).entries
    assert (entry.title, said(entry)) == ("杂记", ["第一段, 还是第一段。", "第二段。"])


def test_offsets_of_markdown_point_at_the_words(notes: tuple[Entry, ...]) -> None:
    text = NOTES.read_text(encoding="utf-8")
    for entry in notes:
        assert entry.title in plain(text[entry.start : entry.end]).replace("**", "")
        for claim in entry.claims:
            assert plain(text[claim.start : claim.end]) == claim.text


MARKDOWN = st.lists(
    st.one_of(
        st.sampled_from(
            ["# 甲", "## 1.1 乙", "## 1.1 乙", "##", "### ![](a.png)", "- 一", "  - 二", "    续行",
             "1. 一", "   段", "| a | b |", "|---|---|", "| 1 | 2 |", "$$", "```", "> 引", "", "",
             "---", "标题", "===", "<b>", "![图](a.png)", "[词](http://a.b)", "    code", "\t- 三"]
        ),
        st.text(max_size=10).map(lambda s: re.sub(r"[\r\n\0]", " ", s)),
    ),
    max_size=20,
)  # fmt: skip


@given(MARKDOWN)
@settings(max_examples=150, deadline=None)
def test_any_markdown_parses_with_true_offsets_and_unique_ids(lines: list[str]) -> None:
    text = "\n".join(lines)
    entries = parse_markdown(text, "f.md", "f")
    assert len({entry.id for entry in entries}) == len(entries)
    for entry in entries:
        for claim in entry.claims:
            assert plain(text[claim.start : claim.end]) == claim.text


@given(MARKDOWN)
@settings(max_examples=150, deadline=None)
def test_blocks_of_any_markdown_come_in_order_and_never_overlap(lines: list[str]) -> None:
    end = 0
    for block in blocks("\n".join(lines)):
        assert end <= block.start <= block.end
        end = block.end


# ——— the corpus ———


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    files = {
        "notes/_index.md": "---\ntitle: 地图\norder: [b, a]\n---\n",
        "notes/1-a/_index.md": "---\ntitle: 甲\naliases: [A]\n---\n## 要点\n- 甲的话 [@r1]\n",
        "notes/1-a/1.1-x/_index.md": "---\ntitle: 组\n---\n",
        "notes/1-a/1.1-x/leaf.md": (
            "---\ntitle: 叶\nreferences: [r1, r2]\n---\n"
            "## 要点\n- 第一点 [@r1; @r2]\n- 第二点\n"
            "## 详解\n### 公式\n$y = x$\n"
            "## 勘误\n- 原笔记：是加 → 更正：是拼接 [@r2]\n"
            "## 追问\n- 为什么？\n"
        ),
        "notes/2-b/_index.md": "---\ntitle: 乙\n---\n",
        "references/r1.md": (
            "---\nid: r1\ntitle: Paper One\nurl: https://example.org/1\n---\n"
            "## 3.1 Idea\nIt adds.\n"
        ),
        "references/r2.md": "---\nid: r2\ntitle: Paper Two\n---\nIt concatenates.\n",
        "references/r3.md": "---\nid: r3\ntitle: Nobody cites it\n---\nAlone.\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_the_folders_are_the_map_in_the_order_they_give(corpus: Path) -> None:
    document = load_corpus(corpus)
    assert [(entry.id, entry.path) for entry in document.entries] == [
        ("b", ("乙",)),
        ("a", ("甲",)),
        ("a/x", ("甲", "组")),
        ("a/x/leaf", ("甲", "组", "叶")),
        ("references/r1", ("甲", "组", "叶", "Paper One")),
        ("references/r2", ("甲", "组", "叶", "Paper Two")),
    ]


def test_an_entry_of_the_corpus_holds_claims_with_their_references(corpus: Path) -> None:
    leaf = load_corpus(corpus).entries[3]
    assert [(c.part, c.text, c.url) for c in leaf.claims] == [
        ("要点", "第一点", "https://example.org/1"),
        ("要点", "第二点", ""),
        ("详解 › 公式", "$y = x$", ""),
    ]
    text = (corpus / leaf.file).read_text(encoding="utf-8")
    assert text[leaf.claims[0].start : leaf.claims[0].end] == "第一点 [@r1; @r2]"


def test_a_table_of_the_corpus_is_a_claim_a_row_in_words_that_can_be_quoted(corpus: Path) -> None:
    path = corpus / "notes/1-a/new.md"
    path.write_text(
        "---\ntitle: 新\n---\n## 详解\n### 对照\n"
        "| 网络 | v1 [@r1] | v2 [@r2] |\n|---|:--|--:|\n"
        "| 骨干 | $a$ | 深 |\n| 先验框 |  | 九种 |\n",
        encoding="utf-8",
    )
    [entry] = [e for e in load_corpus(corpus).entries if e.title == "新"]
    assert [(c.part, c.text, c.url) for c in entry.claims] == [
        ("详解 › 对照", "骨干：v1 $a$；v2 深", "https://example.org/1"),
        ("详解 › 对照", "先验框：v2 九种", "https://example.org/1"),
    ]
    text = path.read_text(encoding="utf-8")
    assert [text[c.start : c.end] for c in entry.claims] == [
        "| 骨干 | $a$ | 深 |",
        "| 先验框 |  | 九种 |",
    ]


@pytest.mark.parametrize("text", ["一段话", "两行\n话", "甲\n\n---\n\n乙", "- 一\n  二\n  三"])
def test_what_is_no_table_has_no_rows(text: str) -> None:
    assert [row for block in blocks(text) for row in table_rows(block)] == []


def test_an_erratum_is_kept_apart_from_what_is_quoted(corpus: Path) -> None:
    [erratum] = load_corpus(corpus).entries[3].errata
    assert (erratum.claim, erratum.correction) == ("是加", "是拼接")
    assert erratum.references == ("r2",)


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("notes/1-a/new.md", "## 要点\n", "no front matter"),
        ("notes/1-a/new.md", "---\naliases: [x]\n---\n", "no title"),
        ("notes/1-a/new.md", "---\ntitle: [\n---\n", "no YAML"),
        ("notes/3-c/new.md", "---\ntitle: 新\n---\n", "no _index.md"),
    ],
)
def test_a_file_that_breaks_the_contract_is_named(
    corpus: Path, name: str, text: str, words: str
) -> None:
    path = corpus / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=words):
        load_corpus(corpus)


def test_the_corpus_of_this_checkout_loads_and_cites_only_what_is_there() -> None:
    document = load_corpus(corpus_folder())
    ids = {entry.id for entry in document.entries}
    assert len(ids) == len(document.entries)
    for entry in document.entries:
        for reference in entry.references:
            assert f"references/{reference}" in ids, f"{entry.file} cites {reference}"
