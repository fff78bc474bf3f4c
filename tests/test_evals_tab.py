"""The Evals tab without a browser: one run at a time, what is kept, what the page may ask for."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest
from eval_kit import QUESTIONS, RESNET, write_rows

from assistant.errors import UsageError, ZhituError
from assistant.pipeline import Assistant
from assistant.ui import own_questions
from assistant.ui.desk import Desk
from assistant.ui.evals_desk import Asked, EvalDesk
from assistant.ui.evals_tab import overview, told
from assistant.ui.texts import catalog
from evals import gold, retrieval
from evals.circumstances import Watch
from evals.runs import Run


@pytest.fixture(autouse=True)
def questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gold, "GOLD", tmp_path / "gold")
    for part in ("dev", "test"):
        write_rows(tmp_path / "gold" / f"retrieval.{part}.jsonl", QUESTIONS)


@pytest.fixture
def desk(asked: Assistant) -> Desk:
    opened = Desk(lambda: asked)
    opened.open()
    opened.assistant()
    return opened


def finished(evaluations: EvalDesk, **asked: Any) -> EvalDesk:
    evaluations.start(Asked(**{"set": "retrieval.dev", "searches": ("fused", "bm25"), **asked}))
    for thread in threading.enumerate():
        if thread.name == "zhitu-eval":
            thread.join(60)
    return evaluations


def test_a_run_is_kept_and_found_again_by_another_server(desk: Desk) -> None:
    done = finished(EvalDesk(desk))
    assert done.job.failure is None
    assert not done.job.running
    again = EvalDesk(desk)
    assert [run["id"] for run in again.runs()] == [done.job.run]
    # in the order of what each one adds, not in the order they were ticked
    assert again.runs()[0]["names"] == ["bm25", "fused"]


def test_an_open_run_has_its_figures_and_its_misses(desk: Desk) -> None:
    done = finished(EvalDesk(desk))
    run = done.opened(done.job.run)
    assert run["n"] == 4
    assert all(one["items"] == [] or one["items"] == () for one in run["configurations"])
    assert "q3" in [miss["id"] for miss in run["misses"]["fused"]]
    hit = run["misses"]["fused"][0]["hits"][0]
    assert done.passage(hit["entry"], hit["chunk"])["text"]
    compared = done.compared(f"{run['id']}@bm25", f"{run['id']}@fused")
    assert compared["n"] == 4
    assert {"value", "low", "high", "p"} <= set(compared["differences"]["hit@1"])


def test_of_a_held_out_set_no_question_leaves_the_server(desk: Desk) -> None:
    done = finished(EvalDesk(desk), set="retrieval.test")
    run = done.opened(done.job.run)
    assert run["held_out"]
    assert run["misses"] == {"bm25": [], "fused": []}
    assert QUESTIONS[0]["q"] not in str(run)
    assert QUESTIONS[0]["q"] not in done.report(done.job.run)["html"]


def test_only_one_run_at_a_time_and_a_cancelled_one_is_not_kept(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    real = retrieval.run

    def waiting(assistant: Assistant, options: retrieval.Options, watch: Watch) -> Run:
        begun.set()
        assert go_on.wait(60)
        return real(assistant, options, watch)

    monkeypatch.setattr(retrieval, "run", waiting)
    evaluations = EvalDesk(desk)
    evaluations.start(Asked(set="retrieval.dev", searches=("bm25",)))
    assert begun.wait(60)
    with pytest.raises(UsageError, match="under way"):
        evaluations.start(Asked(set="retrieval.dev", searches=("bm25",)))
    assert evaluations.cancel().stopping
    go_on.set()
    for thread in threading.enumerate():
        if thread.name == "zhitu-eval":
            thread.join(60)
    assert evaluations.job.stopped
    assert evaluations.job.failure is None
    assert evaluations.runs() == []


def test_what_went_wrong_is_said_with_the_next_step(desk: Desk) -> None:
    failure = finished(EvalDesk(desk), set="own").job.failure
    assert failure is not None
    assert "no questions of your own" in failure.found
    assert failure.next_step


@pytest.mark.parametrize("reference", ["", "../secret", "/etc/passwd", "..\\secret", "none-such"])
def test_the_page_opens_runs_and_no_other_file(desk: Desk, reference: str) -> None:
    with pytest.raises(ZhituError):
        EvalDesk(desk).opened(reference)


def test_an_own_question_is_added_shown_measured_and_taken_back(desk: Desk) -> None:
    added = own_questions.add(desk, {"q": "捷径有什么用", "entries": [RESNET]})
    assert own_questions.listed(desk) == [
        {"id": added["id"], "q": "捷径有什么用", "entries": [{"id": RESNET, "title": "ResNet"}]}
    ]
    evaluations = finished(EvalDesk(desk), set="own")
    assert evaluations.opened(evaluations.job.run)["n"] == 1
    assert own_questions.remove(desk, {"id": added["id"]}) == {"removed": True}
    assert own_questions.listed(desk) == []


@pytest.mark.parametrize("wanted", [{}, {"q": "", "entries": [RESNET]}, {"q": "a", "entries": []},
                                    {"q": "a", "entries": ["no/such"]}, None])  # fmt: skip
def test_an_own_question_that_makes_no_sense_is_refused(desk: Desk, wanted: Any) -> None:
    assert "failure" in own_questions.add(desk, wanted)
    assert own_questions.listed(desk) == []


def test_the_overview_holds_what_the_tab_shows(desk: Desk) -> None:
    state = told(lambda: overview(desk, EvalDesk(desk)))
    assert [one["name"] for one in state["sets"]] == ["retrieval.dev", "retrieval.test", "own"]
    assert state["runs"] == []
    assert not state["job"]["running"]


def test_each_search_has_a_name_in_both_languages() -> None:
    for language in ("zh", "en"):
        for search in ("dense", "bm25", "fused", "taxonomy"):
            assert catalog(language)[f"search_{search}"]  # type: ignore[arg-type]
