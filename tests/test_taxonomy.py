"""Which entry a text names: by title, alias, another language, another spelling, a slip."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import UsageError
from assistant.lexicon import Lexicon, Names, compact
from assistant.loaders import load_source
from assistant.loaders.corpus import corpus_folder
from assistant.schema import Entry
from assistant.taxonomy import Taxonomy

OUTLINE = Path(__file__).with_name("data") / "outline.txt"


@pytest.fixture(scope="module")
def entries() -> tuple[Entry, ...]:
    return load_source(str(OUTLINE)).entries


@pytest.fixture(scope="module")
def taxonomy(entries: tuple[Entry, ...]) -> Taxonomy:
    return Taxonomy(entries, Lexicon.load(corpus_folder() / "lexicon.txt"))


@pytest.fixture(scope="module")
def bare(entries: tuple[Entry, ...]) -> Taxonomy:
    """Without a lexicon: titles and aliases of the notes alone."""
    return Taxonomy(entries)


def linked(taxonomy: Taxonomy, text: str) -> list[str]:
    return [link.title for link in taxonomy.link(text).entries]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        # titles and aliases of the notes, in either alphabet
        ("ResNet 为什么能缓解退化?", ["ResNet"]),
        ("比较 WGAN 和 LSGAN", ["WGAN", "LSGAN"]),
        ("LSGAN和WGAN哪个好？", ["LSGAN", "WGAN"]),  # in the order of the text
        ("相对熵是什么", ["KL散度"]),
        ("什么是 Wasserstein GAN", ["WGAN"]),
        ("信息量", ["信息量、熵"]),
        # names that only the lexicon knows
        ("残差网络", ["ResNet"]),
        ("What is a residual network?", ["ResNet"]),
        ("why is the KL divergence not symmetric", ["KL散度"]),
        # spellings
        ("YOLOv3", ["YOLO V3"]),
        ("YOLO V3", ["YOLO V3"]),
        ("yolo-v3", ["YOLO V3"]),
        ("ＹＯＬＯ　Ｖ３", ["YOLO V3"]),
        ("MobileNet", ["Mobile Net"]),
        ("MobileNetV2的结构", ["MobileNet V2"]),
        ("q-learning", ["Q learning"]),
        ("KL 散度", ["KL散度"]),
        ("resnets", ["ResNet"]),
        ("DenseNet-121", ["DenseNet"]),
        # slips
        ("renset 的创新点", ["ResNet"]),
        ("mobilnet", ["Mobile Net"]),
        ("densnet 和 renset", ["DenseNet", "ResNet"]),
        ("momentun", ["Momentum"]),
        ("lsgna", ["LSGAN"]),
        ("Adma", ["Adam"]),
        # near in letters, another thing
        ("AdamW", []),
        ("ResNeXt", []),
        ("YOLOv8", []),
        ("SAGAN", []),
        ("UNet++", []),
        ("unit", []),
        ("unity", []),
        ("adamant", []),
        ("转置卷积核", []),
        ("今天天气怎么样", []),
        ("", []),
    ],
)
def test_a_text_names_these_entries(taxonomy: Taxonomy, text: str, titles: list[str]) -> None:
    assert linked(taxonomy, text) == titles


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("renset", ["ResNet"]),
        ("mobilnet", ["Mobile Net"]),
        ("YOLOv3", ["YOLO V3"]),
        ("YOLOv8", []),
        ("AdamW", []),
        ("unit", []),
        ("ResNet50", ["ResNet"]),
        ("preresnet", []),
    ],
)
def test_without_a_lexicon_the_notes_own_names_still_link(
    bare: Taxonomy, text: str, titles: list[str]
) -> None:
    assert linked(bare, text) == titles


@pytest.mark.parametrize(
    ("text", "foreign"),
    [
        ("AdamW 和 Adam 的区别", ("AdamW",)),
        ("YOLOv8 快吗", ("YOLOv8",)),
        ("ResNeXt", ("ResNeXt",)),
        ("梯度为什么会消失", ()),  # a word of the field, no subject of its own
        ("ResNet", ()),
    ],
)
def test_subjects_that_the_notes_lack_are_foreign(
    taxonomy: Taxonomy, text: str, foreign: tuple[str, ...]
) -> None:
    assert taxonomy.link(text).foreign == foreign


def test_a_subject_that_the_notes_mention_is_not_foreign(entries: tuple[Entry, ...]) -> None:
    lexicon = Lexicon(["LSTM | 长短期记忆", "Mamba"])
    assert Taxonomy(entries, lexicon).link("LSTM 与 Mamba").foreign == ("LSTM", "Mamba")
    mentioned = Taxonomy(entries, lexicon, mentioned=["lstm"])
    assert mentioned.link("LSTM 与 Mamba").foreign == ("Mamba",)


def test_a_slip_is_marked_as_one_and_its_place_is_true(taxonomy: Taxonomy) -> None:
    text = "比较 renset 和 DenseNet"
    slip, exact = taxonomy.link(text).entries
    assert (slip.mention, slip.exact, text[slip.start : slip.end]) == ("renset", False, "renset")
    assert (exact.mention, exact.exact) == ("DenseNet", True)


def test_a_family_name_stands_for_its_versions_where_the_notes_have_only_those() -> None:
    versions = [Entry(id=f"g/v{n}", path=("g", f"GoogleNet V{n}")) for n in (1, 2)]
    assert linked(Taxonomy(versions), "GoogleNet 的创新") == ["GoogleNet V1", "GoogleNet V2"]
    assert linked(Taxonomy(versions), "GoogleNet V2") == ["GoogleNet V2"]


def test_a_misspelt_title_of_the_notes_gets_the_names_of_the_field() -> None:
    notes = [Entry(id="s", path=("Skim-gram",))]
    lexicon = Lexicon(["Skip-gram | 跳字模型"])
    assert linked(Taxonomy(notes, lexicon), "跳字模型") == ["Skim-gram"]


@pytest.mark.parametrize(
    ("wanted", "identity"),
    [
        ("骨干网络/deeper/resnet", "骨干网络/deeper/resnet"),
        ("ResNet", "骨干网络/deeper/resnet"),
        ("残差网络", "骨干网络/deeper/resnet"),
        ("生成模型", "生成模型"),
        ("backbone", "骨干网络"),
        ("yolo v3", "骨干网络/functional/检测/yolo/yolo-v3"),
    ],
)
def test_a_scope_is_an_id_or_a_name(taxonomy: Taxonomy, wanted: str, identity: str) -> None:
    assert taxonomy.scope(wanted) == identity


@pytest.mark.parametrize("wanted", ["ResNett1", "没有这个", "", "x" * 1000])
def test_an_unknown_scope_is_refused_with_near_ones(taxonomy: Taxonomy, wanted: str) -> None:
    with pytest.raises(UsageError, match="Near ones"):
        taxonomy.scope(wanted)


def test_a_scope_holds_what_lies_below_and_its_references() -> None:
    tree = [
        Entry(id="a", path=("a",)),
        Entry(id="a/b", path=("a", "b")),
        Entry(id="ab", path=("ab",)),  # no child of a
        Entry(id="references/r", path=("a", "b", "r"), kind="reference", owner="a/b"),
    ]
    assert Taxonomy(tree).below("a") == {"a", "a/b", "references/r"}
    assert Taxonomy(tree).below("ab") == {"ab"}


def test_references_are_not_linked_to() -> None:
    tree = [Entry(id="references/r", path=("Adam",), kind="reference")]
    assert linked(Taxonomy(tree), "Adam") == []


def test_other_names_are_those_of_concepts_that_the_notes_hold(entries: tuple[Entry, ...]) -> None:
    lexicon = Lexicon(["ResNet | 残差网络", "Mamba | 状态空间模型"])
    taxonomy = Taxonomy(entries, lexicon)
    assert taxonomy.other_names("残差网络与 Mamba") == ["ResNet"]


# ——— the lexicon ———


@pytest.mark.parametrize(
    ("text", "squeezed"),
    [("YOLO-V3", "yolov3"), ("Squeeze Net", "squeezenet"), ("Ｑ　learning", "qlearning"), ("", "")],
)
def test_a_name_is_compared_without_blanks_hyphens_and_case(text: str, squeezed: str) -> None:
    assert compact(text)[0] == squeezed


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("resnet50", ["resnet"]),
        ("yolov8", []),  # the version is no number that follows YOLO
        ("MyResNet", []),
        ("ResNetX", []),
        ("ResNet和YOLO", ["resnet", "yolo"]),
        ("卷积核大小", ["卷积核"]),  # the longest
    ],
)
def test_a_latin_name_must_be_a_whole_word(text: str, found: list[str]) -> None:
    names = Names()
    for name in ("ResNet", "YOLO", "卷积", "卷积核"):
        names.add(name)
    assert [mention.key for mention in names.find(text)] == found


def test_the_lexicon_tells_words_of_the_field_from_subjects() -> None:
    lexicon = Lexicon(["# words [general]", "梯度 | gradient", "# subjects", "Mamba", "", " | "])
    assert lexicon.concepts == [("梯度", "gradient"), ("Mamba",)]
    assert lexicon.general == {0}
    assert lexicon.same_as("Gradient") == ("梯度", "gradient")
    assert lexicon.same_as("momentum") == ()


def test_a_missing_lexicon_is_an_empty_one(tmp_path: Path) -> None:
    assert Lexicon.load(tmp_path / "none.txt").concepts == []


PIECES = st.lists(
    st.one_of(
        st.sampled_from(["ResNet", "renset", "YOLO", " V3", "v8", "-", " ", "残差网络", "KL",
                         "散度", "的", "Adam", "W", "50", "s", "，", "Ａ", "\u00a0", "ﬁ"]),
        st.text(max_size=3),
    ),
    max_size=10,
).map("".join)  # fmt: skip


@given(PIECES)
@settings(max_examples=200, deadline=None)
def test_links_of_any_text_stand_where_they_say(text: str) -> None:
    taxonomy = _small()
    link = taxonomy.link(text)
    ids = [found.entry for found in link.entries]
    assert len(set(ids)) == len(ids)
    for found in link.entries:
        assert text[found.start : found.end] == found.mention != ""
    assert all(words in text for words in link.foreign)


def _small() -> Taxonomy:
    names = ["ResNet", "YOLO V3", "KL散度", "Adam"]
    lexicon = Lexicon(["ResNet | 残差网络", "AdamW", "YOLOv8"])
    return Taxonomy([Entry(id=name, path=(name,)) for name in names], lexicon)
