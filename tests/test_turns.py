"""What the page makes of an answer's events, without a page."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import pytest
from fake_assistant import DOCUMENT, RESNET, FakeAssistant, all_entries
from pydantic import ValidationError

from assistant.errors import UsageError
from assistant.schema import (
    Answer,
    Citation,
    Done,
    Evidence,
    Sentence,
    SentenceDone,
    SentenceStatus,
    Source,
    TextDelta,
)
from assistant.ui.desk import Desk, Failure
from assistant.ui.outline import outline_of
from assistant.ui.stream import AskRequest, stream
from assistant.ui.texts import TEXTS, catalog
from assistant.ui.texts_fit import FIT_TEXTS
from assistant.ui.texts_interview import INTERVIEW_TEXTS
from assistant.ui.turns import TurnView, advance

UI = Path(__file__).parent.parent / "assistant" / "ui"


def passage(n: int = 1, *spans: tuple[int, int]) -> Citation:
    return Citation(
        n=n,
        entry="a/b",
        path=("A", "B"),
        kind="note",
        quote="one two three",
        source=Source(title="B", file="b.md", start=0, end=13),
        highlights=spans,
    )


def said(text: str, status: SentenceStatus = "supported", *citations: Citation) -> SentenceDone:
    numbers = tuple(citation.n for citation in citations)
    sentence = Sentence(text=text, citations=numbers, status=status)
    return SentenceDone(sentence=sentence, citations=citations)


def after(*events: Evidence | TextDelta | SentenceDone | Done | Failure) -> TurnView:
    view = TurnView(id="1")
    for event in events:
        view = advance(view, event)
    return view


EVIDENCE = Evidence(understood="q", language="zh", citations=(passage(1), passage(2)))


@pytest.mark.parametrize(
    ("written", "sentence", "lead", "left"),
    [
        ("一二。", "一二。", "", ""),
        ("一二。三", "一二。", "", "三"),  # the text runs ahead of the check
        ("一二。[1][2] 三", "一二。", "", " 三"),  # the model's own markers are no text
        ("一 [1]二。\n三", "一 二。", "", "\n三"),
        ("\n\n- 一。", "- 一。", "\n", ""),
        (" Two. Th", "Two.", " ", " Th"),
        ("完全不同", "一二。", "", ""),  # never shown twice
    ],
)
def test_a_checked_sentence_takes_its_text_out_of_what_is_being_written(
    written: str, sentence: str, lead: str, left: str
) -> None:
    view = after(EVIDENCE, TextDelta(text=written), said(sentence))
    assert (view.sentences[0].lead, view.pending) == (lead, left)


def test_a_contradicted_sentence_leaves_only_its_count_and_its_line_break() -> None:
    view = after(EVIDENCE, TextDelta(text="\n错。对。"), said("错。", "contradicted"), said("对。"))
    assert view.removed == 1
    assert [(sentence.text, sentence.lead) for sentence in view.sentences] == [("对。", "\n")]


def test_highlights_add_up_and_each_sentence_keeps_its_own() -> None:
    view = after(
        EVIDENCE,
        said("一。", "supported", passage(1, (0, 3))),
        said("二。", "supported", passage(1, (4, 7))),
    )
    assert view.citations[0].highlights == ((0, 3), (4, 7))
    assert view.citations[1].highlights == ()
    assert [sentence.highlights for sentence in view.sentences] == [{1: ((0, 3),)}, {1: ((4, 7),)}]


def answer(*sentences: Sentence, text: str = "", removed: int = 0) -> Done:
    return Done(
        answer=Answer(
            question="q",
            answer=text,
            refused=False,
            language="zh",
            sentences=sentences,
            citations=EVIDENCE.citations,
            removed=removed,
            model="m",
        )
    )


def test_paragraphs_of_the_stream_survive_the_end() -> None:
    one, two = (
        Sentence(text="一。", status="supported"),
        Sentence(text="二。", status="unsupported"),
    )
    streamed = (TextDelta(text="一。\n\n二。"), said("一。"), said("二。", "unsupported"))
    view = after(EVIDENCE, *streamed, answer(one, two, text="一。 二。"))
    assert [sentence.lead for sentence in view.sentences] == ["", "\n"]
    assert (view.phase, view.understood, view.model, view.replaced) == ("done", "q", "m", False)


def test_an_answer_that_was_not_streamed_is_laid_out_by_its_text() -> None:
    sentences = (
        Sentence(text="一。", status="supported"),
        Sentence(text="二。", status="contradicted"),
        Sentence(text="三。", status="supported"),
    )
    view = after(EVIDENCE, answer(*sentences, text="一。 [1]\n\n三。"))
    assert [(s.text, s.lead) for s in view.sentences] == [("一。", ""), ("三。", "\n")]


def test_quotations_in_place_of_what_the_model_wrote_are_said_to_be_that() -> None:
    quotation = Sentence(text="one", citations=(1,), status="quoted")
    assert after(EVIDENCE, answer(quotation)).replaced is False
    assert after(EVIDENCE, answer(quotation, removed=1)).replaced is True
    assert after(EVIDENCE, said("猜。", "unsupported"), answer(quotation)).replaced is True


def test_a_failure_keeps_the_passages() -> None:
    view = after(EVIDENCE, TextDelta(text="一"), Failure(kind="Unexpected", found="x"))
    assert (view.phase, view.pending, len(view.citations)) == ("failed", "", 2)


# --- the stream ---------------------------------------------------------------------------------


def opened(assistant: FakeAssistant) -> Desk:
    desk = Desk(lambda: assistant)
    desk.open()
    return desk


def test_the_stream_ends_with_the_whole_answer() -> None:
    async def run() -> list[TurnView]:
        desk = opened(FakeAssistant(pace=0))
        return [view async for view in stream(desk, AskRequest(id="7", question="ResNet"))]

    views = asyncio.run(run())
    assert {view.id for view in views} == {"7"}
    assert views[0].phase == "searching"
    assert views[-1].phase == "done"
    assert len(views[-1].sentences) == 5


def test_an_error_becomes_a_failure_that_says_what_to_do() -> None:
    async def run() -> TurnView:
        desk = opened(FakeAssistant(missing=True))
        return [view async for view in stream(desk, AskRequest(id="7", question="ResNet"))][-1]

    failure = asyncio.run(run()).failure
    assert failure is not None
    assert failure.kind == "IndexStateError"
    assert (failure.found, failure.next_step) == ("There is no index", "Run `zhitu index`.")


def test_a_stream_that_is_closed_closes_the_answer() -> None:
    noted: list[str] = []

    async def run() -> None:
        desk = opened(FakeAssistant(pace=0.001, note=noted.append))
        views = stream(desk, AskRequest(id="7", question="慢慢说"))
        async for view in views:
            if view.sentences:
                break
        await views.aclose()
        for _ in range(1000):
            if "closed" in noted:
                return
            await asyncio.sleep(0.01)

    asyncio.run(run())
    assert "closed" in noted


def test_only_what_was_cited_can_be_read_around(tmp_path: Path) -> None:
    desk = opened(FakeAssistant())
    with pytest.raises(UsageError, match="no source of an answer"):
        desk.excerpt(str(tmp_path / "secret"), 0, 10)
    desk.cited(["some.pdf"])
    excerpt = desk.excerpt("some.pdf", DOCUMENT.index(RESNET), DOCUMENT.index(RESNET) + len(RESNET))
    assert excerpt.text.startswith("# ResNet\n\n前文。")
    assert excerpt.text[excerpt.start : excerpt.end] == RESNET


def test_a_request_out_of_bounds_is_refused() -> None:
    with pytest.raises(ValidationError):
        AskRequest.model_validate({"id": "x" * 65, "question": "q"})
    with pytest.raises(ValidationError):
        AskRequest.model_validate({"id": "x"})


# --- outline and texts --------------------------------------------------------------------------


def test_examples_are_about_entries_that_exist() -> None:
    outline = outline_of(all_entries())
    assert outline.examples["zh"][:3] == (
        "ResNet 为什么能缓解梯度消失？",
        "比较 WGAN 和 LSGAN",
        "KL 散度为什么不是距离？",
    )
    assert len(outline.examples["zh"]) == len(outline.examples["en"]) == 6
    few = outline_of([entry for entry in all_entries() if entry.path[0] == "距离计算"])
    assert few.examples["zh"] == (
        "KL 散度为什么不是距离？",
        "欧氏距离的核心思想是什么？",
        "欧氏距离和 KL 散度有什么区别？",
        "KL 散度和 Wasserstein 距离有什么区别？",
    )
    assert few.examples["en"] == ("Why is KL divergence not a distance?",)
    assert outline_of([]).examples == {"zh": (), "en": ()}


def test_every_text_that_the_page_asks_for_exists_and_no_other() -> None:
    source = "\n".join(file.read_text(encoding="utf-8") for file in sorted(UI.glob("*.js")))
    assert set(re.findall(r'\bt\("(\w+)"', source)) - set(catalog("zh")) == set()
    made = tuple(re.findall(r"`(\w+_)\$\{", source))  # `name_${…}`
    listed = ("error_", "progress_", "tab_", "measure_", "run_kind_", "search_", "kind_of_")
    source += (UI / "gate.py").read_text(encoding="utf-8")
    every = {**TEXTS, **FIT_TEXTS, **INTERVIEW_TEXTS}
    named = [key for key in every if not key.startswith((*made, *listed))]
    assert [key for key in named if f'"{key.removesuffix("_one")}"' not in source] == []


def test_both_languages_fill_in_the_same_things() -> None:
    english = catalog("en")
    for key, chinese in catalog("zh").items():
        filled = [sorted(re.findall(r"{\w+}", text)) for text in (chinese, english[key])]
        assert filled[0] == filled[1], key


def test_the_page_starts_without_the_heavy_libraries() -> None:
    heavy = ("torch", "chromadb", "llama_index", "sentence_transformers", "onnxruntime")
    code = f"import assistant.ui.launch, sys; print([m for m in {heavy} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == "[]"
