"""Stand-ins that tests share: notes, an embedder of hashed words, a chat model with a script."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

import assistant.ingestion
import assistant.parts
import assistant.pipeline
from assistant.schema import Vectors
from assistant.tokenization import terms

NOTES = """\
卷积与对抗网络笔记
目录
1 骨干网络
2 生成网络
3 优化
1 骨干网络
 1.1 更深的网络
    ResNet(残差网络)
        捷径把输入直接加到输出上,梯度可以沿捷径回传,缓解了梯度消失
        瓶颈块先用 1x1 卷积降维,再做 3x3 卷积,最后升维
        一共有 152 层的版本
    DenseNet
        每一层都与前面所有层拼接,特征得到复用
        参数少,但是显存占用大
    VGG
        用两个 3x3 卷积代替一个 5x5 卷积,感受野相同而参数更少
 1.2 轻量网络
    MobileNet
        深度可分离卷积把普通卷积拆成逐通道卷积和逐点卷积
        计算量约为普通卷积的九分之一
    ShuffleNet
        通道混洗让分组卷积的各组之间交换信息
2 生成网络
 2.1 对抗损失
    WGAN
        用 Wasserstein 距离代替 JS 散度,训练更稳定
        判别器最后一层不用 sigmoid
        权重裁剪保证 Lipschitz 条件
    LSGAN
        用最小二乘损失代替交叉熵,惩罚离边界远的样本
3 优化
 3.1 一阶方法
    Adam
        同时估计梯度的一阶矩和二阶矩,并做偏差修正
    动量法
        累积历史梯度,减小震荡,加速收敛
"""
LEXICON = """\
# models
ResNet | 残差网络 | Residual Network
DenseNet | 密集连接网络
Mamba | 选择性状态空间
# words of the field [general]
梯度消失 | vanishing gradient
卷积 | convolution
"""
OTHER_FIELDS = "今天天气怎么样\n红烧肉怎么做\nhow do I cook rice\n上海明天会下雨吗\n"

RESNET_FILE = """\
---
title: ResNet
aliases: [残差网络]
references: [he2016]
---
## 要点
- 捷径连接把输入加到输出上,缓解梯度消失 [@he2016]
- 最深的版本有 152 层 [@he2016]
## 勘误
- 原笔记:ResNet 彻底解决了梯度消失 → 更正:它缓解的是网络退化 [@he2016]
"""
REFERENCE_FILE = """\
---
id: he2016
title: Deep Residual Learning
url: https://example.org/resnet
---
## Method {#method}
- Shortcut connections perform identity mapping.
"""


class HashEmbedder:
    """Hashed terms, signed, 256 wide, with a part that all texts share.

    The shared part brings cosines where those of e5 lie: .8 for texts without a common term, 1 for
    the same terms. So the real weights of answerability and fusion see the numbers they know.
    """

    name = "hash"
    dimension = 256
    _SHARED = 0.8  # of the squared length

    def __init__(self, revision: str = "1", name: str = "hash", pause: float = 0.0) -> None:
        self.revision = revision
        self.name = name
        self.pause = pause  # seconds a text: a slow model for tests that interrupt it
        self.documents: list[str] = []  # all that went through embed_documents
        self.opened = threading.Event()  # set when documents begin to be embedded
        self.gate: threading.Event | None = None  # embed_documents waits for it

    def embed_queries(self, texts: Sequence[str]) -> Vectors:
        return self._embed(texts)

    def embed_documents(self, texts: Sequence[str]) -> Vectors:
        self.documents += texts
        self.opened.set()
        if self.gate is not None:
            assert self.gate.wait(60)
        if self.pause:
            time.sleep(self.pause * len(texts))
        return self._embed(texts)

    def count_tokens(self, text: str) -> int:
        return len(text.encode()) // 2

    def _embed(self, texts: Sequence[str]) -> Vectors:
        made = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(made, texts, strict=True):
            for term in terms(text):
                digest = hashlib.sha256(term.encode()).digest()
                row[1 + digest[0] % (self.dimension - 1)] += 1 if digest[1] % 2 else -1
            length = float(np.linalg.norm(row))
            if length:
                row *= np.sqrt(1 - self._SHARED) / length
            row[0] = np.sqrt(self._SHARED) if length else 1.0
        return made


class ScriptedModel:
    """A chat model that says what it is told to; an exception among the pieces is raised."""

    def __init__(self, *pieces: str | Exception, name: str = "scripted") -> None:
        self.name = name
        self.pieces = pieces
        self.calls: list[list[dict[str, Any]]] = []
        self.given = 0  # pieces handed out
        self.closed = False

    def stream(self, messages: Sequence[dict[str, Any]]) -> Iterator[str]:
        self.calls.append([dict(message) for message in messages])
        return self._speak()

    def _speak(self) -> Iterator[str]:
        try:
            for piece in self.pieces:
                if isinstance(piece, Exception):
                    raise piece
                self.given += 1
                yield piece
        finally:
            self.closed = True

    @property
    def prompt(self) -> str:
        """The last user message."""
        return str(self.calls[-1][-1]["content"])


def write_corpus(folder: Path) -> Path:
    """A built-in corpus of one section, with its lexicon and its questions on other fields."""
    notes = folder / "notes" / "1-backbone"
    notes.mkdir(parents=True)
    (folder / "references").mkdir()
    (notes / "_index.md").write_text("---\ntitle: 内置骨干网络\n---\n", encoding="utf-8")
    (notes / "resnet.md").write_text(RESNET_FILE, encoding="utf-8")
    (folder / "references" / "he2016.md").write_text(REFERENCE_FILE, encoding="utf-8")
    (folder / "lexicon.txt").write_text(LEXICON, encoding="utf-8")
    (folder / "other_fields.txt").write_text(OTHER_FIELDS, encoding="utf-8")
    return folder


def use_corpus(folder: Path, patch: Any = setattr) -> None:
    """Let the package take `folder` for its built-in corpus; `patch` is monkeypatch's setattr."""
    for module in (assistant.parts, assistant.pipeline, assistant.ingestion):
        patch(module, "corpus_folder", lambda: folder)


def use_embedder(embedder: HashEmbedder, patch: Any = setattr) -> None:
    """Let the package open `embedder`, whichever is configured."""
    patch(assistant.parts, "open_embedder", lambda *_: embedder)
