"""`zhitu references`: what it fetches, keeps, reports and indexes, against a server on loopback."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fakes import HashEmbedder
from test_web import TWO_PAGES, WORDS, names
from web_server import HTML, Reply, Site, make_pdf, moved, page

import assistant.loaders.corpus
from assistant.cli import main
from assistant.errors import DataFolderError, UsageError
from assistant.loaders.corpus import load_corpus
from assistant.loaders.references import load_fetched
from assistant.references import FetchReport, fetch_references
from assistant.schema import Entry
from assistant.web import Fetcher

MOBILENET = """\
---
title: MobileNet
references: [howard2017, blog]
---
## 要点
- 深度可分离卷积把卷积拆成两步 [@howard2017; @blog]
"""
ARTICLE = Reply(page("MobileNet explained", *WORDS).encode(), headers={"ETag": '"1"'})
PDF = Reply(
    TWO_PAGES, "application/pdf", headers={"Last-Modified": "Wed, 01 Jan 2025 00:00:00 GMT"}
)
SHORTCUTS = Reply(
    b"Identity shortcuts let gradients pass unharmed through 152 layers.", "text/plain"
)


def reference(name: str, title: str, url: str) -> str:
    return f"---\nid: {name}\ntitle: {title}\nurl: {url}\n---\n## 摘要 {{#summary}}\n一句话。\n"


@pytest.fixture
def site() -> Iterator[Site]:
    routes = {"/resnet": SHORTCUTS, "/mobilenet.pdf": PDF, "/blog": ARTICLE}
    with Site(routes).running() as running:
        yield running


@pytest.fixture
def cited(corpus: Path, site: Site, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small corpus, with three references that lie on the test's server."""
    monkeypatch.setattr(assistant.loaders.corpus, "corpus_folder", lambda: corpus)
    (corpus / "notes" / "1-backbone" / "mobilenet.md").write_text(MOBILENET, encoding="utf-8")
    for name, title, path in (
        ("he2016", "Deep Residual Learning", "/resnet"),
        ("howard2017", "MobileNets", "/mobilenet.pdf"),
        ("blog", "MobileNet explained", "/blog"),
    ):
        text = reference(name, title, f"{site.url}{path}")
        (corpus / "references" / f"{name}.md").write_text(text, encoding="utf-8")
    return corpus


Fetch = Callable[..., FetchReport]


@pytest.fixture
def fetch(cited: Path, data: Path) -> Fetch:
    """Fetches the references of the corpus as it is now."""

    def run(*wanted: str, **arguments: Any) -> FetchReport:
        with Fetcher(allow_private=True, pause=0) as fetcher:
            return fetch_references(references(cited), data, fetcher, wanted, **arguments)

    return run


def references(corpus: Path) -> list[Entry]:
    return [entry for entry in load_corpus(corpus).entries if entry.kind == "reference"]


def kept(data: Path) -> dict[str, str]:
    """Name and text of all that lies in the folder of fetched references."""
    return {path.name: path.read_text(encoding="utf-8") for path in (data / "references").iterdir()}


# --- what is fetched and kept --------------------------------------------------------------------


def test_text_html_and_pdf_are_kept_with_a_card_each(fetch: Fetch, data: Path, site: Site) -> None:
    seen: list[tuple[str, int, int]] = []
    report = fetch(progress=lambda *step: seen.append(step))
    assert report == FetchReport(fetched=["blog", "he2016", "howard2017"])
    assert seen == [("blog", 1, 3), ("he2016", 2, 3), ("howard2017", 3, 3)]
    files = kept(data)
    assert set(files) == {f"{n}.{end}" for n in report.fetched for end in ("md", "json")}
    assert files["he2016.md"] == SHORTCUTS.body.decode()
    assert "## Method" in files["blog.md"]
    assert files["howard2017.md"].startswith("Depthwise separable convolutions factor")
    assert json.loads(files["blog.json"]) == {
        "id": "blog",
        "asked": f"{site.url}/blog",
        "url": f"{site.url}/blog",
        "title": "MobileNet explained",
        "etag": '"1"',
        "modified": "",
    }


def test_a_second_run_asks_whether_it_changed(fetch: Fetch, data: Path, site: Site) -> None:
    fetch()
    before = kept(data)
    report = fetch()
    # he2016 came without ETag and date, so it is fetched again
    assert report == FetchReport(fetched=["he2016"], unchanged=["blog", "howard2017"])
    assert kept(data) == before
    site.routes["/blog"] = Reply(b"All is new here.", "text/plain", headers={"ETag": '"2"'})
    assert fetch("blog").fetched == ["blog"]
    assert kept(data)["blog.md"] == "All is new here."


@pytest.mark.parametrize("lost", ["blog.md", "blog.json"])
def test_what_is_not_there_whole_is_fetched_anew(fetch: Fetch, data: Path, lost: str) -> None:
    fetch("blog")
    (data / "references" / lost).unlink()
    assert fetch("blog").fetched == ["blog"]


@pytest.mark.parametrize("card", ["", "{", "[]", "null"])
def test_a_damaged_card_counts_as_none(fetch: Fetch, cited: Path, data: Path, card: str) -> None:
    fetch("blog")
    (data / "references" / "blog.json").write_text(card)
    assert load_fetched(data / "references", references(cited)) is None
    assert fetch("blog").fetched == ["blog"]
    assert load_fetched(data / "references", references(cited)) is not None


def test_another_address_is_fetched_though_it_is_older_than_the_last(
    fetch: Fetch, cited: Path, data: Path, site: Site
) -> None:
    fetch("howard2017")
    site.routes["/other"] = Reply(b"Other words.", "text/plain", headers=PDF.headers)
    file = cited / "references" / "howard2017.md"
    file.write_text(reference("howard2017", "MobileNets", f"{site.url}/other"), encoding="utf-8")
    assert fetch("howard2017").fetched == ["howard2017"]
    assert kept(data)["howard2017.md"] == "Other words."


def test_of_a_paper_on_arxiv_the_pdf_is_fetched(
    cited: Path, data: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = reference("blog", "MobileNets", "http://arxiv.org.example/abs/1704.04861")
    text = text.replace("arxiv.org.example", "export.arxiv.org")
    (cited / "references" / "blog.md").write_text(text, encoding="utf-8")
    names(monkeypatch, lambda host: "93.184.216.34", ends="arxiv.org")
    monkeypatch.setenv("http_proxy", site.url)
    site.routes["http://export.arxiv.org/pdf/1704.04861"] = PDF
    with Fetcher(pause=0) as fetcher:
        report = fetch_references(references(cited), data, fetcher, ["blog"])
    assert report.fetched == ["blog"]
    assert site.paths == ["http://export.arxiv.org/pdf/1704.04861"]


def test_only_the_wanted_ones_are_fetched(fetch: Fetch, data: Path, site: Site) -> None:
    assert fetch("howard2017").fetched == ["howard2017"]
    assert site.paths == ["/mobilenet.pdf"]
    with pytest.raises(UsageError, match=r"no reference 'nobody1999'\. See `zhitu references`"):
        fetch("blog", "nobody1999")
    assert site.paths == ["/mobilenet.pdf"]


# --- what fails ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=404), "/blog answers with status 404. Check the address."),
        (Reply(status=503), "/blog can't be fetched: status 503. Try again later."),
        (Reply(b"half", ends="half"), "/blog can't be fetched: "),
        (Reply(b"%PDF-1.7 nonsense", "application/pdf"), "/blog is a damaged PDF: "),
        (Reply(make_pdf(["x"], password="p"), "application/pdf"), "is locked with a password"),
        (Reply(make_pdf([]), "application/pdf"), "holds no text, only pictures"),
        (Reply(b"<html></html>", HTML), "No text was found in "),
        (Reply(b"", "text/plain"), "/blog is empty"),
        (Reply(b"x" * 100_001, "text/plain"), "has 100,001 characters"),
        (Reply(b"PNG", "image/png"), "/blog is image/png, which isn't read"),
        (moved("file:///etc/passwd"), "file:///etc/passwd is no web address"),
        (moved("/blog"), "/blog redirects too often"),
    ],
)
def test_one_that_fails_neither_stops_the_others_nor_loses_its_older_text(
    fetch: Fetch, cited: Path, data: Path, site: Site, reply: Reply, reason: str
) -> None:
    fetch("blog")
    before = kept(data)
    site.routes["/blog"] = reply
    report = fetch()
    assert report.fetched == ["he2016", "howard2017"]
    assert list(report.failed) == ["blog"]
    assert reason in report.failed["blog"]
    assert {name: text for name, text in kept(data).items() if name in before} == before
    found = load_fetched(data / "references", references(cited))  # as the index reads it
    assert found is not None
    assert [len(entry.claims) > 0 for entry in found.entries] == [True] * 3


def test_one_without_an_address_is_reported(fetch: Fetch, cited: Path) -> None:
    (cited / "references" / "blog.md").write_text(reference("blog", "A book", '""'))
    report = fetch()
    assert report.failed == {"blog": "It has no address. Add `url` to its file."}
    assert report.fetched == ["he2016", "howard2017"]


def test_an_interrupted_run_leaves_whole_files_only(fetch: Fetch, data: Path) -> None:
    def stop(name: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(progress=stop)
    assert set(kept(data)) == {"blog.md", "blog.json", "he2016.md", "he2016.json"}


def test_a_run_that_dies_while_it_writes_leaves_the_older_text(
    fetch: Fetch, cited: Path, data: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch("blog")
    before = kept(data)
    site.routes["/blog"] = Reply(b"new words", "text/plain")

    def full(self: Path, target: Path) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", full)
        with pytest.raises(DataFolderError, match="The disk that holds .* is full"):
            fetch("blog")
    after = kept(data)
    assert {name: after[name] for name in before} == before
    found = load_fetched(data / "references", references(cited))
    assert found is not None
    assert [entry.id for entry in found.entries] == ["references/blog/page"]
    assert fetch("blog").fetched == ["blog"]
    assert set(kept(data)) == set(before)  # the half-written file is gone


def test_a_folder_that_cannot_be_written_is_named(fetch: Fetch, data: Path) -> None:
    data.mkdir()
    (data / "references").write_text("in the way")
    with pytest.raises(DataFolderError, match="can't be used"):
        fetch()


def test_nothing_is_written_outside_the_data_folder(
    cited: Path, data: Path, site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = tmp_path / "elsewhere"
    work.mkdir()
    monkeypatch.chdir(work)
    headers = {"Content-Disposition": 'attachment; filename="../../../evil.txt"'}
    site.routes |= {
        "/a/../../evil": SHORTCUTS,
        "/x": Reply(b"words", "text/plain", headers=headers),
    }
    hostile = [
        Entry(id=f"references/{name}", path=("t",), kind="reference", url=f"{site.url}{path}")
        for name, path in (("../../escape", "/x"), ("..", "/x"), ("fine", "/a/../../evil"))
    ]

    def outside() -> dict[Path, float]:
        return {
            path: path.stat().st_mtime_ns
            for path in tmp_path.rglob("*")
            if data not in (path, *path.parents)
        }

    before = outside()
    with Fetcher(allow_private=True, pause=0) as fetcher:
        report = fetch_references([*references(cited), *hostile], data, fetcher)
    assert len(report.fetched) >= 5
    assert outside() == before
    assert {path.parent for path in data.rglob("*.*")} == {data / "references"}


# --- the command, and what the index makes of it -------------------------------------------------


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
    cited: Path, embedder: HashEmbedder, data: Path, capsys: pytest.CaptureFixture[str]
) -> Zhitu:
    """Runs a command in this process, on the corpus with the references of the test's server."""

    def run(*arguments: str) -> Outcome:
        capsys.readouterr()
        try:
            status = main(["--data-dir", str(data), *arguments])
        except SystemExit as stop:  # argparse's way out
            status = int(stop.code or 0)
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return run


FETCH = ("references", "fetch", "--allow-private")


def test_references_lists_them_with_the_entry_that_cites_each(zhitu: Zhitu, site: Site) -> None:
    rows = zhitu("references", "--json").document["references"]
    assert rows == [
        {
            "id": name,
            "title": title,
            "url": f"{site.url}{path}",
            "entry": entry,
        }
        for name, title, path, entry in (
            ("blog", "MobileNet explained", "/blog", "backbone/mobilenet"),
            ("he2016", "Deep Residual Learning", "/resnet", "backbone/resnet"),
            ("howard2017", "MobileNets", "/mobilenet.pdf", "backbone/mobilenet"),
        )
    ]
    lines = zhitu("references").out.splitlines()
    assert [line.split()[0] for line in lines] == ["blog", "he2016", "howard2017"]
    assert site.visits == []


def test_fetched_text_is_found_as_a_reference_below_the_entry_that_cites_it(
    zhitu: Zhitu, site: Site, data: Path
) -> None:
    done = zhitu(*FETCH, "--json")
    assert (done.status, done.document) == (
        0,
        {"fetched": ["blog", "he2016", "howard2017"], "unchanged": [], "failed": {}},
    )
    found = zhitu("search", "width multiplier thins the network", "--json").document["hits"][0]
    assert found["kind"] == "reference"
    assert found["entry"] == "references/howard2017/page"
    assert found["path"] == ["内置骨干网络", "MobileNet", "MobileNets"]
    assert found["text"] == "A width multiplier thins the network."
    source = found["source"]
    assert source["url"] == f"{site.url}/mobilenet.pdf"
    assert Path(source["file"]) == data / "references" / "howard2017.md"
    stored = Path(source["file"]).read_text(encoding="utf-8")
    assert stored[source["start"] : source["end"]] == found["text"]


def test_a_scope_holds_the_fetched_pages_of_its_entries(zhitu: Zhitu) -> None:
    zhitu(*FETCH)
    for scope, expected in (("MobileNet", True), ("ResNet", False)):
        hits = zhitu("search", "pointwise step mixes channels", "--scope", scope, "--json")
        pages = {hit["entry"] for hit in hits.document["hits"] if hit["entry"].endswith("/page")}
        assert ("references/blog/page" in pages) is expected


def test_a_changed_page_replaces_the_old_one_in_the_index(zhitu: Zhitu, site: Site) -> None:
    zhitu(*FETCH)
    site.routes["/blog"] = Reply(b"Inverted residuals came later.", "text/plain")
    assert zhitu(*FETCH, "--json").document["fetched"] == ["blog", "he2016"]
    texts = [
        hit["text"]
        for question in ("inverted residuals", "pointwise step mixes channels")
        for hit in zhitu("search", question, "--json").document["hits"]
        if hit["entry"] == "references/blog/page"
    ]
    assert set(texts) == {"Inverted residuals came later."}


def test_what_an_interrupted_run_fetched_is_indexed_by_the_next(zhitu: Zhitu, fetch: Fetch) -> None:
    fetch("blog")  # and stopped before the index
    done = zhitu("references", "fetch", "blog", "--allow-private", "--json")
    assert done.document == {"fetched": [], "unchanged": ["blog"], "failed": {}}
    hits = zhitu("search", "pointwise step mixes channels", "--json").document["hits"]
    assert hits[0]["entry"] == "references/blog/page"


def test_some_that_fail_are_named_and_the_rest_is_indexed(zhitu: Zhitu, site: Site) -> None:
    site.routes["/resnet"] = Reply(status=404)
    done = zhitu(*FETCH)
    assert done.status == 0
    first, second = done.out.splitlines()
    assert first == "2 fetched, 0 unchanged, 1 failed"
    assert second == (f"  he2016: {site.url}/resnet answers with status 404. Check the address.")
    hits = zhitu("search", "width multiplier thins the network", "--json").document["hits"]
    assert hits[0]["entry"] == "references/howard2017/page"


def test_without_the_flag_this_machine_is_not_asked_and_the_status_is_1(
    zhitu: Zhitu, site: Site, data: Path
) -> None:
    done = zhitu("references", "fetch", "--json")
    assert done.status == 1
    assert done.document["fetched"] == []
    assert set(done.document["failed"]) == {"blog", "he2016", "howard2017"}
    for reason in done.document["failed"].values():
        assert "leads into a private network (127.0.0.1)" in reason
    assert site.visits == []
    assert not (data / "index").exists()


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (("references", "fetch", "nobody1999"), 2, "There is no reference 'nobody1999'"),
        (("references", "fecth"), 2, "invalid choice"),
        (("references", "fetch", "--allow-privat", "--no"), 2, "unrecognized arguments"),
    ],
)
def test_a_wrong_request_is_status_2_and_fetches_nothing(
    zhitu: Zhitu, site: Site, arguments: tuple[str, ...], status: int, message: str
) -> None:
    done = zhitu(*arguments)
    assert (done.status, done.out) == (status, "")
    assert message in done.err
    assert site.visits == []
