"""Builds the services from Settings, each once, and lets go of them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from assistant.answerability import Answerability
from assistant.answering import Answering
from assistant.answering import Services as AnswerServices
from assistant.behind import Behind
from assistant.chat_models import ChatModels
from assistant.choosing import centrality
from assistant.chunking import CHUNKER
from assistant.config import PROGRESS, SearchName, Settings
from assistant.embedding import OnnxEmbedder, open_embedder
from assistant.errors import IndexStateError, ModelMissingError
from assistant.grading import Grader
from assistant.grounding import SupportChecker
from assistant.index import Index, IndexFolder
from assistant.ingestion import Ingestion
from assistant.learner import Learner
from assistant.lexicon import Lexicon
from assistant.loaders.corpus import corpus_folder, load_corpus
from assistant.loaders.links import load_links
from assistant.loaders.questions import in_english, load_questions
from assistant.model_store import ModelStore
from assistant.retrieval import Bm25Search, DenseSearch, FusedSearch, Search, TaxonomySearch
from assistant.scheduling import Scheduler
from assistant.schema import Embedder, Entry, Link, PairModel, Question
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


class Parts:
    """What an Assistant is made of, each part built where it is first asked for."""

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
