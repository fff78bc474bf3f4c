"""Every text of the page, in Chinese and in English, and nothing else.

A key that ends in `_one` is taken where `n` is 1. `error_*` are named after the classes of
`assistant.errors`, `progress_*` after what the indexer says it is doing.
"""

from __future__ import annotations

from assistant.schema import Language
from assistant.ui.texts_evals import EVAL_TEXTS
from assistant.ui.texts_fit import FIT_TEXTS
from assistant.ui.texts_home import HOME_TEXTS
from assistant.ui.texts_interview import INTERVIEW_TEXTS

TEXTS: dict[str, tuple[str, str]] = {
    # the page
    "colon": ("：", ": "),
    "comma": ("、", ", "),
    "lang": ("zh-CN", "en"),
    "name": ("知图", "Zhitu"),
    "tagline": ("问你的笔记，句句有出处", "Ask your notes, with a source behind every sentence"),
    "tab_ask": ("提问", "Ask"),
    "conversation": ("对话", "Conversation"),
    "close": ("关闭", "Close"),
    "language_switch": ("Switch to English", "切换到中文"),
    "theme_auto": ("明暗：跟随系统", "Appearance: as the system"),
    "theme_light": ("明暗：浅色", "Appearance: light"),
    "theme_dark": ("明暗：深色", "Appearance: dark"),
    # before the first question
    "empty_title": ("问你的笔记", "Ask your notes"),
    "empty_text": (
        "回答的每句话都指向支持它的原文；笔记里没有的，就直说没有。",
        "Every sentence points at the passage behind it. What the notes do not say, the answer "
        "does not make up.",
    ),
    "examples": ("示例问题", "Example questions"),
    "outline_title": ("笔记目录", "What the notes hold"),
    "outline_text": (
        "点一个条目，就只在它和它下面的内容里找；点书的图标，读它的全文。",
        "Choose an entry to ask only about it and what lies below it; its book opens it to read.",
    ),
    "outline_section": ("整个部分", "The whole section"),
    "outline_ask": ("只问「{title}」", "Ask only about “{title}”"),
    "outline_none": ("依据会出现在这里。", "The passages will appear here."),
    # the question
    "question_label": ("你的问题", "Your question"),
    "question_placeholder": ("问点什么…", "Ask something…"),
    "send": ("发送", "Send"),
    "stop": ("停止", "Stop"),
    "keys": (
        "Enter 发送 · Shift+Enter 换行 · / 输入",
        "Enter sends · Shift+Enter breaks the line · / to type",
    ),
    "scope_label": ("范围", "Scope"),
    "scope_all": ("全部笔记", "All notes"),
    "scope_title": ("只在笔记的一部分里找", "Look in one part of the notes only"),
    "scope_search": ("找一个条目…", "Find an entry…"),
    "scope_none": ("没有这样的条目", "No such entry"),
    # the answer
    "understood": ("理解为", "Understood as"),
    "searching": ("正在翻笔记…", "Looking in the notes…"),
    "thinking": ("依据已找到，正在写解释…", "Passages found; writing the explanation…"),
    "found": ("找到 {n} 段依据", "{n} passages found"),
    "found_one": ("找到 1 段依据", "1 passage found"),
    "cite_label": ("依据 {n}：{title}", "Passage {n}: {title}"),
    "unsupported_aside": ("（笔记未支持）", " (not supported by the notes)"),
    "unsupported_title": (
        "笔记里没有找到支持这句话的依据",
        "No passage of the notes supports this sentence",
    ),
    "unsupported_legend": (
        "带虚线和问号的句子在笔记里没有依据，请自行核实。",
        "Dotted underline and question mark: nothing in the notes supports this sentence.",
    ),
    "removed": (
        "去掉了 {n} 句与笔记矛盾的话。",
        "{n} sentences that contradict the notes were taken out.",
    ),
    "removed_one": (
        "去掉了 1 句与笔记矛盾的话。",
        "1 sentence that contradicts the notes was taken out.",
    ),
    "refused_title": ("笔记里没有答案", "The notes do not say"),
    "near_label": ("相近的条目：", "Entries that come near:"),
    "near_question": ("{title} 的核心思想是什么？", "What is {title} about?"),
    "replaced": (
        "模型写的话在笔记里都找不到依据，所以换成了笔记原文。",
        "Nothing the model wrote is supported by the notes; these are their own words instead.",
    ),
    "stopped": ("已停止。", "Stopped."),
    "by_quotation": ("原文引用", "by quotation"),
    "copy": ("复制", "Copy"),
    "copied": ("已复制", "Copied"),
    "copy_failed": ("浏览器不让复制", "The browser does not allow copying"),
    "again": ("再问一次", "Ask again"),
    "show_passages": ("{n} 段依据", "{n} passages"),
    "show_passages_one": ("1 段依据", "1 passage"),
    # the conversation
    "new": ("新对话", "New conversation"),
    "new_done": ("已开始新对话", "A new conversation"),
    "undo": ("撤销", "Undo"),
    "undo_new": ("恢复上一段对话", "Bring back the last conversation"),
    "export": ("导出", "Export"),
    "export_title": ("知图 · 对话", "Zhitu · conversation"),
    # earlier conversations
    "talks": ("以前的对话", "Earlier conversations"),
    "talks_loading": ("正在打开…", "Opening…"),
    "talks_none": (
        "还没有对话。问过的都会留在这里，关掉页面也在。",
        "None yet. Whatever you ask stays here, also when the page is closed.",
    ),
    "talks_more": ("更早的", "Older ones"),
    "talk_turns": ("{n} 个问题", "{n} questions"),
    "talk_turns_one": ("1 个问题", "1 question"),
    "talk_here": ("现在这段", "the one shown"),
    "talk_opened": ("已打开：{title}", "Opened: {title}"),
    "talk_delete": ("删除「{title}」", "Delete “{title}”"),
    "talk_delete_short": ("删除 (Delete)", "Delete (Delete)"),
    "talk_deleted": ("已删除这段对话", "The conversation was deleted"),
    "talk_gone": (
        "这段对话已经不在了，可能在别处被删除。",
        "This conversation is gone; it may have been deleted elsewhere.",
    ),
    # the passages
    "passages": ("依据", "Passages"),
    "passage_label": ("依据 {n}：{title}", "Passage {n}: {title}"),
    "place": ("在知识图谱上的位置", "Place on the map"),
    "kind_reference": ("文献", "Reference"),
    "kind_document": ("文档", "Document"),
    "around_label": ("上下文", "Context"),
    "around_show": ("看上下文", "Show the context"),
    "around_hide": ("收起上下文", "Hide the context"),
    "source_gone": (
        "这个来源已经不在索引里了；上面是当时引用的原文。",
        "This source is no longer in the index; what was quoted then stands above.",
    ),
    "source_changed": (
        "引用之后，这个来源改动过，下面不一定是原来的地方；上面是当时引用的原文。",
        "The source has changed since, so this may be another place; what was quoted then stands "
        "above.",
    ),
    "erratum": ("勘误", "Erratum"),
    "errata_other": ("这个条目另有 {n} 条勘误", "{n} more errata in this entry"),
    "errata_other_one": ("这个条目另有 1 条勘误", "1 more erratum in this entry"),
    "erratum_claim": ("笔记原来写的", "The note said"),
    "erratum_right": ("实际上", "What is right"),
    # an entry to read
    "reader": ("阅读", "Reading"),
    "opening": ("正在打开…", "Opening…"),
    "read_entry": ("读「{title}」", "Read “{title}”"),
    "read_whole": ("读全文", "Whole entry"),
    "ask_this": ("问这一条", "Ask about it"),
    "aliases": ("又名", "Also called"),
    "own_file": ("来自你的文件", "From your file"),
    "part_points": ("要点", "Key points"),
    "part_details": ("详解", "In detail"),
    "part_origin": ("出处", "Origin"),
    "children": ("本节条目", "In this section"),
    "neighbours": ("相邻概念", "Neighbours"),
    "near_variant_of": ("它是谁的变体", "It is a variant of"),
    "near_variant_of_it": ("它的变体", "Its variants"),
    "near_replaced": ("它取代了", "It replaced"),
    "near_replaced_it": ("取代了它", "It was replaced by"),
    "near_solves": ("它解决了谁的问题", "It solves a problem of"),
    "near_solves_it": ("谁解决了它的问题", "A problem of it is solved by"),
    "near_compared_with": ("对比", "Compared with"),
    "near_uses": ("它用到", "It uses"),
    "near_uses_it": ("用到它", "Used by"),
    "near_part_of": ("它属于", "It is part of"),
    "near_part_of_it": ("它的组成部分", "Its parts"),
    "siblings": ("同一组", "Beside it"),
    "cited_by": ("引用它的条目", "Entries that cite it"),
    "contents": ("目录", "Contents"),
    "follow_ups": ("追问", "Follow-up questions"),
    "follow_ups_text": (
        "面试官接着会问的。点一个，就问你的笔记。",
        "What an interviewer asks next. Choose one to ask your notes.",
    ),
    "references": ("参考文献", "References"),
    "digest": ("内容提要", "Digest"),
    "reference_open": ("谁引用了它", "Who cites it"),
    "and_others": ("等", "et al."),
    "cited_label": ("文献 {n}：{title}", "Reference {n}: {title}"),
    "erratum_from": ("见", "See"),
    "previous": ("上一条", "Previous"),
    "next": ("下一条", "Next"),
    "reading_order": ("前后条目", "Reading order"),
    "entry_unknown": ("没有叫「{id}」的条目", "No entry is called “{id}”"),
    "entry_unknown_text": (
        "它可能改了名，或者不在你的笔记里。名字相近的有：",
        "It may have another name now, or is not in your notes. Those with a like name:",
    ),
    "entry_empty": (
        "这个标题下面没有写内容。",
        "Nothing is written under this heading.",
    ),
    # the state of things
    "chip_title": ("回答用的模型", "The model that answers"),
    "chip_label": ("模型", "Model"),
    "chip_starting": ("正在启动…", "Starting…"),
    "chip_loading": ("加载中 · {model}", "Loading {model}"),
    "chip_failed": ("没能启动", "Did not start"),
    "chip_model_failed": ("模型出错 · 原文引用", "Model failed · quotation"),
    "chip_none": ("原文引用", "Quotation"),
    "chip_lost": ("连接断开", "Not connected"),
    "chip_title_starting": ("正在打开笔记。", "The notes are being opened."),
    "chip_title_ready": (
        "{model} 写解释，每句话都和笔记核对。",
        "{model} writes the explanation; every sentence is checked against the notes.",
    ),
    "chip_title_loading": (
        "模型还在加载。现在就可以提问，先用笔记原文回答。",
        "The model is still loading. You can ask now: the answer is quoted from the notes.",
    ),
    "chip_title_failed": (
        "模型用不了，先用笔记原文回答。",
        "The model can't be used; answers are quoted from the notes.",
    ),
    "chip_title_none": (
        "没有对话模型：用笔记原文回答。",
        "There is no chat model: answers are quoted from the notes.",
    ),
    "chip_title_lost": ("服务没有响应。", "The server does not answer."),
    "index_size": ("{entries} 个条目，{chunks} 段", "{entries} entries in {chunks} passages"),
    "lost_title": ("连不上知图的服务", "Zhitu's server does not answer"),
    "lost_text": (
        "对话都还在。请确认终端里的程序还在运行，然后重新加载。",
        "The conversation is kept. See that the program is running, then load the page again.",
    ),
    "reload": ("重新加载", "Load again"),
    "failed_title": ("知图没能启动", "Zhitu did not start"),
    "index_missing": ("还没有索引", "There is no index yet"),
    "index_missing_text": (
        "建立一次就好，之后只更新有变化的部分。",
        "It is built once; afterwards only what changed is brought up to date.",
    ),
    "index_outdated": (
        "索引和现在的设置不一致",
        "The index was made with other settings",
    ),
    "index_build": ("建立索引", "Build the index"),
    "index_again": ("再试一次", "Try again"),
    "index_update": ("更新索引", "Update the index"),
    "indexing_title": ("正在建立索引", "The index is being built"),
    "indexing_failed": ("索引没有建成", "The index could not be built"),
    "stale_title": (
        "建立索引之后有 {n} 个来源变了，回答可能不是最新的",
        "{n} sources have changed since the index was made; answers may be out of date",
    ),
    "stale_title_one": (
        "建立索引之后有 1 个来源变了，回答可能不是最新的",
        "1 source has changed since the index was made; answers may be out of date",
    ),
    "builtin_corpus": ("内置笔记", "built-in corpus"),
    "progress_load": ("读取笔记", "Reading the notes"),
    "progress_index": ("建立索引", "Indexing"),
    "progress_begin": ("开始…", "Beginning…"),
    "model_absent": (
        "本机没有对话模型，先用笔记原文回答",
        "There is no chat model on this machine: answers are quoted from the notes",
    ),
    "model_failed": (
        "对话模型用不了，先用笔记原文回答",
        "The chat model can't be used: answers are quoted from the notes",
    ),
    "model_broke": (
        "模型中途断了，下面是断开之前写下的",
        "The model broke off; this is what it had written",
    ),
    "model_gave_nothing": (
        "模型没能回答，下面是笔记原文",
        "The model did not answer; these are the notes' own words",
    ),
    "error_IndexStateError": ("索引还不能用", "The index can't be used yet"),
    "error_UsageError": ("这个问题没法处理", "This question can't be served"),
    "error_ChatModelError": ("对话模型没有响应", "The chat model does not answer"),
    "error_ModelMissingError": ("缺少模型", "A model is missing"),
    "error_ModelDamagedError": ("模型文件损坏", "A model's file is damaged"),
    "error_DataFolderError": ("数据文件夹用不了", "The data folder can't be used"),
    "error_SourceError": ("有一个来源读不了", "A source can't be read"),
    "error_Unexpected": ("出错了", "Something went wrong"),
    # a question for the learner's own set
    "wanted": ("这一问应该找到…", "This should have found…"),
    "wanted_title": ("这一问应该找到哪个条目？", "Which entry should this have found?"),
    "wanted_text": (
        "点一个条目，这个问题就进入你自己的评测集。",
        "Choose an entry: the question joins your own set of questions.",
    ),
    "wanted_added": ("已加入自己的问题：{title}", "Added to your own questions: {title}"),
    "wanted_undone": ("已撤销", "Taken back"),
    # the password
    "gate_label": ("密码", "Password"),
    "gate_button": ("进入", "Enter"),
    "gate_wrong": ("密码不对，请再试一次。", "That is not the password. Try again."),
}


def catalog(language: Language) -> dict[str, str]:
    """Return all texts in one language."""
    column = 0 if language == "zh" else 1
    every = {**TEXTS, **EVAL_TEXTS, **FIT_TEXTS, **HOME_TEXTS, **INTERVIEW_TEXTS}
    return {key: texts[column] for key, texts in every.items()}
