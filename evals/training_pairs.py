"""Pairs to train the support checker on, made from what was written in `evals/training/`.

`claims.*.jsonl`: a claim of the notes and sentences that say the `same`, a `part` of it, `more`
than it, the `opposite`, or something `beside` it. `answers.*.jsonl`: a learner's answer to a
question of the bank, and a verdict a point. The texts in `training/twins/` come in twos that differ
in little, one of them right and one wrong; they are not used: see `LOG.md`.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from assistant.grading import as_premise
from assistant.schema import Part, Relation

TRAINING = Path(__file__).parent / "training"
Row = dict[str, Any]
_DRAWN = 12  # pairs of a claim in one epoch
_TITLED = 0.5  # share of premises that stand under their title
_WRITTEN = ("same", "part", "more", "opposite", "beside")
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
_VERDICTS: dict[str, Relation] = {
    "covered": "supported",
    "partial": "partial",
    "contradicted": "contradicted",
    "missing": "unrelated",
}


class Pair(NamedTuple):
    """A premise, a sentence, and how the sentence stands to it."""

    premise: tuple[Part, ...]
    hypothesis: str
    relation: Relation


def read_rows(kind: str) -> list[Row]:
    """The rows of all `kind.*.jsonl` files."""
    return [
        json.loads(line)
        for path in sorted(TRAINING.glob(f"{kind}.*.jsonl"))
        for line in path.read_text(encoding="utf-8").split("\n")
        if line.strip()
    ]


def texts_of(claims: Sequence[Row], answers: Sequence[Row]) -> list[str]:
    """Every text that a pair may hold."""
    found: dict[str, None] = {}
    for row in claims:
        written = [text for name in _WRITTEN for text in row[name]]
        found |= dict.fromkeys([row["claim"], _title(row), *written])
        found |= dict.fromkeys(text for said in written for text in other_numbers(said))
    for row in answers:
        found |= dict.fromkeys([row["question"], row["answer"], *row["points"]])
    return list(found)


def claim_pairs(row: Row, others: Sequence[str], rng: random.Random) -> list[Pair]:
    """All that one claim and the sentences written about it say of each other.

    Args:
        row: A row of `claims.*.jsonl`.
        others: Claims of the same entry, for premises of several claims.
        rng: Chooses among them.
    """
    claim, same, part = row["claim"], row["same"], row["part"]
    more, opposite, beside = row["more"], row["opposite"], row["beside"]
    found: list[Pair] = []

    def add(premise: Sequence[str], said: Sequence[str], relation: Relation) -> None:
        parts: tuple[Part, ...] = tuple(("text", text) for text in premise)
        found.extend(Pair(parts, text, relation) for text in said)

    def few(texts: Sequence[str], most: int) -> list[str]:
        return rng.sample(list(texts), min(most, len(texts)))

    def among(text: str) -> list[str]:
        """`text` with up to two other claims around it, as a quoted passage is."""
        lines = [text, *few(others, rng.randint(0, 2))]
        rng.shuffle(lines)
        return lines

    for premise in ([claim], among(claim)):
        add(premise, [*same, *part], "supported")
        add(premise, opposite, "contradicted")
        add(premise, more, "partial")
    add([claim], [*beside, *few(others, 2)], "unrelated")
    for said in same:
        add([said], [claim, *(text for text in same if text != said)], "supported")
        add([said], few(opposite, 1), "contradicted")
        add([said], beside, "unrelated")
    for said in part:
        add([said], [claim, *same[:1]], "partial")
    add(more[:1] or [claim], [claim], "supported")
    for said in opposite:
        add([said], [rng.choice([claim, *same])], "contradicted")
    for said in beside:
        add([said], [claim], "unrelated")
    for said in [*same, *part]:
        add(among(claim), few(other_numbers(said), 1), "contradicted")
    return found


def other_numbers(text: str) -> list[str]:
    """`text` with its first number, and with its last, doubled or raised by one."""
    places = list(_NUMBER.finditer(text))
    found: list[str] = []
    for match in places[:1] + places[1:][-1:]:
        value = float(match[0])
        for new in (value * 2, value + 1):
            shown = f"{new:.10g}"
            found.append(text[: match.start()] + shown + text[match.end() :])
    return [other for other in dict.fromkeys(found) if other != text]


def draw(claims: Sequence[Row], answers: Sequence[Row], rng: random.Random) -> list[Pair]:
    """The pairs of one epoch: some of every claim, and every point of every answer."""
    by_entry: dict[str, list[str]] = {}
    for row in claims:
        by_entry.setdefault(row["entry"], []).append(row["claim"])
    pairs: list[Pair] = []
    for row in claims:
        others = [claim for claim in by_entry[row["entry"]] if claim != row["claim"]]
        made = claim_pairs(row, others, rng)
        far = rng.choice(claims)
        if far["entry"] != row["entry"]:
            made.append(Pair((("text", row["claim"]),), rng.choice(far["same"]), "unrelated"))
        for pair in rng.sample(made, min(_DRAWN, len(made))):
            title: tuple[Part, ...] = (("title", _title(row)),)
            titled = rng.random() < _TITLED
            pairs.append(pair._replace(premise=title + pair.premise) if titled else pair)
    for row in answers:
        premise = as_premise(row["question"], row["answer"])
        for point, verdict in zip(row["points"], row["verdicts"], strict=True):
            pairs.append(Pair(premise, point, _VERDICTS[verdict]))
    return pairs


def _title(row: Row) -> str:
    return f"{row['entry'].rsplit('/', 1)[-1]}:"
