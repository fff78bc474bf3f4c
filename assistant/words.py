"""What the terminal and the files say to a learner, in both languages; the page has its own.

Where both say the same, they use the same words: see ui/texts_interview.py.
"""

from __future__ import annotations

from datetime import datetime

from assistant.schema import Language

WORDS: dict[str, tuple[str, str]] = {
    # verdicts and outcomes
    "covered": ("答到", "covered"),
    "partial": ("答到一半", "half said"),
    "missing": ("没答到", "missing"),
    "contradicted": ("说反了", "contradicted"),
    "overruled": ("你改判的；原判：{given}", "overruled by you; it was: {given}"),
    "unsure": ("没把握", "not sure"),
    "unknown": ("（不知道）", "(not known)"),
    "skipped": ("（跳过）", "(skipped)"),
    "answered": ("", ""),
    "colon": ("：", ": "),
    # why a question is asked
    "why_due": ("今天该复习了", "due for review today"),
    "why_weak": ("这里还不牢", "a weak spot"),
    "why_new": ("还没问过", "not asked before"),
    "why_chosen": ("抽到的", "drawn"),
    "chance": ("还记得的概率 {p} %", "chance to remember: {p} %"),
    "kind_recall": ("记忆", "recall"),
    "kind_mechanism": ("原理", "mechanism"),
    "kind_compare": ("比较", "comparison"),
    "kind_apply": ("应用", "application"),
    # an answer and its marking
    "answer": ("答案", "Answer"),
    "said": ("你说：", "You said: "),
    "points": ("逐点判分", "Point by point"),
    "behind": ("笔记原文", "In the notes"),
    "model_answer": ("参考答案（笔记原文）", "Model answer, from the notes"),
    "errata": ("笔记的勘误", "Errata in the notes"),
    "follow_up": ("追问", "Follow-up"),
    "score": ("{score} 分", "{score} of 100"),
    "hint_count": ("提示 {n} 次", "hints: {n}"),
    "hints_cost": ("提示扣了 {lost} 分", "hints took off {lost}"),
    # the report
    "report": ("面试报告", "Interview report"),
    "no_score": ("没有判分的题", "nothing was marked"),
    "counts": (
        "答了 {answered} 题，{unknown} 题不知道，跳过 {skipped} 题，"
        "提示 {hints} 次，用时 {minutes} 分钟",
        "Answered: {answered} · not known: {unknown} · skipped: {skipped} · hints: {hints} · "
        "minutes: {minutes}",
    ),
    "about": ("范围：{scope}", "Part of the map: {scope}"),
    "whole_map": ("全部笔记", "all notes"),
    "verdicts": ("要点", "Points"),
    "disputed": ("其中 {n} 点是你改判的。", "Overruled by you: {n}."),
    "sections": ("按部分", "By section"),
    "earlier": ("和以前比", "Against earlier interviews"),
    "this_one": ("这一次", "this one"),
    "reread": ("建议重读", "Read again"),
    "of_questions": ("第 {numbers} 题", "question {numbers}"),
    "each": ("每一题", "Every question"),
    "number": ("第 {n} 题", "Question {n}"),
    "number_of": ("第 {n} / {of} 题", "Question {n} of {of}"),
    "page": ("第 {n} 页", "Page {n}"),
    "questions": ("{n} 题", "questions: {n}"),
    # an interview in the terminal
    "iv_how": (
        "用自己的话答，空行（或 Ctrl-D）交题。\n"
        ":提示 :跳过 :不知道 :暂停 :结束 :帮助（或 :hint :skip :idk :pause :end :help）",
        "Answer in your own words; an empty line (or Ctrl-D) hands it in.\n"
        ":hint :skip :idk (I don't know) :pause :end :help",
    ),
    "iv_left": (
        "{at} 开始的面试还没答完（答了 {n} 题）。接着答？",
        "The interview begun {at} is not finished (answered: {n}). Go on with it?",
    ),
    "yes_no": ("[Y/n] ", "[Y/n] "),
    "iv_time": ("还剩 {minutes} 分钟", "minutes left: {minutes}"),
    "iv_time_up": ("时间到，答完这题就结束", "time is up: this is the last one"),
    "iv_hint": ("提示（扣 {cost} 分）：{hint}", "Hint (costs {cost} points): {hint}"),
    "iv_no_such": ("没有这个命令：{command}", "There is no command {command}"),
    "iv_paused": (
        "已暂停，计时停了。按 Enter 继续，Ctrl-C 离开。",
        "Paused; the clock has stopped. Enter goes on, Ctrl-C leaves.",
    ),
    "iv_kept": (
        "都存好了。接着答：{command}",
        "All of it is kept. Go on with: {command}",
    ),
    "iv_marking": ("正在判分…", "Marking…"),
    "iv_pass": ("（空行就不答了）", "(an empty line passes)"),
    "wrote": ("已写入 {file}", "Wrote {file}"),
    # a review in the terminal
    "rv_none": ("没有可以复习的题。", "There is nothing to review."),
    "rv_due": ("今天该复习 {due} 题，这次 {n} 题。", "Due today: {due}. In this review: {n}."),
    "rv_card": ("第 {n} / {of} 张", "Card {n} of {of}"),
    "rv_show": ("想好了按 Enter 看答案（q 结束）", "Think, then Enter shows the answer (q ends)"),
    "rv_rate": (
        "1 忘了（{a}）  2 难（{b}）  3 记得（{c}）  4 容易（{d}）：",
        "1 again ({a})  2 hard ({b})  3 good ({c})  4 easy ({d}): ",
    ),
    "rv_back": ("{day} 再问", "asked again on {day}"),
    "rv_done": (
        "复习了 {n} 题。连续 {streak} 天。明天 {tomorrow} 题，七天内 {week} 题。",
        "Reviewed: {n}. Days in a row: {streak}. Due tomorrow: {tomorrow}, in seven days: {week}.",
    ),
    "rv_fitting": ("正在按你的复习记录计算间隔…", "Fitting the intervals to your reviews…"),
    "rv_fitted": (
        "间隔改好了：{earlier} 题提前，{later} 题推后。预测误差 {before} → {after}，越小越准。",
        "The intervals have changed. Cards that come earlier: {earlier}, later: {later}. "
        "Prediction error {before} → {after}; less is better.",
    ),
    "rv_not_fitted": (
        "没有改动：按你的记录算出的间隔并不更准。预测误差 {before} → {after}，越小越准。",
        "Nothing was changed: what your reviews give is no better. "
        "Prediction error {before} → {after}; less is better.",
    ),
    "rv_usual": (
        "已恢复默认间隔：{earlier} 题提前，{later} 题推后。",
        "The default intervals are back. Cards that come earlier: {earlier}, later: {later}.",
    ),
    "rv_usual_already": ("用的就是默认间隔。", "The default intervals are in use already."),
    "days": ("{n} 天", "{n} d"),
}


def word(language: Language, key: str, **values: object) -> str:
    """A text of `WORDS` with its values put in."""
    return WORDS[key][0 if language == "zh" else 1].format(**values)


def when(at: datetime) -> str:
    """A time as the clock on this machine's wall shows it."""
    return f"{at.astimezone():%Y-%m-%d %H:%M}"
