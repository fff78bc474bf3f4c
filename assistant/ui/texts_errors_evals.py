"""Errors in Chinese: the Evals tab, its runs, its sets, and the learner's own questions."""

from __future__ import annotations

EVALS: tuple[tuple[str, str], ...] = (
    # a run
    ("A run is under way", "正在评测"),
    ("Wait until it is finished, or cancel it.", "等它做完，或取消它。"),
    ("The passage is no longer in the index", "这段已经不在索引里了"),
    ("Run the evaluation again.", "重新评测一次。"),
    ("No run is called {}", "没有叫 {} 的评测"),
    ("{} runs are called {}…", "有 {} 次评测都叫 {}…"),
    ("Give more of the id.", "编号写长一点。"),
    ("`zhitu eval list` shows what there is.", "`zhitu eval list` 会列出有哪些。"),
    ("There is no run yet in {}", "{} 里还没有评测"),
    ("There is no {} run yet in {}", "{1} 里还没有 {0} 评测"),
    ("Make one with `zhitu eval {}`.", "用 `zhitu eval {}` 做一次。"),
    ("Check the file.", "检查这个文件。"),
    ("{} is no run, or a damaged one: {}: {}", "{} 不是评测的结果，或者坏了：{}：{}"),
    ("Delete it, and run the evaluation again.", "删掉它，重新评测一次。"),
    ("Run {} has no configuration {}", "评测 {} 里没有配置 {}"),
    ("It has: {}.", "它有：{}。"),
    # two runs
    ("{} and {} have no configuration in common", "{} 和 {} 没有相同的配置"),
    ("Name one: {}@{}.", "写出一个：{}@{}。"),
    ("{} is {} over {}, not {} over {}", "{0} 是 {2} 上的 {1}，不是 {4} 上的 {3}"),
    (
        "Compare runs over the same set; `zhitu eval list` shows what there is.",
        "请比较同一个问题集上的评测；`zhitu eval list` 会列出有哪些。",
    ),
    ("{} and {} have no item in common", "{} 和 {} 没有相同的题"),
    ("Run both on one sample.", "两次用同样的抽样评测。"),
    # a set of questions
    (
        "The index lacks entries that {} of the {} questions ask for",
        "{1} 个问题里，有 {0} 个问的条目不在索引里",
    ),
    (
        "Index the built-in corpus first: `zhitu index --corpus`.",
        "先给内置笔记建索引：`zhitu index --corpus`。",
    ),
    ("No question of {} is left to ask", "{} 里没有剩下可问的题"),
    ("Choose another section or set.", "换一个部分或问题集。"),
    ("The gold sets are not here: there is no folder {}", "这里没有评测问题集：没有文件夹 {}"),
    (
        "Run it from a checkout of the repository; an installed package knows `own` only.",
        "请在项目文件夹里运行；安装的包里只有 `own`。",
    ),
    ("No {} set is called {}", "没有叫 {1} 的 {0} 问题集"),
    ("There are: {}.", "有：{}。"),
    (
        "There are: {}. A seed set is judged by fragments: `make bench`.",
        "有：{}。种子问题集按片段评：`make bench`。",
    ),
    ("Restore it, or delete it.", "恢复它，或删掉它。"),
    ("{}, line {}: {}: {}", "{} 第 {} 行：{}：{}"),
    (
        "Correct that line; evals/gold/README.md says what stands in a row.",
        "改正那一行；evals/gold/README.md 写了一行里有什么。",
    ),
    ("{}, line {}: the id {} is there twice", "{} 第 {} 行：编号 {} 出现了两次"),
    ("Rename it.", "改一个编号。"),
    # the learner's own questions
    ("You have no questions of your own yet", "你还没有自己的问题"),
    (
        "Add one under an answer in the page: what should have been found.",
        "在回答下面点「这一问应该找到…」加一个。",
    ),
    ("A question of your own needs words and an entry", "自己的问题要有文字和条目"),
    ("Say what should have been found.", "说明应该找到什么。"),
)
