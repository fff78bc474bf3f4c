"""The contract of the corpus: each breach is found at its file and line, and the real one is clean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import assistant.loaders.corpus
from assistant.cli import main
from assistant.corpus_check import Finding, check_corpus, latex_trouble
from assistant.loaders.corpus import corpus_folder, load_corpus

# --- a small clean corpus ------------------------------------------------------------------------

CNN_INDEX = """\
---
title: 卷积网络
aliases: [CNN]
order: [resnet, vgg]
---
"""
RESNET = """\
---
title: ResNet
aliases: [残差网络, Residual Network]
references: [he2016, he2016identity]
---
## 要点
- ResNet 的捷径把输入加到输出上,$y=F(x)+x$ [@he2016]
- ResNet 最深有 152 层 [@he2016identity; @he2016]
## 详解
$$
y = \\frac{1}{\\sqrt{2}} x^{2}
$$
更浅的见 [VGG](vgg.md#要点) 和 [论文](https://example.org/1)。
## 追问
- 为什么不直接堆叠?
## 勘误
- 原笔记:有 150 层 → 更正:152 层 [@he2016]
"""
VGG = """\
---
title: VGG
references: [simonyan2015]
---
## 要点
- VGG 用两个 3x3 卷积代替一个 5x5 卷积 [@simonyan2015]
- VGG 的参数有 1.38 亿 [@simonyan2015]
## 详解
很深。
## 追问
- 参数主要在哪里?
"""
GAN = """\
---
title: 生成对抗
aliases: [GAN]
references: [goodfellow2014]
order: []
---
## 要点
- GAN 是一场博弈 [@goodfellow2014]
- GAN 的判别器太强时梯度消失 [@goodfellow2014]
## 详解
两个网络。
## 追问
- 怎样才算收敛?
"""
NOTES = {
    "notes/1-cnn/_index.md": CNN_INDEX,
    "notes/1-cnn/resnet.md": RESNET,
    "notes/1-cnn/vgg.md": VGG,
    "notes/2-gan/_index.md": GAN,
}
BULLETS = {  # of each entry: how its two bullets begin
    "cnn/resnet": ("ResNet 的捷径", "ResNet 最深"),
    "cnn/vgg": ("VGG 用两个", "VGG 的参数"),
    "gan": ("GAN 是", "GAN 的判别器"),
}
QUESTION_LINES = 10


def reference(name: str) -> str:
    return (
        f"---\nid: {name}\ntitle: On {name}\nauthors: [A. B.]\nurl: https://example.org/{name}\n"
        "---\n## 摘要 {#summary}\n一句话,$x$。\n"
    )


def question(entry: str, number: int) -> str:
    """One question of QUESTION_LINES lines with two points; a point is three lines."""
    first, second = BULLETS[entry]
    return (
        f"- id: {entry}#{number}\n  question: 问 {number}?\n  entries: [{entry}]\n"
        "  kind: recall\n  difficulty: 1\n  points:\n"
        f"    - text: 一\n      weight: 2\n      bullet: {first}\n"
        f"    - {{text: 二, weight: 1, bullet: {second}}}\n"
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    files = dict(NOTES)
    for name in ("he2016", "he2016identity", "simonyan2015", "goodfellow2014"):
        files[f"references/{name}.md"] = reference(name)
    for entry in BULLETS:
        files[f"questions/{entry}.yaml"] = "".join(question(entry, n) for n in range(1, 5))
    for name, text in files.items():
        write(tmp_path / "corpus" / name, text)
    return tmp_path / "corpus"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_clean_corpus_has_no_findings(folder: Path) -> None:
    assert check_corpus(folder) == []
    entries = [entry.id for entry in load_corpus(folder).entries if entry.kind == "note"]
    assert entries == ["cnn", "cnn/resnet", "cnn/vgg", "gan"]


# --- one breach at a time ------------------------------------------------------------------------

R, V, G = "notes/1-cnn/resnet.md", "notes/1-cnn/vgg.md", "notes/2-gan/_index.md"
C, HE, Q = "notes/1-cnn/_index.md", "references/he2016.md", "questions/cnn/resnet.yaml"

# what is broken, in which file, what stands there, what is put in its place, the findings
BREACHES: list[tuple[str, str, str, str, list[tuple[str, int, str]]]] = [
    # parts
    ("no details", R, "## 详解\n", "", [(R, 1, "part 详解 is missing")]),
    ("no follow-ups", G, "## 追问\n- 怎样才算收敛?\n", "", [(G, 1, "part 追问 is missing")]),
    ("an empty part", V, "很深。\n", "", [(V, 8, "part 详解 is empty")]),
    # references
    (
        "a claim without a reference", R, "+x$ [@he2016]", "+x$",
        [(R, 7, "claim without a reference")],
    ),
    (
        "a reference that is never cited", V, "[simonyan2015]\n---", "[simonyan2015, he2016]\n---",
        [(V, 3, "reference he2016 is never cited")],
    ),
    (
        "one never cited whose id begins another's", R, "; @he2016]\n## 详解", "]\n## 详解", [],
    ),
    (
        "a reference that has no file", V, "亿 [@simonyan2015]", "亿 [@simonyan2015; @nobody1999]",
        [
            (V, 7, "reference nobody1999 has no file"),
            (V, 7, "nobody1999 is not in `references`"),
        ],
    ),
    (
        "a reference that is not declared", R, "[he2016, he2016identity]", "[he2016identity]",
        [(R, 7, "he2016 is not in `references`")],
    ),
    (
        "a longer id stands first", R, "+x$ [@he2016]", "+x$ [@he2016identity; @he2016x]",
        [
            (R, 7, "reference he2016x has no file"),
            (R, 7, "he2016x is not in `references`"),
        ],
    ),
    (
        "a reference that nothing cites", V, "", "",
        [("references/lonely.md", 1, "reference lonely is cited nowhere")],
    ),
    ("another id than the file", HE, "id: he2016", "id: he2017",
     [(HE, 2, "id 'he2017' is not the file's name")]),
    ("no authors", HE, "authors: [A. B.]\n", "", [(HE, 1, "`authors` is missing")]),
    ("no address", HE, "url: https://example.org/he2016\n", "", [(HE, 1, "`url` is missing")]),
    ("no anchor", HE, " {#summary}", "", [(HE, 1, "no section has an anchor")]),
    # errata
    ("an erratum without its correction", R, "→ 更正:152 层", "是错的",
     [(R, 17, "erratum without `→ 更正`")]),
    ("an erratum without a reference", R, "152 层 [@he2016]", "152 层",
     [(R, 17, "erratum without a reference")]),
    # names
    ("an alias of two entries", V, "references", "aliases: [vgg-net, 残差网络]\nreferences",
     [(V, 3, "name '残差网络' is also that of cnn/resnet")]),
    ("an alias that differs by hyphens", V, "references", "aliases: [residual-network]\nreferences",
     [(V, 3, "name 'residual-network' is also that of cnn/resnet")]),
    ("an alias that is another's title", G, "[GAN]", "[GAN, vgg]",
     [(G, 3, "name 'vgg' is also that of cnn/vgg")]),
    # formulas
    ("a brace not closed", R, "x^{2}", "x^{2", [(R, 10, "LaTeX doesn't parse: a { is not closed")]),
    ("a brace too many", R, "$y=F(x)+x$", "$y=F(x)}+x$",
     [(R, 7, "LaTeX doesn't parse: a } too many")]),
    ("an unknown command", R, "\\frac", "\\frak",
     [(R, 10, "LaTeX doesn't parse: unknown command \\frak")]),
    ("two superscripts", V, "很深。", "很深。\n\n每层 $x^2^3$ 次。",
     [(V, 11, "LaTeX doesn't parse: DoubleSuperscriptsError")]),
    ("a formula of a reference", HE, "$x$", "$\\nosuch x$",
     [(HE, 8, "LaTeX doesn't parse: unknown command \\nosuch")]),
    # the map
    ("a broken link", R, "vgg.md", "../vgg.md", [(R, 13, "link ../vgg.md#要点 leads nowhere")]),
    ("an entry that `order` leaves out", C, "[resnet, vgg]", "[resnet]",
     [(C, 4, "`order` doesn't list vgg")]),
    ("no order at all", C, "order: [resnet, vgg]\n", "",
     [(C, 1, "`order` doesn't list resnet"), (C, 1, "`order` doesn't list vgg")]),
    ("an order left empty", C, " [resnet, vgg]", "",
     [(C, 4, "`order` doesn't list resnet"), (C, 4, "`order` doesn't list vgg")]),
    ("an order with somebody unknown", C, "vgg]", "vgg, dream]",
     [(C, 4, "`order` lists dream, which isn't there")]),
    # what can't be loaded
    ("front matter that is no YAML", V, "title: VGG", "title: 'VGG",
     [(V, 4, "the front matter is no YAML: found unexpected end of stream")]),
    ("front matter with a tab", R, "aliases:", "\taliases:",
     [(R, 3, "the front matter is no YAML: found character '\\t' that cannot start any token")]),
    ("front matter without a title", V, "title: VGG\n", "", [(V, 1, "`title` is missing")]),
    ("a file without front matter", HE, "---\nid", "id", [(HE, 1, "no front matter")]),
    # questions
    ("a question id twice", Q, "#3", "#1", [(Q, 21, "question cnn/resnet#1 stands twice")]),
    ("too few points", Q, "#4", "#4", [(Q, 31, "cnn/resnet#4 has 1 key points")]),
    ("an unknown entry", Q, "问 2?\n  entries: [cnn/resnet", "问 2?\n  entries: [cnn/resnet, cnn/x",
     [(Q, 11, "cnn/resnet#2: there is no entry cnn/x")]),
    ("a point without a bullet", Q, "#1", "#1",
     [(Q, 1, "cnn/resnet#1: no single bullet begins 'VGG 用'")]),
    ("a point on two bullets", Q, "#1", "#1",
     [(Q, 1, "cnn/resnet#1: no single bullet begins 'ResNet'")]),
    ("a point on a follow-up", Q, "#1", "#1",
     [(Q, 1, "cnn/resnet#1: no single bullet begins '为什么'")]),
    ("a point on an unknown entry", Q, "#1", "#1",
     [(Q, 1, "cnn/resnet#1: no single bullet begins 'VGG 用两个'")]),
    ("questions that are no YAML", Q, "问 1?", "[问 1?",
     [(Q, 3, "no YAML: expected ',' or ']', but got ':'"), (R, 1, "0 questions on it, at least 4 wanted")]),
    ("questions that are no list", Q, "- id: cnn/resnet#1\n", "x:\n", []),
    ("a difficulty that isn't there", Q, "问 3?", "问 3?",
     [(Q, 21, "question cnn/resnet#3: difficulty: Input should be less than or equal to 3"),
      (R, 1, "2 questions on it, at least 4 wanted")]),
    ("an unknown key", Q, "  question: 问 4?", "  querstion: 问 4?",
     [(Q, 31, "question cnn/resnet#4: question: Field required; querstion: Extra inputs are not "
              "permitted"),
      (R, 1, "3 questions on it, at least 4 wanted")]),
    ("a question without entries", Q, "问 4?\n  entries: [cnn/resnet]", "问 4?",
     [(Q, 31, "question cnn/resnet#4: entries: Field required"),
      (R, 1, "3 questions on it, at least 4 wanted")]),
    ("too few questions", "questions/gan.yaml", question("gan", 4), "",
     [(G, 1, "3 questions on it, at least 4 wanted")]),
]  # fmt: skip


def _broken(folder: Path, file: str, what: str, old: str, new: str) -> None: ...
