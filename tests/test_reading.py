"""An entry put together to be read: formulas, tables, references, errata, and nobody's scripts."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from conftest import MakeAssistant
from fakes import LEXICON, OTHER_FIELDS, use_corpus
from hypothesis import given
from hypothesis import strategies as st

from assistant.errors import SourceError, UsageError
from assistant.markup import Markup
from assistant.pipeline import Assistant
from assistant.reading import Reading

MAP = Path(__file__).with_name("data") / "map"
RESNET = "backbone/deeper/resnet"
ATTACK = "<img src=x onerror=\"document.title='hacked'\">"
OWN = f"""\
# 我的笔记

## ResNet(残差 {ATTACK})

导数总比原导数加 1,见 [这里](javascript:alert(1)) 和 [那里](https://example.org/?q="a")。

| 网络 | 层数 |
|---|---|
| ResNet-50 | $P(x|y)$ {ATTACK} |

- 一
  - 二

```python
x = x + f(x)  # <script>alert(1)</script>
```

## 空标题
"""
OUTLINE = f"""\
1 网络
    ResNet(残差网络)
        优点:
            捷径把输入加到输出上,$y = F(x) + x$
            速度:
                快 * 很快 * 非常快
        {ATTACK} 原样显示
    DenseNet
        每一层都与前面所有层拼接,特征得到复用
2 优化
    Adam
        同时估计梯度的一阶矩和二阶矩
"""


@pytest.fixture
def library(
    make: MakeAssistant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Assistant, Path]:
    """An Assistant over a small map and two files of the learner's; and where the map lies."""
    folder = tmp_path / "map"
    for file in (*MAP.rglob("*.md"), MAP / "links.yaml"):
        copy = folder / file.relative_to(MAP)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    (folder / "lexicon.txt").write_text(LEXICON, encoding="utf-8")
    (folder / "other_fields.txt").write_text(OTHER_FIELDS, encoding="utf-8")
    use_corpus(folder, monkeypatch.setattr)
    (tmp_path / "own.md").write_text(OWN, encoding="utf-8")
    (tmp_path / "outline.txt").write_text(OUTLINE, encoding="utf-8")
    assistant = make()
    assistant.index(files=[str(tmp_path / name) for name in ("own.md", "outline.txt")])
    return assistant, folder


def named(assistant: Assistant, file: str, title: str) -> Reading:
    """The entry of a learner's file with this title."""
    [entry] = [e for e in assistant.entries() if e.file.endswith(file) and e.title == title]
    return assistant.read(entry.id)


def section(reading: Reading, title: str) -> str:
    [found] = [part.html for part in reading.sections if part.title == title]
    return found


# --- the built-in map ---------------------------------------------------------------------------


def test_an_entry_is_whole_and_knows_its_place(library: tuple[Assistant, Path]) -> None:
    reading = library[0].read(RESNET)
    assert [place.title for place in reading.path] == ["神经网络模型", "更深的网络"]
    assert [part.title for part in reading.sections] == ["要点", "详解"]
    assert [place.title for place in reading.siblings] == ["LeNet-5", "DenseNet"]
    assert (reading.previous and reading.previous.title) == "LeNet-5"
    assert (reading.next and reading.next.title) == "DenseNet"
    assert [words for _, words in reading.sections[1].heads] == [
        '残差块 <span class="zt-tex">F</span>',
        "一行放不下的公式",
        "规格",
    ]


def test_aliases_leave_out_other_spellings_and_slips(library: tuple[Assistant, Path]) -> None:
    shown = library[0].read(RESNET).aliases
    assert shown == ("残差网络", "Residual Network", "ResNet-50", "ResNet-101")


def test_a_formula_is_kept_from_markdown(library: tuple[Assistant, Path]) -> None:
    details = section(library[0].read(RESNET), "详解")
    display = re.findall(r'<span class="zt-tex zt-tex-display">(.*?)</span>', details, re.S)
    assert display[0].startswith("\\frac{\\partial \\mathcal{E}}{\\partial x_l}\n= \\frac")
    assert "\n\n- \\left( 1 +" in display[0]  # neither a paragraph nor a bullet
    assert "<em>" not in details
    assert '<span class="zt-tex">F(x)_i * x_j</span>' in section(library[0].read(RESNET), "要点")


def test_a_table_is_a_table_and_code_is_code(library: tuple[Assistant, Path]) -> None:
    details = section(library[0].read(RESNET), "详解")
    assert details.count("<tr>") == 3
    assert '<th>概率 <span class="zt-tex">P(x|y)</span></th>' in details
    assert '<span class="zt-tex">a &lt; b</span>' in details
    assert "# $不是公式$ &lt;b&gt;" in details


def test_lines_of_chinese_join_without_a_blank(library: tuple[Assistant, Path]) -> None:
    assert "恒等映射的导数；它保证梯度" in section(library[0].read(RESNET), "详解")


def test_references_are_numbered_as_they_come_and_described(
    library: tuple[Assistant, Path],
) -> None:
    reading = library[0].read(RESNET)
    points = section(reading, "要点")
    assert re.findall(r'data-ref="(\w+)">(\d)<', points) == [
        ("he2016resnet", "1"),
        ("he2016resnet", "1"),
        ("he2016identity", "2"),
    ]
    assert "[@" not in points
    assert [(r.n, r.id) for r in reading.references] == [
        (1, "he2016resnet"),
        (2, "he2016identity"),
        (None, "unread2017"),
    ]
    first = reading.references[0]
    assert first.authors[0] == "Kaiming He"
    assert (first.year, first.venue) == ("2016", "CVPR")
    assert first.url == "https://arxiv.org/abs/1512.03385"
    assert first.digest.startswith("<h4>摘要</h4>")
    assert "h_t 与 h_{t-1}" in first.digest


def test_an_erratum_stands_apart_with_its_references(library: tuple[Assistant, Path]) -> None:
    reading = library[0].read(RESNET)
    [erratum] = reading.errata
    assert erratum.claim == "导数总比原导数加 1"
    assert '<span class="zt-tex">\\prod \\lambda_i</span>' in erratum.right
    assert 'data-ref="he2016identity">2<' in erratum.right
    assert erratum.entry is None


def test_neighbours_are_told_from_this_side_of_the_relation_with_the_bullet(
    library: tuple[Assistant, Path],
) -> None:
    around = library[0].read(RESNET).neighbours
    assert [(n.title, n.kind, n.from_here) for n in around] == [
        ("DenseNet", "variant_of", False),
        ("LeNet-5", "compared_with", True),
        ("DenseNet", "uses", True),
        ("LeNet-5", "uses", True),
    ]
    assert around[0].lead == "DenseNet 的每一层都接收前面所有层的特征，用拼接复用它们。"
    assert "<strong>训练误差</strong>" in around[1].lead
    assert '<span class="zt-tex">y=F(x)+x</span>' in around[2].lead
    beside = library[0].read("backbone/deeper/lenet").neighbours
    assert [(n.title, n.kind, n.from_here) for n in beside] == [
        ("ResNet", "compared_with", True),
        ("ResNet", "uses", False),
    ]


def test_a_name_that_is_a_slip_leads_to_the_entry_and_is_not_shown(
    library: tuple[Assistant, Path],
) -> None:
    assistant, folder = library
    path = folder / "notes/1-backbone/1.1-deeper/densenet.md"
    slip = "title: DenseNet\naliases: [稠密网络]\nmisspellings: [DNet]\n"
    text = path.read_text(encoding="utf-8").replace("title: DenseNet\n", slip)
    path.write_text(text, encoding="utf-8")
    assistant.index()
    reading = assistant.read("DNet")
    assert reading.id == "backbone/deeper/densenet"
    assert reading.aliases == ("稠密网络",)


def test_a_follow_up_that_names_another_entry_is_asked_of_all_notes(
    library: tuple[Assistant, Path],
) -> None:
    asked = library[0].read(RESNET).follow_ups
    assert [(f.text, f.scoped) for f in asked] == [
        ("ResNet：退化和过拟合怎么分辨？", True),
        ("ResNet：为什么 $F$ 至少两层？", True),
        ("ResNet 的相加和 DenseNet 的拼接各有什么利弊？", False),
    ]
    assert asked[1].html == '为什么 <span class="zt-tex">F</span> 至少两层？'


def test_a_group_lists_what_lies_below_it(library: tuple[Assistant, Path]) -> None:
    group = library[0].read("backbone/deeper")
    assert [place.title for place in group.children] == ["LeNet-5", "ResNet", "DenseNet"]
    assert '<span class="zt-tex">y=F(x)+x</span>' in group.children[1].lead
    assert group.sections == ()
    section_above = library[0].read("backbone")
    assert section_above.children[0].lead == "LeNet-5 · ResNet · DenseNet"
    assert section_above.previous is None


def test_a_reference_can_be_read_and_says_who_cites_it(library: tuple[Assistant, Path]) -> None:
    reading = library[0].read("references/he2016resnet")
    assert reading.kind == "reference"
    assert reading.about is not None
    assert reading.about.venue == "CVPR"
    assert [place.title for place in reading.cited_by] == ["ResNet", "DenseNet"]
    assert [part.title for part in reading.sections] == ["摘要"]
    assert reading.previous is None
    assert reading.siblings == ()


def test_an_entry_is_found_by_any_of_its_names(library: tuple[Assistant, Path]) -> None:
    assert library[0].read("lenet5").id == "backbone/deeper/lenet"


def test_an_unknown_entry_says_so_and_offers_others(library: tuple[Assistant, Path]) -> None:
    with pytest.raises(UsageError, match=r"No entry is called 'resnett'.*Near ones"):
        library[0].read("resnett")


def test_a_file_that_is_gone_says_what_to_do(library: tuple[Assistant, Path]) -> None:
    assistant, folder = library
    (folder / "notes/1-backbone/1.1-deeper/resnet.md").unlink()
    with pytest.raises(SourceError, match=r"resnet.md is gone.*zhitu index"):
        assistant.read(RESNET)


def test_opening_an_entry_is_quick(library: tuple[Assistant, Path]) -> None:
    assistant, _ = library
    assistant.read(RESNET)
    began = time.perf_counter()
    for _ in range(10):
        assistant.read(RESNET)
    assert (time.perf_counter() - began) / 10 < 0.15  # seconds


# --- the learner's own files --------------------------------------------------------------------


def test_markdown_of_the_learners_is_read_from_its_file(library: tuple[Assistant, Path]) -> None:
    reading = named(library[0], "own.md", "ResNet")
    assert reading.own
    assert reading.file == "own.md"
    [part] = reading.sections
    assert part.html.count("<tr>") == 2
    assert '<span class="zt-tex">P(x|y)</span>' in part.html
    assert re.search(r"<li>一\s*<ul>\s*<li>二</li>", part.html)


def test_what_the_file_no_longer_says_is_shown_from_the_index(
    library: tuple[Assistant, Path], tmp_path: Path
) -> None:
    (tmp_path / "own.md").write_text(OWN.replace("导数", "倒数"), encoding="utf-8")
    [part] = named(library[0], "own.md", "ResNet").sections
    assert "<li>导数总比原导数加 1" in part.html
    assert "<table>" not in part.html


def test_an_outline_is_shown_under_its_parts(library: tuple[Assistant, Path]) -> None:
    reading = named(library[0], "outline.txt", "ResNet")
    assert [part.title for part in reading.sections] == ["优点", ""]
    good = reading.sections[0].html
    assert '<li>捷径把输入加到输出上,<span class="zt-tex">y = F(x) + x</span></li>' in good
    assert "<h3>速度</h3><ul><li>快 * 很快 * 非常快</li></ul>" in good


def test_own_notes_carry_the_errata_of_the_same_subject(library: tuple[Assistant, Path]) -> None:
    [erratum] = named(library[0], "outline.txt", "ResNet").errata
    assert erratum.claim == "导数总比原导数加 1"
    assert erratum.entry is not None
    assert erratum.entry.id == RESNET


def test_a_heading_with_nothing_below_it_is_an_empty_entry(
    library: tuple[Assistant, Path],
) -> None:
    reading = named(library[0], "own.md", "空标题")
    assert (reading.sections, reading.children, reading.errata) == ((), (), ())


def test_neighbours_stay_within_one_file(library: tuple[Assistant, Path]) -> None:
    first = named(library[0], "outline.txt", "网络")
    assert first.previous is None
    assert named(library[0], "outline.txt", "Adam").next is None


# --- nothing of a note gets through as markup ---------------------------------------------------


def test_no_note_can_write_an_element_or_a_script_link(library: tuple[Assistant, Path]) -> None:
    for file in ("own.md", "outline.txt"):
        reading = named(library[0], file, "ResNet")
        html = "".join(part.html for part in reading.sections)
        assert "<img" not in html
        assert "<script" not in html
        assert "javascript:" not in html
        assert "&lt;img src=x onerror=" in html
    own = named(library[0], "own.md", "ResNet").sections[0].html
    assert '<a href="https://example.org/?q=%22a%22" target="_blank"' in own
    assert "<span>这里</span>" in own


ALLOWED = re.compile(
    r"</?(?:p|ul|ol|li|h[1-6]|em|strong|s|code|pre|blockquote|table|thead|tbody|tr|th|td|br|hr|sup"
    r"|span|div|button|a)(?: (?:class|id|type|data-ref|tabindex|start|style|href|target|rel)"
    r'="[^"<>]*")*(?: /)?>'
)


@given(
    st.lists(
        st.sampled_from(
            [*"<>\"'`$|*_[]()!#@\\\n -=&:;x1", "$$", "javascript:", "[@a]", "](", "![", "onerror=",
             "\ue000", "\ue001", "\ue0000\ue001", "<img ", "```", "http://h/", "&lt;", "&#x3c;",
             "&#xe000;7&#xe001;"]
        ),
        max_size=40,
    ).map("".join)
)  # fmt: skip
def test_only_our_own_elements_come_out_of_any_text(text: str) -> None:
    markup = Markup({"a"})
    for html in (markup.block(text), markup.inline(text), markup.words(text)):
        rest = ALLOWED.sub("", html)
        assert "<" not in rest, rest
        assert not re.search(r'href="(?!https?://)', html, re.I)
