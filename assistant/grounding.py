"""Does a passage support a sentence? A model that reads both, and rules on words and names.

Similarity of vectors can't see a negation, a swapped entry or a changed number; the model
(`cross_encoder.py`) was trained to, and the rules are sure where it isn't. What both say is weighed
by a calibration fitted on dev pairs; the evals publish how often the check is right.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from assistant.calibration import Calibration
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
from assistant.schema import RELATIONS, PairModel, Part, Vectors
from assistant.taxonomy import Taxonomy
from assistant.tokenization import Token, fold, is_han, tokens

SupportRelation = Literal["supported", "contradicted", "unrelated"]
SUPPORT: tuple[SupportRelation, ...] = get_args(SupportRelation)
FEATURES = (*RELATIONS, "rules_supported", "rules_contradicted", "rules_open", "rules_no",
            "coverage", "across")  # fmt: skip

# Shares of a sentence's terms that stand in the passage.
_COVERED = 0.6  # enough by itself
_PARTLY = 0.3  # enough where the vectors are near too
_CLAUSE_COVERED = 0.25  # in each clause, of what it says of its subject
_SUBJECT_WITHIN = 8  # characters from the clause's start where its subject begins
_ALIGNED = 0.45  # the same statement is meant, so that a difference in it is a contradiction
_LEAST = 1e-4  # chance: its logarithm must stay finite
_QUOTED = (0.98, 0.01, 0.01)  # chances of `SUPPORT` where the sentence stands in the passage
_SURE = 0.5  # the chance that rules alone must give
# what the rules say, and what it means where they stand alone
SAYS: dict[str, SupportRelation] = {
    "supported": "supported",
    "contradicted": "contradicted",
    "open": "unrelated",
    "no": "unrelated",
}

_RULES_SUPPORT = FEATURES.index("rules_supported")
Flags = npt.NDArray[np.bool_]

_MARKER = re.compile(r"\s*\[\d+\]")
_GAPS = re.compile(r"[\s。.]+")
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_CLAIM = re.compile(r"[\n。;\uff1b]")
_NAME = re.compile(r"[A-Za-z]")
_STATEMENT = re.compile(r"[\n。]")
# a sentence that gives a reason, and how notes give one
_REASON = re.compile(
    r"因为|由于|因此|所以|从而|因而|故而|原因|理由|"
    r"\b(?:because|since|therefore|thus|hence|due to)\b",
    re.I,
)
_EXPLAINS = re.compile(rf"{_REASON.pattern}|[:\uff1a使]|为了|以便|于是|\bso\b|\bto\b", re.I)


@dataclass(frozen=True)
class Passage:
    """What a sentence is held against: the words shown, and the titles they stand under."""

    text: str
    path: tuple[str, ...]
    entry: str


@dataclass(frozen=True)
class Judgement:
    """What the passages say of a sentence, which of them, and its supporting words."""

    relation: SupportRelation
    passage: int | None = None  # place in the list of passages
    highlights: tuple[tuple[int, int], ...] = ()  # spans of that passage's text


class SupportChecker:
    """Holds sentences against passages. With a model it also sees other words for the same."""

    def __init__(
        self,
        taxonomy: Taxonomy,
        model: PairModel | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        self._taxonomy = taxonomy
        self._model = model
        self._calibration = calibration or (Calibration.load("support") if model else None)

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
        chances, near_copy = self._read(bare, passages)
        sure = self._calibration.thresholds if self._calibration else {}
        sure_against = sure.get("contradicted", _SURE)
        # the model has seen no near copies: the rules know them, unless it is sure of the opposite
        copied = near_copy & (chances[:, 1] < sure_against)
        supports = (chances[:, 0] >= sure.get("supported", _SURE)) | copied
        contradicts = chances[:, 1] >= sure_against
        if supports.any() and contradicts.any() and chances[:, 1].max() >= chances[:, 0].max():
            return Judgement("unrelated")  # the passages disagree, or a rule is wrong: don't vouch
        if supports.any():
            cited = [i for i in preferred if 0 <= i < len(passages) and supports[i]]
            among = cited or [i for i in range(len(passages)) if supports[i]]
            best = max(among, key=lambda i: float(chances[i, 0]))
            return self._judgement("supported", bare, passages, best)
        if contradicts.any():
            return self._judgement("contradicted", bare, passages, int(chances[:, 1].argmax()))
        return Judgement("unrelated")

    def chances(self, sentence: str, passages: Sequence[Passage]) -> Vectors:
        """Chances of `SUPPORT` for each passage, float32 of shape (n, 3).

        Without a model the rules decide, the surer the more words are shared.
        """
        return self._read(plain_sentence(sentence), passages)[0]

    def _read(self, bare: str, passages: Sequence[Passage]) -> tuple[Vectors, Flags]:
        """Chances (n, 3), and which passages the rules alone find to support the sentence (n)."""
        quoted = [_verbatim(bare, one.text) for one in passages]
        if self._model is not None and self._calibration is not None and passages:
            rows = self.features(bare, passages)
            chances = self._calibration.chances(rows)
            chances[quoted] = _QUOTED
            return chances, rows[:, _RULES_SUPPORT] > 0
        ruled = np.zeros((len(passages), len(SUPPORT)), np.float32)
        for row, passage in zip(ruled, passages, strict=True):
            verdict, coverage = self.rules(bare, passage)
            row[:] = (1 - coverage) / 4
            row[SUPPORT.index(SAYS[verdict])] = (1 + coverage) / 2
        ruled[quoted] = _QUOTED
        return ruled, ruled.argmax(axis=1) == 0

    def features(self, bare: str, passages: Sequence[Passage]) -> Vectors:
        """What the calibration reads, float32 of shape (n, `FEATURES`)."""
        if self._model is None:
            raise ValueError("Without a model there are no features")
        pairs = [(passage_parts(p.path, p.text), bare) for p in passages]
        read = np.log(np.maximum(self._model.relations(pairs), _LEAST))
        rows = []
        for passage, logs in zip(passages, read, strict=True):
            rows.append([*logs, *self.signs(bare, passage)])
        return np.array(rows, np.float32)

    def signs(self, bare: str, passage: Passage) -> list[float]:
        """What the rules say, as the columns of `FEATURES` after the model's."""
        verdict, coverage = self.rules(bare, passage)
        said = [float(verdict == name) for name in SAYS]
        return [*said, coverage, float(_across(bare, passage.text))]

    def check_parts(self, sentence: str, passages: Sequence[Passage]) -> list[Judgement]:
        """Judge the clauses of a sentence that no single passage supports.

        Returns:
            One `supported` judgement a clause; empty unless all are. A clause that names no entry
            goes on about the one before, so a passage on the same subject must support it.
        """
        found: list[Judgement] = []
        bare = plain_sentence(sentence)
        clauses = [clause for clause in CLAUSE.split(bare) if len(single_terms(clause)) > 1]
        if len(clauses) < 2 or _REASON.search(bare):  # two facts make no reason
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
        self, relation: SupportRelation, bare: str, passages: Sequence[Passage], i: int
    ) -> Judgement:
        return Judgement(relation, i, shared_spans(bare, passages[i].text))

    def rules(self, bare: str, passage: Passage) -> tuple[str, float]:
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
        if not across and (self._of_a_neighbour(bare, passage) or _reason_is_new(bare, passage)):
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

    def _of_a_neighbour(self, bare: str, passage: Passage) -> bool:
        """Whether the sentence gives what it names first what the passage says of another."""
        lexicon = self._taxonomy.lexicon
        subject = next(iter(lexicon.find(bare)), None)
        if not passage.entry or subject is None or subject.start >= _SUBJECT_WITHIN:
            return False
        name = bare[subject.start : subject.end]
        own = passage.path[-1]  # a paper also stands under entries that it isn't about
        titles = own if lexicon.find(own) else " ".join(passage.path)
        near = f"{titles}\n{nearest(bare, _claims(passage.text))}"
        there = {lexicon.concept_of[mention.key] for mention in lexicon.find(near)}
        named = _NAME.search(name) is not None
        return (
            named and lexicon.concept_of[subject.key] not in there and fold(name) not in fold(near)
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


def _reason_is_new(bare: str, passage: Passage) -> bool:
    """Whether the sentence joins by a reason what the passage doesn't so join."""
    if not passage.entry or not _REASON.search(bare):
        return False
    statements = [one for one in _STATEMENT.split(passage.text) if one.strip()] or [passage.text]
    clauses = [clause for clause in CLAUSE.split(bare) if len(single_terms(clause)) >= CLAUSE_TERMS]
    behind = {nearest(clause, statements) for clause in clauses or [bare]}
    return len(behind) > 1 or not _EXPLAINS.search(behind.pop())


def _same_subject(one: Judgement, other: Judgement, passages: Sequence[Passage]) -> bool:
    """Whether two passages are one, or an entry and a reference that stands under it."""
    first, second = passages[one.passage or 0].path, passages[other.passage or 0].path
    return first[-1] in second or second[-1] in first


def passage_parts(path: Sequence[str], text: str) -> tuple[Part, ...]:
    """A passage as a premise: its title, and one part a line."""
    lines = [line for line in text.split("\n") if line.strip()]
    return (("title", f"{path[-1]}:"), *(("text", line) for line in lines))


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


def _verbatim(sentence: str, text: str) -> bool:
    """Whether the sentence stands in the text, end marks and blanks aside."""
    said, there = (_GAPS.sub("", fold(one)) for one in (sentence, text))
    return bool(said) and said in there


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
