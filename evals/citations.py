"""Citation recall and precision in the sense of ALCE: Gao et al. 2023, arXiv:2305.14627, section 4.

Recall of a sentence: it has citations, and together they support it. Precision of a citation: its
sentence has recall 1, and the citation is not irrelevant. It is irrelevant where it does not
support the sentence alone and the others do without it.

What differs from ALCE: our support checker stands in the place of its NLI model. The same checker
guards the citations that the product shows, so the figures are not independent of it; read them
beside the checker's own accuracy (`zhitu eval support`). The checker reads one passage at a time,
so citations are not concatenated: together they support a sentence where one of them does, or where
each clause is supported by one. An answer without citations has no precision; ALCE says 0.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from assistant.cross_encoder import WEIGHTS
from assistant.grounding import Passage, SupportChecker

NOTE = (
    "Citation recall and precision as in ALCE (arXiv:2305.14627), by our support checker in place "
    "of its NLI model. The same checker guards the citations shown: the figure is not independent."
)
_FILES = (WEIGHTS, WEIGHTS.with_suffix(".toml"))


class SupportsJudge(Protocol):
    """Says whether passages together support a sentence."""

    name: str

    def supports(self, sentence: str, passages: Sequence[Passage]) -> bool:
        """Whether all that the sentence says follows from the passages; at least one is given."""
        ...


class CheckerSupports:
    """The support checker of the ask path."""

    name = "checker"

    def __init__(self, checker: SupportChecker) -> None:
        self._checker = checker

    def supports(self, sentence: str, passages: Sequence[Passage]) -> bool:
        """See `SupportsJudge`; several passages are tried together, then clause by clause."""
        if self._checker.check(sentence, passages).relation == "supported":
            return True
        return bool(self._checker.check_parts(sentence, passages))


@dataclass(frozen=True)
class Cited:
    """What the citations of one sentence are worth."""

    holds: bool  # recall
    precise: tuple[bool, ...]  # precision, one a citation


def judge_citations(sentence: str, cited: Sequence[Passage], judge: SupportsJudge) -> Cited:
    """Hold a sentence against the passages that it cites."""
    if not cited or not judge.supports(sentence, cited):
        return Cited(False, (False,) * len(cited))
    if len(cited) == 1:
        return Cited(True, (True,))
    precise = []
    for i, one in enumerate(cited):
        others = [*cited[:i], *cited[i + 1 :]]
        precise.append(judge.supports(sentence, [one]) or not judge.supports(sentence, others))
    return Cited(True, tuple(precise))


def quality(sentences: Sequence[Cited]) -> dict[str, float]:
    """Recall over the sentences of an answer, precision over its citations, where there are any."""
    found: dict[str, float] = {}
    if sentences:
        found["citation recall"] = sum(one.holds for one in sentences) / len(sentences)
    citations = [precise for one in sentences for precise in one.precise]
    if citations:
        found["citation precision"] = sum(citations) / len(citations)
    return found


def pinned(files: Sequence[Path] = _FILES) -> str:
    """Name and hash of the files that the judges' verdicts come from."""
    parts = []
    for path in files:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:12] if path.is_file() else "absent"
        parts.append(f"{path.name} {digest}")
    return ", ".join(parts)
