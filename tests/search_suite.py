"""What holds of every way of searching, wherever the vectors lie. Subclasses give `assistant`."""

from __future__ import annotations

import inspect

import pytest

from assistant.errors import UsageError
from assistant.parts import SEARCHES
from assistant.pipeline import Assistant
from assistant.retrieval import Search
from assistant.schema import Hit, Retriever

QUESTIONS = [
    "捷径怎样缓解梯度消失",
    "显存占用大的网络是哪个",
    "为什么要做偏差修正",
    "WGAN 的判别器最后一层",
    "DenseNet",
]


def search_by(assistant: Assistant, method: str) -> Search:
    services = assistant.services()
    return SEARCHES[method](services.index, services.taxonomy, services.embedder)


def titles(hits: list[Hit]) -> list[str]:
    return [hit.path[-1] for hit in hits]


@pytest.mark.parametrize("method", sorted(SEARCHES))
class SearchSuite:
    def test_has_the_one_signature(self, method: str) -> None:
        wanted = list(inspect.signature(Retriever.search).parameters.values())
        given = list(inspect.signature(SEARCHES[method].search).parameters.values())
        assert [(p.name, p.default) for p in given] == [(p.name, p.default) for p in wanted]

    @pytest.mark.parametrize(
        ("question", "title"),
        [
            ("捷径怎样缓解梯度消失", "ResNet"),
            ("显存占用大", "DenseNet"),
            ("通道混洗让分组卷积交换信息", "ShuffleNet"),
            ("为什么要做偏差修正", "Adam"),
            ("权重裁剪 Lipschitz", "WGAN"),
            ("累积历史梯度", "动量法"),
        ],
    )
    def test_finds_the_entry_that_answers(
        self, method: str, assistant: Assistant, question: str, title: str
    ) -> None:
        assert titles(search_by(assistant, method).search(question))[0] == title

    @pytest.mark.parametrize("k", [1, 2, 5, 100])
    def test_gives_at_most_k_hits_ranked_from_one_and_one_an_entry(
        self, method: str, assistant: Assistant, k: int
    ) -> None:
        search = search_by(assistant, method)
        for question in QUESTIONS:
            hits = search.search(question, k)
            assert 1 <= len(hits) <= k
            assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
            assert len({hit.entry for hit in hits}) == len(hits)

    def test_a_small_k_is_the_beginning_of_a_larger_one(
        self, method: str, assistant: Assistant
    ) -> None:
        search = search_by(assistant, method)
        for question in QUESTIONS:
            assert titles(search.search(question, 3)) == titles(search.search(question, 8))[:3]

    @pytest.mark.parametrize(
        ("scope", "inside"),
        [
            ("骨干网络", "骨干网络"),
            ("骨干网络/轻量网络", "骨干网络/轻量网络"),
            ("对抗损失", "生成网络/对抗损失"),  # by title
            ("残差网络", "骨干网络/更深的网络/resnet"),  # by alias
        ],
    )
    def test_a_scope_keeps_to_the_entry_and_all_below(
        self, method: str, assistant: Assistant, scope: str, inside: str
    ) -> None:
        search = search_by(assistant, method)
        for question in ("卷积 网络 训练 梯度", "为什么要做偏差修正", "比较 ResNet 和 WGAN"):
            hits = search.search(question, 10, scope)
            assert all(hit.entry == inside or hit.entry.startswith(f"{inside}/") for hit in hits)
        assert search.search("网络 判别器 梯度 卷积", 10, scope)

    def test_an_unknown_scope_offers_near_ones(self, method: str, assistant: Assistant) -> None:
        with pytest.raises(UsageError, match=r"No entry is called '更深网络'.*更深的网络"):
            search_by(assistant, method).search("捷径", 5, "更深网络")

    @pytest.mark.parametrize("question", ["", "   ", "??!。,、…", "\x00\x07\n\t", "—— 😀 ——"])
    def test_a_question_without_words_is_refused(
        self, method: str, assistant: Assistant, question: str
    ) -> None:
        with pytest.raises(UsageError, match="The question is empty"):
            search_by(assistant, method).search(question)

    def test_a_question_of_100_000_characters_is_refused(
        self, method: str, assistant: Assistant
    ) -> None:
        with pytest.raises(UsageError, match="100,000 characters; at most 2,000"):
            search_by(assistant, method).search("梯" * 100_000)

    @pytest.mark.parametrize(
        "question",
        ["\x00捷径\x07缓解\x1b梯度消失", "  捷径\n\n缓解\t梯度消失 ", "捷径 缓解 梯度消失"],
    )
    def test_control_characters_and_blanks_change_nothing(
        self, method: str, assistant: Assistant, question: str
    ) -> None:
        search = search_by(assistant, method)
        assert search.search(question) == search.search("捷径 缓解 梯度消失")

    def test_sql_markup_and_half_an_emoji_are_only_words(
        self, method: str, assistant: Assistant
    ) -> None:
        search = search_by(assistant, method)
        for question in (
            "捷径把输入直接加到输出上'; DROP TABLE chunks; --",
            "<b>捷径</b>把输入直接加到输出上",
            "捷径 \ud83d 把输入直接加到输出上",
            "捷径把输入直接加到输出上 {row} %s $where",
        ):
            assert "ResNet" in titles(search.search(question, 3))

    def test_the_same_question_gives_the_same_hits(self, method: str, assistant: Assistant) -> None:
        search = search_by(assistant, method)
        for question in QUESTIONS:
            assert search.search(question) == search.search(question)

    def test_a_hit_shows_where_its_words_stand(self, method: str, assistant: Assistant) -> None:
        for question in QUESTIONS:
            for hit in search_by(assistant, method).search(question):
                place = hit.source
                words = assistant.source_text(place.file, place.start, place.end)
                shown = hit.text.split("\n")[0]
                # the contents of a group are made of titles; its place is its own heading
                assert words == shown or words.startswith(hit.path[-1])

    @pytest.mark.parametrize("question", QUESTIONS)
    def test_no_leg_of_words_holds_a_chunk_without_a_word(
        self, method: str, assistant: Assistant, question: str
    ) -> None:
        for hit in search_by(assistant, method).search(question, 100):
            assert "bm25" not in hit.legs or hit.legs["bm25"].score > 0
