"""What one answer is worth, and what many are: pure functions, worked by hand in the tests."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import get_args

from assistant.grounding import Passage
from assistant.schema import Answer, Language, Sentence, SentenceStatus
from assistant.tokenization import is_han
from evals.asking import Asked
from evals.citations import Cited, SupportsJudge, judge_citations, quality
from evals.classes import score
from evals.grading import Grader
from evals.groups import Estimates
from evals.metrics import mean
from evals.rows import AnswersRow, Verdict
from evals.runs import AnswerItem, Said

MEASURES = (
    *("right", "key points", "citation recall", "citation precision"),
    *("must not say", "language"),
)
_WORTH: dict[Verdict, float] = {"covered": 1.0, "partial": 0.5, "missing": 0.0, "contradicted": 0.0}
_DECISIONS = ("refused", "answered")


def judged(
    row: AnswersRow,
    asked: Asked,
    grader: Grader,
    judge: SupportsJudge,
    section: str = "",
    held_out: bool = False,
) -> AnswerItem:
    """Judge one answer; which measures it has depends on what was asked and done."""
    answer = asked.answer
    measures = {"right": float(answer.refused != row.answerable)}
    verdicts: dict[str, Verdict] = {}
    cited: list[Cited] = []
    stated: tuple[str, ...] = ()
    if not answer.refused:
        shown = {c.n: Passage(c.quote, c.path, c.entry) for c in answer.citations}
        cited = [
            judge_citations(s.text, [shown[n] for n in s.citations], judge)
            for s in answer.sentences
        ]
        text = "\n".join(sentence.text for sentence in answer.sentences)
        measures |= {**quality(cited), "language": float(written_in(text) == answer.language)}
        claims = [*row.points, *row.must_not_say]
        # what a follow-up leans on stands in the question as it was understood
        understood = answer.understood or row.q
        given = grader.grade(understood, claims, text) if claims else []
        verdicts = dict(zip(row.points, given, strict=False))
        wrong = zip(row.must_not_say, given[len(row.points) :], strict=True)
        stated = tuple(claim for claim, verdict in wrong if verdict == "covered")
        if row.points:
            worth = [_WORTH[verdict] for verdict in given[: len(row.points)]]
            measures["key points"] = sum(worth) / len(worth)
        if row.must_not_say:
            measures["must not say"] = float(bool(stated))
    quoted = [sentence for sentence in answer.sentences if sentence.status == "quoted"]
    item = AnswerItem(
        id=row.id,
        kind=row.kind,
        section=section,
        measures=measures,
        latency_ms=asked.ms["total"],
        answerable=row.answerable,
        refused=answer.refused,
        statuses=dict(Counter(sentence.status for sentence in (*asked.written, *quoted))),
    )
    if held_out:
        return item
    return item.model_copy(
        update={
            "q": row.q,
            "answer": answer.answer,
            "sentences": _said(answer, asked.written, cited),
            "verdicts": verdicts,
            "stated": stated,
        }
    )


def estimate(items: Sequence[AnswerItem]) -> Estimates:
    """The measures of some items, each over those to which it applies."""
    found: Estimates = {}
    for name in MEASURES:
        values = [item.measures[name] for item in items if name in item.measures]
        if values:
            found[name] = mean(values)
    expected = [_DECISIONS[item.answerable] for item in items]
    decided = score(expected, [_DECISIONS[not item.refused] for item in items], _DECISIONS)
    if len(set(expected)) < 2:  # of one sort alone, every refusal is right or none is
        decided.pop("refused precision", None)
    for name in ("precision", "recall"):
        if f"refused {name}" in decided:
            found[f"refusal {name}"] = decided[f"refused {name}"]
    return found


def sentence_shares(items: Sequence[AnswerItem]) -> Estimates:
    """Shares of all sentences by status; intervals come from drawing whole answers again."""
    sentences = [(s, item.id) for item in items for s, n in item.statuses.items() for _ in range(n)]
    clusters = [identity for _, identity in sentences]
    return {
        f"{status} sentences": mean([float(s == status) for s, _ in sentences], clusters)
        for status in get_args(SentenceStatus)
        if sentences
    }


def written_in(text: str) -> Language:
    """The language that most of an answer is in; a Chinese one is full of English names."""
    han = sum(map(is_han, text))
    return "zh" if han > len(re.findall(r"[A-Za-z]+", text)) else "en"


def _said(answer: Answer, written: Sequence[Sentence], cited: Sequence[Cited]) -> tuple[Said, ...]:
    """The sentences shown, then those that the model wrote and that are not shown."""
    shown = [
        Said(
            text=sentence.text,
            status=sentence.status,
            citations=sentence.citations,
            holds=one.holds,
            precise=one.precise,
        )
        for sentence, one in zip(answer.sentences, cited, strict=True)
    ]
    dropped = [
        Said(text=sentence.text, status=sentence.status)
        for sentence in written
        if sentence not in answer.sentences
    ]
    return (*shown, *dropped)
