"""Whether the notes can answer a question, decided before a model is asked.

The embedder's cosine alone does not separate: questions on what the notes hold and on what they
don't reach the same values. A logistic regression over a few signs does; its weights are fitted on
the dev questions by `python -m evals.fit_answerability`, and lie in `answerability.toml`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp
from pathlib import Path

import numpy as np

from assistant.index import Index
from assistant.language import language_of
from assistant.retrieval import Query
from assistant.schema import Hit, LinkedEntry, Vectors
from assistant.taxonomy import Taxonomy
from assistant.tokenization import STOP, is_han, terms

FEATURES = ("named", "foreign", "unknown", "english", "asked", "cosine", "bm25", "margin")
_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9.+#-]*")
_SHORT = 2  # characters of a Chinese name that is also an everyday word
_PROPER = re.compile(r"[A-Z0-9]")


@dataclass(frozen=True)
class Verdict:
    """The chance that the notes answer, 0–1, and what the question names that they don't hold."""

    probability: float
    answerable: bool
    unknown: tuple[str, ...]


class Answerability:
    """Decides for one index."""

    def __init__(self, index: Index, taxonomy: Taxonomy) -> None:
        self._index = index
        self._taxonomy = taxonomy
        self._groups = {e.id.rsplit("/", 1)[0] for e in taxonomy.entries if "/" in e.id}

    @cached_property
    def _weights(self) -> dict[str, float]:
        path = Path(__file__).with_name("answerability.toml")
        return {k: float(v) for k, v in tomllib.loads(path.read_text(encoding="utf-8")).items()}

    def decide(
        self, query: Query, hits: Sequence[Hit] = (), inside: Collection[str] | None = None
    ) -> Verdict:
        """Judge a question whose search has been made and measured.

        Args:
            query: The question.
            hits: What the search found. An entry that it found and whose name is the whole question
                (`GRU`, `什么是 renset?`) is the answer, though so few words are near to nothing.
            inside: Ids of the entries that the search was limited to; None means all.
        """
        features = self.features(query, inside=inside)
        weights = self._weights
        score = weights["intercept"] + sum(weights[name] * features[name] for name in FEATURES)
        probability = 1 / (1 + exp(-score))
        unknown = tuple(dict.fromkeys((*query.link.foreign, *self.unknown_words(query))))
        asked_for = not unknown and names_only(query) and any(map(_tells, hits))
        return Verdict(probability, asked_for or probability >= weights["threshold"], unknown)

    def features(
        self,
        query: Query,
        others: Vectors | None = None,
        inside: Collection[str] | None = None,
    ) -> dict[str, float]:
        """The signs, by name; see `FEATURES`.

        `others` are vectors of questions on other fields, those of the index where None; `inside`
        are the entries that the search was limited to.

        `named`: the question names an entry (1; less where spelt otherwise or only a group).
        `foreign`: it names a subject of the field that the notes never mention. `unknown`: it holds
        a Latin name that nothing knows. `asked`: the index holds ways to ask, to which any question
        is nearer than to a claim. `cosine`, `bm25`: of the best chunk, the latter in units of
        the largest term weight. `margin`: that cosine less the one to questions on other fields.
        """
        if others is None:
            others = self._index.background
        cosine, bm25 = query.best_cosine or 0.0, query.best_bm25 or 0.0
        margin = cosine - float((others @ query.vector).max()) if len(others) else 0.0
        named = [link for link in query.link.entries if inside is None or link.entry in inside]
        return {
            "named": max(map(self._weight, named), default=0.0),
            "foreign": float(bool(query.link.foreign)),
            "unknown": float(bool(self.unknown_words(query))),
            "english": float(language_of(query.text) == "en"),
            "asked": float(len(self._index.asked[0]) > 0),
            "cosine": cosine,
            "bm25": bm25 / float(np.log1p(max(self._index.manifest.chunks, 1))),
            "margin": margin,
        }

    def unknown_words(self, query: Query) -> list[str]:
        """Latin names that neither the notes nor the lexicon know.

        In a Chinese question any Latin word is a name; in an English one, those with a capital or a
        digit after their first letter, or a capital inside the sentence.
        """
        english = language_of(query.text) == "en"
        taken = [(link.start, link.end) for link in query.link.entries]
        found = []
        for match in _LATIN.finditer(query.text):
            word = match[0].strip(".-")
            if len(word) < 2 or word.lower() in STOP:
                continue
            if any(match.start() < end and start < match.end() for start, end in taken):
                continue
            proper = bool(_PROPER.search(word[1:]) or (word[0].isupper() and match.start() > 0))
            if english and not proper:
                continue
            if any(self._index.knows(term) for term in terms(word)):
                continue
            if not self._taxonomy.lexicon.find(word):
                found.append(word)
        return found

    def _weight(self, link: LinkedEntry) -> float:
        """How sure it is that the entry is meant: 剪枝 and 蒸馏 are also words of everyday."""
        everyday = len(link.mention) <= _SHORT and all(map(is_han, link.mention))
        return (
            (0.6 if link.entry in self._groups else 1.0)
            * (1.0 if link.exact else 0.8)
            * (0.4 if everyday else 1.0)
        )


def names_only(query: Query) -> bool:
    """Whether nothing stands in the question but names of entries, and that it is a question."""
    rest = query.text
    for link in sorted(query.link.entries, key=lambda link: -link.start):
        rest = f"{rest[: link.start]} {rest[link.end :]}"
    return bool(query.link.entries) and not terms(rest)


def _tells(hit: Hit) -> bool:
    """Whether the question names its entry, and the notes say more of it than its title."""
    return hit.linked and hit.text != hit.path[-1]
