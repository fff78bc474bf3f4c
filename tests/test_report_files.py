"""An interview's report as Markdown and PDF, read back."""

from __future__ import annotations

import io
from datetime import timedelta
from pathlib import Path

import pypdf
import pytest
from interview_kit import BANK, DENSE, NOW, RESNET, Room, bank_of, corpus
from markdown_it import MarkdownIt

from assistant.report import Report, report
from assistant.report_files import markdown, pdf
from assistant.schema import Language
from assistant.words import WORDS, when

NASTY = '<script>alert(1)</script> **粗** _x_ [a](b) `c` # h | $a<b_1*c_2$ & "引号" \\ 😀'
LONG = "残差连接让梯度沿捷径回传，" * 300 + "ResNet shortcut connection " * 200


def made(tmp_path: Path, language: Language = "zh", answers: tuple[str, ...] = ("",)) -> Report:
    """A finished interview with a follow-up, a disputed mark, a skip, and one that came before."""
    bank = {i: one for i, one in BANK.items() if RESNET in i or DENSE in i}
    room = Room(tmp_path / "progress.sqlite3", bank)
    plan = {"scope": ["backbone"], "questions": 4, "language": language, "seed": 1}
    first = room.start(**plan)
    room.answer(first, "hm")
    before = room.interview.finish(room.me, first, room.now)
    room.wait(days=2)
    session = room.start(**plan)
    parent = room.answer(session, answers[0] or "hm")
    follow = room.interview.follow_up
    follow(room.me, parent.attempt.id, "f", answers[-1] or "补一句", 5, room.wait(seconds=5))
    room.interview.hint(room.me, session, room.now)
    second = room.answer(session, answers[0])
    room.interview.overrule(room.me, second.attempt.id, 0, "partial")
    room.answer(session, outcome="unknown")
    room.answer(session, outcome="skipped")
    ended = room.interview.finish(room.me, session, room.now)
    kept = room.store.attempts(room.me, session)
    earlier = [(before, room.store.attempts(room.me, first))]
    result = report(bank, corpus(), ended, kept, earlier)
    room.store.close()
    return result


def pages(data: bytes) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(data)).pages]


def test_the_markdown_has_all_of_the_report(tmp_path: Path) -> None:
    one = made(tmp_path)
    text = markdown(one)
    for said in (
        f"# 面试报告 · {when(one.started)}", f"**{one.score} 分**", "范围：骨干网络",
        "答了 2 题，1 题不知道，跳过 1 题，提示 1 次", "其中 1 点是你改判的。", "## 按部分",
        "## 和以前比", "## 建议重读", "- 骨干网络 › 更深的网络 › ", "## 每一题", "### 1. ",
        "> 补一句", "**追问**：and ",
        "（跳过）", "（不知道）", "你改判的；原判：", "- \\[1\\] 要点 (",
    ):  # fmt: skip
        assert said in text, said
    assert text.count("\n### ") == 4
    assert f"| 骨干网络 | {one.score} | {'█' * round(one.score / 5)} | 4 题 |" in text


def test_the_pdf_is_readable_chinese_with_page_numbers(tmp_path: Path) -> None:
    one = made(tmp_path)
    found = pages(pdf(one))
    text = "".join(found)
    for said in (
        "面试报告", f"{one.score} 分", "骨干网络", "按部分", "和以前比", "建议重读", "每一题",
        "● 没答到", "● 答到一半", "你改判的；原判：", "补一句", "追问", "（跳过）",
    ):  # fmt: skip
        assert said in text, said
    for number, page in enumerate(found, 1):
        assert f"第 {number} 页" in page


def test_both_files_are_in_the_language_of_the_interview(tmp_path: Path) -> None:
    one = made(tmp_path, "en")
    for text in (markdown(one), "".join(pages(pdf(one)))):
        assert "Interview report" in text
        assert "half said" in text
        assert "面试报告" not in text


def test_what_was_typed_is_not_taken_for_markup(tmp_path: Path) -> None:
    one = made(tmp_path, answers=(NASTY,))
    text = markdown(one)
    assert "$a<b_1*c_2$" in text
    shown = MarkdownIt("commonmark").render(text)
    assert "<script" not in shown
    assert "<em>x</em>" not in shown
    assert 'href="b"' not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt; **粗** _x_ [a](b) `c` # h |" in shown
    in_pdf = "".join(pages(pdf(one))).replace("\n", "")
    assert "<script>alert(1)</script> **粗** _x_" in in_pdf


@pytest.mark.parametrize(
    "answer", [LONG, "字" * 20_000, "x" * 20_000, "\ud83d\x00\x07 坏字", "\n" * 50 + "a"]
)
def test_any_answer_fits_and_wraps(tmp_path: Path, answer: str) -> None:
    one = made(tmp_path, answers=(answer,))
    beyond: list[str] = []
    reader = pypdf.PdfReader(io.BytesIO(pdf(one)))
    right = float(reader.pages[0].mediabox.right)

    def visit(text: str, _: object, matrix: list[float], *__: object) -> None:
        if text.strip() and matrix[4] > right:
            beyond.append(text)

    for page in reader.pages:
        page.extract_text(visitor_text=visit)
    assert beyond == []
    assert markdown(one)


def test_an_interview_in_which_nothing_was_said_has_a_report(tmp_path: Path) -> None:
    room = Room(tmp_path / "progress.sqlite3", bank_of(BANK[f"{RESNET}#1"]))
    session = room.start()
    ended = room.interview.finish(room.me, session, NOW + timedelta(seconds=3))
    empty = report(room.learner.bank, {}, ended, [])
    room.store.close()
    assert "**没有判分的题**" in markdown(empty)
    assert "没有判分的题" in pages(pdf(empty))[0]


def test_the_same_report_is_the_same_file(tmp_path: Path) -> None:
    one = made(tmp_path)
    assert pdf(one) == pdf(one)


def test_every_text_is_there_in_both_languages() -> None:
    for key, (chinese, english) in WORDS.items():
        fields = [
            sorted(part.split("}")[0] for part in t.split("{")[1:]) for t in (chinese, english)
        ]
        assert fields[0] == fields[1], key
        assert bool(chinese) == bool(english), key
