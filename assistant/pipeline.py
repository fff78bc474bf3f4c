"""Builds the services from Settings, once, and hands them to the edges."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.answerability import Answerability
from assistant.answering import Answering
from assistant.answering import Services as AnswerServices
from assistant.behind import Behind
from assistant.chat_models import ChatModels, ModelState
from assistant.choosing import centrality
from assistant.chunking import CHUNKER
from assistant.config import PROGRESS, SearchName, Settings
from assistant.embedding import OnnxEmbedder, open_embedder
from assistant.errors import IndexStateError, ModelMissingError, UsageError, ZhituError
from assistant.grading import Grader, Point
from assistant.grounding import SupportChecker
from assistant.index import Index, IndexFolder
from assistant.ingestion import IndexReport, Ingestion, Progress
from assistant.interview import Interview
from assistant.learner import Learner
from assistant.lexicon import Lexicon
from assistant.loaders import read_words
from assistant.loaders.corpus import corpus_folder, load_corpus
from assistant.loaders.links import load_links
from assistant.loaders.questions import in_english, load_questions
from assistant.model_store import ModelStore
from assistant.note_edits import NoteEdits
from assistant.reading import Library, Reading
from assistant.retrieval import Bm25Search, DenseSearch, FusedSearch, Search, TaxonomySearch
from assistant.scheduling import Scheduler
from assistant.schema import (
    AnswerEvent,
    ChatModel,
    Chunk,
    Embedder,
    Entry,
    Grade,
    Hit,
    KeyPoint,
    Link,
    PairModel,
    Question,
    Turn,
)
from assistant.taxonomy import Taxonomy

if TYPE_CHECKING:
    from assistant.store import Store

CHECKER_BASE = "multilingual-e5-small"  # what the checker's model began as
SEARCHES: dict[SearchName, type[Search]] = {
    "taxonomy": TaxonomySearch,
    "fused": FusedSearch,
    "dense": DenseSearch,
    "bm25": Bm25Search,
}


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


@dataclass(frozen=True)
class Services:
    """All that stands on one generation of the index."""

    generation: str
    index: Index
    taxonomy: Taxonomy
    embedder: Embedder
    search: Search
    answering: Answering
    checker: SupportChecker
    grader: Grader | None  # None where the embedder that its model stands on is not here


class Assistant:
    """Everything the edges may ask for. Safe to use from several threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.models = ModelStore(settings.models_dir, settings.hub_url)
        self._folder = IndexFolder(settings.data_dir / "index", settings.chroma_url)
        self._lock = threading.RLock()
        self._services: Services | None = None
        self._retired: Index | None = None
        self._chat = ChatModels(settings, self.models)
        self._store: Store | None = None
        self._store_lock = threading.Lock()  # its own: opening an index takes seconds

    @cached_property
    def lexicon(self) -> Lexicon:
        """The names of the field."""
        return Lexicon.load(corpus_folder() / "lexicon.txt")

    @cached_property
    def embedder(self) -> Embedder:
        """The configured embedder.

        Raises:
            ModelMissingError: It is not in the store; the message says how to fetch it.
        """
        return open_embedder(self.models, self.settings.embedder)

    @cached_property
    def bank(self) -> dict[str, Question]:
        """The questions of the bank by id."""
        return {question.id: question for question in load_questions(corpus_folder())}

    @cached_property
    def links(self) -> list[Link]:
        """The relations between the built-in entries."""
        return load_links(corpus_folder())

    @cached_property
    def english(self) -> dict[str, Question]:
        """The questions of the bank in English, by id."""
        return {q.id: q for q in in_english(self.bank.values(), corpus_folder())}

    @cached_property
    def corpus(self) -> dict[str, Entry]:
        """The built-in entries by id, whether the index holds them or not."""
        return {entry.id: entry for entry in load_corpus(corpus_folder()).entries}

    @cached_property
    def ingestion(self) -> Ingestion:
        """What keeps the index up to date."""
        others = corpus_folder() / "other_fields.txt"
        lines = others.read_text(encoding="utf-8").split("\n") if others.exists() else []
        return Ingestion(
            self.settings,
            self._folder,
            self.lexicon,
            [line.strip() for line in lines if line.strip()],
            lambda: self.embedder,
        )

    @property
    def store(self) -> Store:
        """What is kept of the learners; opened at the first use.

        Raises:
            StoreError: It can't be opened; nothing of it was changed.
        """
        with self._store_lock:
            if self._store is None:
                from assistant.store import Store

                url = self.settings.store_url.get_secret_value()
                self._store = Store(url or self.settings.data_dir / PROGRESS)
            return self._store

    @cached_property
    def learner(self) -> Learner:
        """The learners' progress over the question bank."""
        pairs = [(link.source, link.target) for link in self.links]
        return Learner(self.store, self.bank, centrality(pairs, self.bank), Scheduler())

    @cached_property
    def interview(self) -> Interview:
        """The mock interview."""
        return Interview(self.learner, _Marks(self), self.corpus, self.english)

    @cached_property
    def note_edits(self) -> NoteEdits:
        """What edits the learner's own notes."""
        return NoteEdits(lambda: self.ingestion.sources().files, self.entries)

    def services(self) -> Services:
        """The services of the generation that serves now; reopened when another took its place.

        Raises:
            IndexStateError: There is no index, or it was made by other settings.
        """
        with self._lock:
            name = self._folder.current()
            if self._services is not None and self._services.generation == name:
                return self._services
            index = self._folder.open()
            embedder = self.embedder
            try:
                self._check(index, embedder)
            except IndexStateError:
                index.close()
                raise
            taxonomy = Taxonomy(index.entries, self.lexicon, index.manifest.mentioned)
            search = SEARCHES[self.settings.search](index, taxonomy, embedder)
            model = self._pair_model()
            checker = SupportChecker(taxonomy, model)
            answering = Answering(
                AnswerServices(
                    search=search,
                    taxonomy=taxonomy,
                    answerability=Answerability(index, taxonomy),
                    checker=checker,
                    count_tokens=embedder.count_tokens,
                ),
                self.settings.top_k,
                self.settings.prompt_tokens,
            )
            # the old index stays open: another thread may still be reading it. The one before that
            # was retired at the last re-index, and no question takes so long.
            if self._retired is not None:
                self._retired.close()
            self._retired = self._services.index if self._services else None
            grader = None
            if model is not None:
                grader = Grader(model, checker, Behind(lambda: self.corpus, search, model).cite)
            self._services = Services(
                name or "", index, taxonomy, embedder, search, answering, checker, grader
            )
            return self._services

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

    def close(self) -> None:
        """Stop the chat model and let go of the index and the progress."""
        with self._store_lock:
            if self._store is not None:
                self._store.close()
                self._store = None
        with self._lock:
            self._chat.close()
            for index in (self._retired, self._services.index if self._services else None):
                if index is not None:
                    index.close()
            self._retired = self._services = None

    def _pair_model(self) -> PairModel | None:
        """What reads a passage and a sentence together; None where its embedder is not here."""
        from assistant.cross_encoder import CrossEncoder

        embedder = self.embedder
        if not isinstance(embedder, OnnxEmbedder) or embedder.name != CHECKER_BASE:
            if not self.models.ready(CHECKER_BASE):
                return None
            embedder = open_embedder(self.models, CHECKER_BASE)
        return CrossEncoder(embedder) if isinstance(embedder, OnnxEmbedder) else None

    def grader(self) -> Grader:
        """What marks answers.

        Raises:
            ModelMissingError: The model that it stands on is not on this machine.
        """
        grader = self.services().grader
        if grader is None:
            raise ModelMissingError(
                f"Marking needs the model {CHECKER_BASE}, and it is not here",
                f"Fetch it: zhitu models pull {CHECKER_BASE}",
            )
        return grader

    def _check(self, index: Index, embedder: Embedder) -> None:
        manifest = index.manifest
        for what, made, now in (
            ("embedder", manifest.embedder, embedder.name),
            ("embedder's revision", manifest.revision, embedder.revision),
            ("chunker", manifest.chunker, CHUNKER),
            ("chunk length", manifest.chunk_tokens, self.settings.chunk_tokens),
            ("lexicon", manifest.lexicon, self.lexicon.digest),
        ):
            if made != now:
                raise IndexStateError(
                    f"The index was made with {what} {made}, and it is {now} now",
                    "Run `zhitu index` to rebuild it.",
                )


class _Marks:
    """The grader as the interview asks it; its models are opened at the first answer."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def question(self, question: Question, answer: str, chat: ChatModel | None) -> Grade:
        return self._assistant.grade(question, answer, chat)

    def follow_up(self, asked: str, point: KeyPoint, answer: str, chat: ChatModel | None) -> Grade:
        aimed = Point(point.text, point.weight, "", point)
        return self._assistant.grader().grade(asked, [aimed], answer, chat)
