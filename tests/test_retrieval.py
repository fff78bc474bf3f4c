"""Every way of searching: what they share, and what each has of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import MakeAssistant
from hypothesis import given
from hypothesis import strategies as st
from search_suite import SearchSuite, search_by, titles

from assistant.parts import SEARCHES
from assistant.pipeline import Assistant
from assistant.retrieval import fuse
from assistant.tokenization import terms

# Chinese without a Latin letter: what whole-clause tokens would score 0
PURE_CHINESE = [
    ("捷径如何缓解梯度消失?", "ResNet"),
    ("显存占用大", "DenseNet"),
    ("训练更稳定靠什么距离", "WGAN"),
    ("逐通道卷积和逐点卷积", "MobileNet"),
    ("惩罚离边界远的样本", "LSGAN"),
    ("减小震荡加速收敛", "动量法"),
]


class TestEverySearch(SearchSuite):
    @pytest.fixture
    def assistant(self, shared: Assistant) -> Assistant:
        return shared


@pytest.mark.models
class TestEverySearchWithTheRealEmbedder(SearchSuite):
    @pytest.fixture
    def assistant(self, real: Assistant) -> Assistant:
        return real


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("question", "title"), PURE_CHINESE)
def test_a_pure_chinese_question_finds_its_entry_by_words_alone(
    shared: Assistant, question: str, title: str
) -> None:
    hits = search_by(shared, "bm25").search(question)
    assert titles(hits)[0] == title
    assert hits[0].score > 0


@pytest.mark.parametrize(("question", "title"), PURE_CHINESE)
def test_in_fusion_the_leg_of_words_really_counts_on_chinese(
    shared: Assistant, question: str, title: str
) -> None:
    first = next(h for h in search_by(shared, "fused").search(question) if h.path[-1] == title)
    assert first.legs["bm25"].rank == 1
    assert first.legs["bm25"].score > 0


def test_words_that_stand_nowhere_find_nothing_by_words(shared: Assistant) -> None:
    assert search_by(shared, "bm25").search("zzzz 龘龘龘") == []


def test_in_fusion_only_chunks_that_share_a_word_have_a_leg_of_words(shared: Assistant) -> None:
    hits = search_by(shared, "fused").search("偏差修正", 100)
    assert len(hits) > 1
    for hit in hits:
        shares = set(terms("偏差修正")) & set(terms(f"{hit.text} {' '.join(hit.path)}"))
        assert bool(shares) == ("bm25" in hit.legs)


def test_another_name_of_the_field_finds_by_words(shared: Assistant) -> None:
    # the notes say 卷积 everywhere and never `convolution`: the lexicon knows that they are one
    assert "MobileNet" in titles(search_by(shared, "bm25").search("pointwise convolution"))


# --- fusion --------------------------------------------------------------------------------------


def test_reciprocal_rank_fusion_counts_from_rank_one() -> None:
    # by hand, k = 60:   row 7: 1/61 + 1/62   row 3: 1/62 + 1/61   row 9: 1/63   row 5: 1/63
    dense = [(7, 0.9), (3, 0.8), (9, 0.7)]
    words = [(3, 12.0), (7, 4.0), (5, 0.1)]
    fused = fuse([dense, words])
    assert [row for row, _ in fused] == [7, 3, 9, 5]  # ties in the order of the first ranking
    assert dict(fused) == pytest.approx(
        {7: 1 / 61 + 1 / 62, 3: 1 / 62 + 1 / 61, 9: 1 / 63, 5: 1 / 63}
    )


def test_a_row_in_both_rankings_beats_the_first_of_one() -> None:
    assert [row for row, _ in fuse([[(1, 1.0), (2, 0.5)], [(3, 1.0), (2, 0.5)]])] == [2, 1, 3]


rankings = st.lists(
    st.lists(st.tuples(st.integers(0, 30), st.floats(0, 1)), unique_by=lambda pair: pair[0]),
    max_size=4,
)


@given(rankings)
def test_fusion_keeps_each_row_once_and_sorts_by_score(legs: list[list[tuple[int, float]]]) -> None:
    fused = fuse(legs)
    rows = [row for row, _ in fused]
    scores = [score for _, score in fused]
    assert sorted(rows) == sorted({row for leg in legs for row, _ in leg})
    assert scores == sorted(scores, reverse=True)
    assert all(0 < score <= len(legs) / 61 for score in scores)


@given(rankings)
def test_fusion_looks_at_ranks_and_not_at_scores(legs: list[list[tuple[int, float]]]) -> None:
    other = [[(row, 1000 - score) for row, score in leg] for leg in legs]
    assert fuse(legs) == fuse(other)


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 1)), unique_by=lambda pair: pair[0]))
def test_fusion_of_one_ranking_keeps_its_order(leg: list[tuple[int, float]]) -> None:
    assert [row for row, _ in fuse([leg, []])] == [row for row, _ in leg]


# --- the map -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "named"),
    [
        ("比较 WGAN 和 LSGAN", {"WGAN", "LSGAN"}),
        ("ResNet 与 Adam 有什么关系", {"ResNet", "Adam"}),
        ("残差网络和 MobileNet 谁的计算量小", {"ResNet", "MobileNet"}),
        ("renset 和 densnet 比呢", {"ResNet", "DenseNet"}),
        ("Residual Network vs ShuffleNet", {"ResNet", "ShuffleNet"}),
        ("捷径把输入直接加到输出上,动量法和 VGG 呢", {"动量法", "VGG"}),
    ],
)
def test_a_question_that_names_two_entries_brings_both(
    shared: Assistant, question: str, named: set[str]
) -> None:
    hits = shared.search(question)
    assert named <= set(titles(hits)[:5])
    assert named == {hit.path[-1] for hit in hits if hit.linked}


@pytest.mark.models
@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("Why do skip connections help against vanishing gradients?", "ResNet"),
        ("Which network takes a lot of GPU memory?", "DenseNet"),
        ("Which loss replaces cross entropy by least squares?", "LSGAN"),
        ("What does weight clipping guarantee?", "WGAN"),
    ],
)
def test_an_english_question_finds_chinese_notes(
    real: Assistant, question: str, title: str
) -> None:
    assert title in titles(real.search(question))[:3]


@pytest.mark.parametrize("method", ["taxonomy", "fused", "dense"])
def test_a_question_is_embedded_once(
    shared: Assistant, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    calls: list[list[str]] = []
    embedder = shared.embedder
    embed = embedder.embed_queries
    monkeypatch.setattr(
        embedder, "embed_queries", lambda texts: calls.append(texts) or embed(texts)
    )
    search_by(shared, method).search("比较 WGAN 和 LSGAN")
    assert calls == [["比较 WGAN 和 LSGAN"]]


def test_equal_words_in_two_entries_are_two_hits_and_in_one_entry_one(
    make: MakeAssistant, tmp_path: Path
) -> None:
    notes = tmp_path / "twice.txt"
    notes.write_text(
        "1 甲\n 1.1 乙\n    Alpha\n        同一句话说了两遍\n        同一句话说了两遍\n"
        "    Beta\n        同一句话说了两遍\n2 丙\n    Gamma\n        别的\n",
        encoding="utf-8",
    )
    assistant = make()
    assistant.index(files=[str(notes)], corpus=False)
    for method in SEARCHES:
        hits = search_by(assistant, method).search("同一句话说了两遍")
        assert sorted(titles(hits)[:2]) == ["Alpha", "Beta"]
        assert hits[0].text == "同一句话说了两遍"
