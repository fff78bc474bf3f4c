"""What the edges may ask for, whatever part answers it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

from assistant.chat_models import ModelState
from assistant.errors import UsageError, ZhituError
from assistant.grading import Point
from assistant.ingestion import IndexReport, Progress
from assistant.interview import Interview
from assistant.loaders import read_words
from assistant.loaders.corpus import corpus_folder
from assistant.note_edits import NoteEdits
from assistant.parts import Parts
from assistant.reading import Library, Reading
from assistant.schema import (
    AnswerEvent,
    ChatModel,
    Chunk,
    Entry,
    Grade,
    Hit,
    KeyPoint,
    Question,
    Turn,
)


@dataclass(frozen=True)
class State:
    """What the page needs to know before it lets a person ask."""

    index: Literal["ready", "missing", "outdated"]  # outdated: other embedder, chunker or version
    index_message: str  # what is wrong and what to run, where it isn't ready
    stale: tuple[str, ...]  # sources that changed since the index was made
    entries: int
    chunks: int
    model: ModelState
    model_name: str
    model_message: str


class Assistant(Parts):
    """Everything the edges may ask for. Safe to use from several threads."""

    # these two ask the Assistant itself, so they can't be among its Parts
    @cached_property
    def interview(self) -> Interview:
        """The mock interview."""
        return Interview(self.learner, _Marks(self), self.corpus, self.english)

    @cached_property
    def note_edits(self) -> NoteEdits:
        """What edits the learner's own notes."""
        return NoteEdits(lambda: self.ingestion.sources().files, self.entries)

    def state(self) -> State:
        """Cheap: called by the page every few seconds."""
        model, name, message = self._chat.state()
        try:
            services = self.services()
        except ZhituError as error:
            kind: Literal["missing", "outdated"] = (
                "missing" if self._folder.current() is None else "outdated"
            )
            return State(kind, str(error), (), 0, 0, model, name, message)
        manifest = services.index.manifest
        stale = self.ingestion.stale(manifest)
        return State("ready", "", stale, manifest.entries, manifest.chunks, model, name, message)

    def entries(self) -> list[Entry]:
        """All entries of the index in reading order, without references."""
        return self.services().taxonomy.entries

    def read(self, entry: str) -> Reading:
        """One entry, whole, as a person reads it; `entry` is its id or any of its names.

        Raises:
            UsageError: No entry is called so; the message offers near ones.
        """
        services = self.services()
        taxonomy, index = services.taxonomy, services.index

        def names(text: str) -> list[str]:
            return [link.entry for link in taxonomy.link(text).entries if link.exact]

        def chunks(identity: str) -> list[Chunk]:
            return index.chunks([row for span in index.rows([identity]) for row in range(*span)])

        library = Library(index.entries, corpus_folder(), names, chunks, self.links)
        return library.open(taxonomy.scope(entry))

    def search(self, query: str, k: int | None = None, scope: str | None = None) -> list[Hit]:
        """Find entries and references."""
        return self.services().search.search(query, k or self.settings.top_k, scope)

    def ask(
        self,
        question: str,
        *,
        history: Sequence[Turn] = (),
        scope: str | None = None,
        model: str | None = None,
    ) -> Iterator[AnswerEvent]:
        """Answer: first `Evidence`, then `TextDelta` and `SentenceDone`, at the end `Done`.

        Closing the iterator stops the model. Errors of the request itself (empty question, unknown
        scope, no index) are raised before the first event; a failing model is reported in
        `Answer.model_error` and the quoted passages stand as the answer.
        """
        services = self.services()
        chat = self.chat_model(model)
        stale = bool(self.ingestion.stale(services.index.manifest))
        return services.answering.ask(question, history, scope, chat, stale)

    def question(self, identity: str) -> Question:
        """A question of the bank.

        Raises:
            UsageError: There is none of that id.
        """
        found = self.bank.get(identity)
        if found is None:
            raise UsageError(
                f"The bank holds no question {identity!r}", "List them: zhitu questions"
            )
        return found

    def grade(self, question: Question, answer: str, chat: ChatModel | None = None) -> Grade:
        """Mark an answer to a question of the bank."""
        points = [Point(key.text, key.weight, key.follow_up, key) for key in question.points]
        return self.grader().grade(question.question, points, answer, chat)

    def grade_points(
        self, question: str, points: Sequence[str], answer: str, chat: ChatModel | None = None
    ) -> Grade:
        """Mark an answer against points that are not the bank's."""
        made = [Point(text) for text in points]
        return self.grader().grade(question, made, answer, chat)

    def index(
        self,
        progress: Progress | None = None,
        files: Sequence[str] | None = None,
        corpus: bool | None = None,
    ) -> IndexReport:
        """Bring the index up to date with the given or remembered sources."""
        return self.ingestion.run(files, corpus, progress)

    def source_text(self, file: str, start: int, end: int) -> str:
        """The words of a source from `start` to `end`.

        Raises:
            UsageError: `file` is no file that the index was made from.
        """
        if file not in {entry.file for entry in self.services().index.entries}:
            raise UsageError(f"{file} is no source of the index", "Name the file of a citation.")
        path = Path(file)
        if not path.is_absolute():
            path = corpus_folder() / file
        return read_words(path).text[start:end]

    def chat_model(self, wanted: str | None = None, wait: bool = False) -> ChatModel | None:
        """The chat model to use; see `ChatModels.choose`."""
        return self._chat.choose(wanted, wait)

    def start_model(self) -> None:
        """Begin to load the chat model in the background, where it is local; returns at once."""
        self._chat.start()

    def warm_up(self) -> None:
        """Make a search that nobody asked for, so that the first one needn't open the index."""
        with contextlib.suppress(ZhituError):
            self.search("warm up", 1)


class _Marks:
    """The grader as the interview asks it; its models are opened at the first answer."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def question(self, question: Question, answer: str, chat: ChatModel | None) -> Grade:
        return self._assistant.grade(question, answer, chat)

    def follow_up(self, asked: str, point: KeyPoint, answer: str, chat: ChatModel | None) -> Grade:
        aimed = Point(point.text, point.weight, "", point)
        return self._assistant.grader().grade(asked, [aimed], answer, chat)
