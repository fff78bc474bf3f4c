"""Whether a passage supports a sentence; most cases a similarity of vectors gets wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.config import load_settings
from assistant.embedding import open_embedder
from assistant.grounding import Passage, SupportChecker, plain_sentence, shared_spans
from assistant.lexicon import Lexicon
from assistant.loaders import load_source
from assistant.loaders.corpus import corpus_folder
from assistant.model_store import ModelStore
from assistant.schema import Vectors
from assistant.taxonomy import Taxonomy

OUTLINE = Path(__file__).with_name("data") / "outline.txt"
ENTRIES = load_source(str(OUTLINE)).entries
TAXONOMY = Taxonomy(ENTRIES, Lexicon.load(corpus_folder() / "lexicon.txt"))


def passage(title: str) -> Passage:
    """An entry of the outline as it is quoted: a claim a line."""
    entry = next(entry for entry in ENTRIES if entry.title == title)
    return Passage("\n".join(claim.text for claim in entry.claims), entry.path, entry.id)


class Angles:
    """An embedder of the plane: each text has the direction it is given, others stand apart."""

    name, revision, dimension = "angles", "1", 2

    def __init__(self, cosine: float) -> None:
        self.cosine = cosine
        self.asked: list[str] = []

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self.embed_documents(texts)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        """The first text lies on the axis, all others at the angle."""
        self.asked += texts
        sine = float(np.sqrt(1 - self.cosine**2))
        rows = [(1.0, 0.0)] + [(self.cosine, sine)] * (len(texts) - 1)
        return np.array(rows, np.float32)

    def count_tokens(self, text: str) -> int:
        return len(text)


@pytest.fixture(scope="module")
def checker() -> SupportChecker:
    return SupportChecker(TAXONOMY)


@pytest.mark.parametrize(
    ("title", "sentence", "relation"),
    [
        # the passage's own words, with markers, in full-width punctuation, in another order
        ("GRU", "更新门决定保留多少旧信息[1]。", "supported"),
        ("GRU", "更新门决定保留多少旧信息，参数比LSTM少。", "supported"),
        ("KL散度", "KL散度度量两个分布的差异。", "supported"),
        ("KL散度", "KL散度是非对称的，不满足三角不等式。", "supported"),
        ("DenseNet", "DenseNet每一层接收前面所有层的特征。", "supported"),
        ("WGAN", "WGAN训练更稳定。", "supported"),
        ("ResNet", "**残差网络**的 shortcut 让网络只学习残差。", "supported"),  # by its other name
        # negation
        ("GRU", "更新门不决定保留多少旧信息。", "contradicted"),
        ("GRU", "GRU没有重置门。", "contradicted"),
        ("KL散度", "KL散度满足三角不等式。", "contradicted"),
        ("KL散度", "KL散度是对称的。", "contradicted"),
        ("DenseNet", "训练时不需要较大的显存。", "contradicted"),
        # an entry swapped for another
        ("YOLO V1", "YOLO V3 把检测看成回归。", "unrelated"),
        ("DenseNet", "ResNet每一层都接收前面所有层的特征。", "unrelated"),
        ("KL散度", "JS散度是非对称的。", "unrelated"),
        ("Adam", "AdamW结合了动量和自适应学习率。", "unrelated"),
        ("Adam", "SGD结合了动量和自适应学习率。", "unrelated"),
        ("WGAN", "LSGAN用Wasserstein距离代替JS散度，训练更稳定。", "unrelated"),
        # a number changed
        ("YOLO V1", "整张图划为8x8的格子。", "contradicted"),
        ("RPN", "每个位置放置3个anchor。", "contradicted"),
        ("RPN", "每个位置放置9个anchor[2]。", "supported"),  # 2 is a marker and no number
        # opposite words
        ("DenseNet", "训练时需要较小的显存。", "contradicted"),
        ("Adam", "Adam对内存需求较大。", "contradicted"),
        ("LightCNN", "LightCNN增加了参数。", "contradicted"),
        ("LightCNN", "MFM激活让两个通道取最小值。", "contradicted"),
        ("ResNet", "恒等映射让梯度直接传回深层。", "contradicted"),
        # something else, or nothing
        ("GRU", "今天天气很好。", "unrelated"),
        ("GRU", "。", "unrelated"),
        ("GRU", "", "unrelated"),
        ("Bert", "Bert 用双向的上下文预训练。", "unrelated"),  # its passage is empty
    ],
)
def test_rules_decide_without_an_embedder(
    checker: SupportChecker, title: str, sentence: str, relation: str
) -> None:
    assert checker.check(sentence, [passage(title)]).relation == relation


@pytest.mark.parametrize(
    ("title", "sentence", "cosine", "relation"),
    [
        # other words for the same
        ("GRU", "更新门控制历史信息的保留程度。", 0.95, "supported"),
        ("GRU", "更新门控制历史信息的保留程度。", 0.85, "unrelated"),
        # no word in common: however near, it isn't enough in one language
        ("GRU", "卷积核在图像上滑动。", 0.99, "unrelated"),
        # an English sentence on a Chinese note
        ("WGAN", "WGAN replaces the JS divergence by the Wasserstein distance.", 0.9, "supported"),
        ("WGAN", "WGAN replaces the JS divergence by the Wasserstein distance.", 0.7, "unrelated"),
        # what the rules see, no cosine undoes
        ("KL散度", "KL散度满足三角不等式。", 0.99, "contradicted"),
        ("RPN", "每个位置放置3个anchor。", 0.99, "contradicted"),
        ("Adam", "SGD结合了动量和自适应学习率。", 0.99, "unrelated"),
        ("KL散度", "KL divergence satisfies the triangle inequality.", 0.99, "unrelated"),
        ("YOLO V1", "The image is divided into an 8x8 grid.", 0.99, "unrelated"),
        (
            "WGAN",
            "LSGAN replaces the JS divergence by the Wasserstein distance.",
            0.99,
            "unrelated",
        ),
    ],
)
def test_the_embedder_decides_only_where_the_rules_leave_it_open(
    title: str, sentence: str, cosine: float, relation: str
) -> None:
    checker = SupportChecker(TAXONOMY, Angles(cosine))
    assert checker.check(sentence, [passage(title)]).relation == relation


def test_the_embedder_is_not_asked_where_the_words_suffice() -> None:
    angles = Angles(1.0)
    SupportChecker(TAXONOMY, angles).check("更新门决定保留多少旧信息。", [passage("GRU")])
    assert angles.asked == []


def test_the_passage_that_supports_is_named_with_its_words(checker: SupportChecker) -> None:
    passages = [passage("RNN"), passage("GRU"), passage("KL散度")]
    judged = checker.check("重置门决定忘掉多少旧信息。", passages)
    assert (judged.relation, judged.passage, judged.coverage) == ("supported", 1, 1.0)
    lit = [passages[1].text[start:end] for start, end in judged.highlights]
    assert lit[:2] == ["重置门决定忘掉", "旧信息"]  # `多少` is a word that only asks


def test_of_two_that_support_the_cited_one_is_taken(checker: SupportChecker) -> None:
    twice = [passage("GRU"), passage("GRU")]
    assert checker.check("更新门决定保留多少旧信息。", twice, [1]).passage == 1
    assert checker.check("更新门决定保留多少旧信息。", twice).passage == 0


def test_a_wrong_citation_is_mended(checker: SupportChecker) -> None:
    passages = [passage("RNN"), passage("GRU")]
    assert checker.check("更新门决定保留多少旧信息。", passages, [0]).passage == 1


@pytest.mark.parametrize("cited", [[-1], [7], [0, 99]])
def test_a_citation_of_no_passage_does_no_harm(checker: SupportChecker, cited: list[int]) -> None:
    judged = checker.check("更新门决定保留多少旧信息。", [passage("GRU")], cited)
    assert (judged.relation, judged.passage) == ("supported", 0)


def test_what_one_passage_denies_another_may_support(checker: SupportChecker) -> None:
    symmetric = Passage("对称的,取值是0到1", ("距离", "KL散度"), "距离/kl散度")
    passages = [passage("KL散度"), symmetric]
    judged = checker.check("KL散度是对称的,取值是0到1。", passages)
    assert (judged.relation, judged.passage) == ("supported", 1)


def test_without_passages_nothing_is_supported(checker: SupportChecker) -> None:
    assert checker.check("更新门决定保留多少旧信息。", []).relation == "unrelated"


@pytest.mark.parametrize(
    ("sentence", "bare"),
    [
        ("更新门[1][2]。", "更新门。"),
        ("- 更新门", "更新门"),
        ("1. 更新门", "更新门"),
        ("2、更新门", "2、更新门"),  # without a blank it may be a number
        ("**更新门** [3]", "更新门"),
    ],
)
def test_marks_of_lists_and_citations_are_taken_off(sentence: str, bare: str) -> None:
    assert plain_sentence(sentence) == bare


@pytest.mark.parametrize(
    ("sentence", "text", "shared"),
    [
        ("更新门很重要", "这是更新门,那是重置门", ["更新门"]),
        ("YOLOv3 快", "比 YOLO V3 慢", ["YOLO V3"]),
        ("甲", "乙", []),
    ],
)
def test_shared_words_are_spans_of_the_text(sentence: str, text: str, shared: list[str]) -> None:
    assert [text[start:end] for start, end in shared_spans(sentence, text)] == shared


WORDS = st.lists(
    st.one_of(
        st.sampled_from(["更新门", "不", "没有", "决定", "ResNet", "7x7", "8", "个", "[1]", "，",
                         "。", "is ", "not ", "较大", "较小", "\n", "- ", "少"]),
        st.text(max_size=3),
    ),
    max_size=10,
).map("".join)  # fmt: skip


@given(WORDS, WORDS)
@settings(max_examples=120, deadline=None)
def test_any_sentence_gets_a_judgement_with_true_places(sentence: str, text: str) -> None:
    entry = Passage(text, ("序列模型", "GRU"), "序列模型/循环网络/gru")
    judged = SupportChecker(TAXONOMY).check(sentence, [entry], [0])
    assert (judged.passage is None) == (judged.relation == "unrelated")
    assert 0 <= judged.coverage <= 1
    ends = 0
    for start, end in judged.highlights:
        assert ends <= start < end <= len(text)
        ends = end


@pytest.mark.models
def test_the_real_embedder_sees_other_words_for_the_same() -> None:
    chosen = load_settings()
    store = ModelStore(chosen.models_dir, chosen.hub_url)
    if not store.ready(chosen.embedder):
        pytest.skip(f"{chosen.embedder} is not in the model store")
    checker = SupportChecker(TAXONOMY, open_embedder(store, chosen.embedder))
    assert checker.check("更新门管的是旧信息留多少。", [passage("GRU")]).relation == "supported"
    assert checker.check("卷积核在图像上滑动。", [passage("GRU")]).relation == "unrelated"


def test_a_swapped_order_is_seen_where_both_sides_share_a_word(checker: SupportChecker) -> None:
    notes = [Passage("用多个小卷积核代替一个大卷积核", ("网络", "VGGNet"), "网络/vggnet")]
    assert checker.check("VGGNet 用小卷积核代替大卷积核。", notes).relation == "supported"
    assert checker.check("VGGNet 用大卷积核代替小卷积核。", notes).relation == "contradicted"


@pytest.mark.parametrize(
    ("note", "sentence"),
    [
        # the denial reads on into words that the note lacks
        ("Adam 比它多了动量和偏差修正", "Adam 不做动量和偏差修正。"),
        ("CycleGAN 不需要配对的图片", "CycleGAN 训练时用成对的图片。"),
    ],
)
def test_a_denial_that_only_one_of_them_holds_is_never_supported(note: str, sentence: str) -> None:
    title = sentence.split()[0]
    checker = SupportChecker(TAXONOMY, Angles(0.99))
    judged = checker.check(sentence, [Passage(note, ("网络", title), f"网络/{title.lower()}")])
    assert judged.relation != "supported"
