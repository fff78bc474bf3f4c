"""Runs on disk: whole or not there, found by what a person types."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from eval_kit import configuration, item, run

from evals.runs import RunError, RunStore, new_id

FIRST, SECOND = "20261124-100000-retrieval-aaaa", "20261124-110000-support-bbbb"


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    store = RunStore(tmp_path)
    store.save(run(FIRST))
    store.save(run(SECOND, kind="support", name="support.dev"))
    return store


def test_ids_sort_by_time_and_do_not_collide() -> None:
    start = datetime(2026, 11, 24, 18, 30, tzinfo=timezone(timedelta(hours=8)))
    one = new_id("retrieval", start)
    assert one.startswith("20261124-103000-retrieval-")
    assert one != new_id("retrieval", start)
    assert one < new_id("answers", datetime(2026, 11, 24, 10, 30, 1, tzinfo=UTC))


def test_a_run_comes_back_as_it_was(store: RunStore) -> None:
    assert store.load(FIRST) == run(FIRST)
    assert not list(store.folder.glob("*.part"))


@pytest.mark.parametrize("reference", [SECOND, "last", "bbbb", "20261124-11"])
def test_a_run_is_found_by_what_a_person_types(store: RunStore, reference: str) -> None:
    assert store.load(reference).id == SECOND


def test_a_run_is_found_by_its_file(store: RunStore) -> None:
    assert store.load(str(store.folder / f"{FIRST}.json")).id == FIRST


def test_the_last_of_a_kind_is_found(store: RunStore) -> None:
    assert store.load("last", "retrieval").id == FIRST


@pytest.mark.parametrize(
    ("reference", "kind", "said"),
    [
        ("2026", "", "2 runs"),
        ("zzzz", "", "No run is called"),
        ("last", "grading", "zhitu eval grading"),
    ],
)
def test_what_is_not_one_run_is_told(store: RunStore, reference: str, kind: str, said: str) -> None:
    with pytest.raises(RunError, match=said):
        store.load(reference, kind)


def test_the_list_is_newest_first_and_without_items(store: RunStore) -> None:
    assert [one.id for one in store.all()] == [SECOND, FIRST]
    assert [one.id for one in store.all("retrieval")] == [FIRST]
    assert store.all()[0].configurations[0].items == ()
    assert store.all()[0].configurations[0].metrics  # read again, the figures are there


def test_no_folder_is_no_runs(tmp_path: Path) -> None:
    assert RunStore(tmp_path).all() == []


def test_a_damaged_run_hides_no_other(store: RunStore) -> None:
    path = store.folder / "20261124-120000-retrieval-cccc.json"
    path.write_text('{"id": "x"', encoding="utf-8")
    assert [one.id for one in store.all()] == [SECOND, FIRST]
    assert list(store.damaged()) == [path]
    assert store.load("last").id == SECOND
    with pytest.raises(RunError, match="Delete it"):
        store.load("cccc")


def test_a_run_written_again_is_read_again(store: RunStore) -> None:
    store.all()
    store.save(run(FIRST, configuration("fused", [item("q1", 1)]), notes=("again, and longer",)))
    assert store.all("retrieval")[0].configurations[0].name == "fused"


def test_a_configuration_is_found_by_its_name() -> None:
    assert run().configuration("taxonomy") == run().configuration()
    with pytest.raises(RunError, match="It has: taxonomy"):
        run().configuration("bm25")
