"""The pair model: ONNX Runtime computes, in integers, what PyTorch trained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_e5 import POSITIONS, write_tiny_e5

from assistant import cross_encoder
from assistant.cross_encoder import CrossEncoder, padded, pair_row
from assistant.e5_convert import write_onnx_folder
from assistant.e5_q4 import Q4File
from assistant.embedding import OnnxEmbedder
from assistant.errors import ModelDamagedError
from assistant.schema import Part

PASSAGE: tuple[Part, ...] = (("title", "残差:"), ("text", "网络学习"))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An embedder with random weights, in its 4-bit file."""
    path = tmp_path_factory.mktemp("pair") / "tiny.bin"
    write_tiny_e5(path)
    return path


@pytest.fixture(scope="module")
def embedder(source: Path) -> OnnxEmbedder:
    folder = source.parent / "onnx"
    folder.mkdir()
    write_onnx_folder(source, folder, "tiny", "0" * 64)
    return OnnxEmbedder(folder)


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tiny embedder knows fewer places than a pair may have tokens."""
    monkeypatch.setattr(cross_encoder, "LONGEST", POSITIONS)


@pytest.fixture(scope="module")
def weights(source: Path) -> Path:
    """A graph written from the network as it begins."""
    import torch

    from evals.pair_graph import write_pair_graph
    from evals.train_checker import Network

    torch.manual_seed(3)
    network = Network(Q4File(source))
    state = {name: value.numpy() for name, value in network.state_dict().items()}
    path = source.parent / "checker.onnx"
    write_pair_graph(network.sizes, state, path)
    torch.save(network.state_dict(), path.with_suffix(".pt"))
    return path


def test_the_graph_computes_what_pytorch_trained(
    source: Path, embedder: OnnxEmbedder, weights: Path
) -> None:
    import torch

    from evals.train_checker import Network

    network = Network(Q4File(source)).eval()
    network.load_state_dict(torch.load(weights.with_suffix(".pt")))
    pairs = [(PASSAGE, "学习"), ((("question", "网络"),), "残差 连接 network")]
    rows = [pair_row(embedder, parts, said) for parts, said in pairs]
    ids, kinds, mask = map(torch.from_numpy, padded(rows, embedder.ends[2]))
    with torch.inference_mode():
        scores = network(ids, kinds, mask.bool())
    model = CrossEncoder(embedder, weights)
    wanted = torch.softmax(scores, -1).numpy()
    np.testing.assert_allclose(model.relations(pairs), wanted, atol=0.02)


def test_a_pair_reads_the_same_alone_and_beside_a_longer_one(
    embedder: OnnxEmbedder, weights: Path
) -> None:
    model = CrossEncoder(embedder, weights)
    alone = model.relations([(PASSAGE, "学习")])
    beside = model.relations([((("text", "残差网络" * 3),), "连接学习"), (PASSAGE, "学习")])
    np.testing.assert_allclose(beside[1], alone[0], atol=1e-5)
    assert beside.sum(axis=1) == pytest.approx([1, 1], abs=1e-5)


def test_a_row_holds_the_premise_then_what_is_said(embedder: OnnxEmbedder) -> None:
    bos, eos, _ = embedder.ends
    title, text, said = (embedder.pieces(one) for one in ("残差:", "网络学习", "学习"))
    ids, kinds = pair_row(embedder, PASSAGE, "学习")
    assert ids == [bos, *title, eos, *text, eos, *said, eos]
    assert kinds == [0] * (len(title) + 2) + [2] * (len(text) + 1) + [3] * (len(said) + 1)


def test_a_long_premise_is_cut_and_what_is_said_stays(
    embedder: OnnxEmbedder, weights: Path
) -> None:
    long: tuple[Part, ...] = (("text", "abcd" * 200),)
    ids, kinds = pair_row(embedder, long, "学习")
    assert len(ids) == len(kinds) == POSITIONS
    assert ids[-1] == embedder.ends[1]
    assert CrossEncoder(embedder, weights).relations([(long, "学习")]).shape == (1, 4)


def test_no_pair_gives_no_row(embedder: OnnxEmbedder, weights: Path) -> None:
    assert CrossEncoder(embedder, weights).relations([]).shape == (0, 4)


def test_damaged_weights_are_named(embedder: OnnxEmbedder, weights: Path, tmp_path: Path) -> None:
    cut = tmp_path / "checker.onnx"
    cut.write_bytes(weights.read_bytes()[:1000])
    model = CrossEncoder(embedder, cut)
    with pytest.raises(ModelDamagedError, match="Install Zhitu again"):
        model.relations([(PASSAGE, "学习")])
