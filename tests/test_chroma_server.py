"""The same index on a Chroma server: the same searches and answers, no collection left behind."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import chromadb
import httpx
import pytest
from conftest import MakeAssistant, RunCli
from fakes import NOTES, HashEmbedder, use_corpus, use_embedder, write_corpus
from search_suite import QUESTIONS, SearchSuite, search_by
from test_ingestion import run

from assistant.config import load_settings
from assistant.errors import IndexStateError
from assistant.parts import SEARCHES
from assistant.pipeline import Assistant


class Server:
    """`chroma run` on a free port of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.start()

    def start(self) -> None:
        command = [Path(sys.executable).with_name("chroma"), "run", "--path", self._folder]
        self._process = subprocess.Popen(
            [*command, "--host", "127.0.0.1", "--port", str(self._port)],
            cwd=self._folder.parent,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 60
        while not self._beats():
            assert self._process.poll() is None, "chroma run ended"
            assert time.monotonic() < deadline, "chroma run doesn't answer"
            time.sleep(0.05)

    def stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait(10)

    def collections(self) -> list[str]:
        client = chromadb.HttpClient(host="127.0.0.1", port=self._port)
        return sorted(collection.name for collection in client.list_collections())

    def _beats(self) -> bool:
        try:
            return httpx.get(f"{self.url}/api/v2/heartbeat", timeout=2).is_success
        except httpx.HTTPError:
            return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    made = Server(tmp_path_factory.mktemp("chroma") / "server")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def served(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Assistant]:
    """An Assistant over the small notes whose vectors lie on the server; read only."""
    folder = tmp_path_factory.mktemp("served")
    (folder / "notes.txt").write_text(NOTES, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        use_corpus(write_corpus(folder / "corpus"), patch.setattr)
        use_embedder(HashEmbedder(), patch.setattr)
        settings = load_settings(data_dir=folder / "data", chroma_url=server.url, model="none")
        assistant = Assistant(settings)
        assistant.index(files=[str(folder / "notes.txt")], corpus=False)
        assistant.services()
    yield assistant
    assistant.close()


@pytest.fixture
def on_server(make: MakeAssistant, server: Server, notes: Path) -> Assistant:
    """An Assistant of this test's own on the server."""
    assistant = make(chroma_url=server.url)
    assistant.index(files=[str(notes)], corpus=False)
    return assistant


class TestEverySearchOnAServer(SearchSuite):
    @pytest.fixture
    def assistant(self, served: Assistant) -> Assistant:
        return served


def test_the_vectors_lie_on_the_server_and_not_in_the_data_folder(
    on_server: Assistant, data: Path, server: Server
) -> None:
    assert on_server.services().index.manifest.collection in server.collections()
    assert not list((data / "index").glob("*/chroma"))


@pytest.mark.parametrize("method", sorted(SEARCHES))
def test_it_gives_the_hits_of_the_embedded_index(
    served: Assistant, shared: Assistant, method: str
) -> None:
    for question in QUESTIONS:
        there = search_by(served, method).search(question, 20)
        here = search_by(shared, method).search(question, 20)
        assert [(h.entry, h.text, h.chunk) for h in there] == [
            (h.entry, h.text, h.chunk) for h in here
        ]
        assert [h.score for h in there] == pytest.approx([h.score for h in here], abs=1e-5)


def test_it_gives_the_answers_of_the_embedded_index(served: Assistant, shared: Assistant) -> None:
    for question in [*QUESTIONS, "今天天气怎么样", "比较 WGAN 和 LSGAN"]:
        there, here = ([*a.services().answering.ask(question)][-1] for a in (served, shared))
        assert there.answer.answer == here.answer.answer
        assert there.answer.refused == here.answer.refused


def test_only_what_changed_is_embedded_again(on_server: Assistant, notes: Path) -> None:
    notes.write_text(NOTES.replace("152", "1202"), encoding="utf-8")
    assert run(on_server)["embedded"] == 1
    assert "1202" in on_server.search("一共有多少层的版本")[0].text
    assert run(on_server)["embedded"] == 0


def test_old_collections_are_dropped_and_those_of_others_stay(
    on_server: Assistant, make: MakeAssistant, server: Server, notes: Path, tmp_path: Path
) -> None:
    other = make(tmp_path / "other", chroma_url=server.url)
    other.index(files=[str(notes)], corpus=False)
    others = {other.services().index.manifest.collection}
    before = set(server.collections()) - {on_server.services().index.manifest.collection}
    for n in range(3):
        notes.write_text(NOTES.replace("152", f"{n}000"), encoding="utf-8")
        on_server.index()
    mine = set(server.collections()) - before
    assert len(mine) == 2  # the one that serves and the one before
    assert on_server.services().index.manifest.collection in mine
    assert others <= set(server.collections())
    assert other.search("捷径")


def test_moving_to_a_server_and_back_is_refused_until_the_index_is_made_there(
    asked: Assistant, make: MakeAssistant, server: Server
) -> None:
    before = asked.search("捷径怎样缓解梯度消失")
    there = make(chroma_url=server.url)
    with pytest.raises(IndexStateError, match="made for embedded Chroma.*`zhitu index`"):
        there.search("捷径")
    there.index()
    after = there.search("捷径怎样缓解梯度消失")
    assert [hit.chunk for hit in after] == [hit.chunk for hit in before]
    back = make()
    with pytest.raises(IndexStateError, match="made for a Chroma server.*`zhitu index`"):
        back.search("捷径")
    back.index()
    assert [hit.chunk for hit in back.search("捷径怎样缓解梯度消失")] == [
        hit.chunk for hit in before
    ]


def test_a_collection_that_was_deleted_is_made_again_by_index(
    on_server: Assistant, make: MakeAssistant, server: Server
) -> None:
    name = on_server.services().index.manifest.collection
    chromadb.HttpClient(host="127.0.0.1", port=int(server.url.rsplit(":", 1)[1])).delete_collection(
        name
    )
    with pytest.raises(IndexStateError, match="can't be read.*`zhitu index`"):
        make(chroma_url=server.url).search("捷径")
    on_server.index()
    assert on_server.search("捷径")[0].path[-1] == "ResNet"


def test_a_server_that_is_down_is_a_clear_error_and_one_that_comes_back_serves(
    make: MakeAssistant, notes: Path, tmp_path: Path, cli: RunCli, data: Path
) -> None:
    server = Server(tmp_path / "server")
    try:
        assistant = make(chroma_url=server.url)
        assistant.index(files=[str(notes)], corpus=False)
        before = assistant.search("捷径怎样缓解梯度消失")
        server.stop()
        with pytest.raises(IndexStateError, match=re.escape(server.url)):  # open already
            assistant.search("捷径")
        with pytest.raises(IndexStateError, match=f"No Chroma server answers at {server.url}"):
            make(chroma_url=server.url).search("捷径")
        with pytest.raises(IndexStateError, match=f"No Chroma server answers at {server.url}"):
            next(make(chroma_url=server.url).ask("捷径怎样缓解梯度消失"))
        done = cli("--data-dir", data, "index", ZHITU_CHROMA_URL=server.url)
        assert (done.returncode, done.stdout) == (1, "")
        assert "No Chroma server answers" in done.stderr
        assert "Traceback" not in done.stderr
        server.start()
        assert assistant.search("捷径怎样缓解梯度消失") == before
    finally:
        server.stop()
