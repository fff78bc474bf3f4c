"""The embedders: their vectors, their tokens, and what happens to a damaged one."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_e5 import HIDDEN, PIECES, write_tiny_e5

from assistant.config import Settings
from assistant.e5_convert import write_hugging_face_folder, write_onnx_folder
from assistant.e5_q4 import Q4File
from assistant.e5_tokenizer import hugging_face_tokenizer
from assistant.embedding import (
    OnnxEmbedder,
    SentenceTransformerEmbedder,
    folder_hash,
    open_embedder,
)
from assistant.errors import ModelDamagedError, ModelMissingError, UsageError
from assistant.model_store import ModelStore
from assistant.schema import Embedder

TEXTS = ["残差网络", "abc def", "a", "", "网络连接学习 query", "hello " * 40, "Ａ\n㎡"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a tiny file in the 4-bit format, and what is converted from it."""
    root = tmp_path_factory.mktemp("tiny")
    write_tiny_e5(root / "tiny.bin")
    for form in ("onnx", "hf"):
        (root / form).mkdir()
    sha256 = hashlib.sha256((root / "tiny.bin").read_bytes()).hexdigest()
    write_onnx_folder(root / "tiny.bin", root / "onnx", "tiny", sha256)
    write_hugging_face_folder(root / "tiny.bin", root / "hf")
    return root


@pytest.fixture(scope="module")
def embedder(tiny: Path) -> OnnxEmbedder:
    return OnnxEmbedder(tiny / "onnx")


def test_vectors_have_length_one_and_stand_in_the_order_of_the_texts(
    embedder: OnnxEmbedder,
) -> None:
    typed: Embedder = embedder
    assert (typed.name, typed.dimension) == ("tiny", HIDDEN)
    together = typed.embed_documents(TEXTS)
    assert together.shape == (len(TEXTS), HIDDEN)
    assert together.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([typed.embed_documents([text]) for text in TEXTS])
    np.testing.assert_allclose(together, alone, atol=1e-5)  # whatever stands beside it


def test_a_question_is_not_embedded_like_a_passage(embedder: OnnxEmbedder) -> None:
    query, passage = embedder.embed_queries(["abc"]), embedder.embed_documents(["abc"])
    assert not np.allclose(query, passage)


def test_no_texts_give_no_vectors(embedder: OnnxEmbedder) -> None:
    assert embedder.embed_queries([]).shape == (0, HIDDEN)


def test_many_texts_of_all_lengths_are_split_into_batches(
    embedder: OnnxEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = ["abc " * n for n in range(12)]
    expected = embedder.embed_documents(texts)
    monkeypatch.setattr("assistant.embedding._BATCH_TOKENS", 30)
    np.testing.assert_allclose(embedder.embed_documents(texts), expected, atol=1e-5)


def test_half_an_emoji_and_a_null_do_no_harm(embedder: OnnxEmbedder) -> None:
    assert np.isfinite(embedder.embed_queries(["a\ud83d", "\0"])).all()


def test_tokens_are_counted_without_prefix_and_ends(embedder: OnnxEmbedder) -> None:
    assert embedder.count_tokens("") == 0
    assert embedder.count_tokens("残差网络") == 3  # ▁ 残差 网络


def test_the_revision_names_the_file_and_the_conversion(tiny: Path, embedder: OnnxEmbedder) -> None:
    sha256 = hashlib.sha256((tiny / "tiny.bin").read_bytes()).hexdigest()
    assert embedder.revision.startswith(sha256[:12])
    assert embedder.revision.endswith("-int8-1")


def test_the_two_conversions_agree(tiny: Path, embedder: OnnxEmbedder) -> None:
    other = SentenceTransformerEmbedder(tiny / "hf", "tiny")
    assert other.dimension == HIDDEN
    assert [other.count_tokens(text) for text in TEXTS] == [
        embedder.count_tokens(text) for text in TEXTS
    ]
    for texts in (TEXTS[:3], TEXTS[4:]):
        both = [embedder.embed_queries(texts), other.embed_queries(texts)]
        assert np.sum(both[0] * both[1], axis=1).min() > 0.99
        both = [embedder.embed_documents(texts), other.embed_documents(texts)]
        assert np.sum(both[0] * both[1], axis=1).min() > 0.99
    assert other.embed_queries([]).shape == (0, HIDDEN)
    assert other.revision == folder_hash(tiny / "hf")[:12]


def test_the_hash_of_a_folder_changes_with_any_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    before = folder_hash(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    assert folder_hash(tmp_path) != before


@pytest.fixture(scope="module")
def tokenizers(tiny: Path, embedder: OnnxEmbedder) -> tuple[OnnxEmbedder, object]:
    return embedder, hugging_face_tokenizer(Q4File(tiny / "tiny.bin").vocabulary)


LETTERS = "".join(piece for piece in PIECES if len(piece) == 1).replace("▁", "")


@given(st.text(st.sampled_from(LETTERS + " \n\tＡ㎡é😀Q")))
def test_both_tokenisers_count_alike(tokenizers: tuple[OnnxEmbedder, object], text: str) -> None:
    fast, slow = tokenizers
    encoded = slow.encode(text, add_special_tokens=False)  # type: ignore[attr-defined]
    assert fast.count_tokens(text) == len(encoded.ids)


@pytest.mark.parametrize("name", ["model.onnx", "model.onnx.data", "words.onnx", "tokenizer.model"])
def test_a_missing_or_damaged_file_is_reported_with_the_remedy(
    tiny: Path, tmp_path: Path, name: str
) -> None:
    for path in (tiny / "onnx").iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_bytes(b"not this")
    with pytest.raises(ModelDamagedError, match="zhitu models pull"):
        OnnxEmbedder(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(ModelDamagedError, match="zhitu models pull"):
        OnnxEmbedder(tmp_path)


def test_a_file_that_ends_too_early_is_damaged(tiny: Path, tmp_path: Path) -> None:
    data = (tiny / "tiny.bin").read_bytes()
    short = tmp_path / "short.bin"
    for length in (3, 40, 500, 1500, len(data) - 1):
        short.write_bytes(data[:length])
        with pytest.raises(ModelDamagedError):
            Q4File(short)


def test_an_embedder_is_opened_by_name_or_by_folder(tiny: Path, tmp_path: Path) -> None:
    store = ModelStore(tmp_path)
    assert isinstance(open_embedder(store, str(tiny / "onnx")), OnnxEmbedder)
    with pytest.raises(ModelMissingError, match="zhitu models pull multilingual-e5-small"):
        open_embedder(store, "multilingual-e5-small")
    with pytest.raises(UsageError, match="Known are multilingual-e5-small"):
        open_embedder(store, "no-such-model")
    with pytest.raises(UsageError, match="no embedder"):
        open_embedder(store, "qwen3-4b")


def test_a_folder_without_a_model_is_reported(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelDamagedError, match="no model that sentence-transformers can load"):
        SentenceTransformerEmbedder(tmp_path, "x")


@pytest.fixture(scope="module")
def real_folder(real_settings: Settings) -> Path:
    return ModelStore(real_settings.models_dir).derived(real_settings.embedder, "onnx")


@pytest.fixture(scope="module")
def real_embedder(real_folder: Path) -> OnnxEmbedder:
    return OnnxEmbedder(real_folder)


PAIRS = [
    ("残差连接解决了什么问题?", "ResNet 用捷径把输入加到输出上,缓解网络加深后的退化。"),
    ("GRU 有几个门?", "门控循环单元由更新门和重置门控制信息。"),
    ("What does dropout do?", "Dropout randomly zeroes activations so that units do not co-adapt."),
    ("Adam 优化器的原理", "Adam 同时估计梯度的一阶矩和二阶矩。"),
    ("GAN 为什么会只生成几种样本?", "模式崩溃:生成器只产生少数几种样本。"),
]


@pytest.mark.models
def test_each_question_finds_its_passage(real_embedder: OnnxEmbedder) -> None:
    queries = real_embedder.embed_queries([query for query, _ in PAIRS])
    passages = real_embedder.embed_documents([passage for _, passage in PAIRS])
    assert (queries @ passages.T).argmax(axis=1).tolist() == list(range(len(PAIRS)))


@pytest.mark.models
def test_the_query_path_needs_no_heavy_library(real_folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from assistant.embedding import OnnxEmbedder\n"
        "OnnxEmbedder(Path(sys.argv[1])).embed_queries(['残差'])\n"
        "heavy = {'torch', 'transformers', 'tokenizers', 'sentence_transformers', 'onnx'}\n"
        "print(heavy & set(sys.modules))"
    )
    command = [sys.executable, "-c", code, str(real_folder)]
    run = subprocess.run(command, capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"


@pytest.mark.models
def test_int8_stays_within_a_thousandth_of_float32(
    real_settings: Settings, real_embedder: OnnxEmbedder, tmp_path: Path
) -> None:
    source = ModelStore(real_settings.models_dir).path(real_settings.embedder)
    write_hugging_face_folder(source, tmp_path)
    exact = SentenceTransformerEmbedder(tmp_path, "exact")
    for ours, theirs, place in (
        (real_embedder.embed_queries, exact.embed_queries, 0),
        (real_embedder.embed_documents, exact.embed_documents, 1),
    ):
        texts = [pair[place] for pair in PAIRS]
        cosines = np.sum(ours(texts) * theirs(texts), axis=1)
        assert cosines.mean() > 0.998
        assert cosines.min() > 0.997
