"""Pairs to train the support checker on, made from what was written in `evals/training/`.

`claims.*.jsonl`: a claim of the notes and sentences that say the `same`, a `part` of it, `more`
than it, the `opposite`, or something `beside` it. `answers.*.jsonl`: a learner's answer to a
question of the bank, and a verdict a point. The texts in `training/twins/` come in twos that differ
in little, one of them right and one wrong. The bank's points stand under their bullets, in both
languages, and sentences of the notes under the claims around them; and edits of all of these
(`edits.py`) are drawn anew for every epoch.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from assistant.bullets import bullet_of
from assistant.grading import as_premise
from assistant.language import split_sentences
from assistant.loaders.corpus import load_corpus
from assistant.loaders.questions import in_english, load_questions
from assistant.schema import Entry, KeyPoint, Part, Question, Relation
from evals.edits import NUMBER, Words, edit, in_both

TRAINING = Path(__file__).parent / "training"
Row = dict[str, Any]
_DRAWN = 8  # pairs of a claim in one epoch
_TITLED = 0.5  # share of premises that stand under their title
_IN_ENGLISH = 0.25  # share of answers that are held against English points, under English questions
_EDITED_POINTS, _EDITED = 0.42, 0.15  # shares of covered points, and of other pairs
_EDITED_COPIES, _JOINED = 0.4, 0.1  # shares of the notes' own sentences
_AROUND, _ROOM = 4, 300  # claims of an entry that make a premise, and characters, at most
_IN_BOTH = 0.8  # share of the edits that are made in the answer too, where they can be
_STOPS = "\u3002.;\uff1b"
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
    beside: tuple[str, ...] = ()  # the answer's other points, where the sentence is one


@dataclass(frozen=True)
class Material:
    """All that pairs are drawn from."""

    claims: list[Row]
    answers: list[Row]
    bank: list[Question]
    english: dict[str, Question]
    bullets: dict[KeyPoint, str]  # the words of the notes behind a point
    entries: list[Entry]


def read_material(corpus: Path) -> Material:
    """Read `evals/training/` and the bank of the corpus folder."""
    bank = load_questions(corpus)
    entries = {entry.id: entry for entry in load_corpus(corpus).entries if entry.claims}
    points = [point for question in bank for point in question.points]
    behind = {point: bullet_of(entries, point) for point in points}
    return Material(
        read_rows("claims"),
        read_rows("answers"),
        bank,
        {question.id: question for question in in_english(bank, corpus)},
        {point: found.quote for point, found in behind.items() if found},
        list(entries.values()),
    )


def read_rows(kind: str) -> list[Row]:
    """The rows of all `kind.*.jsonl` files, the twins' last."""
    return [
        json.loads(line)
        for folder in (TRAINING, TRAINING / "twins")
        for path in sorted(folder.glob(f"{kind}.*.jsonl"))
        for line in path.read_text(encoding="utf-8").split("\n")
        if line.strip()
    ]


def claim_pairs(
    row: Row, others: Sequence[str], neighbours: Sequence[str], rng: random.Random
) -> list[Pair]:
    """All that one claim and the sentences written about it say of each other.

    Args:
        row: A row of `claims.*.jsonl`.
        others: Claims of the same entry.
        neighbours: What else is said beside the claim, of its entry and of those next to it: a
            premise that sets one thing against another contradicts neither.
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
        """`text` with up to two other sentences around it, as in a passage or an answer."""
        lines = [text, *few(neighbours, rng.randint(0, 2))]
        rng.shuffle(lines)
        return lines

    for premise in ([claim], among(claim)):
        add(premise, [*same, *part], "supported")
        add(premise, opposite, "contradicted")
        add(premise, more, "partial")
    add(among(rng.choice(same)), [claim], "supported")
    add(among(rng.choice(opposite)), [claim], "contradicted")
    if neighbours:
        add(few(neighbours, 2), [claim], "unrelated")
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
    places = list(NUMBER.finditer(text))
    found: list[str] = []
    for match in places[:1] + places[1:][-1:]:
        value = float(match[0])
        for new in (value * 2, value + 1):
            shown = f"{new:.10g}"
            found.append(text[: match.start()] + shown + text[match.end() :])
    return [other for other in dict.fromkeys(found) if other != text]


def draw(material: Material, words: Words, rng: random.Random) -> list[Pair]:
    """The pairs of one epoch: some of every claim, all points of answers and bank, and edits."""
    pairs = [
        *_of_claims(material.claims, rng),
        *_of_answers(material, rng),
        *_of_bank(material, rng),
        *_of_notes(material.entries, rng),
    ]
    return [*pairs, *(made for pair in pairs for made in _edited(pair, words, rng))]


def _of_claims(claims: Sequence[Row], rng: random.Random) -> Iterator[Pair]:
    by_entry: dict[str, list[str]] = {}
    by_branch: dict[str, list[Row]] = {}
    for row in claims:
        by_entry.setdefault(row["entry"], []).append(row["claim"])
        by_branch.setdefault(_branch(row), []).append(row)
    for row in claims:
        others = [claim for claim in by_entry[row["entry"]] if claim != row["claim"]]
        near = [
            rng.choice([other["claim"], *other["same"]])
            for other in by_branch[_branch(row)]
            if other["claim"] != row["claim"]
        ]
        made = claim_pairs(row, others, near, rng)
        far = rng.choice(claims)
        if far["entry"] != row["entry"]:
            made.append(Pair((("text", row["claim"]),), rng.choice(far["same"]), "unrelated"))
        for pair in rng.sample(made, min(_DRAWN, len(made))):
            title: tuple[Part, ...] = (("title", _title(row)),)
            titled = rng.random() < _TITLED
            yield pair._replace(premise=title + pair.premise) if titled else pair


def _of_answers(material: Material, rng: random.Random) -> Iterator[Pair]:
    by_id = {question.id: question for question in material.bank}
    for row in material.answers:
        asked, points = row["question"], row["points"]
        known = by_id.get(row["question_id"])
        if known and [point.text for point in known.points] == points:
            english = material.english[known.id]
            if rng.random() < _IN_ENGLISH:
                points = [point.text for point in english.points]
            if rng.random() < _IN_ENGLISH:
                asked = english.question
        premise = as_premise(asked, row["answer"])
        for point, verdict in zip(points, row["verdicts"], strict=True):
            beside = tuple(other for other in points if other is not point)
            yield Pair(premise, point, _VERDICTS[verdict], beside)


def _of_bank(material: Material, rng: random.Random) -> Iterator[Pair]:
    for question in material.bank:
        english = material.english[question.id]
        for own, other in zip(question.points, english.points, strict=True):
            said = (other if rng.random() < 0.5 else own).text
            way = rng.random()  # a fifth of the points is left out
            rest = [point for point in question.points if point is not own]
            if way < 0.5 and own in material.bullets:
                yield Pair((("text", material.bullets[own]),), said, "supported")
            elif way < 0.65:
                yield Pair((("text", own.text),), other.text, "supported")
            elif way < 0.8 and rest:
                answer = rng.choice(rest).text
                yield Pair(as_premise(question.question, answer), said, "unrelated")


def _of_notes(entries: Sequence[Entry], rng: random.Random) -> Iterator[Pair]:
    """A sentence of each claim, word for word, under claims of its entry; or two joined falsely."""
    for entry in entries:
        texts = [claim.text for claim in entry.claims]
        branch = entry.id.rpartition("/")[0]
        beside = tuple(
            claim.text
            for other in entries
            if other.id.rpartition("/")[0] == branch and other.id != entry.id
            for claim in other.claims[:_AROUND]
        )
        for place, text in enumerate(texts):
            first = rng.randint(max(0, place - _AROUND + 1), place)
            around = texts[first : first + rng.randint(place - first + 1, _AROUND)]
            if sum(map(len, around)) > _ROOM:  # the model would not read the end of it
                around = [text]
            premise: tuple[Part, ...] = (
                ("title", f"{entry.path[-1]}:"), *(("text", one) for one in around),
            )  # fmt: skip
            said = rng.choice(split_sentences(text)).strip()
            way = rng.random()
            if way < _JOINED and len(around) > 1:
                other = rng.choice(split_sentences(rng.choice([t for t in around if t != text])))
                cause, effect = (one.strip().rstrip(_STOPS) for one in (other, said))
                joined = f"\u56e0\u4e3a{cause}\uff0c\u6240\u4ee5{effect}\u3002"
                yield Pair(premise, joined, "partial")
            elif way < 2 * _JOINED and beside:
                yield Pair(premise, rng.choice(split_sentences(rng.choice(beside))), "unrelated")
            else:
                yield Pair(premise, said, "supported", beside)


def _edited(pair: Pair, words: Words, rng: random.Random) -> Iterator[Pair]:
    """Some edits of a pair: of its sentence, of its answer, and of both alike."""
    true = pair.relation == "supported"
    asked, answer = pair.premise[0][0] == "question", pair.premise[-1][1]
    copied = any(pair.hypothesis in text for _, text in pair.premise)
    share = _EDITED_POINTS if asked and true else _EDITED_COPIES if copied else _EDITED
    if pair.relation not in ("supported", "unrelated") or rng.random() > share:
        return
    made = edit(pair.hypothesis, pair.beside, words, rng)
    if made is None:
        return
    if not true:
        yield pair._replace(hypothesis=made.text)
        return
    yield pair._replace(hypothesis=made.text, relation="contradicted")
    likewise = in_both(answer, made)
    if likewise is not None and rng.random() < _IN_BOTH:
        premise = (*pair.premise[:-1], (pair.premise[-1][0], likewise))
        yield pair._replace(premise=premise, hypothesis=made.text)
        yield pair._replace(premise=premise, relation="contradicted")


def _branch(row: Row) -> str:
    """The folder of the entry: those in it are what it is compared with."""
    return str(row["entry"].rpartition("/")[0])


def _title(row: Row) -> str:
    return f"{row['entry'].rsplit('/', 1)[-1]}:"
