"""Whether a passage supports a sentence; most cases a similarity of vectors gets wrong."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.calibration import Calibration
from assistant.config import load_settings
from assistant.cross_encoder import CrossEncoder
from assistant.embedding import OnnxEmbedder, open_embedder
from assistant.grounding import (
    FEATURES,
    SUPPORT,
    Passage,
    SupportChecker,
    plain_sentence,
    shared_spans,
)
from assistant.lexicon import Lexicon
from assistant.loaders import load_source
from assistant.loaders.corpus import corpus_folder
from assistant.model_store import ModelStore
from assistant.schema import RELATIONS, Part, Vectors
from assistant.taxonomy import Taxonomy

OUTLINE = Path(__file__).with_name("data") / "outline.txt"
ENTRIES = load_source(str(OUTLINE)).entries
TAXONOMY = Taxonomy(ENTRIES, Lexicon.load(corpus_folder() / "lexicon.txt"))


def passage(title: str) -> Passage:
    """An entry of the outline as it is quoted: a claim a line."""
    entry = next(entry for entry in ENTRIES if entry.title == title)
    return Passage("\n".join(claim.text for claim in entry.claims), entry.path, entry.id)


class Sure:
    """A pair model that says one thing of every pair, as surely as it is told."""

    def __init__(self, relation: str, chance: float) -> None:
        self.row = np.full(len(RELATIONS), (1 - chance) / 3, np.float32)
        self.row[RELATIONS.index(relation)] = chance

    def relations(self, pairs: Sequence[tuple[Sequence[Part], str]]) -> Vectors:
        return np.tile(self.row, (len(pairs), 1))


def only_the_model() -> Calibration:
    """A calibration that passes the model's chances on: partly said is not supported."""
    weights = np.zeros((len(FEATURES), len(SUPPORT)), np.float32)
    weights[:4] = [[1, 0, 0], [0, 0, 0], [0, 1, 0], [0, 0, 1]]
    return Calibration(
        FEATURES, weights, np.zeros(3, np.float32), {"supported": 0.9, "contradicted": 0.8}
    )


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
        # a reason that joins two facts, and one that the passage gives itself
        ("ResNet", "因为恒等映射让梯度直接传回浅层，所以网络只学习残差。", "unrelated"),
        ("DenseNet", "因为用concatenate拼接，所以训练时需要较大的显存。", "supported"),
        # something else, or nothing
        ("GRU", "今天天气很好。", "unrelated"),
        ("GRU", "。", "unrelated"),
        ("GRU", "", "unrelated"),
        ("Bert", "Bert 用双向的上下文预训练。", "unrelated"),  # its passage is empty
    ],
)
def test_rules_decide_without_a_model(
    checker: SupportChecker, title: str, sentence: str, relation: str
) -> None:
    assert checker.check(sentence, [passage(title)]).relation == relation


NEIGHBOURS = (
    "Nesterov 加速梯度先走一步再算梯度。\nMomentum 在方向一致的维度上累积速度，下降初期走得快。"
)


@pytest.mark.parametrize(
    ("sentence", "relation"),
    [
        ("Momentum 在方向一致的维度上累积速度，下降初期走得快。", "supported"),
        ("下降初期走得快，在方向一致的维度上累积速度。", "supported"),  # it names nothing
        ("Nesterov 加速梯度先走一步，再算梯度。", "supported"),
        ("Nesterov 加速梯度在方向一致的维度上累积速度。", "unrelated"),
        ("Adam 在方向一致的维度上累积速度，下降初期走得快。", "unrelated"),
    ],
)
def test_what_is_said_of_one_thing_is_not_vouched_for_of_its_neighbour(
    checker: SupportChecker, sentence: str, relation: str
) -> None:
    passage = Passage(NEIGHBOURS, ("优化器", "Momentum"), "optimizer/momentum")
    assert checker.check(sentence, [passage]).relation == relation


REWORDED = "更新门控制历史信息的保留程度。"


@pytest.mark.parametrize(
    ("sentence", "says", "chance", "relation"),
    [
        (REWORDED, "supported", 0.99, "supported"),
        (REWORDED, "supported", 0.6, "unrelated"),  # not sure enough to vouch for
        (REWORDED, "contradicted", 0.9, "contradicted"),
        (REWORDED, "contradicted", 0.6, "unrelated"),
        (REWORDED, "partial", 0.99, "unrelated"),
        # a quotation is one whatever the model says; a near copy unless it is sure of the opposite
        ("更新门决定保留多少旧信息。", "contradicted", 0.99, "supported"),
        ("保留多少旧信息由更新门决定。", "unrelated", 0.9, "supported"),
        ("保留多少旧信息由更新门决定。", "contradicted", 0.9, "contradicted"),
    ],
)
def test_the_model_decides_as_far_as_it_is_sure(
    sentence: str, says: str, chance: float, relation: str
) -> None:
    checker = SupportChecker(TAXONOMY, Sure(says, chance), only_the_model())
    assert checker.check(sentence, [passage("GRU")]).relation == relation


def test_the_passage_that_supports_is_named_with_its_words(checker: SupportChecker) -> None:
    passages = [passage("RNN"), passage("GRU"), passage("KL散度")]
    judged = checker.check("重置门决定忘掉多少旧信息。", passages)
    assert (judged.relation, judged.passage) == ("supported", 1)
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
    ends = 0
    for start, end in judged.highlights:
        assert ends <= start < end <= len(text)
        ends = end


@pytest.mark.models
@pytest.mark.parametrize(
    ("title", "sentence", "relation"),
    [
        ("GRU", "更新门决定保留多少旧信息。", "supported"),
        ("GRU", "更新门管的是旧信息留多少。", "supported"),
        ("GRU", "The update gate decides how much old information is kept.", "supported"),
        ("GRU", "卷积核在图像上滑动。", "unrelated"),
        ("GRU", "GRU 的参数比 LSTM 多。", "contradicted"),
        ("KL散度", "KL散度是对称的。", "contradicted"),
    ],
)
def test_the_real_model_sees_other_words_and_their_opposite(
    title: str, sentence: str, relation: str
) -> None:
    chosen = load_settings()
    store = ModelStore(chosen.models_dir, chosen.hub_url)
    if not store.ready(chosen.embedder):
        pytest.skip(f"{chosen.embedder} is not in the model store")
    embedder = open_embedder(store, chosen.embedder)
    assert isinstance(embedder, OnnxEmbedder)
    checker = SupportChecker(TAXONOMY, CrossEncoder(embedder))
    judged = checker.check(sentence, [passage(title)])
    opposite = {"supported": "contradicted", "contradicted": "supported", "unrelated": "supported"}
    assert judged.relation != opposite[relation]
    chances = checker.chances(sentence, [passage(title)])[0]
    assert SUPPORT[int(chances.argmax())] == relation


def test_a_swapped_order_is_seen_where_both_sides_share_a_word(checker: SupportChecker) -> None:
    notes = [Passage("用多个小卷积核代替一个大卷积核", ("网络", "VGGNet"), "网络/vggnet")]
    assert checker.check("VGGNet 用小卷积核代替大卷积核。", notes).relation == "supported"
    assert checker.check("VGGNet 用大卷积核代替小卷积核。", notes).relation == "contradicted"
