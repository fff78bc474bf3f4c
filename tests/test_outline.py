"""The indented outline: a small one of our own with every quirk of the seed, and the seed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.loaders import load_source
from assistant.loaders.names import UniqueIds, slug, split_title
from assistant.loaders.outline import looks_like_outline, parse_outline
from assistant.schema import Entry

DATA = Path(__file__).with_name("data")
OUTLINE = DATA / "outline.txt"
SEEDS = sorted((Path(__file__).resolve().parents[2] / "shared" / "seed").glob("*.txt"))
INDENT = "\u00a0\u00a0 \u00a0"  # what the seed's page was saved with, once a level


@pytest.fixture(scope="module")
def text() -> str:
    return OUTLINE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def entries(text: str) -> tuple[Entry, ...]:
    return parse_outline(text, "outline.txt").entries


def titled(entries: tuple[Entry, ...], title: str) -> Entry:
    [entry] = [entry for entry in entries if entry.title == title]
    return entry


def said(entry: Entry) -> list[str]:
    return [claim.text for claim in entry.claims]


def joined(source: str) -> str:
    """A claim's words where its lines were joined: without the line ends and their indentation."""
    return re.sub(r"\s*\n\s*", "", source)


def test_the_sections_come_in_order_and_none_twice(entries: tuple[Entry, ...]) -> None:
    sections = [entry.title for entry in entries if len(entry.path) == 1]
    assert sections == ["骨干网络", "生成模型", "序列模型", "优化器", "距离", "学习方式"]


def test_every_entry_of_the_outline_is_there_in_reading_order(entries: tuple[Entry, ...]) -> None:
    assert ["/".join(entry.path[1:]) for entry in entries if len(entry.path) > 1] == [
        "Deeper",
        "Deeper/LeNet-5",
        "Deeper/ResNet",
        "Deeper/DenseNet",
        "Faster",
        "Faster/Mobile Net",
        "Faster/Mobile Net/MobileNet V1",
        "Faster/Mobile Net/MobileNet V2",
        "Faster/LightCNN",
        "Functional",
        "Functional/检测",
        "Functional/检测/x-RCNN",
        "Functional/检测/x-RCNN/RCNN",
        "Functional/检测/x-RCNN/Fast RCNN",
        "Functional/检测/x-RCNN/Faster RCNN",
        "Functional/检测/x-RCNN/Faster RCNN/RPN",
        "Functional/检测/x-RCNN/Faster RCNN/RoI pooling",
        "Functional/检测/YOLO",
        "Functional/检测/YOLO/YOLO V1",
        "Functional/检测/YOLO/YOLO V3",
        "Functional/分割",
        "Functional/分割/UNet",
        "DCGAN",
        "WGAN",
        "LSGAN",
        "循环网络",
        "循环网络/RNN",
        "循环网络/GRU",
        "循环网络/Bert",
        "词向量",
        "词向量/Word2Vec",
        "词向量/Word2Vec/CBOW",
        "词向量/Word2Vec/Skip-gram",
        "词向量/Doc2Vec",
        "SGD",
        "Momentum",
        "Adam",
        "信息量、熵",
        "KL散度",
        "Lipschitz约束",
        "在线学习",
        "在线学习/Sarsa",
        "离线学习",
        "离线学习/Q learning",
    ]


@pytest.mark.parametrize(
    ("title", "claims"),
    [
        # inline, one line
        ("LeNet-5", ["最早的卷积网络,结构:卷积和池化交替两次,再接全连接"]),
        ("RCNN", ["1.SS提取候选框;2.CNN提取特征;3.SVM分类"]),
        ("Fast RCNN", ["1.SS提取候选框;2.整图只卷积一次,加入ROI Pooling层"]),
        # inline, and the line goes on after a comma
        ("LightCNN", ["提出了MFM激活,两个通道取最大值,既减少了参数,又能选择特征"]),
        ("CBOW", ["适用于小语料,由上下文猜中间的词--完形填空", "权重矩阵(look up table)"]),
        # a line that ends in a comma goes on, also in a full-width one
        ("DenseNet", ["每一层都接收前面所有层的特征，用concatenate拼接，所以训练时需要较大的显存"]),
        ("YOLO V1", ["把检测看成回归,整张图划为7x7的格子,小目标效果不好"]),
        # numbers inside a body are no headings, entries below an entry take none of its claims
        ("Faster RCNN", ["1.RPN提取候选框;2.其余与前者相同"]),
        ("RPN", ["1.每个位置放置9个anchor;", "2.框回归;"]),
        # a name and its meaning after a colon, over entries
        ("分割", ["判断每个像素的类别"]),
        # no body
        ("Bert", []),
        ("Doc2Vec", []),
        ("Sarsa", []),
        ("x-RCNN", []),
    ],
)
def test_an_entry_holds_exactly_its_claims(
    entries: tuple[Entry, ...], title: str, claims: list[str]
) -> None:
    assert said(titled(entries, title)) == claims


@pytest.mark.parametrize(
    ("title", "parts"),
    [
        ("SGD", ["缺点", "缺点"]),
        ("Adam", ["特点", "特点"]),
        ("Momentum", ["", ""]),  # `优点:…` on one line keeps its word in the claim
        ("信息量、熵", ["", "熵为什么是对数形式", "熵为什么是对数形式"]),
    ],
)
def test_a_part_is_the_heading_of_its_claims_and_no_entry(
    entries: tuple[Entry, ...], title: str, parts: list[str]
) -> None:
    assert [claim.part for claim in titled(entries, title).claims] == parts


@pytest.mark.parametrize(
    ("title", "aliases"),
    [
        ("骨干网络", ("backbone",)),
        ("DCGAN", ("Deep Convolutional GAN",)),
        ("WGAN", ("Wasserstein GAN",)),  # in full-width brackets
        ("RPN", ("Region Proposal Network",)),
        ("KL散度", ("相对熵", "信息增益")),
        ("信息量、熵", ("信息量", "熵")),
    ],
)
def test_names_in_brackets_are_aliases(
    entries: tuple[Entry, ...], title: str, aliases: tuple[str, ...]
) -> None:
    assert titled(entries, title).aliases == aliases


def test_page_furniture_is_no_note(entries: tuple[Entry, ...]) -> None:
    words = " ".join([*(e.title for e in entries), *(c for e in entries for c in said(e))])
    for furniture in ("小抄", "article", "目录", "理了一遍", "转载", "相关文章", "详解", "引言"):
        assert furniture not in words


def test_the_links_at_the_end_are_kept_apart(text: str) -> None:
    assert parse_outline(text, "f").links == (
        "https://example.org/cheat-sheet/1.html",
        "https://example.org/p/22",
    )


def test_offsets_point_at_the_words(text: str, entries: tuple[Entry, ...]) -> None:
    for entry in entries:
        assert split_title(text[entry.start : entry.end])[0] == entry.title
        for claim in entry.claims:
            assert joined(text[claim.start : claim.end]) == claim.text


def test_ids_are_the_path_and_unique(entries: tuple[Entry, ...]) -> None:
    ids = [entry.id for entry in entries]
    assert len(set(ids)) == len(ids)
    assert titled(entries, "YOLO V3").id == "骨干网络/functional/检测/yolo/yolo-v3"
    for entry in entries:
        assert len(entry.path) == 1 or entry.id.rsplit("/", 1)[0] in ids


@pytest.mark.parametrize("indent", ["  ", "    ", "\t", "\u3000\u3000", INDENT])
def test_any_indentation_gives_the_same_entries(
    text: str, entries: tuple[Entry, ...], indent: str
) -> None:
    other = parse_outline(text.replace(INDENT, indent), "outline.txt").entries
    assert [(e.id, said(e)) for e in other] == [(e.id, said(e)) for e in entries]


def test_a_contents_list_in_other_words_is_no_note() -> None:
    text = "目录\n1 网络\n2 优化\n\n1 神经网络\n  ResNet\n    残差\n2 优化器\n  Adam\n    自适应\n"
    entries = parse_outline(text, "f").entries
    assert [e.title for e in entries] == ["神经网络", "ResNet", "优化器", "Adam"]


def test_a_claim_under_a_full_width_colon_is_told_from_its_name() -> None:
    text = (
        "1 网络\n    RNN：循环网络\n        容易梯度爆炸\n        参数共享:每一步都一样\n"
        "2 其他\n    甲\n"
    )
    rnn = titled(parse_outline(text, "f").entries, "RNN")
    assert said(rnn) == ["循环网络", "容易梯度爆炸", "参数共享:每一步都一样"]
    assert [text[c.start : c.end] for c in rnn.claims] == said(rnn)


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("1 甲\n  乙\n2 丙\n  丁\n", True),
        ("# 甲\n\n## 乙\n\n1. 丙\n2. 丁\n   - 戊\n", False),
        ("一段话。\n又一段话。\n", False),
        ("1 甲\n2 乙\n3 丙\n", False),  # numbers alone: a list
        ("", False),
    ],
)
def test_an_outline_is_told_from_markdown_and_prose(text: str, is_one: bool) -> None:
    assert looks_like_outline(text) is is_one


@pytest.mark.parametrize(
    ("title", "shown", "names"),
    [
        ("ResNet", "ResNet", ()),
        ("FPN(Feature Pyramid Network)", "FPN", ("Feature Pyramid Network",)),
        ("KL散度（相对熵，信息增益）", "KL散度", ("相对熵", "信息增益")),
        ("信息量、熵", "信息量、熵", ("信息量", "熵")),
        ("缺点：", "缺点", ()),
        ("(括号)", "(括号)", ("括号",)),
    ],
)
def test_a_title_is_cut_into_its_names(title: str, shown: str, names: tuple[str, ...]) -> None:
    assert split_title(title) == (shown, names)


@pytest.mark.parametrize(
    ("title", "expected"),
    [("YOLO V3", "yolo-v3"), ("ＫＬ散度", "kl散度"), ("???", "entry"), ("  A_b ", "a-b")],
)
def test_a_slug_is_lower_case_letters_digits_and_hyphens(title: str, expected: str) -> None:
    assert slug(title) == expected


def test_a_taken_id_gets_the_next_free_number() -> None:
    ids = UniqueIds()
    assert [ids.take(i) for i in ("a", "a", "a-2", "a")] == ["a", "a-2", "a-2-2", "a-3"]


LINES = st.lists(
    st.tuples(
        st.integers(0, 4),
        st.one_of(
            st.sampled_from(
                ["1 网络", "1.1 更深", "2 优化", "ResNet", "LightCNN 提出了MFM,", "缺点:", "缺点：",
                 "RNN：循环", "FPN(Feature Pyramid)", "目录", "【参考】", "https://example.org/a",
                 "引入残差，", "信息量、", "RCNN 1.SS提取;2.CNN", "", "   ", "分割:逐像素,"]
            ),
            st.text(max_size=12).map(lambda s: re.sub(r"[\r\n]", " ", s)),
        ),
    ),
    max_size=24,
)  # fmt: skip


@given(LINES, st.sampled_from(["  ", "\t", INDENT]))
@settings(max_examples=120, deadline=None)
def test_any_lines_parse_with_true_offsets_and_unique_ids(
    lines: list[tuple[int, str]], indent: str
) -> None:
    text = "\n".join(indent * depth + line for depth, line in lines)
    entries = parse_outline(text, "f").entries
    ids = [entry.id for entry in entries]
    assert len(set(ids)) == len(ids)
    for entry in entries:
        assert entry.title
        assert 0 <= entry.start < entry.end <= len(text)
        for claim in entry.claims:
            assert claim.text
            assert joined(text[claim.start : claim.end]) == joined(claim.text)


# ——— the seed ———

needs_seed = pytest.mark.skipif(not SEEDS, reason="shared/seed is not beside this checkout")
SEED_NAMES = """
LeNet-5 AlexNet ZFNet VGGNet ResNet DenseNet|GoogleNet V1|GoogleNet V2|GoogleNet V3|GoogleNet V4|
Squeeze Net|MobileNet|MobileNet V1|MobileNet V2|shuffle Net|shuffleNet V1|shuffleNet V2|LightCNN|
检测|x-RCNN|RCNN|Fast RCNN|Faster RCNN|RPN|RIO pooling|YOLO|YOLO V1|YOLO V2|YOLO V3|SSD|FPN|
RetinaNet|分割|Mask RCNN|FCN|UNet|ENet|DCGAN|WGAN|WGAN-GP|LSGAN|EBGAN|BEGAN|CGAN|InfoGAN|Pix2Pix|
CycleGAN|StarGAN|模型剪枝|量化|知识蒸馏|目标蒸馏|特征蒸馏|参数共享|参数矩阵近似|常见网络|RNN|LSTM|GRU|
Transform|Bert|词汇表征|Word2Vec|CBOW|Skim-gram|Doc2Vec|搜索评价|beam search|BLEU|信息量、熵|
lipschitz约束|交叉熵|KL散度|JS散度|Wasserstein 距离|非对称卷积|空洞卷积|SGD|Momentum|Adagrad|
Adadelta|RMSprop|Adam|学习方式|在线学习|Sarsa|离线学习|Q learning|优化方向|基于概率|
Policy Gradients|基于价值|Q learning和Sarsa|基于概率和价值|Actor-Critic|融合网络|DQN|
Deeper|Module|Faster|Functional
"""


@pytest.fixture(scope="module")
def seed() -> tuple[Entry, ...]:
    return load_source(str(SEEDS[0])).entries


@needs_seed
def test_the_seed_gives_its_eight_sections_in_order(seed: tuple[Entry, ...]) -> None:
    assert [entry.title for entry in seed if len(entry.path) == 1] == [
        "神经网络模型", "生成对抗", "模型压缩", "NPL", "距离计算", "常用名词", "优化器", "强化学习",
    ]  # fmt: skip


@needs_seed
def test_the_seed_gives_every_entry_and_nothing_of_the_page(seed: tuple[Entry, ...]) -> None:
    titles = {entry.title for entry in seed}
    first, rest = SEED_NAMES.strip().split("|", 1)
    names = {*first.split(), *(name.strip() for name in rest.split("|"))}
    assert len(seed) >= 85
    assert names <= titles
    assert len(titles - names) == 8  # the sections


@needs_seed
def test_offsets_in_the_seed_point_at_the_words(seed: tuple[Entry, ...]) -> None:
    text = SEEDS[0].read_text(encoding="utf-8")
    claims = [claim for entry in seed for claim in entry.claims]
    assert len(claims) >= 140
    for claim in claims:
        assert joined(text[claim.start : claim.end]) == claim.text
