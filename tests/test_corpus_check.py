"""The contract of the corpus: each breach is found where it is, and the real one is clean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

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


def reference(name: str) -> str:
    return (
        f"---\nid: {name}\ntitle: On {name}\nauthors: [A. B.]\nurl: https://example.org/{name}\n"
        "---\n## 摘要 {#summary}\n一句话,$x$。\n"
    )


def question(entry: str, number: int) -> str:
    """One question of ten lines with two points."""
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


class Breach(NamedTuple):
    """In `file` what stands once as `old` becomes `new`; without `old` the file is replaced."""

    file: str
    old: str
    new: str
    findings: tuple[tuple[str, int, str], ...]


C, G = "notes/1-cnn/_index.md", "notes/2-gan/_index.md"
R, V = "notes/1-cnn/resnet.md", "notes/1-cnn/vgg.md"
HE, Q = "references/he2016.md", "questions/cnn/resnet.yaml"


def asked(number: int, old: str, new: str, *findings: tuple[str, int, str]) -> Breach:
    """A breach in one question on ResNet; they begin in the lines 1, 11, 21 and 31."""
    before = question("cnn/resnet", number)
    assert before.count(old) == 1
    return Breach(Q, before, before.replace(old, new), findings)


def few(count: int) -> tuple[str, int, str]:
    return (R, 1, f"{count} questions on it, at least 4 wanted")


BREACHES = {
    # parts
    "no details": Breach(R, "## 详解\n", "", ((R, 1, "part 详解 is missing"),)),
    "no follow-ups": Breach(G, "## 追问\n", "", ((G, 1, "part 追问 is missing"),)),
    "no key points": Breach(
        G, "## 要点\n", "",
        (
            (G, 1, "part 要点 is missing"),
            *(
                ("questions/gan.yaml", line, f"gan#{n}: no single bullet begins '{bullet}'")
                for n, line in ((1, 1), (2, 11), (3, 21), (4, 31))
                for bullet in BULLETS["gan"]
            ),
        ),
    ),
    "an empty part": Breach(V, "很深。\n", "", ((V, 8, "part 详解 is empty"),)),
    # references
    "a claim without a reference": Breach(
        R, "+x$ [@he2016]", "+x$", ((R, 7, "claim without a reference"),)
    ),
    "a reference never cited": Breach(
        V, "[simonyan2015]\n---", "[simonyan2015, he2016]\n---",
        ((V, 3, "reference he2016 is never cited"),),
    ),
    "one never cited whose id begins another": Breach(
        V, "[simonyan2015]\n---", "[he2016identity, simonyan2015, he2016]\n---",
        ((V, 3, "reference he2016 is never cited"),
         (V, 3, "reference he2016identity is never cited")),
    ),
    "a reference without a file": Breach(
        V, "亿 [@simonyan2015]", "亿 [@simonyan2015; @nobody1999]",
        ((V, 7, "reference nobody1999 has no file"),
         (V, 7, "nobody1999 is not in `references`")),
    ),
    "one without a file whose id begins one cited above": Breach(
        R, "152 层 [@he2016identity; @he2016]", "152 层 [@he2016identity; @he20]",
        ((R, 8, "reference he20 has no file"), (R, 8, "he20 is not in `references`")),
    ),
    "a reference that the entry doesn't declare": Breach(
        R, "[he2016, he2016identity]", "[he2016identity]",
        ((R, 7, "he2016 is not in `references`"), (HE, 1, "reference he2016 is cited nowhere")),
    ),
    "a reference that nothing cites": Breach(
        "references/lonely.md", "", reference("lonely"),
        (("references/lonely.md", 1, "reference lonely is cited nowhere"),),
    ),
    "another id than the file": Breach(
        HE, "id: he2016", "id: he2017", ((HE, 2, "id 'he2017' is not the file's name"),)
    ),
    "no authors": Breach(HE, "authors: [A. B.]\n", "", ((HE, 1, "`authors` is missing"),)),
    "no address": Breach(
        HE, "url: https://example.org/he2016\n", "", ((HE, 1, "`url` is missing"),)
    ),
    "no anchor": Breach(HE, " {#summary}", "", ((HE, 1, "no section has an anchor"),)),
    # errata
    "an erratum without its correction": Breach(
        R, "→ 更正:152 层", "是错的", ((R, 17, "erratum without `→ 更正`"),)
    ),
    "an erratum without a reference": Breach(
        R, ":152 层 [@he2016]", ":152 层", ((R, 17, "erratum without a reference"),)
    ),
    # names
    "an alias on two entries": Breach(
        V, "references", "aliases: [vgg-net, 残差网络]\nreferences",
        ((V, 3, "name '残差网络' is also that of cnn/resnet"),),
    ),
    "an alias that differs by hyphen and case": Breach(
        V, "references", "aliases: [residual-network]\nreferences",
        ((V, 3, "name 'residual-network' is also that of cnn/resnet"),),
    ),
    "an alias that is another's title": Breach(
        G, "[GAN]", "[GAN, vgg]", ((G, 3, "name 'vgg' is also that of cnn/vgg"),)
    ),
    # formulas
    "a brace not closed": Breach(
        R, "x^{2}", "x^{2", ((R, 10, "LaTeX doesn't parse: a { is not closed"),)
    ),
    "a brace too many": Breach(
        R, "$y=F(x)+x$", "$y=F(x)}+x$", ((R, 7, "LaTeX doesn't parse: a } too many"),)
    ),
    "an unknown command": Breach(
        R, "\\frac", "\\fracc", ((R, 10, "LaTeX doesn't parse: unknown command \\fracc"),)
    ),
    "two superscripts": Breach(
        V, "很深。", "很深。\n\n每层 $x^2^3$ 次。",
        ((V, 11, "LaTeX doesn't parse: DoubleSuperscriptsError"),),
    ),
    "a formula of a reference": Breach(
        HE, "$x$", "$\\nosuch x$", ((HE, 8, "LaTeX doesn't parse: unknown command \\nosuch"),)
    ),
    # the map
    "a broken link": Breach(
        R, "vgg.md", "../vgg.md", ((R, 13, "link ../vgg.md#要点 leads nowhere"),)
    ),
    "an entry that `order` leaves out": Breach(
        C, "[resnet, vgg]", "[resnet]", ((C, 4, "`order` doesn't list vgg"),)
    ),
    "an order left empty": Breach(
        C, " [resnet, vgg]", "",
        ((C, 4, "`order` doesn't list resnet"), (C, 4, "`order` doesn't list vgg")),
    ),
    "no order at all": Breach(
        C, "order: [resnet, vgg]\n", "",
        ((C, 1, "`order` doesn't list resnet"), (C, 1, "`order` doesn't list vgg")),
    ),
    "a stranger in the order": Breach(
        C, "vgg]", "vgg, dream]", ((C, 4, "`order` lists dream, which isn't there"),)
    ),
    # what can't be loaded
    "a quote not closed": Breach(
        V, "title: VGG", "title: 'VGG",
        ((V, 3, "the front matter is no YAML: found unexpected end of stream"),),
    ),
    "a tab in the front matter": Breach(
        R, "aliases:", "\taliases:",
        ((R, 3, "the front matter is no YAML: "
                "found character '\\t' that cannot start any token"),),
    ),
    "a list as front matter": Breach(
        V, "", "---\n- VGG\n---\n## 要点\n", ((V, 1, "`title` is missing"),)
    ),
    "no title": Breach(V, "title: VGG\n", "", ((V, 1, "`title` is missing"),)),
    "no front matter": Breach(HE, "---\nid", "id", ((HE, 1, "no front matter"),)),
    "a folder without _index.md": Breach(
        "notes/3-new/deep/_index.md", "", "---\ntitle: Deep\n---\n",
        (("notes/3-new", 1, "folder without _index.md"),),
    ),
    # questions
    "a question id twice": asked(
        3, "#3", "#1", (Q, 21, "question cnn/resnet#1 stands twice")
    ),
    "one point": asked(
        4, "    - {text: 二, weight: 1, bullet: ResNet 最深}\n", "",
        (Q, 31, "cnn/resnet#4 has 1 key points"),
    ),
    "six points": asked(
        2, "  points:\n", "  points:\n" + 4 * "    - {text: 三, weight: 1, bullet: ResNet 最深}\n",
        (Q, 11, "cnn/resnet#2 has 6 key points"),
    ),
    "no points": asked(
        1, "  points:\n    - text: 一\n      weight: 2\n      bullet: ResNet 的捷径\n"
        "    - {text: 二, weight: 1, bullet: ResNet 最深}\n", "  points: []\n",
        few(0),
        (Q, 1, "question cnn/resnet#1: points: Tuple should have at least 1 item after validation, "
               "not 0"),
    ),
    "an unknown entry": asked(
        2, "[cnn/resnet]", "[cnn/resnet, cnn/x]", (Q, 11, "cnn/resnet#2: there is no entry cnn/x")
    ),
    "a point without a bullet": asked(
        1, "ResNet 的捷径", "VGG 用两个",
        (Q, 1, "cnn/resnet#1: no single bullet begins 'VGG 用两个'"),
    ),
    "a point on two bullets": asked(
        2, "ResNet 的捷径", "ResNet", (Q, 11, "cnn/resnet#2: no single bullet begins 'ResNet'")
    ),
    "a point on a follow-up": asked(
        3, "ResNet 的捷径", "为什么不", (Q, 21, "cnn/resnet#3: no single bullet begins '为什么不'")
    ),
    "a point on an entry that isn't there": asked(
        4, "bullet: ResNet 的捷径", "bullet: ResNet 的捷径\n      entry: cnn/x",
        (Q, 31, "cnn/resnet#4: no single bullet begins 'ResNet 的捷径'"),
    ),
    "no YAML": asked(
        2, "问 2?", "问: 2?", few(0),
        (Q, 12, "no YAML: mapping values are not allowed in this context"),
    ),
    "no list": Breach(Q, "", "ask: me\n", (few(0), (Q, 1, "holds no list of questions"))),
    "no question": Breach(
        "questions/more.yaml", "", "- just words\n",
        (("questions/more.yaml", 1,
          "question just words: 'str' object has no attribute 'get'"),),
    ),
    "an impossible difficulty": asked(
        3, "difficulty: 1", "difficulty: 4", few(2),
        (Q, 21, "question cnn/resnet#3: difficulty: Input should be less than or equal to 3"),
    ),
    "an unknown kind": asked(
        4, "kind: recall", "kind: guess", few(3),
        (Q, 31, "question cnn/resnet#4: kind: Input should be 'recall', 'mechanism', 'compare' or "
                "'apply'"),
    ),
    "a misspelt key": asked(
        4, "  question:", "  querstion:", few(3),
        (Q, 31, "question cnn/resnet#4: question: Field required; "
                "querstion: Extra inputs are not permitted"),
    ),
    "no entries": asked(
        4, "  entries: [cnn/resnet]\n", "", few(3),
        (Q, 31, "question cnn/resnet#4: entries: Field required"),
    ),
    "too few questions": Breach(
        "questions/gan.yaml", question("gan", 4), "",
        ((G, 1, "3 questions on it, at least 4 wanted"),),
    ),
    "questions that begin with another entry": asked(
        4, "[cnn/resnet]", "[cnn/vgg, cnn/resnet]", few(3),
        (Q, 31, "cnn/resnet#4: no single bullet begins 'ResNet 的捷径'"),
        (Q, 31, "cnn/resnet#4: no single bullet begins 'ResNet 最深'"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("breach", BREACHES.values(), ids=BREACHES)
def test_a_breach_is_found_where_it_is_and_nothing_else(folder: Path, breach: Breach) -> None:
    path = folder / breach.file
    text = breach.new
    if breach.old:
        before = path.read_text(encoding="utf-8")
        assert before.count(breach.old) == 1
        text = before.replace(breach.old, breach.new)
    write(path, text)
    assert check_corpus(folder) == [Finding(*finding) for finding in breach.findings]


@pytest.mark.parametrize("file", [V, HE, Q])
def test_a_file_that_is_not_utf8_is_named(folder: Path, file: str) -> None:
    path = folder / file
    path.write_bytes(path.read_text(encoding="utf-8").encode("gb18030"))
    found = check_corpus(folder)
    assert [finding.file for finding in found if "not UTF-8" in finding.message] == [file]


def test_every_breach_of_a_corpus_is_listed_by_file_and_line(folder: Path) -> None:
    for file, old, new in (
        (V, "亿 [@simonyan2015]", "亿"),
        (V, "很深。", "$x^2^3$"),
        (HE, " {#s", " {s"),
    ):
        text = (folder / file).read_text(encoding="utf-8")
        write(folder / file, text.replace(old, new))
    assert [(finding.file, finding.line) for finding in check_corpus(folder)] == [
        (V, 7),
        (V, 9),
        (HE, 1),
    ]


def test_a_missing_corpus_is_a_finding(tmp_path: Path) -> None:
    (finding,) = check_corpus(tmp_path / "nowhere")
    assert "does not exist" in finding.message


@pytest.mark.parametrize(
    "formula",
    [r"\{a\}", r"\left\{ x \right\}", r"a_{i}^{2}", r"\lfloor x \rfloor", r"\arg\min_x f", "x",
     r"\text{若 } x", r"\begin{cases} 1 & x>0 \\ 0 & x \le 0 \end{cases}",
     r"\mathbb{E}_{x\sim p}[\log D(x)]"],
)  # fmt: skip
def test_formulas_that_can_be_set_are_no_trouble(formula: str) -> None:
    assert latex_trouble(formula) == ""


# --- the command ---------------------------------------------------------------------------------


def test_the_command_prints_findings_and_its_status_says_whether_there_are_any(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(assistant.loaders.corpus, "corpus_folder", lambda: folder)
    assert main(["corpus", "check"]) == 0
    assert capsys.readouterr() == ("", "0 finding(s)\n")
    assert main(["corpus", "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"findings": []}

    write(folder / V, VGG.replace("亿 [@simonyan2015]", "亿"))
    assert main(["corpus", "check"]) == 1
    assert capsys.readouterr() == (f"{V}:7: claim without a reference\n", "1 finding(s)\n")
    assert main(["corpus", "check", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {
        "findings": [{"file": V, "line": 7, "message": "claim without a reference"}]
    }


# --- the real corpus -----------------------------------------------------------------------------


def test_the_real_corpus_is_clean() -> None:
    assert [str(finding) for finding in check_corpus(corpus_folder())] == []


def test_the_real_corpus_is_as_large_as_was_promised() -> None:
    entries = load_corpus(corpus_folder()).entries
    notes = [entry for entry in entries if entry.kind == "note"]
    references = [entry for entry in entries if entry.kind == "reference"]
    assert len({entry.path[0] for entry in notes}) == 8
    assert sum(bool(entry.claims) for entry in notes) >= 85
    assert len(references) >= 85
    assert sum(len(entry.errata) for entry in notes) >= 20
