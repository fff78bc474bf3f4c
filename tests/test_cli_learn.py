"""The learners' commands: the engine in a terminal, and to the contract that scripts rely on."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fit_kit import BETTER, fill
from interview_kit import WordMarks

from assistant import commands_learn, fit_process, pipeline
from assistant.cli import main
from assistant.fitting import Fit
from assistant.pipeline import Assistant
from assistant.scheduling import Weights
from assistant.store import FIRST_NAME, Store

RESNET = "backbone/resnet"
BANK = """\
- id: backbone/resnet#1
  question: 捷径有什么用?
  entries: [backbone/resnet]
  kind: mechanism
  difficulty: 1
  points:
    - {text: 捷径相加, weight: 3, bullet: 捷径连接把输入, follow_up: 捷径怎样接上?}
    - {text: 缓解梯度消失, weight: 1, bullet: 捷径连接把输入, follow_up: 缓解了什么?}
- id: backbone/resnet#2
  question: 最深几层?
  entries: [backbone/resnet]
  kind: recall
  difficulty: 2
  points:
    - {text: 152 层, weight: 2, bullet: 最深的版本, follow_up: 多少层?}
"""
ALL = "捷径相加，缓解梯度消失，152 层"


@dataclass
class Outcome:
    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


class Clock:
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


Zhitu = Callable[..., Outcome]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(commands_learn, "clock", made)
    return made


@pytest.fixture
def marks(monkeypatch: pytest.MonkeyPatch) -> WordMarks:
    """A grader that can be predicted, in the place of the real one."""
    made = WordMarks()
    monkeypatch.setattr(pipeline, "_Marks", lambda _: made)
    monkeypatch.setattr(Assistant, "grader", lambda _: None)
    return made


@pytest.fixture
def zhitu(
    corpus: Path, data: Path, clock: Clock, marks: WordMarks, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Zhitu:  # fmt: skip
    """Runs a command in this process; `typed` is what stands on standard input."""
    (corpus / "questions" / "backbone").mkdir(parents=True)
    (corpus / "questions" / "backbone" / "resnet.yaml").write_text(BANK, encoding="utf-8")

    def run(*arguments: object, typed: str = "") -> Outcome:
        capsys.readouterr()
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        try:
            status = main(["--data-dir", str(data), *map(str, arguments)])
        except SystemExit as stop:  # argparse's way out
            status = int(stop.code or 0)
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return run


def kept(data: Path) -> Store:
    return Store(data / "progress.sqlite3")


# ---- interview


def test_an_interview_from_the_first_question_to_the_report(zhitu: Zhitu, data: Path) -> None:
    done = zhitu("interview", "--questions", 2, "--seed", 1, typed=f"{ALL}\n第二行\n\n{ALL}\n\n")
    assert done.status == 0, done.err
    for said in (
        "第 1 / 2 题", "还没问过", "捷径有什么用?", "100 分", "+ 答到  捷径相加 [1]",
        "你说：", "参考答案（笔记原文）", "[1] 要点", "! 笔记的勘误：ResNet 彻底",
        "面试报告：100 分", "█" * 20, "内置骨干网络 (2 题)",
    ):  # fmt: skip
        assert said in done.out, said
    store = kept(data)
    me = store.profiles()[0].id
    first = store.attempts(me)[0]
    assert first.answer == f"{ALL}\n第二行"
    assert store.sessions(me)[0].ended is not None
    assert len(store.reviews(me)) == 2
    store.close()


def test_a_gap_is_followed_up_and_may_be_passed(zhitu: Zhitu, data: Path) -> None:
    typed = "缓解梯度消失\n\n捷径相加\n\n:idk\n\n"
    done = zhitu("interview", "--difficulty", 1, typed=typed)
    assert "25 分" in done.out
    assert "- 没答到  捷径相加" in done.out
    assert "追问：捷径怎样接上?" in done.out
    assert done.out.count("+ 答到  捷径相加") == 1
    passed = zhitu("interview", "--difficulty", 1, typed="hm\n\n\n")
    assert "面试报告：0 分" in passed.out
    store = kept(data)
    assert [a.kind for a in store.attempts(store.profiles()[0].id)] == [
        "interview", "follow_up", "interview",
    ]  # fmt: skip
    store.close()


def test_the_commands_of_an_interview(zhitu: Zhitu, data: Path) -> None:
    typed = f"\n:what\n:帮助\n：提示\n:hint\n:HINT\n:pause\n\n{ALL}\n\n:skip\n"
    done = zhitu("interview", "--difficulty", 1, "--questions", 5, typed=typed)
    assert done.status == 0, done.err
    assert "没有这个命令：:what" in done.out
    assert "提示（扣 10 分）：捷径怎样接上?" in done.out
    assert "There is no hint left" in done.out
    assert "已暂停" in done.out
    assert "80 分 · 提示扣了 20 分" in done.out
    ended = zhitu("interview", "--questions", 2, typed=":结束\n")
    assert "没有判分的题" in ended.out
    skipped = zhitu("interview", "--questions", 2, "--seed", 1, typed=":跳过\n:不知道\n\n")
    assert "1 题不知道，跳过 1 题" in skipped.out
    strict = zhitu("interview", "--style", "strict", typed=":hint\n:end\n")
    assert "There is no hint left" in strict.out


def test_as_json_a_line_is_an_answer_and_the_report_is_the_document(zhitu: Zhitu) -> None:
    done = zhitu(
        "interview", "--json", "--questions", 2, "--seed", 1, typed=f"捷径相加\n:idk\n{ALL}\n"
    )
    assert done.status == 0
    document = done.document
    assert [(one["question_id"], one["answer"]) for one in document["questions"]] == [
        (f"{RESNET}#2", "捷径相加"), (f"{RESNET}#1", ""),
    ]  # fmt: skip
    assert [one["score"] for one in document["questions"]] == [0, 0]
    assert (document["answered"], document["unknown"]) == (1, 1)
    assert document["ended"] is not None
    assert "捷径有什么用?" in done.err
    early = zhitu("interview", "--json", "--questions", 2, typed=f"{ALL}\n")
    assert early.document["answered"] == 1  # input ended: so does the interview
    empty = zhitu("interview", "--json", "--questions", 2, typed=f"\n{ALL}\n")
    assert (empty.document["unknown"], empty.document["answered"]) == (1, 1)


def test_what_was_left_in_the_middle_is_offered_again(zhitu: Zhitu, data: Path) -> None:
    left = zhitu("interview", "--questions", 2, typed=f"{ALL}\n\n")  # then the input ends
    assert left.status == 0
    assert "都存好了。接着答：zhitu interview --resume" in left.out
    resumed = zhitu("interview", "--resume", typed=f"{ALL}\n\n")
    assert "第 2 / 2 题" in resumed.out
    assert "面试报告：100 分" in resumed.out
    assert zhitu("interview", "--resume").status == 2
    again = zhitu("interview", "--questions", 2, typed="")
    assert again.status == 0
    offered = zhitu("interview", "--questions", 2, typed=f"\n{ALL}\n\n")
    assert "还没答完（答了 0 题）" in offered.out
    declined = zhitu("interview", "--questions", 1, typed=f"n\n{ALL}\n\n")
    assert "第 1 / 1 题" in declined.out
    store = kept(data)
    assert all(one.ended for one in store.sessions(store.profiles()[0].id))
    store.close()


def test_ctrl_c_keeps_everything_and_says_how_to_go_on(
    zhitu: Zhitu, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = iter([ALL, "", KeyboardInterrupt])

    def typed(_: str) -> str:
        line = next(lines)
        if line is KeyboardInterrupt:
            raise KeyboardInterrupt
        return str(line)

    monkeypatch.setattr("builtins.input", typed)
    done = zhitu("interview", "--questions", 2)
    assert done.status == 1
    assert "zhitu interview --resume" in done.out
    store = kept(data)
    me = store.profiles()[0].id
    assert len(store.reviews(me)) == 1
    session = store.sessions(me)[0]
    assert (session.ended, session.resumed) == (None, None)  # its clock stands
    store.close()


def test_an_answer_that_a_kill_left_unmarked_is_marked_when_it_goes_on(
    zhitu: Zhitu, data: Path, marks: WordMarks
) -> None:
    marks.fail = KeyboardInterrupt()  # type: ignore[assignment]
    assert zhitu("interview", "--questions", 2, typed=f"{ALL}\n\n").status == 1
    marks.fail = None
    done = zhitu("interview", "--resume", typed=f"{ALL}\n\n")
    assert "面试报告：100 分" in done.out
    store = kept(data)
    assert len(store.reviews(store.profiles()[0].id)) == 2
    store.close()


def test_english_words_a_limit_and_a_chosen_part(zhitu: Zhitu) -> None:
    done = zhitu("interview", "--language", "en", "--minutes", 5, "--scope", "残差网络",
                 "--aim", "surprise", typed=f"{ALL}\n\n:end\n")  # fmt: skip
    for said in (
        "Question 1 of 10",
        "drawn",
        "minutes left: 5",
        "covered",
        "Interview report: 100 of",
    ):
        assert said in done.out, said


@pytest.mark.parametrize(("arguments", "said"), [
    (["--scope", "nowhere"], "nowhere"), (["--aim", "due"], "Nothing is due"),
    (["--questions", "0"], "not in 1 to 100"), (["--difficulty", "4"], "not in 0 to 3"),
    (["--profile", "Bo"], "Nobody is called 'Bo'"), (["--resume"], "No interview was left"),
    (["--report", "x.doc"], ".md or .pdf"), (["--report", "/nowhere/x.md"], "can't be written"),
    (["--model", "gpt"], "ZHITU_CHAT_URL"),
])  # fmt: skip
def test_what_can_not_be_is_wrong_usage_and_leaves_no_interview(
    zhitu: Zhitu, data: Path, arguments: list[str], said: str
) -> None:
    done = zhitu("interview", *arguments)
    assert done.status == 2
    assert said in done.err
    store = kept(data)
    assert all(store.sessions(profile.id) == [] for profile in store.profiles())
    store.close()


@pytest.mark.parametrize("name", ["报告.md", "report.pdf"])
def test_the_report_is_written_as_a_file(zhitu: Zhitu, tmp_path: Path, name: str) -> None:
    done = zhitu("interview", "--questions", 1, "--report", tmp_path / name, typed=f"{ALL}\n\n")
    assert done.status == 0
    data = (tmp_path / name).read_bytes()
    assert data.startswith(b"%PDF" if name.endswith("pdf") else "# 面试报告".encode())


# ---- review


def test_a_review_shows_the_answer_and_keeps_the_rating(
    zhitu: Zhitu, data: Path, clock: Clock
) -> None:
    done = zhitu("review", typed="\n3\n\nx\n1\n")
    assert done.status == 0
    for said in (
        "今天该复习 0 题，这次 2 题。", "第 1 / 2 张", "· 捷径相加 [1]", "· 缓解梯度消失 [1]",
        "[1] 捷径连接把输入加到输出上", "https://example.org/resnet",
        "1 忘了（1 天）  2 难（1 天）  3 记得（2 天）  4 容易（8 天）：", "2026-11-26 再问",
        "复习了 2 题。连续 1 天。明天 1 题，七天内 2 题。",
    ):  # fmt: skip
        assert said in done.out, said
    clock.now += timedelta(days=2)
    again = zhitu("review", "--language", "en", typed="\nq\n")
    assert "Due today: 2. In this review: 2." in again.out
    assert "Reviewed: 0." in again.out
    store = kept(data)
    assert sorted(r.rating for r in store.reviews(store.profiles()[0].id)) == [1, 3]
    store.close()


def test_as_json_a_review_lists_what_is_due(zhitu: Zhitu, clock: Clock) -> None:
    zhitu("review", typed="\n3\n\n1\n")
    clock.now += timedelta(days=1)
    document = zhitu("review", "--json").document
    (due,) = document["due"]
    assert set(due) == {"question_id", "question", "entry", "path", "due", "retrievability"}
    assert 0 < due["retrievability"] < 1
    assert due["path"][-1] == "ResNet"
    assert document["today"][0] == due["question_id"]
    assert (document["streak"], document["reviews"], document["retention"]) == (1, 2, None)
    assert len(document["forecast"]) == 30
    assert document["forecast"][:2] == [1, 1]
    assert document["days"] == {"2026-11-24": 2}


def seen_often(data: Path) -> str:
    """A learner with enough reviews for intervals of their own; returns who."""
    store = kept(data)
    who = fill(store, FIRST_NAME, [f"{RESNET}#1", f"{RESNET}#2", *"abcdefghijk"], 50)
    store.close()
    return who


def test_the_intervals_are_fitted_and_given_up_again(
    zhitu: Zhitu, data: Path, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    who = seen_often(data)
    found = Fit(BETTER, 0.3456, 0.3211)
    monkeypatch.setattr(fit_process, "run", lambda *_: found)
    clock.now += timedelta(days=50)
    done = zhitu("review", "--optimise")
    assert done.status == 0, done.err
    assert "间隔改好了：0 题提前，2 题推后。预测误差 0.346 → 0.321，越小越准。" in done.out
    store = kept(data)
    weights = store.memory(who)[1]
    assert weights == Weights(values=BETTER, at=clock.now, reviews=13 * 50)
    store.close()
    back = zhitu("review", "--default-weights", "--language", "en")
    assert "The default intervals are back. Cards that come earlier: 2, later: 0." in back.out
    assert "用的就是默认间隔" in zhitu("review", "--default-weights").out

    document = zhitu("review", "--optimise", "--json").document
    assert document["weights"]["values"] == list(BETTER)
    del document["weights"]
    expected = {"changed": True, "before": 0.3456, "after": 0.3211, "earlier": 0, "later": 2}
    assert document == expected
    found = Fit(BETTER, 0.3, 0.3)
    same = zhitu("review", "--optimise")
    assert (same.status, "没有改动" in same.out) == (0, True)
    none = zhitu("review", "--default-weights", "--json").document
    assert (none["changed"], none["weights"], none["earlier"]) == (True, None, 2)


def test_intervals_that_cannot_be_fitted_say_why(
    zhitu: Zhitu, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = zhitu("review", "--optimise")
    assert (few.status, few.out) == (2, "")
    assert "640 more reviews on later days are needed" in few.err
    assert zhitu("review", "--optimise", "--default-weights").status == 2
    seen_often(data)
    monkeypatch.setattr(fit_process, "_CODE", "import sys; sys.exit('no memory left')")
    failed = zhitu("review", "--optimise", "--json")
    assert (failed.status, failed.out) == (1, "")
    assert "no memory left" in failed.err
    assert "Nothing was changed" in failed.err


# ---- export, import, profiles


def test_progress_goes_out_and_comes_back_in(zhitu: Zhitu, tmp_path: Path, data: Path) -> None:
    zhitu("review", typed="\n3\n\n1\n")
    file = tmp_path / "me.json"
    out = zhitu("export", "progress", file, "--json")
    assert out.document == {"file": str(file), "bytes": file.stat().st_size, "reviews": 2}
    zhitu("profiles", "add", "Bo")
    back = zhitu("import", "progress", file, "--json")
    assert (back.document["name"], back.document["reviews"]) == ("我 (2)", 2)
    names = [row["name"] for row in zhitu("profiles", "--json").document["profiles"]]
    assert names == ["我", "Bo", "我 (2)"]
    assert zhitu("export", "progress", tmp_path / "no" / "x").status == 2
    for text, said in (("{", "no JSON"), ("{}", "no export"), (None, "can't be read")):
        bad = tmp_path / "bad.json"
        bad.unlink(missing_ok=True)
        if text is not None:
            bad.write_text(text, encoding="utf-8")
        done = zhitu("import", "progress", bad)
        assert (done.status, said in done.err) == (2, True)


def test_a_deck_for_anki_is_written(zhitu: Zhitu, tmp_path: Path) -> None:
    zhitu("review", typed="\n3\n")
    file = tmp_path / "deck.apkg"
    done = zhitu("export", "anki", file, "--json")
    assert done.document == {
        "file": str(file), "bytes": file.stat().st_size, "notes": 2, "scheduled": 1,
    }  # fmt: skip
    assert file.read_bytes().startswith(b"PK")
    assert "2 notes, 1 scheduled" in zhitu("export", "anki", file).out


def test_learners_are_added_renamed_and_deleted_and_each_has_their_own(zhitu: Zhitu) -> None:
    zhitu("review", typed="\n3\n")
    assert zhitu("profiles", "add", "Bo").status == 0
    assert "Bo  (0 questions seen, 0 reviews)" in zhitu("profiles").out
    assert zhitu("profiles", "rename", "bo", "Bea").status == 0
    assert zhitu("review", "--profile", "bea", "--json").document["reviews"] == 0
    assert zhitu("review", "--profile", "我", "--json").document["reviews"] == 1
    refused = zhitu("profiles", "delete", "Bea")
    assert (refused.status, "--yes" in refused.err) == (2, True)
    assert zhitu("profiles", "delete", "Bea", "--yes").out.count("\n") == 1
    for wrong in (["add"], ["rename", "我"], ["delete", "Bea", "--yes"], ["add", "我"]):
        assert zhitu("profiles", *wrong).status == 2
