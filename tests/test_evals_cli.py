"""`zhitu eval`: one JSON document, readable tables, errors that name the next step."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import RunCli
from eval_kit import QUESTIONS, write_rows
from test_evals_judging import GRADING, SUPPORT, WordGrader, WordJudge

from assistant.cli import main
from assistant.pipeline import Assistant
from evals import gold, judges
from evals.runs import RunStore


@dataclass
class Outcome:
    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output, which must be one JSON document and nothing else."""
        return json.loads(self.out)


Zhitu = Callable[..., Outcome]


@pytest.fixture
def zhitu(
    asked: Assistant, data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Zhitu:  # fmt: skip
    """Runs `zhitu eval …` in this process on the small notes, small gold sets and fake judges."""
    asked.close()
    monkeypatch.setattr(gold, "GOLD", tmp_path / "gold")
    for name, rows in (("retrieval", QUESTIONS), ("support", SUPPORT), ("grading", GRADING)):
        write_rows(tmp_path / "gold" / f"{name}.dev.jsonl", rows)
    monkeypatch.setattr(judges, "support_judge", lambda _: WordJudge())
    monkeypatch.setattr(judges, "grader", lambda _: WordGrader())

    def run(*arguments: object) -> Outcome:
        capsys.readouterr()
        try:
            status = main(["eval", *map(str, arguments), "--data-dir", str(data)])
        except SystemExit as stop:  # argparse's way out
            status = int(stop.code or 0)
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return run


def test_retrieval_prints_metrics_with_intervals_and_the_settings(zhitu: Zhitu) -> None:
    done = zhitu("retrieval", "--json")
    assert done.status == 0
    document = done.document
    assert Path(document["file"]).is_file()
    assert (document["kind"], document["set"]) == ("retrieval", "retrieval.dev")
    assert document["settings"]["k"] == 10
    assert [one["name"] for one in document["configurations"]] == [
        *("taxonomy", "fused", "dense", "bm25"),
    ]
    right = document["configurations"][0]["metrics"]["right"]
    assert (right["value"], right["n"]) == (0.75, 4)
    assert right["low"] <= 0.75 <= right["high"]
    assert [one["second"].partition("@")[2] for one in document["comparisons"]] == [
        *("fused", "dense", "bm25"),
    ]


def test_a_person_gets_a_table(zhitu: Zhitu) -> None:
    done = zhitu("retrieval", "--search-by", "taxonomy", "--search-by", "bm25")
    assert done.status == 0
    head, line, right, *_ = done.out.split("\n\n")[1].splitlines()
    assert head.split() == ["measure", "[95", "%]", "taxonomy", "bm25"]
    assert set(line) == {"─", " "}
    assert right.split()[:2] == ["right", "0.750"]
    assert "right against taxonomy" in done.out


@pytest.mark.parametrize("kind", ["support", "grading"])
def test_judges_are_measured(zhitu: Zhitu, kind: str) -> None:
    document = zhitu(kind, "--json").document
    assert document["judge"] == "words"
    assert document["configurations"][0]["metrics"]["accuracy"]["value"] == 0.75
    assert "right ↓ given →" in zhitu(kind).out


def test_section_sample_and_k_reach_the_run(zhitu: Zhitu) -> None:
    document = zhitu(
        "retrieval", "--search-by", "bm25", "--section", 1, "--sample", 2, "--k", 3, "--json"
    ).document
    metrics = document["configurations"][0]["metrics"]
    assert metrics["recall@3"]["n"] == 2
    assert document["settings"]["section"] == "1"


def test_a_run_is_compared_with_the_one_before(zhitu: Zhitu) -> None:
    zhitu("retrieval", "--search-by", "bm25")
    done = zhitu("retrieval", "--search-by", "bm25", "--compare", "last", "--json")
    (one,) = done.document["comparisons"]
    assert one["first"] != one["second"]
    assert one["differences"]["right"]["p"] == 1
    shown = zhitu("show", "last@bm25", "--compare", done.document["id"])
    assert "on 4 items in common" in shown.out


def test_two_configurations_of_a_run_are_compared(zhitu: Zhitu) -> None:
    zhitu("retrieval")
    (one,) = zhitu("show", "last@bm25", "--compare", "last@fused", "--json").document["comparisons"]
    assert (one["first"].split("@")[1], one["second"].split("@")[1]) == ("fused", "bm25")


def test_runs_of_different_kinds_are_not_compared(zhitu: Zhitu, data: Path) -> None:
    zhitu("support")
    (first,) = RunStore(data).all()
    done = zhitu("retrieval", "--compare", first.id)
    assert done.status == 1
    assert "same set" in done.err
    assert RunStore(data).all() == [first]  # found before the run was made


def test_a_run_is_shown_again_with_its_items(zhitu: Zhitu) -> None:
    made = zhitu("retrieval", "--search-by", "taxonomy", "--json").document
    shown = zhitu("show", "--json").document
    assert shown["id"] == made["id"]
    assert [item["id"] for item in shown["configurations"][0]["items"]] == ["q1", "q2", "q3", "q4"]
    assert "Missed by taxonomy: 1" in zhitu("show", made["id"]).out


def test_runs_are_listed_and_a_damaged_one_is_told(zhitu: Zhitu, data: Path) -> None:
    assert zhitu("list").status == 0
    zhitu("grading")
    (data / "runs" / "20260101-000000-retrieval-dead.json").write_text("{", encoding="utf-8")
    done = zhitu("list", "--json")
    assert done.status == 0
    assert [run["kind"] for run in done.document["runs"]] == ["grading"]
    assert len(done.document["damaged"]) == 1
    assert "Delete it" in done.err
    assert "grading.dev" in zhitu("list").out


def test_a_report_is_written(zhitu: Zhitu, tmp_path: Path) -> None:
    path = tmp_path / "报告.html"
    done = zhitu("retrieval", "--search-by", "bm25", "--report", path, "--json")
    assert done.document["kind"] == "retrieval"
    assert str(path) in done.err
    assert "retrieval.dev" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        ((), 2, "WHAT"),
        (("retrieval", "--set", "retrieval.dve"), 2, "There are: retrieval.dev, own"),
        (("retrieval", "--set", "own"), 1, "Add one"),
        (("retrieval", "--section", "骨干网"), 2, "Near ones"),
        (("retrieval", "--search-by", "magic"), 2, "invalid choice"),
        (("retrieval", "--sample", 0), 2, "not in 1 to"),
        (("retrieval", "--compare", "last"), 1, "There is no retrieval run yet"),
        (("retrieval", "--report", "/no/such/folder/r.html"), 2, "Name a file"),
        (("support", "--ocnli", "/no/dev.json"), 1, "--ocnli"),
        (("show", "zzzz"), 1, "zhitu eval list"),
    ],
)
def test_what_is_wrong_is_told(
    zhitu: Zhitu, data: Path, arguments: tuple[object, ...], status: int, said: str
) -> None:
    done = zhitu(*arguments)
    assert (done.status, done.out) == (status, "")
    assert said in done.err
    assert not (data / "runs").exists()


def test_without_the_gold_sets_the_repository_is_asked_for(
    zhitu: Zhitu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gold, "GOLD", tmp_path / "nowhere")
    done = zhitu("retrieval")
    assert done.status == 1
    assert "checkout of the repository" in done.err


def test_without_the_package_evals_the_reason_is_told(
    zhitu: Zhitu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "evals.runs", None)
    done = zhitu("list")
    assert done.status == 2
    assert "`evals` can't be imported" in done.err


def test_in_a_process_of_its_own_the_only_output_is_the_document(
    cli: RunCli, asked: Assistant, data: Path
) -> None:
    asked.close()
    done = cli("eval", "list", "--json", "--data-dir", data)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"runs": [], "damaged": {}}
