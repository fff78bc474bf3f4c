"""From sources to an index: what is embedded again, what is remembered, what an error leaves."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import MakeAssistant, RunCli
from fakes import NOTES, HashEmbedder, use_embedder
from filelock import FileLock
from test_index import generations

from assistant.errors import DataFolderError, IndexStateError, SourceError
from assistant.pipeline import Assistant

RESNET_LINE = "一共有 152 层的版本"


def run(assistant: Assistant, **arguments: object) -> dict[str, float]:
    report = assistant.index(**arguments).as_dict()
    return {name: report[name] for name in ("added", "changed", "removed", "unchanged", "embedded")}


def titles(assistant: Assistant) -> set[str]:
    return {entry.title for entry in assistant.entries()}


# --- only what changed ---------------------------------------------------------------------------


def test_the_first_run_embeds_every_chunk_once(asked: Assistant, embedder: HashEmbedder) -> None:
    index = asked.services().index
    # and the four questions on other fields
    assert len(embedder.documents) == index.manifest.chunks + 4
    assert len(set(embedder.documents)) == len(embedder.documents)


def test_an_unchanged_run_embeds_nothing_and_writes_no_generation(
    asked: Assistant, embedder: HashEmbedder, data: Path
) -> None:
    embedder.documents.clear()
    before = (data / "index" / "current.json").stat().st_mtime_ns
    assert run(asked) == {"added": 0, "changed": 0, "removed": 0, "unchanged": 16, "embedded": 0}
    assert embedder.documents == []
    assert generations(data) == ["g000001"]
    assert (data / "index" / "current.json").stat().st_mtime_ns == before


def test_a_changed_line_is_embedded_again_and_nothing_else(
    asked: Assistant, embedder: HashEmbedder, notes: Path
) -> None:
    embedder.documents.clear()
    notes.write_text(NOTES.replace(RESNET_LINE, "最深的版本有 1202 层"), encoding="utf-8")
    assert run(asked) == {"added": 0, "changed": 1, "removed": 0, "unchanged": 15, "embedded": 1}
    assert len(embedder.documents) == 1
    assert "1202" in embedder.documents[0]
    assert "1202" in asked.search("最深的版本 1202 层")[0].text
    assert not any(RESNET_LINE in hit.text for hit in asked.search(RESNET_LINE, 100))


def test_a_new_entry_is_embedded_with_the_contents_above_it(
    asked: Assistant, embedder: HashEmbedder, notes: Path
) -> None:
    embedder.documents.clear()
    added = NOTES + "    RMSProp\n        用平方梯度的滑动平均调整步长\n"
    notes.write_text(added, encoding="utf-8")
    report = run(asked)
    assert (report["added"], report["changed"], report["removed"]) == (1, 0, 0)
    assert len(embedder.documents) == report["embedded"] == 2  # the claim, and the list above
    assert asked.search("平方梯度的滑动平均")[0].path[-1] == "RMSProp"


def test_a_removed_entry_is_found_no_more(
    asked: Assistant, embedder: HashEmbedder, notes: Path
) -> None:
    start, end = NOTES.index("    VGG\n"), NOTES.index(" 1.2 轻量网络")
    notes.write_text(NOTES[:start] + NOTES[end:], encoding="utf-8")
    embedder.documents.clear()
    report = run(asked)
    assert (report["added"], report["removed"], report["unchanged"]) == (0, 1, 15)
    assert len(embedder.documents) == 1  # the list of what is left
    assert "VGG" not in titles(asked)
    assert all(hit.path[-1] != "VGG" for hit in asked.search("两个 3x3 卷积代替一个 5x5 卷积", 100))


def test_a_line_inserted_above_changes_only_offsets(
    asked: Assistant, embedder: HashEmbedder, notes: Path
) -> None:
    def chunks() -> list[tuple[str, str, int]]:
        index = asked.services().index
        found = index.chunks(range(index.manifest.chunks))
        return [(chunk.id, chunk.text, chunk.source.start) for chunk in found]

    before = chunks()
    vectors = asked.services().index.vectors.copy()
    embedder.documents.clear()
    line = "这一行是网页的页眉\n"
    notes.write_text(line + NOTES, encoding="utf-8")
    assert run(asked) == {"added": 0, "changed": 0, "removed": 0, "unchanged": 16, "embedded": 0}
    assert embedder.documents == []
    assert chunks() == [(i, text, start + len(line)) for i, text, start in before]
    assert (asked.services().index.vectors == vectors).all()
    hit = asked.search("捷径把输入直接加到输出上")[0]
    text = (line + NOTES)[hit.source.start : hit.source.end]
    assert text == hit.text.split("\n")[0]


def test_entries_in_another_order_keep_their_vectors(
    asked: Assistant, embedder: HashEmbedder, notes: Path
) -> None:
    before = asked.search("用最小二乘损失代替交叉熵")
    start, middle, end = (NOTES.index(f"    {t}\n") for t in ("WGAN", "LSGAN", "Adam"))
    end = NOTES.index("3 优化\n 3.1")
    swapped = NOTES[:start] + NOTES[middle:end] + NOTES[start:middle] + NOTES[end:]
    embedder.documents.clear()
    notes.write_text(swapped, encoding="utf-8")
    assert run(asked)["changed"] == 0
    assert len(embedder.documents) == 1  # 对抗损失's list of what is below it
    after = asked.search("用最小二乘损失代替交叉熵")
    assert (after[0].entry, after[0].text) == (before[0].entry, before[0].text)
    assert after[0].score == pytest.approx(before[0].score, abs=1e-5)


@pytest.mark.parametrize("change", ["revision", "embedder", "chunk_tokens"])
def test_another_embedder_embeds_all_again_and_shorter_chunks_only_the_new_ones(
    asked: Assistant, make: MakeAssistant, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    count = asked.services().index.manifest.chunks
    other = HashEmbedder(
        revision="2" if change == "revision" else "1",
        name="other" if change == "embedder" else "hash",
    )
    use_embedder(other, monkeypatch.setattr)
    later = make(chunk_tokens=32) if change == "chunk_tokens" else make()
    report = run(later)
    if change == "chunk_tokens":
        assert 0 < report["embedded"] < later.services().index.manifest.chunks
    else:
        assert report["embedded"] == count
        assert len(other.documents) == count + 4
    assert later.search("捷径")
    assert later.state().index == "ready"


# --- sources -------------------------------------------------------------------------------------


def test_sources_are_remembered_for_the_next_run_and_for_another_process(
    asked: Assistant, make: MakeAssistant, notes: Path
) -> None:
    later = make()
    sources = later.ingestion.sources()
    assert sources.files == (str(notes),)
    assert not sources.corpus  # --no-corpus is remembered with them
    later.index()
    assert "内置骨干网络" not in titles(later)


def test_the_first_index_without_a_source_holds_the_corpus(make: MakeAssistant) -> None:
    assistant = make()
    assistant.index()
    assert titles(assistant) == {"内置骨干网络", "ResNet"}
    assert assistant.search("identity mapping")[0].kind == "reference"


def test_the_corpus_comes_back_when_it_is_asked_for(asked: Assistant) -> None:
    asked.index(corpus=True)
    assert "内置骨干网络" in titles(asked)
    assert "WGAN" in titles(asked)
    assert asked.ingestion.sources().corpus
    asked.index(corpus=False)
    assert "内置骨干网络" not in titles(asked)


def test_sources_given_take_the_place_of_the_remembered_ones(
    asked: Assistant, tmp_path: Path
) -> None:
    other = tmp_path / "other.md"
    other.write_text("# 图网络\n\n## GCN\n\n- 聚合邻居的特征\n", encoding="utf-8")
    report = run(asked, files=[str(other)], corpus=False)
    assert report["removed"] == 16
    assert "WGAN" not in titles(asked)
    assert "GCN" in titles(asked)


def test_a_source_given_twice_counts_once(make: MakeAssistant, notes: Path) -> None:
    assistant = make()
    relative = os.path.relpath(notes)
    assistant.index(files=[str(notes), relative, str(notes)], corpus=False)
    assert assistant.ingestion.sources().files == (str(notes),)
    assert len(assistant.entries()) == 16


def test_two_sources_with_the_same_entries_keep_their_own_ids(
    make: MakeAssistant, notes: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "copy.txt"
    copy.write_text(NOTES.replace("152", "1202"), encoding="utf-8")
    assistant = make()
    assistant.index(files=[str(notes), str(copy)], corpus=False)
    ids = [entry.id for entry in assistant.entries()]
    assert len(set(ids)) == len(ids) == 32
    found = [hit for hit in assistant.search("一共有多少层的版本", 10) if hit.path[-1] == "ResNet"]
    assert len({hit.entry for hit in found}) == 2


def test_an_index_that_no_longer_matches_its_sources_is_stale(
    asked: Assistant, notes: Path
) -> None:
    assert asked.state().stale == ()
    notes.write_text(NOTES + "\n", encoding="utf-8")
    assert asked.state().stale == (str(notes),)
    asked.index()
    assert asked.state().stale == ()
    notes.unlink()
    assert asked.state().stale == (str(notes),)


BAD_SOURCES = {
    "missing": (None, "does not exist"),
    "a folder": ("folder", "is a folder"),
    "empty": (b"", "is empty"),
    "blank": (b" \n\t\n", "is empty"),
    "binary": (bytes(range(256)) * 20, "binary"),
    "one line of 50 MB": (b"a" * 50_000_000, "Line 1 .*50,000,000 characters"),
}


@pytest.mark.parametrize("kind", sorted(BAD_SOURCES))
def test_a_bad_source_is_a_clear_error_and_the_old_index_serves(
    asked: Assistant, data: Path, tmp_path: Path, kind: str
) -> None:
    content, says = BAD_SOURCES[kind]
    path = tmp_path / "bad source.txt"
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    before = asked.search("捷径怎样缓解梯度消失")
    with pytest.raises(SourceError, match=says) as caught:
        asked.index(files=[str(path)], corpus=False)
    assert "bad source.txt" in str(caught.value)
    assert asked.search("捷径怎样缓解梯度消失") == before
    assert generations(data) == ["g000001"]
    assert len(asked.ingestion.sources().files) == 1  # the bad one isn't remembered
    assert asked.state().stale == ()
    assert run(asked)["unchanged"] == 16


def test_notes_in_gbk_are_read(make: MakeAssistant, tmp_path: Path) -> None:
    path = tmp_path / "gbk.txt"
    path.write_bytes(NOTES.encode("gbk"))
    assistant = make()
    assistant.index(files=[str(path)], corpus=False)
    hit = assistant.search("捷径怎样缓解梯度消失")[0]
    assert hit.path[-1] == "ResNet"
    words = assistant.source_text(hit.source.file, hit.source.start, hit.source.end)
    assert words == hit.text.split("\n")[0]


def test_a_source_that_is_gone_is_an_error_and_the_old_index_serves(
    asked: Assistant, notes: Path
) -> None:
    notes.unlink()
    with pytest.raises(SourceError, match=r"notes\.txt does not exist"):
        asked.index()
    assert asked.search("捷径")[0].path[-1] == "ResNet"


def test_nothing_to_index_is_an_error(make: MakeAssistant) -> None:
    with pytest.raises(SourceError, match=r"nothing to index.*--source"):
        make().index(corpus=False)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"corpus": true}', "\x00\xff"])
def test_a_damaged_memory_of_sources_is_a_clear_error(
    asked: Assistant, data: Path, text: str
) -> None:
    (data / "sources.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataFolderError, match=r"sources\.json is damaged.*--source"):
        asked.index()
    assert asked.search("捷径")


# --- data folders --------------------------------------------------------------------------------


def test_two_data_folders_never_touch(
    make: MakeAssistant, notes: Path, tmp_path: Path, embedder: HashEmbedder
) -> None:
    other_notes = tmp_path / "other.txt"
    other_notes.write_text(NOTES.replace("ResNet", "ResNeXt"), encoding="utf-8")
    one, two = make(tmp_path / "one"), make(tmp_path / "two")
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(one.index, files=[str(notes)], corpus=False)
        second = pool.submit(two.index, files=[str(other_notes)], corpus=False)
        first.result()
        second.result()
    assert "ResNeXt" not in titles(one)
    assert "ResNet" not in titles(two)
    files = {path: path.read_bytes() for path in (tmp_path / "one").rglob("*") if path.is_file()}
    other_notes.write_text(NOTES, encoding="utf-8")
    two.index()
    assert files == {
        path: path.read_bytes() for path in (tmp_path / "one").rglob("*") if path.is_file()
    }


def test_a_second_run_while_one_is_at_work_is_refused(
    asked: Assistant, make: MakeAssistant, embedder: HashEmbedder, notes: Path
) -> None:
    notes.write_text(NOTES + "    新条目\n        一句新话\n", encoding="utf-8")
    embedder.opened.clear()
    embedder.gate = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(asked.index)
        try:
            assert embedder.opened.wait(60)
            with pytest.raises(DataFolderError, match=r"Another run is indexing.*--data-dir"):
                make().index()
            assert asked.search("捷径")  # and it answers meanwhile
        finally:
            embedder.gate.set()
        assert first.result().added == 1


def test_a_folder_that_another_process_holds_is_refused(
    asked: Assistant, data: Path, cli: RunCli
) -> None:
    with FileLock(data / ".lock"):
        done = cli("--data-dir", data, "index", "--json")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"zhitu: Another run is indexing into {data}")
    assert asked.search("捷径")


def test_a_file_in_the_place_of_the_data_folder_is_a_clear_error(
    make: MakeAssistant, tmp_path: Path, notes: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    for place in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(IndexStateError, match="zhitu index"):
            make(place).search("捷径")
        with pytest.raises(DataFolderError, match="--data-dir"):
            make(place).index(files=[str(notes)], corpus=False)
    assert (tmp_path / "file").read_text() == "mine"


@contextmanager
def mounted(place: Path, *options: str):
    place.mkdir(exist_ok=True)
    done = subprocess.run(["mount", *options, str(place)], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"a file system can't be mounted here: {done.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_folder_that_is_read_only_is_a_clear_error(
    asked: Assistant, make: MakeAssistant, data: Path, notes: Path, cli: RunCli
) -> None:
    asked.close()
    notes.write_text(NOTES + "    新条目\n        一句新话\n", encoding="utf-8")
    with mounted(data, "--bind", str(data)):
        subprocess.run(["mount", "-o", "remount,bind,ro", str(data)], check=True)
        later = make()
        with pytest.raises(DataFolderError, match=r"can't be written to.*--data-dir"):
            later.index()
        with pytest.raises(IndexStateError, match="readonly"):  # embedded Chroma must write
            later.search("捷径")
        later.close()
    assert make().search("捷径")[0].path[-1] == "ResNet"


def test_a_full_disk_is_a_clear_error_at_every_step_and_the_old_index_serves(
    make: MakeAssistant, data: Path, notes: Path
) -> None:
    with mounted(data, "-t", "tmpfs", "-o", "size=64m", "tmpfs"):
        assistant = make()
        assistant.index(files=[str(notes)], corpus=False)
        before = assistant.search("捷径怎样缓解梯度消失")
        notes.write_text(NOTES + "    新条目\n        一句新话\n", encoding="utf-8")
        ballast = data / "ballast"
        failures: list[str] = []
        for room in range(8, 2000, 48):  # kilobytes: each part of a generation fails once
            ballast.unlink(missing_ok=True)
            free = os.statvfs(data).f_bavail * os.statvfs(data).f_frsize
            with ballast.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, free - room * 1024)
            try:
                report = assistant.index()
            except DataFolderError as error:
                failures.append(str(error))
                assert assistant.search("捷径怎样缓解梯度消失") == before
                halves = sum(f.stat().st_size for f in (data / "index").rglob("*")
                             if f.is_file() and "g000001" not in f.parts)  # fmt: skip
                assert halves < 4096  # what it wrote is given back
                continue
            break
        assert len(failures) > 3
        assert all("is full" in failure for failure in failures)
        assert report.added == 1
        assert "新条目" in assistant.search("一句新话")[0].path
        assistant.close()


def test_a_file_that_may_not_grow_is_a_clear_error(
    asked: Assistant, data: Path, notes: Path, corpus: Path
) -> None:
    notes.write_text(NOTES + "    新条目\n        一句新话\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("fake_cli.py"), "--data-dir", data, "index"],
        env={**os.environ, "FAKE_CORPUS": str(corpus)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("zhitu: ")
    assert "Traceback" not in done.stderr
    assert asked.search("捷径")


# --- a reader that lives long --------------------------------------------------------------------


def test_a_long_lived_reader_sees_each_new_generation(
    asked: Assistant, make: MakeAssistant, notes: Path
) -> None:
    reader = make()
    for n in range(3):
        notes.write_text(NOTES.replace("152 层", f"{n}00 层"), encoding="utf-8")
        asked.index()
        assert f"{n}00 层" in reader.search("一共有多少层的版本")[0].text


def test_readers_in_several_threads_answer_all_through_an_index_run(
    asked: Assistant, make: MakeAssistant, embedder: HashEmbedder, notes: Path
) -> None:
    reader = make()
    embedder.opened.clear()
    embedder.gate = threading.Event()
    over = threading.Event()
    begun = threading.Barrier(5)
    served: set[str] = set()

    def read() -> int:
        try:
            begun.wait()
            for _ in range(5):  # while the run stands still
                look()
        finally:
            ready.release()
        count = 5
        while not over.is_set():
            look()
            count += 1
        return count

    def look() -> None:
        hit = reader.search("一共有多少层的版本")[0]
        assert hit.path[-1] == "ResNet"
        served.add(hit.text.split("\n")[0])

    ready = threading.Semaphore(0)
    notes.write_text(NOTES.replace("152 层", "777 层"), encoding="utf-8")
    with ThreadPoolExecutor(5) as pool:
        writer = pool.submit(asked.index)
        readers = [pool.submit(read) for _ in range(4)]
        try:
            assert embedder.opened.wait(60)
            begun.wait()
            for _ in readers:
                assert ready.acquire(timeout=60)
        finally:
            embedder.gate.set()
            writer.result()
            over.set()
        assert all(future.result() >= 5 for future in readers)
    assert any("152 层" in text for text in served)
    assert "777 层" in reader.search("一共有多少层的版本")[0].text


def test_the_report_counts_what_the_index_holds(asked: Assistant, make: MakeAssistant) -> None:
    report = make().index()
    manifest = asked.services().index.manifest
    assert (report.entries, report.chunks) == (manifest.entries, manifest.chunks)
    assert json.loads(json.dumps(report.as_dict()))["seconds"] > 0
