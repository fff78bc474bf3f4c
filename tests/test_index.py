"""The index on disk: its pointer, its generations, what it refuses to read, and `top`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from conftest import MakeAssistant
from fakes import NOTES
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from assistant.errors import IndexStateError
from assistant.index import INDEX_VERSION, IndexFolder, top
from assistant.pipeline import Assistant
from assistant.reuse import text_hash


def generations(data: Path) -> list[str]:
    return sorted(path.name for path in (data / "index").glob("g[0-9]*"))


def manifest_of(data: Path) -> Path:
    name = json.loads((data / "index" / "current.json").read_text())["generation"]
    return data / "index" / name / "manifest.json"


def rewrite_manifest(data: Path, **changes: object) -> None:
    path = manifest_of(data)
    path.write_text(json.dumps(json.loads(path.read_text()) | changes), encoding="utf-8")


# --- what a generation holds ---------------------------------------------------------------------


def test_all_parts_of_a_generation_count_the_same_chunks(asked: Assistant) -> None:
    index = asked.services().index
    n = index.manifest.chunks
    assert n > 0
    assert len(index.chunks(range(n))) == n
    assert index.vectors.shape == (n, index.manifest.dimension)
    assert index.lexical(["梯度"]).shape == (n,)
    assert len(index.vector_rows()) == n  # every text of the small notes is another
    rows, _ = index.dense(index.vectors[0], n)
    assert sorted(rows.tolist()) == list(range(n))


def test_chroma_and_the_vectors_beside_it_agree(asked: Assistant) -> None:
    index = asked.services().index
    everything = [(0, index.manifest.chunks)]
    for row in range(index.manifest.chunks):
        rows, cosines = index.dense(index.vectors[row], 3)
        assert rows[0] == row
        assert cosines[0] == pytest.approx(1.0, abs=1e-5)
        _, exact = index.dense_within(index.vectors[row], everything, 3)
        assert cosines == pytest.approx(exact, abs=1e-5)


def test_a_chunk_says_the_words_that_stand_at_its_place(asked: Assistant) -> None:
    index = asked.services().index
    for chunk in index.chunks(range(index.manifest.chunks)):
        if chunk.part == "":
            assert NOTES[chunk.source.start : chunk.source.end] == chunk.text


def test_rows_of_neighbouring_entries_are_one_span(asked: Assistant) -> None:
    services = asked.services()
    index = services.index
    below = services.taxonomy.below("骨干网络")
    ((first, end),) = index.rows(below)
    assert {chunk.entry for chunk in index.chunks(range(first, end))} == below
    assert index.rows(["no-such-entry"]) == []


def test_ids_of_chunks_stay_when_the_index_is_made_anew(
    make: MakeAssistant, notes: Path, tmp_path: Path
) -> None:
    made = []
    for name in ("one", "two"):
        assistant = make(tmp_path / name)
        assistant.index(files=[str(notes)], corpus=False)
        index = assistant.services().index
        made.append([(c.id, text_hash(c)) for c in index.chunks(range(index.manifest.chunks))])
    assert made[0] == made[1]


# --- the pointer ---------------------------------------------------------------------------------


def test_without_an_index_the_error_names_the_command(data: Path) -> None:
    folder = IndexFolder(data / "index")
    assert folder.current() is None
    with pytest.raises(IndexStateError, match=f"No index in {data}.*`zhitu index`"):
        folder.open()


@pytest.mark.parametrize("pointer", ["", "{", "[]", "{}", '{"generation": "g999999"}', "\x00"])
def test_a_damaged_pointer_is_no_index_and_index_mends_it(
    asked: Assistant, data: Path, pointer: str
) -> None:
    asked.close()
    (data / "index" / "current.json").write_text(pointer)
    assert asked.state().index == "missing"
    with pytest.raises(IndexStateError, match="zhitu index"):
        asked.search("捷径")
    asked.index()
    assert asked.search("捷径")


def test_the_generation_before_stays_and_older_ones_go(
    asked: Assistant, data: Path, notes: Path
) -> None:
    assert generations(data) == ["g000001"]
    for n in (2, 3, 4):
        notes.write_text(NOTES + f"    新条目{n}\n        一句新话 {n}\n", encoding="utf-8")
        asked.index()
        assert generations(data) == [f"g00000{n - 1}", f"g00000{n}"]


def test_a_half_written_generation_is_not_seen_and_swept_up(
    asked: Assistant, data: Path, notes: Path
) -> None:
    half = data / "index" / "g000002"
    shutil.copytree(data / "index" / "g000001", half)
    (half / "manifest.json").rename(half / "manifest.part.json")
    assert asked.search("捷径")
    assert asked.services().generation == "g000001"
    notes.write_text(NOTES + "    新条目\n        一句新话\n", encoding="utf-8")
    asked.index()
    assert "新条目" in asked.search("一句新话")[0].path
    assert generations(data) == ["g000001", "g000003"]  # the name of a half does not come back


# --- what it refuses -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"version": INDEX_VERSION + 1}, "another version"),
        ({"embedder": "other"}, "embedder other, and it is hash now"),
        ({"revision": "0"}, "revision 0, and it is 1 now"),
        ({"chunker": "other-9"}, "chunker other-9"),
        ({"chunk_tokens": 99}, "chunk length 99, and it is 160 now"),
        ({"lexicon": "0" * 16}, "lexicon 0000"),
        ({"collection": "zhitu-abc"}, "made for a Chroma server"),
    ],
)
def test_an_index_made_otherwise_is_refused_and_index_rebuilds_it(
    asked: Assistant, make: MakeAssistant, data: Path, changes: dict[str, object], says: str
) -> None:
    before = asked.search("捷径")
    rewrite_manifest(data, **changes)
    later = make()
    for use in (lambda: later.search("捷径"), lambda: list(later.ask("捷径是什么"))):
        with pytest.raises(IndexStateError, match=rf"{says}.*`zhitu index`"):
            use()
    state = later.state()
    assert state.index == "outdated"
    assert "zhitu index" in state.index_message
    later.index()
    assert later.search("捷径") == before


@pytest.mark.parametrize(
    "file", ["chunks.sqlite", "manifest.json", "vectors.npy", "background.npy", "bm25", "chroma"]
)
@pytest.mark.parametrize("damage", ["gone", "cut"])
def test_a_damaged_generation_is_a_clear_error_and_index_mends_it(
    asked: Assistant, make: MakeAssistant, data: Path, file: str, damage: str
) -> None:
    before = asked.search("捷径怎样缓解梯度消失")
    asked.close()
    _damage(data / "index" / "g000001" / file, damage)
    later = make()
    with pytest.raises(IndexStateError, match="`zhitu index`"):
        list(later.ask("捷径怎样缓解梯度消失"))
    later.index()
    assert later.search("捷径怎样缓解梯度消失") == before


def _damage(path: Path, damage: str) -> None:
    if damage == "gone":
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        return
    for file in [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]:
        file.write_bytes(file.read_bytes()[:20])


# --- top -----------------------------------------------------------------------------------------

scores = hnp.arrays(np.float32, st.integers(0, 40), elements=st.sampled_from([0, 0.5, 1, 2, -1]))


@given(scores, st.integers(0, 50))
def test_top_is_the_head_of_a_stable_sort(values: np.ndarray, k: int) -> None:
    wanted = sorted(range(len(values)), key=lambda i: (-values[i], i))[:k]
    found = top(values, k).tolist()
    assert [values[i] for i in found] == [values[i] for i in wanted]
    assert len(set(found)) == len(found)


@given(hnp.arrays(np.float32, st.integers(1, 40), unique=True,
                  elements=st.floats(-5, 5, width=32)), st.integers(1, 50))  # fmt: skip
def test_top_of_different_scores_has_one_answer(values: np.ndarray, k: int) -> None:
    wanted = sorted(range(len(values)), key=lambda i: -values[i])[:k]
    assert top(values, k).tolist() == wanted


def test_of_equal_scores_the_earlier_row_comes_first() -> None:
    values = np.array([1, 3, 3, 2, 3], np.float32)
    assert top(values, 3).tolist() == [1, 2, 4]
    assert top(values, 5).tolist() == [1, 2, 4, 3, 0]
