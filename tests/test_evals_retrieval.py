"""A whole run of the search over a tiny index."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from conftest import MakeAssistant
from eval_kit import DENSENET, QUESTIONS, RESNET, write_rows
from fakes import HashEmbedder

import assistant.parts
from assistant.errors import UsageError
from assistant.pipeline import Assistant
from evals import gold
from evals.circumstances import StoppedError, Watch
from evals.own import add_own
from evals.retrieval import Options, run
from evals.runs import RetrievalItem, RunStore


@pytest.fixture(autouse=True)
def questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(gold, "GOLD", tmp_path / "gold")
    write_rows(tmp_path / "gold" / "retrieval.test.jsonl", QUESTIONS)
    return write_rows(tmp_path / "gold" / "retrieval.dev.jsonl", QUESTIONS)


def test_every_search_is_asked_every_question(shared: Assistant) -> None:
    made = run(shared, Options())
    assert [one.name for one in made.configurations] == ["taxonomy", "fused", "dense", "bm25"]
    for one in made.configurations:
        assert [item.id for item in one.items] == ["q1", "q2", "q3", "q4"]
        assert one.settings["search"] == one.name
        assert one.latency_ms["p50"] > 0
    assert len({one.fingerprint for one in made.configurations}) == 4
    assert made.embedder == "hash"
    assert made.index["generation"]
    assert made.machine["packages"]["ir-measures"]


def test_the_figures_are_those_of_the_items(shared: Assistant) -> None:
    one = run(shared, Options(searches=("taxonomy",))).configurations[0]
    # q1, q2 and q4 are found; q3 names ResNet and asks for DenseNet
    assert [item.measures["right"] for item in one.items] == [1, 1, 0, 1]
    assert one.metrics["right"].value == 0.75
    assert one.metrics["right"].n == 4
    assert {label: e["right"].value for label, e in one.groups["kind"].items()} == {
        "direct": 1,
        "comparison": 1,
        "paraphrase": 0,
    }
    assert {label: e["right"].n for label, e in one.groups["section"].items()} == {
        "骨干网络": 3,
        "生成网络": 1,
    }


def test_a_miss_says_what_came_instead_and_why(shared: Assistant) -> None:
    item = run(shared, Options(searches=("taxonomy",), k=1)).configurations[0].items[2]
    assert isinstance(item, RetrievalItem)
    assert item.q == "ResNet 的捷径"
    assert item.hits[0].entry == RESNET
    assert item.hits[0].linked
    assert set(item.hits[0].legs) == {"dense", "bm25"}
    wanted = item.wanted[0]
    assert (wanted.entry, wanted.path[-1]) == (DENSENET, "DenseNet")
    assert (wanted.rank or 0) > 1  # it is looked for deeper than the hits that were asked for


def test_of_a_held_out_set_no_text_is_kept(shared: Assistant) -> None:
    made = run(shared, Options(set="retrieval.test", searches=("bm25",)))
    text = made.configurations[0].model_dump_json()
    assert not any(row["q"] in text for row in QUESTIONS)
    assert "resnet" not in text
    assert made.configurations[0].metrics["right"].n == 4


@pytest.mark.parametrize(
    ("section", "ids"),
    [
        ("1", ["q1", "q2", "q3"]),
        ("生成网络", ["q4"]),
        ("骨干网络/更深的网络/densenet", ["q3"]),
        ("", ["q1", "q2", "q3", "q4"]),
    ],
)
def test_a_section_is_what_lies_below_it(shared: Assistant, section: str, ids: list[str]) -> None:
    made = run(shared, Options(searches=("bm25",), section=section))
    assert [item.id for item in made.configurations[0].items] == ids


def test_a_section_without_questions_is_told(shared: Assistant) -> None:
    with pytest.raises(UsageError, match="No question"):
        run(shared, Options(section="3"))
    with pytest.raises(UsageError, match="Near ones"):
        run(shared, Options(section="骨干网"))


def test_a_sample_is_asked_only(shared: Assistant) -> None:
    made = run(shared, Options(searches=("bm25",), sample=2))
    assert len(made.configurations[0].items) == 2
    assert made.settings["sample"] == 2


def test_an_index_without_the_entries_is_told(shared: Assistant, questions: Path) -> None:
    write_rows(questions, [{**QUESTIONS[0], "entries": ["gan/wgan"]}])
    with pytest.raises(UsageError, match="zhitu index --corpus"):
        run(shared, Options())


def test_ones_own_questions_are_asked_and_lost_ones_named(asked: Assistant) -> None:
    add_own(asked.settings.data_dir, "ResNet 为什么能缓解梯度消失", [RESNET])
    lost = add_own(asked.settings.data_dir, "没了", ["gone"])
    made = run(asked, Options(set="own", searches=("taxonomy",)))
    assert made.configurations[0].metrics["right"].n == 1
    assert lost.id in made.notes[0]


def test_whoever_waits_is_told_and_may_stop(shared: Assistant) -> None:
    seen: list[tuple[str, int, int]] = []
    run(shared, Options(searches=("bm25", "dense")), Watch(lambda *step: seen.append(step)))
    assert seen[0] == ("bm25", 1, 8)
    assert seen[-1] == ("dense", 8, 8)
    stop = threading.Event()
    stop.set()
    with pytest.raises(StoppedError):
        run(shared, Options(), Watch(cancelled=stop.is_set))


def test_another_embedder_gets_an_index_of_its_own(
    make: MakeAssistant, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: dict[str, HashEmbedder] = {}

    def opened(_: object, name: str) -> HashEmbedder:
        return made.setdefault(name, HashEmbedder(name=name))

    monkeypatch.setattr(assistant.parts, "open_embedder", opened)
    one = make(embedder="small")
    one.index(files=[str(notes)], corpus=False)
    options = Options(searches=("dense",), embedders=("small", "large"))
    measured = run(one, options)
    assert [c.name for c in measured.configurations] == ["dense · small", "dense · large"]
    assert [c.settings["embedder"] for c in measured.configurations] == ["small", "large"]
    assert measured.notes == ()
    embedded = len(made["large"].documents)
    run(one, options)
    assert len(made["large"].documents) == embedded  # the second time it is there
    assert one.services().embedder.name == "small"


def test_a_run_survives_the_disk(shared: Assistant, tmp_path: Path) -> None:
    made = run(shared, Options(searches=("taxonomy",)))
    store = RunStore(tmp_path)
    store.save(made)
    assert store.load("last").configurations == made.configurations
