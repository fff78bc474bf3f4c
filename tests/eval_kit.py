"""What the tests of the evaluations share: small gold sets, and runs made by hand."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.schema import Leg
from evals.metrics import Estimate, mean
from evals.runs import Configuration, Found, Item, RetrievalItem, Run, RunKind, Wanted

RESNET, DENSENET = "骨干网络/更深的网络/resnet", "骨干网络/更深的网络/densenet"
WGAN = "生成网络/对抗损失/wgan"
# on the small notes of `fakes.py`: q3 asks for the entry beside the one that it names
QUESTIONS = [
    {"id": "q1", "q": "ResNet 为什么能缓解梯度消失", "kind": "direct", "entries": [RESNET]},
    {"id": "q2", "q": "比较 ResNet 和 DenseNet", "kind": "comparison",
     "entries": [RESNET, DENSENET]},
    {"id": "q3", "q": "ResNet 的捷径", "kind": "paraphrase", "entries": [DENSENET]},
    {"id": "q4", "q": "判别器最后一层不用什么", "kind": "direct", "entries": [WGAN]},
]  # fmt: skip


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        "".join(f"{json.dumps(row, ensure_ascii=False)}\n" for row in rows), encoding="utf-8"
    )
    return path


def item(identity: str, right: float, q: str = "问", kind: str = "direct") -> RetrievalItem:
    """A question that found its entry at rank 2 where it is not right."""
    legs = {"dense": Leg(rank=3, score=0.9)}
    return RetrievalItem(
        id=identity,
        q=q,
        kind=kind,
        section="骨干网络",
        measures={"right": right},
        wanted=(Wanted(entry=RESNET, path=("骨干网络", "ResNet"), rank=2, legs=legs),),
        hits=(Found(entry=WGAN, path=("生成网络", "WGAN"), score=0.8, chunk="c1", legs=legs),),
    )


def configuration(name: str, items: Sequence[Item]) -> Configuration:
    estimates: dict[str, Estimate] = {"right": mean([item.measures["right"] for item in items])}
    return Configuration(
        name=name,
        settings={"search": name},
        fingerprint="f00d",
        metrics=estimates,
        groups={"kind": {"direct": estimates}},
        latency_ms={"p50": 8.0, "p95": 12.0},
        items=tuple(items),
    )


def run(
    identity: str = "20261124-100000-retrieval-aaaa",
    *configurations: Configuration,
    kind: RunKind = "retrieval",
    name: str = "retrieval.dev",
    **more: Any,
) -> Run:
    found = configurations or (configuration("taxonomy", [item("q1", 1), item("q2", 0)]),)
    return Run(
        id=identity,
        kind=kind,
        set=name,
        started=datetime(2026, 11, 24, 10, tzinfo=UTC),
        seconds=1.5,
        settings={"k": 10},
        index={"generation": "g000001"},
        machine={"cpus": 2},
        configurations=found,
        **more,
    )
