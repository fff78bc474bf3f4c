"""Simulated learners on a tiny bank, and what is told of them."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from interview_kit import BANK

from assistant.scheduling import Scheduler
from evals import simulation
from evals.circumstances import Watch
from evals.graders_errors import chances, confusion
from evals.metrics import Estimate
from evals.plots import curve_file
from evals.rows import GradingRow, Verdict
from evals.simulate import PERFECT, VERDICTS, Learner, marked, simulate
from evals.simulation import ORDERS, Options, document, gain, run, svg, text

COUNTS = {verdict: tuple(int(verdict == other) for other in VERDICTS) for verdict in VERDICTS}
SHORT = Options(learners=3, days=4, minutes=6)  # three questions a day


class Blind:
    """Takes everything for covered, except what it was told."""

    name = "blind"

    def grade(self, question: str, points: Sequence[str], answer: str) -> list[Verdict]:
        return ["missing" if point in answer else "covered" for point in points]


def row(identity: str, *verdicts: Verdict, answer: str = "-") -> GradingRow:
    points = tuple(f"p{n}" for n in range(len(verdicts)))
    return GradingRow(
        id=identity, question="?", points=points, answer=answer, style="plain", verdicts=verdicts
    )


def test_the_graders_errors_are_counted_by_what_is_true() -> None:
    rows = [row("a", "covered", "missing", answer="p1"), row("b", "contradicted", "covered")]
    counts = confusion(rows, Blind(), Watch())
    assert counts == {
        "covered": (2, 0, 0, 0), "partial": (0, 0, 0, 0), "contradicted": (1, 0, 0, 0),
        "missing": (0, 0, 0, 1),
    }  # fmt: skip
    assert chances(counts) == {
        "covered": [1, 0, 0, 0], "partial": [0, 1, 0, 0],  # none in the gold: seen rightly
        "contradicted": [1, 0, 0, 0], "missing": [0, 0, 0, 1],
    }  # fmt: skip


@pytest.mark.parametrize("order", ORDERS)
def test_a_learner_is_the_same_every_time_and_another_under_another_seed(order: str) -> None:
    first = simulate(BANK, order, 1, 4, 6, PERFECT)
    assert len(first) == 5
    assert simulate(BANK, order, 1, 4, 6, PERFECT) == first
    assert simulate(BANK, order, 2, 4, 6, PERFECT) != first


def test_every_order_begins_with_the_same_knowledge() -> None:
    starts = {simulate(BANK, order, 5, 1, 2, PERFECT)[0] for order in ORDERS}
    assert len(starts) == 1


def test_with_more_minutes_than_questions_each_is_asked_once_a_day() -> None:
    for order in ORDERS:
        curve = simulate(BANK, order, 0, 1, 1000, PERFECT)
        assert curve[1] <= 18
        assert curve[1] > 0.7 * 18  # all were read yesterday, some for the first time


def test_what_is_read_is_known_and_fades() -> None:
    now = datetime(2026, 1, 1, 8, tzinfo=UTC)
    learner = Learner(random.Random(1), BANK, Scheduler())
    question = next(iter(BANK.values()))
    learner.answer(question, now)
    assert learner.remembers(question.id, 0, now) == 1.0
    faded = learner.remembers(question.id, 0, now + timedelta(days=30))
    assert 0 < faded < 1.0
    other = list(BANK)[-1]
    assert learner.remembers(other, 9, now) == 0.0  # a point that isn't there was never learnt


def test_a_grader_without_errors_says_what_is_true() -> None:
    question = next(iter(BANK.values()))  # weights 3 and 1
    grade = marked(question, ["covered", "contradicted"], PERFECT, random.Random(0))
    assert [point.verdict for point in grade.points] == ["covered", "contradicted"]
    assert grade.score == 75


def test_what_comes_out_is_the_same_in_one_process_and_in_two() -> None:
    alone = run(BANK, [], COUNTS, SHORT, "grader", "2026-11-24", processes=1)
    assert run(BANK, [], COUNTS, SHORT, "grader", "2026-11-24", processes=2) == alone
    assert {order: len(curve) for order, curve in alone.curves.items()} == dict.fromkeys(ORDERS, 5)
    for order in ORDERS:
        assert alone.curves[order][-1].value == pytest.approx(sum(alone.last[order]) / 3)
        assert alone.curves[order][-1].n == 3
    assert [one.over for one in alone.gains] == ["random", "due first"]
    assert (alone.questions, alone.points) == (9, 18)
    said = text(alone)
    assert "3 learners, 4 days, 6 minutes a day; 9 questions, 18 points" in said
    assert "chosen over random:" in said
    assert json.loads(json.dumps(document(alone)))["confusion"]["covered"] == [1, 0, 0, 0]
    assert ElementTree.fromstring(svg(alone)).tag.endswith("svg")


def test_the_gain_is_that_of_the_means_and_learners_are_drawn_as_pairs() -> None:
    same = gain([110.0, 220.0, 330.0], [100.0, 200.0, 300.0], "random")
    assert (same.value, same.low, same.high) == pytest.approx((0.1, 0.1, 0.1))
    mixed = gain([120.0, 90.0], [100.0, 100.0], "random")
    assert mixed.value == pytest.approx(0.05)
    assert mixed.low == pytest.approx(-0.1)
    assert mixed.high == pytest.approx(0.2)


def test_curves_stand_in_a_file_of_their_own_with_names_apart() -> None:
    flat = [Estimate(10.0, 9.0, 11.0, 5), Estimate(12.0, 11.0, 13.0, 5)]
    made = curve_file({"a": flat, "b<": flat}, "T & t", "day", "points")
    root = ElementTree.fromstring(made)
    names = {n.text: float(n.get("y", "0")) for n in root.iter() if "name" in n.get("class", "")}
    assert set(names) == {"a", "b<"}
    assert abs(names["a"] - names["b<"]) >= 15
    ticks = [n.text for n in root.iter() if n.get("text-anchor") == "end"]
    assert ticks == ["9", "10", "11", "12", "13", "14"]


def test_the_options_reach_the_simulation(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:
    result = run(BANK, [], COUNTS, SHORT, processes=1)
    asked: list[Options] = []
    monkeypatch.setattr(
        simulation, "measure", lambda _a, options, _w: asked.append(options) or result
    )
    monkeypatch.setenv("ZHITU_DATA_DIR", str(tmp_path))
    arguments = ["--learners", "2", "--days", "3", "--minutes", "4", "--seed", "5"]
    files = ["--out", str(tmp_path / "a.json"), "--plot", str(tmp_path / "a.svg")]
    assert simulation.main([*arguments, *files]) == 0
    assert asked == [Options(2, 3, 4.0, 5)]
    assert json.loads((tmp_path / "a.json").read_text("utf-8"))["questions"] == 9
    assert (tmp_path / "a.svg").read_text("utf-8").startswith("<svg")
