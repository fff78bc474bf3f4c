"""Finding an entry by what is typed into the search box of the map."""

from __future__ import annotations

import pytest

from assistant.finding import Finder
from assistant.lexicon import Lexicon
from assistant.loaders.corpus import corpus_folder, load_corpus
from assistant.schema import Entry
from assistant.taxonomy import Taxonomy

LINES = (
    "空洞卷积 | 膨胀卷积 | dilated convolution | atrous convolution",
    "残差网络 | ResNet | residual network",
)


def entry(order: int, title: str, *aliases: str) -> Entry:
    return Entry(id=title.lower(), path=(title,), aliases=aliases, order=order)


@pytest.fixture(scope="module")
def finder() -> Finder:
    entries = [
        entry(0, "ResNet", "残差网络"),
        entry(1, "空洞卷积", "膨胀卷积"),
        entry(2, "YOLO V2"),
        entry(3, "GRU", "门控循环单元"),
    ]
    return Finder(Taxonomy(entries, Lexicon(LINES)))


@pytest.mark.parametrize(
    ("typed", "first", "how"),
    [
        ("ResNet", "resnet", "name"),
        ("res-net", "resnet", "name"),
        ("dilated", "空洞卷积", "begins"),  # a name that only the lexicon knows
        ("convolution", "空洞卷积", "word"),
        ("膨胀", "空洞卷积", "begins"),
        ("循环", "gru", "inside"),
        ("renset", "resnet", "misspelt"),
        ("空动卷积", "空洞卷积", "misspelt"),
        ("yolov2", "yolo v2", "name"),
        ("残差网络是什么", "resnet", "named"),
    ],
)
def test_an_entry_is_found_by_any_of_its_names(
    finder: Finder, typed: str, first: str, how: str
) -> None:
    found = finder.find(typed)
    assert (found[0].entry, found[0].how) == (first, how)


@pytest.mark.parametrize("typed", ["", "  ", "ru", "量子计算机", "!?"])
def test_what_no_name_is_like_finds_nothing(finder: Finder, typed: str) -> None:
    assert finder.find(typed) == []


def test_an_entry_is_found_once_and_the_best_fit_comes_first(finder: Finder) -> None:
    found = finder.find("re")
    assert [one.entry for one in found] == ["resnet"]


def test_on_the_real_map_dilated_is_found() -> None:
    entries = [e for e in load_corpus(corpus_folder()).entries if e.kind != "reference"]
    whole = Finder(Taxonomy(entries, Lexicon.load(corpus_folder() / "lexicon.txt")))
    assert whole.find("dilated")[0].entry == "terms/dilated-convolution"
    assert whole.find("空同卷积")[0].entry == "terms/dilated-convolution"
    assert whole.find("transfomer")[0].entry == "nlp/networks/transformer"
    assert len(whole.find("net", limit=5)) == 5
