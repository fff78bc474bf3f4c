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

from assistant.language import language_of
from assistant.opposition import (
    CLAUSE,
    CLAUSE_TERMS,
    denies_alone,
    denies_something,
    nearest,
    opposed,
    single_terms,
)
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
# Cosine of a sentence and a claim. On 27 pairs written for it, .94 kept 10 of 14 true sentences in
# other words and 0 of 13 false ones; on 31 English sentences against Chinese claims (there both
# embedded as questions), .86 kept 14 of 19 true and 1 of 12 false.
_NEAR = 0.94
_NEAR_ACROSS = 0.86

_MARKER = re.compile(r"\s*\[\d+\]")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CLAIM = re.compile(r"[\n。;\uff1b]")


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
        against = [f for f in found if f[1] == "contradicted"]
        if supporting and against and max(f[2] for f in against) >= max(f[2] for f in supporting):
            return Judgement("unrelated")  # the passages disagree, or a rule is wrong: don't vouch
        if supporting:
            cited = [f for f in supporting if f[0] in preferred]
            best = max(cited or supporting, key=lambda f: f[2])
            return self._judgement("supported", bare, passages, best[0], best[2])
        if against:
            best = max(against, key=lambda f: f[2])
            return self._judgement("contradicted", bare, passages, best[0], best[2])
        open_ones = [f for f in found if f[1] == "open"]
        if open_ones and (near := self._near(bare, passages, open_ones)) is not None:
            return self._judgement("supported", bare, passages, near[0], near[1])
        return Judgement("unrelated")

    def check_parts(self, sentence: str, passages: Sequence[Passage]) -> list[Judgement]:
        """Judge the clauses of a sentence that no single passage supports.

        Returns:
            One `supported` judgement a clause; empty unless all are. A clause that names no entry
            goes on about the one before, so a passage on the same subject must support it.
        """
        found: list[Judgement] = []
        clauses = [c for c in CLAUSE.split(plain_sentence(sentence)) if len(single_terms(c)) > 1]
        if len(clauses) < 2:
            return []
        for clause in clauses:
            judged = self.check(clause, passages, [found[-1].passage or 0] if found else ())
            if judged.relation != "supported":
                return []
            names = any(link.exact for link in self._taxonomy.link(clause).entries)
            if found and not names and not _same_subject(judged, found[-1], passages):
                return []
            found.append(judged)
        return found

    def _judgement(
        self, relation: Relation, bare: str, passages: Sequence[Passage], i: int, coverage: float
    ) -> Judgement:
        return Judgement(relation, i, shared_spans(bare, passages[i].text), round(coverage, 3))

    def _words(self, bare: str, passage: Passage) -> tuple[str, float]:
        """`supported`, `contradicted`, `open` (the vectors decide) or `no`; and the coverage."""
        said = single_terms(bare)
        if not said:
            return "no", 0.0
        shown = f"{' '.join(passage.path)}\n{passage.text}"
        across = _across(bare, passage.text)
        other_names = " ".join(self._taxonomy.other_names(shown))
        known = {token.term for text in (shown, other_names) for token in tokens(text)}
        coverage = sum(token.term in known for token in said) / len(said)
        if self._names_another(bare, passage, shown) or self._new_terms(bare, shown):
            return "no", coverage
        if coverage >= _ALIGNED and not across and opposed(bare, passage.text, passage.path[-1]):
            return "contradicted", coverage
        if across:
            coverage = self._without_subject(said, passage, known)
            if denies_something(bare) != denies_something(passage.text):
                return "no", coverage  # the clauses can't be matched across languages
        numbers = _numbers(bare) - _numbers(shown)
        if numbers:
            if coverage >= _ALIGNED and _same_unit(bare, passage.text, numbers):
                return "contradicted", coverage
            return "no", coverage
        if not across and self._adds_a_clause(bare, passage, known):
            return "no", coverage
        if not across and denies_something(bare):  # words alone don't see what is denied
            claim = nearest(bare, _claims(passage.text))
            if denies_alone(bare, claim):
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
        for clause in CLAUSE.split(bare):
            subject = next(iter(self._taxonomy.lexicon.find(clause)), None)
            end = subject.end if subject and subject.start < _SUBJECT_WITHIN else 0
            said = [t for t in single_terms(clause) if t.start >= end and t.term not in title]
            if len(said) >= CLAUSE_TERMS and (
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
        best: tuple[float, int, float] | None = None
        for i, _, coverage in candidates:
            across = _across(bare, passages[i].text)
            claims = [c for c in passages[i].text.split("\n") if c.strip()]
            texts = [bare, *(f"{passages[i].path[-1]}: {claim}" for claim in claims)]
            embed = self._embedder.embed_queries if across else self._embedder.embed_documents
            vectors = embed(texts)
            cosines = vectors[1:] @ vectors[0]
            spare = float(cosines.max()) - (_NEAR_ACROSS if across else _NEAR)
            close = nearest(bare, _claims(claims[int(cosines.argmax())]))
            if not across and denies_alone(bare, close):
                continue  # vectors don't see a denial
            if spare >= 0 and (best is None or spare > best[0]):
                best = (spare, i, coverage)
        return best[1:] if best else None


def _same_subject(one: Judgement, other: Judgement, passages: Sequence[Passage]) -> bool:
    """Whether two passages are one, or an entry and a reference that stands under it."""
    first, second = passages[one.passage or 0].path, passages[other.passage or 0].path
    return first[-1] in second or second[-1] in first


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


def _across(sentence: str, text: str) -> bool:
    """Whether sentence and passage are in different languages."""
    return language_of(sentence) != language_of(text) and any(map(is_han, sentence + text))


def _numbers(text: str) -> set[str]:
    return set(_NUMBER.findall(fold(_MARKER.sub("", text))))


def _claims(text: str) -> list[str]:
    return [piece for piece in _CLAIM.split(text) if piece.strip()] or [text]


def _same_unit(sentence: str, text: str, numbers: set[str]) -> bool:
    """Whether a number that only the sentence has counts what the passage counts otherwise."""
    claim = nearest(sentence, _claims(text))
    units = {match[1] for match in re.finditer(r"\d+(?:\.\d+)?\s*([^\s\d,.。;])", fold(claim))}
    return any(
        match[2] in units
        for match in re.finditer(r"(\d+(?:\.\d+)?)\s*([^\s\d,.。;])", fold(sentence))
        if match[1] in numbers
    )
