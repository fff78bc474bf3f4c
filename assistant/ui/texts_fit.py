"""The texts of the Review tab's block on intervals of one's own; `texts.py` takes them up."""

from __future__ import annotations

from assistant.words import WORDS

FIT_TEXTS: dict[str, tuple[str, str]] = {
    "fit_title": ("间隔按你自己的记忆调整", "Intervals fitted to your memory"),
    "fit_few": (
        "现在的间隔按一般人的遗忘速度算。还差 {n} 次隔天的复习，就可以按你自己的来算。",
        "The intervals are those of the average learner. {n} more reviews on later days, "
        "and they can be your own.",
    ),
    "fit_few_one": (
        "现在的间隔按一般人的遗忘速度算。还差 1 次隔天的复习，就可以按你自己的来算。",
        "The intervals are those of the average learner. 1 more review on a later day, "
        "and they can be your own.",
    ),
    "fit_can": (
        "现在的间隔按一般人的遗忘速度算。你的复习记录够多了，可以按你自己的来算。",
        "The intervals are those of the average learner. You have reviewed enough for your own.",
    ),
    "fit_done": (
        "现在的间隔是你自己的：{day} 按 {n} 次隔天的复习算出。",
        "The intervals are your own: fitted on {day} to {n} reviews on later days.",
    ),
    "fit_done_one": (
        "现在的间隔是你自己的：{day} 按 1 次隔天的复习算出。",
        "The intervals are your own: fitted on {day} to 1 review on a later day.",
    ),
    "fit_button": ("按我的记忆调整", "Fit them to my memory"),
    "fit_again": ("按新的记录再调一次", "Fit them again"),
    "fit_running": (
        "正在计算，要几十秒到几分钟。可以先去复习，不会丢什么。",
        "Working it out, for seconds to minutes. You can review meanwhile; nothing is lost.",
    ),
    "fit_changed": WORDS["rv_fitted"],
    "fit_same": WORDS["rv_not_fitted"],
    "fit_default": ("恢复默认", "Back to default"),
    "fit_restored": WORDS["rv_usual"],
    "fit_failed": ("间隔没能改", "The intervals could not be changed"),
}
