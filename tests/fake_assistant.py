"""An Assistant that plays scripted scenes, so that the page can be seen in every state.

Run as a program it serves the page: `python tests/fake_assistant.py [--missing] [--log FILE] ...`.
A word in the question chooses the scene; see `FakeAssistant.ask`.
"""

from __future__ import annotations

import argparse
import atexit
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from itertools import groupby
from pathlib import Path

from assistant.chat_models import ModelState
from assistant.chunking import chunk_entries
from assistant.config import load_settings
from assistant.errors import IndexStateError, SourceError, UsageError, ZhituError
from assistant.ingestion import Progress
from assistant.loaders.corpus import load_corpus
from assistant.loaders.links import load_links
from assistant.loaders.markdown import parse_markdown
from assistant.pipeline import Assistant, State
from assistant.reading import Library, Reading
from assistant.retrieval import clean_query
from assistant.schema import (
    Answer,
    AnswerEvent,
    Citation,
    Claim,
    Done,
    Entry,
    Erratum,
    Evidence,
    Hit,
    NearEntry,
    Sentence,
    SentenceDone,
    SentenceStatus,
    Source,
    TextDelta,
    Turn,
)

ATTACK = "<img src=x onerror=\"document.title='hacked'\"><script>document.title='hacked'</script>"

MAP = Path(__file__).with_name("data") / "map"  # what can be opened to read
OWN = f"# 自己的 {ATTACK}\n\n自己写的 {ATTACK} [点我](javascript:alert(1))\n\n## 空标题\n"

DEEPER = ("神经网络模型", "更深的网络")
RESNET = (
    "创新点是 shortcut:学习残差 $F(x) = y - x$,输出 $y = F(x) + x$。\n"
    "- 恒等映射使导数里总有一个加 1 的项,缓解了梯度消失 [@he2016resnet]\n"
    "- 引入恒等映射解决了深度增加时的**网络退化**\n"
    "- 分为 `Basic block` 和 `Bottleneck` 两种"
)
DENSENET = (
    "密集连接:每一层都接收前面所有层的特征,提升了梯度的反向传播,使得网络更容易训练。"
    "用 concatenate 做特征复用,参数更少,但需要较大的显存。"
)
BATCHNORM = (
    "批归一化把每个通道归一化为零均值、单位方差:\n"
    "$$\\hat{x} = \\frac{x - \\mu_B}{\\sqrt{\\sigma_B^2 + \\epsilon}}$$\n"
    "再用 $\\gamma, \\beta$ 缩放和平移。"
)
DOCUMENT = f"---\ntitle: ResNet\n---\n# ResNet\n\n前文。\n{RESNET}\n\n后文 {ATTACK}"
ERRATUM = Erratum(
    entry="backbone/deeper/resnet",
    claim="解决了梯度消失",
    correction="原论文说梯度消失已由归一化初始化与 BN 基本解决;残差连接针对的是退化问题。",
    references=("he2016resnet",),
)


def citation(n: int, title: str, quote: str, marked: str = "", url: str = "") -> Citation:
    """A passage; `marked` are the words of it that support a sentence."""
    at = quote.find(marked) if marked else -1
    begin = max(0, DOCUMENT.find(quote))
    return Citation(
        n=n,
        entry=f"backbone/deeper/{title.casefold()}",
        path=(*DEEPER, title),
        kind="note",
        quote=quote,
        source=Source(
            title=title, file=f"{title}.md", url=url, start=begin, end=begin + len(quote)
        ),
        highlights=((at, at + len(marked)),) if at >= 0 else (),
    )


PASSAGES = (
    citation(1, "ResNet", RESNET, url="https://arxiv.org/abs/1512.03385"),
    citation(2, "DenseNet", DENSENET),
    citation(3, "BatchNorm", BATCHNORM),
)
MARKED = (
    citation(1, "ResNet", RESNET, "恒等映射使导数里总有一个加 1 的项,缓解了梯度消失"),
    citation(2, "DenseNet", DENSENET, "每一层都接收前面所有层的特征,提升了梯度的反向传播"),
    citation(3, "BatchNorm", BATCHNORM, "归一化为零均值、单位方差"),
)

Line = tuple[str, tuple[int, ...], SentenceStatus]
ANSWER: tuple[Line, ...] = (
    ("ResNet 用捷径连接让每个模块学习残差 $F(x) = y - x$,输出是 $F(x) + x$。", (1,), "supported"),
    ("求导时恒等项总贡献一个 1,梯度可以不经衰减地传回浅层。", (1,), "supported"),
    ("DenseNet 更进一步,让每一层都接收前面所有层的特征,梯度同样更容易回传。", (2,), "supported"),
    ("这一思想最早来自生物神经元的跳跃突触。", (), "unsupported"),
    ("\n训练里常与批归一化一起使用,它把每个通道归一化为零均值、单位方差。", (3,), "supported"),
)
CONTRADICTED: tuple[Line, ...] = (
    ANSWER[0],
    ("ResNet 用相乘代替相加来合并捷径。", (), "contradicted"),
    ANSWER[1],
)
SECTIONS = (
    ("神经网络模型", "更深的网络", ("LeNet-5", "AlexNet", "VGGNet", "ResNet", "DenseNet")),
    ("神经网络模型", "更快的网络", ("MobileNet V1", "MobileNet V2", "ShuffleNet")),
    ("生成对抗", "", ("DCGAN", "WGAN", "WGAN-GP", "LSGAN")),
    ("距离计算", "", ("欧氏距离", "KL 散度", "Wasserstein 距离")),
    ("优化器", "", ("SGD", "Momentum", "Adam")),
)


def all_entries() -> list[Entry]:
    """A small map: sections, groups and entries in reading order."""
    found: dict[tuple[str, ...], Entry] = {}
    for section, group, titles in SECTIONS:
        above = (section, group) if group else (section,)
        for path in (above[:1], above, *((*above, title) for title in titles)):
            leaf = path[-1] in titles
            found.setdefault(
                path,
                Entry(
                    id="/".join(path),
                    path=path,
                    aliases=("残差网络",) if path[-1] == "ResNet" else (),
                    claims=(Claim(text=path[-1], start=0, end=len(path[-1])),) if leaf else (),
                    file=f"{path[-1]}.md",
                    order=len(found),
                ),
            )
    return list(found.values())


class FakeAssistant(Assistant):
    """Plays a scene by a word in the question.

    Args:
        missing: There is no index until `index` has run.
        outdated: The index was made with other settings, until `index` has run.
        stale: Two sources have changed, until `index` has run.
        model: State of the chat model; "loading" becomes "ready" after the first question.
        broken: `index` fails, the first time.
        pace: Seconds between two pieces of text.
        data: Folder of the learners' progress, where it is to outlive this Assistant.
        note: Called with what happened, for tests that look behind the page.
    """

    def __init__(
        self,
        *,
        missing: bool = False,
        outdated: bool = False,
        stale: bool = False,
        model: ModelState = "ready",
        broken: bool = False,
        pace: float = 0.01,
        data: Path | None = None,
        note: Callable[[str], None] = lambda _: None,
    ) -> None:
        folder = data or Path(tempfile.mkdtemp(prefix="zhitu-fake-"))
        if data is None:
            atexit.register(shutil.rmtree, folder, ignore_errors=True)
        self.settings = load_settings(model="none", data_dir=folder)
        self._store, self._store_lock = None, threading.Lock()
        self._index = "missing" if missing else "outdated" if outdated else "ready"
        self._stale = ("notes/resnet.md", "notes/vgg.md") if stale else ()
        self._model: ModelState = model
        self._broken = broken
        self._pace = pace
        self._note = note
        self._never = threading.Event()

    def state(self) -> State:
        ready = self._index == "ready"
        messages = {
            "missing": "No notes have been indexed yet. Run `zhitu index`.",
            "outdated": "Made by embedder e5-old, now e5-small. Run `zhitu index`.",
            "ready": "",
        }
        return State(
            index=self._index,  # type: ignore[arg-type]
            index_message=messages[self._index],
            stale=self._stale,
            entries=len(all_entries()) if ready else 0,
            chunks=164 if ready else 0,
            model=self._model,
            model_name="qwen2.5-coder-1.5b" if self._model in ("ready", "loading") else "",
            model_message="Run `zhitu models pull` to get one." if self._model == "absent" else "",
        )

    def warm_up(self) -> None:
        """Nothing to open."""

    def start_model(self) -> None:
        self._note("start_model")

    def entries(self) -> list[Entry]:
        return all_entries()

    def search(self, query: str, k: int | None = None, scope: str | None = None) -> list[Hit]:
        return []

    def source_text(self, file: str, start: int, end: int) -> str:
        return DOCUMENT[start:end]

    @cached_property
    def library(self) -> Library:
        """The small map, and a file of the learner's that attacks the page."""
        own = parse_markdown(OWN, "/notes/own.md", "own")
        entries = [*load_corpus(MAP).entries, *own]
        chunks = chunk_entries(entries, len, 10_000)
        of_entry = {i: list(group) for i, group in groupby(chunks, lambda chunk: chunk.entry)}
        titles = {entry.title: entry.id for entry in entries}

        def names(text: str) -> list[str]:
            return [identity for title, identity in titles.items() if title in text]

        links = load_links(MAP)
        return Library(entries, MAP, names, lambda identity: of_entry.get(identity, []), links)

    def read(self, entry: str) -> Reading:
        self._note(f"read {entry}")
        for identity in (entry, f"backbone/deeper/{entry.rpartition('/')[2].casefold()}"):
            try:
                return self.library.open(identity)
            except KeyError:
                continue
        raise UsageError(f"No entry is called {entry!r}", "Near ones: ResNet.")

    def index(self, progress: Progress | None = None) -> dict[str, float]:
        self._note("index")
        for done in range(5):
            time.sleep(self._pace * 10)
            if progress:
                progress("index", done + 1, 5)
        if self._broken:
            self._broken = False
            raise SourceError("notes/list.pdf can't be read", "Remove it, or save it again.")
        self._index, self._stale = "ready", ()
        return {"added": 164.0, "seconds": 1.0}

    def close(self) -> None:
        self._note("close")

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        scope: str | None = None,
        model: str | None = None,
    ) -> Iterator[AnswerEvent]:
        self._note(f"ask {question} scope={scope} history={[turn.question for turn in history]}")
        if self._index != "ready":
            raise IndexStateError("There is no index", "Run `zhitu index`.")
        clean_query(question)  # the real one says what is wrong with a question
        if "崩溃" in question:
            raise RuntimeError("a bug")
        if "天气" in question or "Mamba" in question:
            return self._refuse(question)
        return self._answer(question, history)

    def _refuse(self, question: str) -> Iterator[AnswerEvent]:
        reason = "没有一段笔记提到「天气」。"
        near = tuple(
            NearEntry(entry=f"x/{title}", path=(*DEEPER, title)) for title in ("ResNet", "DenseNet")
        )
        yield Evidence(understood=question, language="zh", refused=True, reason=reason, near=near)
        answer = Answer(
            question=question, answer="", refused=True, reason=reason, language="zh", near=near
        )
        yield Done(answer=answer)

    def _answer(self, question: str, history: Sequence[Turn]) -> Iterator[AnswerEvent]:
        understood = question
        if history and question.startswith("它"):
            understood = f"ResNet {question[1:]}"
        passages, lines = PASSAGES, ANSWER
        if "攻击" in question or "onerror" in question:
            passages = (citation(1, "ResNet", f"笔记里写着 {ATTACK} 这样的字"),)
            lines = ((f"模型说 {ATTACK} 。", (1,), "supported"),)
        if "矛盾" in question:
            lines = CONTRADICTED
        errata = (ERRATUM,) if "勘误" in question else ()
        evidence = Evidence(
            understood=understood,
            language="zh",
            citations=passages,
            errata=errata,
            stale=bool(self._stale),
        )
        yield evidence
        quoting = self._model != "ready"
        if self._model == "loading":
            self._model = "ready"
        if quoting or "断线" in question:
            yield self._quoted(evidence, question, "断线" in question)
            return
        if "等待" in question:
            self._never.wait(600)
        try:
            kept = yield from self._sentences(lines, "慢" in question)
        finally:
            self._note("closed" if sys.exc_info()[0] is GeneratorExit else "ended")
        yield Done(
            answer=Answer(
                question=question,
                understood=understood,
                answer="".join(text for text, _, _ in kept),
                refused=False,
                language="zh",
                sentences=tuple(_sentence(line) for line in kept),
                citations=MARKED if passages is PASSAGES else passages,
                errata=errata,
                removed=len(lines) - len(kept),
                model="qwen2.5-coder-1.5b",
                timings_ms={"total": 1200.0},
            )
        )

    def _sentences(self, lines: tuple[Line, ...], slow: bool) -> Iterator[AnswerEvent]:
        kept = []
        for line in lines * (200 if slow else 1):
            for piece in re.findall(r".{1,3}", line[0], re.DOTALL):
                time.sleep(self._pace)
                yield TextDelta(text=piece)
            marked = tuple(MARKED[n - 1] for n in line[1])
            yield SentenceDone(sentence=_sentence(line), citations=marked)
            if line[2] != "contradicted":
                kept.append(line)
        return kept

    def _quoted(self, evidence: Evidence, question: str, failed: bool) -> Done:
        quotes: tuple[Line, ...] = (
            ("恒等映射使导数里总有一个加 1 的项,缓解了梯度消失", (1,), "quoted"),
            ("密集连接:每一层都接收前面所有层的特征,提升了梯度的反向传播", (2,), "quoted"),
        )
        reason = "Connection refused at http://127.0.0.1:11434/v1. Start the endpoint's server."
        return Done(
            answer=Answer(
                question=question,
                answer="\n".join(text for text, _, _ in quotes),
                refused=False,
                language="zh",
                sentences=tuple(_sentence(line) for line in quotes),
                citations=evidence.citations,
                errata=evidence.errata,
                model_error=reason if failed else "",
            )
        )


def _sentence(line: Line) -> Sentence:
    return Sentence(text=line[0].strip(), citations=line[1], status=line[2])


def main() -> int:
    """Serve the page with a fake behind it."""
    parser = argparse.ArgumentParser()
    for flag in ("missing", "outdated", "stale", "broken", "failing"):
        parser.add_argument(f"--{flag}", action="store_true")
    parser.add_argument("--model", default="ready")
    parser.add_argument("--pace", type=float, default=0.01)
    parser.add_argument("--log", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--password")
    parser.add_argument("--language")
    given = parser.parse_args()

    def note(text: str) -> None:
        if given.log:
            with given.log.open("a", encoding="utf-8") as log:
                log.write(f"{text}\n")

    def load() -> Assistant:
        if given.failing:
            raise ZhituError("The data folder is not writable", "Set ZHITU_DATA_DIR.")
        return FakeAssistant(
            missing=given.missing,
            outdated=given.outdated,
            stale=given.stale,
            model=given.model,
            broken=given.broken,
            pace=given.pace,
            data=given.data,
            note=note,
        )

    from assistant.ui.launch import serve

    settings = load_settings(port=given.port, password=given.password, language=given.language)
    try:
        return serve(settings, load)
    except ZhituError as error:
        print(error, file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
