"""The texts of the Evals tab; `texts.py` takes them up."""

from __future__ import annotations

EVAL_TEXTS: dict[str, tuple[str, str]] = {
    "tab_evals": ("评测", "Evals"),
    # a question of one's own
    "own_title": ("自己的问题", "Your own questions"),
    "own_none": (
        "还没有。在「提问」里一个回答的下面点「这一问应该找到…」。",
        "None yet. Under an answer of the Ask tab, choose “This should have found…”.",
    ),
    "own_remove": ("删除「{title}」", "Remove “{title}”"),
    "own_removed": ("已删除", "Removed"),
    # what to measure
    "evals_title": ("检索评测", "Retrieval evals"),
    "evals_text": (
        "在一组有标准答案的问题上，比较几种检索方法。",
        "Compare ways to search on questions whose right entries are known.",
    ),
    "evals_set": ("问题集", "Questions"),
    "evals_set_own": ("自己的问题（{n}）", "Your own ({n})"),
    "evals_set_held_out": ("{name}（只看数字）", "{name} (figures only)"),
    "evals_searches": ("检索方法", "Searches"),
    "search_dense": ("稠密向量", "Dense"),
    "search_bm25": ("BM25", "BM25"),
    "search_fused": ("融合", "Fused"),
    "search_taxonomy": ("融合 + 图谱", "Fused + map"),
    "evals_section": ("部分", "Section"),
    "evals_section_all": ("全部", "All"),
    "evals_sample": ("抽样题数", "Sample size"),
    "evals_sample_all": ("全部", "all"),
    "evals_run": ("运行", "Run"),
    "evals_cancel": ("取消", "Cancel"),
    "evals_stopping": ("正在停止…", "Stopping…"),
    "evals_stopped": ("已取消，没有保存。", "Cancelled; nothing was kept."),
    "evals_working": ("正在计算区间…", "Working out the intervals…"),
    "evals_beginning": ("开始…", "Beginning…"),
    "evals_progress": ("评测进度", "Progress of the run"),
    "evals_done_of": ("{done} / {total} 次检索", "{done} of {total} searches"),
    "evals_no_search": ("至少选一种检索方法", "Choose one search at least"),
    "evals_bad_sample": (
        "抽样题数要是 1 到 100000 的整数，或者留空",
        "The sample size is a whole number from 1 to 100,000, or empty",
    ),
    "evals_failed": ("评测没能完成", "The evaluation did not finish"),
    "evals_loading": ("正在读取…", "Reading…"),
    "evals_again": ("再试一次", "Try again"),
    # runs
    "runs_title": ("以前的评测", "Earlier runs"),
    "runs_none": ("还没有评测过。", "There is no run yet."),
    "evals_empty": (
        "选好上面的设置，点「运行」，几秒钟就好。这里会有每种方法的指标和区间、图、"
        "两种方法的差别，以及没找对的题。",
        "Choose above what to measure, then Run; it takes seconds. Here will stand the measures "
        "of each search with their intervals, plots, how two of them differ, and what was missed.",
    ),
    "runs_damaged": ("有一个评测文件读不了", "The file of a run can't be read"),
    "show_all": ("全部显示（{n}）", "Show all ({n})"),
    "aside": ("（{text}）", " ({text})"),
    "run_kind_retrieval": ("检索", "Retrieval"),
    "run_kind_support": ("核对依据", "Support"),
    "run_kind_grading": ("评分", "Grading"),
    "run_kind_answers": ("回答", "Answers"),
    "run_took": ("用时 {seconds} 秒", "took {seconds} s"),
    "run_items": ("{n} 题", "{n} questions"),
    "run_items_one": ("1 题", "1 question"),
    "run_report": ("下载报告", "Download the report"),
    "run_note_held_out": (
        "这是保留的测试集：只显示数字，不显示题目。",
        "A held-out set: its figures are shown, its questions are not.",
    ),
    # measures
    "measures": ("指标", "Measures"),
    "measure": ("指标", "Measure"),
    "measures_text": (
        "下面一行小字是 95 % 置信区间（对题目做自助抽样）。",
        "Small figures: 95 % interval, from resampling the questions.",
    ),
    "measures_right": (
        "正确率：第一条就对；要找几个条目的题，全部在前五条里。",
        "Right: the first hit is right; where several entries are needed, all are in the "
        "first five.",
    ),
    "measure_right": ("正确率", "Right"),
    "measure_RR": ("MRR", "MRR"),
    "latency": ("耗时 {p}（毫秒）", "Latency {p} (ms)"),
    "plots_title": ("图", "Plots"),
    "by_section": ("按部分", "By section"),
    "by_kind": ("按题型", "By kind of question"),
    "by_measure": ("指标", "Measure"),
    "bar_label": (
        "{name}：{value}，95 % 区间 {low} 到 {high}",
        "{name}: {value}, 95 % interval {low} to {high}",
    ),
    "score_latency": ("{measure} 与耗时中位数", "{measure} against the median latency"),
    "not_measured": ("不适用", "does not apply"),
    # two sides
    "compare_title": ("两两比较", "Compare two"),
    "compare_first": ("基准", "Baseline"),
    "compare_second": ("对比", "Compared with it"),
    "compare_difference": ("差（对比 − 基准）", "Difference"),
    "compare_interval": ("95 % 区间", "95 % interval"),
    "compare_here": ("这次评测", "This run"),
    "compare_better": (
        "「{second}」的{measure}比「{first}」高 {value}（95 % 区间 {low} 到 {high}，{p}）。",
        "{measure}: {second} is above {first} by {value} (95 % interval {low} to {high}, {p}).",
    ),
    "compare_worse": (
        "「{second}」的{measure}比「{first}」低 {value}（95 % 区间 {low} 到 {high}，{p}）。",
        "{measure}: {second} is below {first} by {value} (95 % interval {low} to {high}, {p}).",
    ),
    "compare_even": (
        "{measure}：看不出「{second}」和「{first}」有差别，差 {value}"
        "（95 % 区间 {low} 到 {high}，{p}）。",
        "{measure}: no clear difference between {second} and {first}: {value} "
        "(95 % interval {low} to {high}, {p}).",
    ),
    "compare_same": (
        "两边是同一个，选另一个来比。",
        "Both sides are the same; choose another one.",
    ),
    "compare_on": ("在共有的 {n} 题上成对比较。", "Paired on the {n} questions both have."),
    "compare_on_one": ("在共有的 1 题上成对比较。", "Paired on the 1 question both have."),
    "compare_out": (
        "另有 {n} 题只有一边有，没有算进去。",
        "{n} more are on one side only, and do not count.",
    ),
    "compare_out_one": (
        "另有 1 题只有一边有，没有算进去。",
        "1 more is on one side only, and does not count.",
    ),
    "compare_one": (
        "只有一种方法。多选一种再运行，或在以前的评测里选一个来比。",
        "There is one side only. Run it with two searches, or make another run of this set.",
    ),
    # misses
    "misses_title": ("没找对的题", "Misses"),
    "misses_of": ("方法", "Search"),
    "misses_none": ("没有。", "None."),
    "miss_wanted": ("应该找到", "Wanted"),
    "miss_came": ("找到的是", "What came instead"),
    "miss_rank": ("第 {rank} 位", "rank {rank}"),
    "miss_lost": ("前 100 位里没有", "not in the first 100"),
    "miss_score": ("得分 {score}", "score {score}"),
    "miss_legs": ("{name} 第 {rank} 位（{score}）", "{name} rank {rank} ({score})"),
    "miss_no_leg": ("没有一路检索找到它", "in no leg"),
    "miss_linked": ("问题点了名", "named in the question"),
    "miss_passage": ("看这一段", "Show the passage"),
    "miss_passage_hide": ("收起", "Hide the passage"),
    "miss_expected": ("应为 {expected}，给出 {given}", "right: {expected}; given: {given}"),
    # kinds of questions
    "kind_of_direct": ("直接问", "direct"),
    "kind_of_paraphrase": ("换个说法", "paraphrase"),
    "kind_of_english": ("英文提问", "English"),
    "kind_of_alias": ("用别名", "alias"),
    "kind_of_typo": ("有错字", "typo"),
    "kind_of_comparison": ("比较", "comparison"),
    "kind_of_multi_hop": ("跨条目", "multi-hop"),
    "kind_of_own": ("自己的", "your own"),
    # what goes wrong
    "error_RunError": ("这次评测打不开", "The run can't be opened"),
    "error_GoldError": ("问题集用不了", "The set of questions can't be used"),
}
