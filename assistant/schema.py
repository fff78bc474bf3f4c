"""The values that the stages hand to each other: frozen, validated, without behaviour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, Protocol, get_args, runtime_checkable

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

Vectors = npt.NDArray[np.float32]  # (n, d), rows of length 1
TokenIds = npt.NDArray[np.int64]  # (n, tokens)

Kind = Literal["note", "reference", "document"]
Language = Literal["zh", "en"]
SentenceStatus = Literal["supported", "unsupported", "contradicted", "quoted"]


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Erratum(_Value):
    """A claim of the original notes that is wrong, and what is right."""

    entry: str
    claim: str
    correction: str
    references: tuple[str, ...] = ()


class Source(_Value):
    """Where a text stands: offsets are characters of the decoded file, end exclusive."""

    title: str
    file: str
    url: str = ""
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class Claim(_Value):
    """The smallest text that is never cut: a bullet, a line of an outline, a sentence of prose."""

    text: str
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    part: str = ""  # the heading it stands under: 要点, 详解, 优点 …
    url: str = ""  # of the reference behind it
    asked: tuple[str, ...] = ()  # how people ask for it: embedded beside it, never shown


class Entry(_Value):
    """A node of the map: a section, a group or a single subject.

    `id` is the path of slugs; `path` the titles from the section down to the entry itself.
    """

    id: str
    path: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    kind: Kind = "note"
    owner: str = ""  # of a reference: the entry that cites it first
    claims: tuple[Claim, ...] = ()
    errata: tuple[Erratum, ...] = ()
    file: str = ""
    url: str = ""
    start: int = 0  # of the title in `file`
    end: int = 0
    order: int = 0  # place among all entries, depth first

    @property
    def title(self) -> str:
        """The entry's own title, the last of its path."""
        return self.path[-1]


class Document(_Value):
    """One loaded source: its entries in reading order, and the hash of the bytes they came from."""

    source: str
    sha256: str
    entries: tuple[Entry, ...]


class Chunk(_Value):
    """What is embedded and searched: whole claims of one entry.

    `id` depends on the entry and the text only, so that it survives a new index.
    """

    id: str
    entry: str
    path: tuple[str, ...]
    part: str
    kind: Kind
    text: str
    source: Source
    order: int  # the entry's place on the map; chunks of one scope are contiguous in it
    asked: tuple[str, ...] = Field(default=(), exclude=True)  # see Claim; not kept in the index


class Leg(_Value):
    """What one leg of the search said of a chunk."""

    rank: int = Field(ge=1)
    score: float


class Hit(_Value):
    """An entry or reference that was found, with its best passage in front."""

    rank: int = Field(ge=1)
    entry: str
    path: tuple[str, ...]
    kind: Kind
    score: float
    text: str
    source: Source
    chunk: str = ""  # id of the chunk that scored best
    linked: bool = False  # the question names this entry
    legs: dict[str, Leg] = Field(default_factory=dict)


QuestionKind = Literal["recall", "mechanism", "compare", "apply"]


class KeyPoint(_Value):
    """One claim that a good answer makes, and the bullet of the notes behind it."""

    text: str = Field(min_length=1)
    weight: int = Field(ge=1, le=3)
    bullet: str  # the first characters of the bullet
    entry: str  # whose bullet it is
    follow_up: str = ""  # asked when the point is missed


class Question(_Value):
    """A question of the bank."""

    id: str
    question: str = Field(min_length=1)
    entries: tuple[str, ...] = Field(min_length=1)
    kind: QuestionKind
    difficulty: int = Field(ge=1, le=3)
    points: tuple[KeyPoint, ...] = Field(min_length=1)


LinkKind = Literal["variant_of", "replaced", "solves", "compared_with", "uses", "part_of"]


class Link(_Value):
    """A relation between two entries, and the bullet of the notes that states it."""

    source: str
    target: str
    kind: LinkKind  # source KIND target; `solves`: a problem that the target has
    bullet: str = Field(min_length=1)  # the first characters of the bullet
    entry: str  # whose bullet it is


class Citation(_Value):
    """A numbered passage. `highlights`: (start, end) spans of `quote` that support a sentence."""

    n: int = Field(ge=1)
    entry: str
    path: tuple[str, ...]
    kind: Kind
    quote: str
    source: Source
    highlights: tuple[tuple[int, int], ...] = ()


PointVerdict = Literal["covered", "partial", "missing", "contradicted"]
GradeVerdict = Literal["good", "fair", "poor", "none"]


class PointGrade(_Value):
    """What an answer says of one key point."""

    text: str
    verdict: PointVerdict
    weight: int = 1
    confidence: float = Field(ge=0, le=1)  # probability of the verdict
    quote: str = ""  # the answer's own words that it rests on
    citation: Citation | None = None  # the passage of the notes behind the point


class Grade(_Value):
    """An answer held against its key points.

    `verdict`: good from 80 with nothing contradicted, fair from 40, poor below, none where the
    answer states nothing.
    """

    question: str
    score: int = Field(ge=0, le=100)
    verdict: GradeVerdict
    points: tuple[PointGrade, ...]
    add: tuple[str, ...] = ()  # points that are missing, or whose other half is
    follow_up: str = ""  # aims at the most valuable gap
    judge: str  # who judged
    model_error: str = ""  # why the chat model's part is missing, where it is


class LinkedEntry(_Value):
    """An entry that a text names, and the words that name it."""

    entry: str
    title: str
    mention: str
    start: int
    end: int
    exact: bool  # False: spelt otherwise than a title or an alias


class Sentence(_Value):
    """One sentence of an answer, and what the passages say of it."""

    text: str
    citations: tuple[int, ...] = ()
    status: SentenceStatus


class NearEntry(_Value):
    """An entry offered where the notes have no answer."""

    entry: str
    path: tuple[str, ...]


class Answer(_Value):
    """What is shown for a question; a refusal is an answer too."""

    question: str
    understood: str = ""  # the question as asked of the notes, where it differs
    answer: str
    refused: bool
    reason: str = ""
    language: Language
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    errata: tuple[Erratum, ...] = ()
    near: tuple[NearEntry, ...] = ()
    removed: int = 0  # sentences taken out because a passage contradicts them
    model: str = "none"
    model_error: str = ""  # why the model's part is missing, where it is
    timings_ms: dict[str, float] = Field(default_factory=dict)


class Evidence(_Value):
    """Event: retrieval is done. The passages, or the refusal, are known before the model speaks."""

    understood: str  # the question as asked of the notes
    language: Language
    citations: tuple[Citation, ...] = ()
    errata: tuple[Erratum, ...] = ()
    refused: bool = False
    reason: str = ""
    near: tuple[NearEntry, ...] = ()
    stale: bool = False  # sources changed since the index was made


class TextDelta(_Value):
    """Event: text of the sentence that the model is writing, not yet checked."""

    text: str


class SentenceDone(_Value):
    """Event: the text since the last one is a whole sentence, and this is what the check says.

    A contradicted sentence is to be taken off the screen: it is not in the answer.
    """

    sentence: Sentence
    citations: tuple[Citation, ...] = ()  # the cited passages, now with their highlights


class Done(_Value):
    """Event: the whole answer, as it is to be kept."""

    answer: Answer


AnswerEvent = Evidence | TextDelta | SentenceDone | Done


class Turn(_Value):
    """One exchange of a conversation, as much of it as a follow-up needs."""

    question: str
    understood: str
    entries: tuple[str, ...] = ()


# how a sentence stands to a passage; `partial`: a part of it follows, the rest isn't there
Relation = Literal["supported", "partial", "contradicted", "unrelated"]
RELATIONS: tuple[Relation, ...] = get_args(Relation)


Part = tuple[Literal["title", "question", "text"], str]  # what a piece of a premise is


class PairModel(Protocol):
    """Reads a premise and a sentence together."""

    def relations(self, pairs: Sequence[tuple[Sequence[Part], str]]) -> Vectors:
        """How the sentence of each pair stands to its premise.

        Returns:
            Probabilities, float32 of shape (n, 4), columns in the order of `RELATIONS`.
        """
        ...


@runtime_checkable
class Embedder(Protocol):
    """Turns texts into vectors. Query and passage are embedded differently by some models."""

    name: str
    revision: str  # changes whenever the vectors would
    dimension: int

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        """Embed questions. Returns float32 of shape (n, dimension), rows of length 1."""
        ...

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """Embed passages. Returns float32 of shape (n, dimension), rows of length 1."""
        ...

    def count_tokens(self, text: str) -> int:
        """Length of `text` in the model's own tokens, without prefix and special tokens."""
        ...


class Retriever(Protocol):
    """Every way of searching has this one signature."""

    def search(self, query: str, k: int = 10, scope: str | None = None) -> list[Hit]:
        """Return at most `k` hits, best first, folded to one an entry."""
        ...


class ChatModel(Protocol):
    """A chat model behind one streaming call."""

    name: str

    def stream(self, messages: Sequence[dict[str, Any]]) -> Iterator[str]:
        """Yield the reply piece by piece. Closing the iterator stops the server's work.

        Raises:
            ChatModelError: The endpoint failed; what was yielded before it stays valid.
        """
        ...
