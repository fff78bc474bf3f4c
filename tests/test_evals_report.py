"""The report: one file, nothing loaded, every text escaped, readable on a phone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from eval_kit import configuration, item, run
from page_kit import no_sideways_scroll
from playwright.sync_api import Browser

from assistant.errors import DataFolderError
from evals import report
from evals.classes import Bin
from evals.compare import within
from evals.metrics import Estimate
from evals.plots import Point, bars, diagram, scatter
from evals.runs import Configuration, Confusion, JudgedItem, Run

pytest_plugins = ["page_fixtures"]

NASTY = "<script>alert('q')</script> & \"quoted\""


@pytest.fixture
def two() -> Run:
    return run(
        "20261124-100000-retrieval-aaaa",
        configuration("taxonomy", [item("q1", 1), item("q2", 0, NASTY)]),
        configuration("bm25", [item("q1", 0), item("q2", 0, NASTY)]),
    )


@pytest.fixture
def judged() -> Run:
    wrong = JudgedItem(
        id=NASTY, q=NASTY, kind=NASTY, against=NASTY, measures={"right": 0},
        expected="supported", given="unrelated", chances={"supported": 0.3, "unrelated": 0.7},
    )  # fmt: skip
    one = Configuration(
        name=NASTY,
        settings={"note": NASTY},
        fingerprint="f",
        metrics={"macro-F1": Estimate(0.5, 0.2, 0.8, 1), "accuracy": Estimate(0.5, 0, 1, 1)},
        groups={"kind": {NASTY: {"accuracy": Estimate(0.5, 0.0, 1.0, 1)}, "none": {}}},
        confusion=Confusion(labels=(NASTY, "b"), counts=((1, 2), (3, 4))),
        reliability=(Bin(0.6, 0.7, 3, 0.66, 0.5),),
        items=(wrong,),
    )
    return run("20261124-100000-support-aaaa", one, kind="support", name=NASTY, notes=(NASTY,))


def test_no_text_becomes_markup(two: Run, judged: Run) -> None:
    for page in (report.page(two, within(two)), report.page(judged)):
        assert "<script" not in page
        assert "alert(" in page  # it is there, as text
        assert '"quoted"' not in page.replace("&quot;quoted&quot;", "")


def test_nothing_is_loaded(two: Run) -> None:
    page = report.page(two, within(two))
    assert not re.search(r"""(src|href)=|url\(|@import|https?://""", page)


def test_the_report_holds_figures_plots_and_misses(two: Run) -> None:
    page = report.page(two, within(two))
    for part in ("0.500", "Against 20261124-100000-retrieval-aaaa@taxonomy", "right by kind",
                 "Score against latency", "Missed by taxonomy: 1", "Missed by bm25: 2",
                 "Wanted 骨干网络 › ResNet: rank 2", "生成网络 › WGAN", "fingerprint"):  # fmt: skip
        assert part in page


def test_the_report_of_a_judge_shows_what_was_taken_for_what(judged: Run) -> None:
    page = report.page(judged)
    assert "What was taken for what" in page
    assert "Can its chances be trusted?" in page
    assert "does not apply" in page  # the group without an estimate


def test_a_report_is_whole_or_not_there(two: Run, tmp_path: Path) -> None:
    report.write(tmp_path / "r.html", two)
    assert (tmp_path / "r.html").read_text(encoding="utf-8").endswith("</html>\n")
    assert [path.name for path in tmp_path.iterdir()] == ["r.html"]
    with pytest.raises(DataFolderError):
        report.write(tmp_path / "no" / "r.html", two)


def test_a_bar_is_as_long_as_its_value_and_has_its_interval() -> None:
    drawn = bars({"direct": [Estimate(0.5, 0.25, 0.75, 8), None]}, ["a", "b"])
    assert 'width="50.00%"' in drawn
    assert 'x1="25.00%" x2="75.00%"' in drawn
    assert "n = 8" in drawn
    assert "b: does not apply" in drawn


def test_a_negative_kappa_is_drawn_as_nothing() -> None:
    assert 'width="0.00%"' in bars({"x": [Estimate(-0.2, -0.5, 0.1, 8)]}, ["a"])


@pytest.mark.parametrize("ms", [[8.0, 8.0], [0.0, 2000.0], [1.0, 10.0]])
def test_the_scatter_takes_any_latency(ms: list[float]) -> None:
    points = [Point(f"c{i}", Estimate(0.9, 0.8, 1.0, 9), each) for i, each in enumerate(ms)]
    drawn = scatter(points, "right")
    places = [float(x) for x in re.findall(r'(?:cx|cy|x|y)="(-?[\d.]+)%"', drawn)]
    assert len(re.findall("<circle", drawn)) == 2
    assert all(-5 <= place <= 101.5 for place in places)


def test_a_trusty_judge_lies_on_the_diagonal() -> None:
    drawn = diagram([Bin(0.4, 0.5, 10, 0.5, 0.5)])
    # the middle of the plot, both ways
    assert 'cx="50.00%" cy="50.00%"' in drawn


@pytest.mark.browser
@pytest.mark.parametrize("width", [1440, 390])
def test_it_fits_a_wide_page_and_a_phone(
    two: Run, judged: Run, width: int, tmp_path: Path, chromium: Browser
) -> None:
    for name, page in (("two", report.page(two, within(two))), ("judged", report.page(judged))):
        path = tmp_path / f"{name}.html"
        path.write_text(page, encoding="utf-8")
        tab = chromium.new_page(viewport={"width": width, "height": 900})
        asked: list[str] = []
        tab.on("request", lambda request, asked=asked: asked.append(request.url))
        tab.goto(path.as_uri())
        assert asked == [path.as_uri()]
        assert no_sideways_scroll(tab)
        box = tab.locator(".bars svg").first.bounding_box()
        assert box is not None
        assert box["width"] > 150
        tab.close()
