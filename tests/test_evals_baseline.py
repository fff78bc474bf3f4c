"""The regression gate, and the tables of the README."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest
from conftest import MakeAssistant
from eval_kit import configuration, item, run

from assistant.errors import IndexStateError
from evals import baseline, readme
from evals.metrics import Estimate
from evals.quick import runs
from evals.readme import ReadmeError, replace_block, tables
from evals.runs import RunStore

WAS = {"retrieval.dev": {"right": asdict(Estimate(0.92, 0.88, 0.96, 170))}}


def now(value: float, n: int = 170) -> baseline.Figures:
    return {"retrieval.dev": {"right": asdict(Estimate(value, value - 0.04, value + 0.04, n))}}


@pytest.mark.parametrize(
    ("measured", "verdict"),
    [
        (now(0.95), "ok"),
        (now(0.88), "ok"),  # the low end itself is within the interval
        (now(0.87), "FELL"),
        (now(0.95, n=169), "over 169 items, not 170"),
        ({}, "not measured"),
        ({"retrieval.dev": {}}, "not measured"),
    ],
)
def test_a_figure_may_not_fall_below_its_own_interval(
    measured: baseline.Figures, verdict: str
) -> None:
    rows, wrong = baseline.compare(WAS, measured)
    assert rows[1][-1] == verdict
    assert bool(wrong) == (verdict != "ok")


def test_the_gate_looks_at_the_measures_of_each_kind() -> None:
    found = baseline.figures([run()])
    assert found == {"retrieval.dev": {"right": asdict(run().configurations[0].metrics["right"])}}


def test_write_then_check(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "baseline.json"
    monkeypatch.setattr(baseline, "BASELINE", path)
    monkeypatch.setattr(baseline, "_measure", lambda _: now(0.92))
    assert baseline.main(["check"]) == 1
    assert "python -m evals.baseline write" in capsys.readouterr().err
    assert baseline.main(["write"]) == 0
    assert json.loads(path.read_text(encoding="utf-8")) == now(0.92)
    assert baseline.main(["check"]) == 0
    monkeypatch.setattr(baseline, "_measure", lambda _: now(0.5))
    assert baseline.main(["check"]) == 1
    said = capsys.readouterr()
    assert "FELL" in said.out
    assert "retrieval.dev right: FELL" in said.err


def test_an_index_with_other_notes_is_no_base(make: MakeAssistant, notes: Path) -> None:
    one = make()
    one.index(files=[str(notes)], corpus=True)
    with pytest.raises(IndexStateError, match="--data-dir D"):
        next(runs(one, ["dev"], lambda _: None))


TWO = run(
    "20261124-100000-retrieval-aaaa",
    configuration("taxonomy", [item("q1", 1)]),
    configuration("bm25", [item("q1", 0)]),
)


@pytest.mark.parametrize(("language", "head"), [("en", "set"), ("zh", "题集")])
def test_a_table_has_a_row_for_each_configuration(language: str, head: str) -> None:
    lines = tables([TWO], language).splitlines()
    assert lines[2].startswith(f"| {head} |")
    assert lines[4].startswith("| retrieval.dev | taxonomy | 1 | 1.000 (1.000–1.000) |")
    assert lines[5].startswith("| retrieval.dev | bm25 | 1 | 0.000 (0.000–0.000) |")
    assert len({line.count("|") for line in lines[2:]}) == 1


def test_only_the_block_is_replaced() -> None:
    text = "before\n<!-- evals -->\nold\n<!-- /evals -->\nafter <!-- bench --> <!-- /bench -->"
    changed = replace_block(text, "evals", "new")
    assert changed == text.replace("old", "new")
    assert replace_block(changed, "evals", "new") == changed


@pytest.mark.parametrize(
    "text",
    [
        "no marks",
        "<!-- /evals --> <!-- evals -->",
        "<!-- evals --> <!-- evals --> <!-- /evals -->",
    ],
)
def test_a_block_that_is_not_one_is_told(text: str) -> None:
    with pytest.raises(ReadmeError, match="Add the marks"):
        replace_block(text, "evals", "new")


def test_both_files_are_written_from_stored_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {language: tmp_path / f"{language}.md" for language in ("en", "zh")}
    for path in files.values():
        path.write_text("a\n<!-- evals -->\n<!-- /evals -->\nb\n", encoding="utf-8")
    monkeypatch.setattr(readme, "READMES", files)
    RunStore(tmp_path).save(TWO)
    arguments = ["aaaa", "--data-dir", str(tmp_path)]
    assert readme.main([*arguments, "--print"]) == 0
    assert "题集" in capsys.readouterr().out
    assert "|" not in files["en"].read_text(encoding="utf-8")
    assert readme.main(arguments) == 0
    assert "| retrieval.dev | bm25 |" in files["en"].read_text(encoding="utf-8")
    assert "题集" in files["zh"].read_text(encoding="utf-8")
    files["zh"].write_text("no marks", encoding="utf-8")
    assert readme.main(arguments) == 1
    assert "Add the marks" in capsys.readouterr().err
