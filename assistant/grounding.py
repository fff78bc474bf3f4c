"""Does a passage support a sentence? By the words it shares, its numbers, negations and names.

Similarity of vectors can't see a negation, a swapped entry or a changed number, so rules go first
and the embedder only helps where words differ. The one check serves the chat; the evals publish how
often it is right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assistant.language import language_of
from assistant.schema import Embedder
from assistant.taxonomy import Taxonomy
from assistant.tokenization import Token, fold, is_han, tokens

Relation = Literal["supported", "contradicted", "unrelated"]

# Shares of a sentence's terms that stand in the passage.
_COVERED = 0.6  # enough by itself
_PARTLY = 0.3  # enough where the vectors are near too
_CLAUSE_COVERED = 0.25  # in each clause, of what it says of its subject
_SUBJECT_WITHIN = 8  # characters from the clause's start where its subject begins
_ALIGNED = 0.45  # the same statement is meant, so that a difference in it is a contradiction
_NEAR = {"zh": 0.9, "en": 0.9}  # cosine of sentence and passage, by the sentence's language
_NEAR_ACROSS = 0.85  # the same where the languages differ

_MARKER = re.compile(r"\s*\[\d+\]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
# 不 and 没 negate what follows; these words hold the character without denying anything
_NEGATION = re.compile(
    r"(?:不(?!等|仅|同|断|但|管|论|过|足|变|妨|如|稳定|平稳)|没有?|无法|无需|无(?=性能|需|法|关)|未|并非|"
    r"非(?=对称|凸|平稳|线性)|不再|"
    r"\b(?:not|no|never|cannot|without)\b|n't|\b(?:non-?|a(?=symmetric)|un(?=stable|bounded)))"
)
_DENIED = re.compile(rf"{_NEGATION.pattern}|(?<!多)少|几乎")
_CLAIM = re.compile(r"[\n。;\uff1b]")
_CLAUSE = re.compile(r"[\n。;,\uff1b\uff0c]|\bbut\b|而(?!且)|但是?")
_CLAUSE_SHARE = 0.4
_CLAUSE_TERMS = 2  # shared terms that make two clauses speak of the same thing
_OPPOSITES = [
    pair.split("/")
    for pair in (
        "增大/减小 增加/减少 增加/降低 提高/降低 提升/下降 提升/降低 升高/降低 变大/变小 更大/更小 较大/较小 "
        "最大/最小 更多/更少 更快/更慢 变快/变慢 加快/减慢 加速/减速 放大/缩小 浅层/深层 低层/高层 输入/输出 "
        "编码/解码 优点/缺点 升维/降维 上采样/下采样 离线/在线 前期/后期 初期/后期 强化/弱化 放大/约束 "
        "上界/下界 局部/全局 increase/decrease larger/smaller more/fewer more/less faster/slower "
        "higher/lower upper/lower input/output maximum/minimum maximize/minimize shallow/deep "
        "encoder/decoder local/global"
    ).split()
]  # fmt: skip


@dataclass(frozen=True)
class Passage:
    """What a sentence is held against: the words shown, and the titles they stand under."""

    text: str
    path: tuple[str, ...]
    entry: str


@dataclass(frozen=True)
class Judgement:
    """What the passages say of a sentence, which of them, and its supporting words."""

    relation: Relation
    passage: int | None = None  # place in the list of passages
    highlights: tuple[tuple[int, int], ...] = ()  # spans of that passage's text
    coverage: float = 0.0


class SupportChecker:
    """Holds sentences against passages. With an embedder it also sees other words for the same."""

    def __init__(self, taxonomy: Taxonomy, embedder: Embedder | None = None) -> None:
        self._taxonomy = taxonomy
        self._embedder = embedder

    def check(
        self, sentence: str, passages: Sequence[Passage], preferred: Sequence[int] = ()
    ) -> Judgement:
        """Judge one sentence.

        Args:
            sentence: It may carry `[n]` markers; they are not looked at.
            passages: At most a handful.
            preferred: Places of passages that the writer cites; the first that supports wins.

        Returns:
            The best supporting passage; else a contradicting one; else `unrelated`.
        """
        bare = plain_sentence(sentence)
        order = [*preferred, *(i for i in range(len(passages)) if i not in preferred)]
        found = [(i, *self._words(bare, passages[i])) for i in order if 0 <= i < len(passages)]
        supporting = [f for f in found if f[1] == "supported"]
        if supporting:
            cited = [f for f in supporting if f[0] in preferred]
            best = max(cited or supporting, key=lambda f: f[2])
            return self._judgement("supported", bare, passages, best[0], best[2])
        against = [f for f in found if f[1] == "contradicted"]
        if against:
            best = max(against, key=lambda f: f[2])
            return self._judgement("contradicted", bare, passages, best[0], best[2])
        open_ones = [f for f in found if f[1] == "open"]
        if open_ones and (near := self._near(bare, passages, open_ones)) is not None:
            return self._judgement("supported", bare, passages, near[0], near[1])
        return Judgement("unrelated")

    def _judgement(
        self, relation: Relation, bare: str, passages: Sequence[Passage], i: int, coverage: float
    ) -> Judgement:
        return Judgement(relation, i, shared_spans(bare, passages[i].text), round(coverage, 3))

    def _words(self, bare: str, passage: Passage) -> tuple[str, float]:
        """`supported`, `contradicted`, `open` (the vectors may decide) or `no`; and the coverage."""
        said = _single_terms(bare)
        if not said:
            return "no", 0.0
        shown = f"{' '.join(passage.path)}\n{passage.text}"
        across = _across(bare, passage.text)
        other_names = " ".join(self._taxonomy.other_names(shown))
        known = {token.term for text in (shown, other_names) for token in tokens(text)}
        coverage = sum(token.term in known for token in said) / len(said)
        if self._names_another(bare, passage, shown) or self._new_terms(bare, shown):
            return "no", coverage
        if coverage >= _ALIGNED and not across and _opposed(bare, passage):
            return "contradicted", coverage
        if across:
            coverage = self._without_subject(said, passage, known)
            if _denies_something(bare) != _denies_something(passage.text):
                return "no", coverage  # the clauses can't be matched across languages
        numbers = _numbers(bare) - _numbers(shown)
        if numbers:
            if coverage >= _ALIGNED and _same_unit(bare, passage.text, numbers):
                return "contradicted", coverage
            return "no", coverage
        if not across and self._adds_a_clause(bare, passage, known):
            return "no", coverage
        if coverage >= _COVERED:
            return "supported", coverage
        if across or coverage >= _PARTLY:
            return "open", coverage
        return "no", coverage

    def _names_another(self, bare: str, passage: Passage, shown: str) -> bool:
        """Whether the sentence names an entry that the passage neither is about nor mentions."""
        own = f"{passage.path[-1]}\n{passage.text}"  # every entry stands under the titles above it
        about = {link.entry for link in self._taxonomy.link(own).entries} | {passage.entry}
        about = {e for e in about if not passage.entry.startswith(f"{e}/")}
        return any(
            link.entry not in about
            and not any(
                entry.startswith(f"{link.entry}/") or link.entry.startswith(f"{entry}/")
                for entry in about
            )
            and fold(link.mention) not in fold(shown)
            for link in self._taxonomy.link(bare).entries
            if link.exact
        )

    def _new_terms(self, bare: str, shown: str) -> bool:
        """Whether the sentence uses a term of the field that the passage has under no name."""
        lexicon = self._taxonomy.lexicon
        there = {lexicon.concept_of[mention.key] for mention in lexicon.find(shown)}
        folded = fold(shown)
        return any(
            lexicon.concept_of[mention.key] not in there
            and fold(bare[mention.start : mention.end]) not in folded
            for mention in lexicon.find(bare)
        )

    def _adds_a_clause(self, bare: str, passage: Passage, known: set[str]) -> bool:
        """Whether a clause says of its subject something that the passage has no word of."""
        title = {token.term for token in tokens(passage.path[-1])}
        for clause in _CLAUSE.split(bare):
            subject = next(iter(self._taxonomy.lexicon.find(clause)), None)
            end = subject.end if subject and subject.start < _SUBJECT_WITHIN else 0
            said = [t for t in _single_terms(clause) if t.start >= end and t.term not in title]
            if len(said) >= _CLAUSE_TERMS and (
                sum(token.term in known for token in said) < _CLAUSE_COVERED * len(said)
            ):
                return True
        return False

    @staticmethod
    def _without_subject(said: Sequence[Token], passage: Passage, known: set[str]) -> float:
        """Coverage of what is said of the passage's subject, its name left out."""
        title = {token.term for token in tokens(passage.path[-1])}
        rest = [token for token in said if token.term not in title]
        return sum(token.term in known for token in rest) / len(rest) if rest else 0.0

    def _near(
        self, bare: str, passages: Sequence[Passage], candidates: Sequence[tuple[int, str, float]]
    ) -> tuple[int, float] | None:
        if self._embedder is None:
            return None
        texts = [f"{passages[i].path[-1]}: {passages[i].text}" for i, _, _ in candidates]
        vectors = self._embedder.embed_documents([bare, *texts])
        cosines = vectors[1:] @ vectors[0]
        best = int(np.argmax(cosines))
        i, _, coverage = candidates[best]
        across = _across(bare, passages[i].text)
        limit = _NEAR_ACROSS if across else _NEAR[language_of(bare)]
        return (i, coverage) if cosines[best] >= limit else None


def plain_sentence(sentence: str) -> str:
    """Without `[n]` markers and the marks of Markdown lists and emphasis."""
    bare = _MARKER.sub("", sentence)
    bare = re.sub(r"^\s*(?:[-*+•]|\d+[.)、\uff09])\s+", "", bare)
    return bare.replace("**", "").strip()


def shared_spans(sentence: str, text: str) -> tuple[tuple[int, int], ...]:
    """Runs of `text` whose terms stand in the sentence, neighbours joined; (start, end)."""
    said = {token.term for token in tokens(sentence)}
    spans: list[tuple[int, int]] = []
    for token in tokens(text):
        if token.term not in said:
            continue
        if spans and token.start <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], max(spans[-1][1], token.end))
        else:
            spans.append((token.start, token.end))
    return tuple(spans)


def _single_terms(text: str) -> list[Token]:
    """Terms without the joined pairs of Latin words, which would count them twice."""
    found = tokens(text)
    return [
        token
        for token in found
        if is_han(token.term[0])
        or not any(t is not token and t.start >= token.start and t.end <= token.end for t in found)
    ]


def _across(sentence: str, text: str) -> bool:
    """Whether sentence and passage are in different languages."""
    return language_of(sentence) != language_of(text) and any(map(is_han, sentence + text))


def _numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(fold(_MARKER.sub("", text))))


def _nearest(text: str, pieces: Sequence[str], taxonomy: Taxonomy | None = None) -> str:
    """The piece that shares most terms with `text`; with a taxonomy, in the other language too."""
    wanted = {token.term for token in tokens(text)}
    if taxonomy:
        wanted |= {t.term for name in taxonomy.other_names(text) for t in tokens(name)}
    return max(pieces, key=lambda piece: sum(t.term in wanted for t in tokens(piece)))


def _opposed(sentence: str, passage: Passage) -> bool:
    """Whether a clause denies what the passage's nearest clause asserts, or says its opposite."""
    theirs = [clause for clause in _CLAUSE.split(passage.text) if clause.strip()] or [passage.text]
    subject = {token.term for token in tokens(passage.path[-1])}
    for clause in _CLAUSE.split(sentence):
        said = {token.term for token in _single_terms(clause)}
        if len(said) < _CLAUSE_TERMS:
            continue
        nearest = _nearest(clause, theirs)
        words = {token.term for token in tokens(nearest)}
        shared = said & (words | subject)
        if not said & words or len(shared) < max(_CLAUSE_TERMS, _CLAUSE_SHARE * len(said)):
            continue
        one, other = fold(clause), fold(nearest)
        if _denies(one, other) or _denies(other, one):
            return True
        if any(
            (a in one and b not in one and b in other and a not in other)
            or (b in one and a not in one and a in other and b not in other)
            for a, b in _OPPOSITES
        ):
            return True
    return False


def _denies(one: str, other: str) -> bool:
    """Whether `one` denies a word that `other` holds without denying it."""
    for match in _NEGATION.finditer(one):
        rest = one[match.end() :].lstrip()
        word = re.match(r"[a-z]{3,}|[\u4e00-\u9fff]{2}", rest)
        if not word or word[0] not in other:
            continue
        asserted = [m.start() for m in re.finditer(re.escape(word[0]), other)]
        if all(not _DENIED.search(other[max(0, at - 6) : at + 8]) for at in asserted):
            return True
    return False


def _denies_something(text: str) -> bool:
    return bool(_NEGATION.search(fold(text)))


def _same_unit(sentence: str, text: str, numbers: set[str]) -> bool:
    """Whether a number that only the sentence has counts what the passage counts otherwise."""
    claim = _nearest(sentence, [piece for piece in _CLAIM.split(text) if piece.strip()] or [text])
    units = {match[1] for match in re.finditer(r"\d+(?:\.\d+)?\s*([^\s\d,.。;])", fold(claim))}
    return any(
        match[2] in units
        for match in re.finditer(r"(\d+(?:\.\d+)?)\s*([^\s\d,.。;])", fold(sentence))
        if match[1] in numbers
    )
