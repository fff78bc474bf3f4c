"""Fits the weights of `assistant/answerability.toml` on dev questions.

`python -m evals.fit_answerability GOLD.jsonl=DATA_FOLDER …`: each argument is a file of questions
and a data folder whose index they are asked of. Prints the cross-validated rates before it writes.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from assistant.answerability import FEATURES, Answerability
from assistant.config import load_settings
from assistant.pipeline import Assistant
from assistant.retrieval import Query, clean_query

_ROOT = Path(__file__).parents[1]
_TARGET = _ROOT / "assistant" / "answerability.toml"
_OTHER_FIELDS = _ROOT / "corpus" / "other_fields.txt"
# Of what the notes answer, cross-validated: the threshold is as high as this allows.
_MAX_REFUSED = 0.02
_OTHERS_WEIGHT = 0.15  # 460 of them must not outweigh the dev questions


@dataclass
class Sample:
    """Questions as features: `rows` (n, features), whether the notes answer, kind, weight."""

    rows: list[list[float]] = field(default_factory=list)
    labels: list[bool] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(self, features: dict[str, float], label: bool, kind: str, weight: float = 1.0) -> None:
        """Add one question."""
        self.rows.append([features[name] for name in FEATURES])
        self.labels.append(label)
        self.kinds.append(kind)
        self.weights.append(weight)


def collect(sample: Sample, gold: Path, data_dir: Path) -> None:
    """Add the questions in `gold`, and those on other fields, each held against the others only."""
    assistant = Assistant(load_settings(data_dir=data_dir))
    services = assistant.services()
    judge = Answerability(services.index, services.taxonomy)

    def ask(text: str) -> Query:
        query = Query(clean_query(text), services.embedder, services.taxonomy)
        services.search.hits(query, 10, None)
        return query

    for line in gold.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        if row.get("history"):
            continue  # it doesn't stand alone
        answerable = row.get("answerable", bool(row.get("answers") or row.get("entries")))
        sample.add(judge.features(ask(row["q"])), answerable, row["kind"])
    others = [text.strip() for text in _OTHER_FIELDS.read_text(encoding="utf-8").splitlines()]
    vectors = services.index.background
    for i, text in enumerate(text for text in others if text):
        without = np.delete(vectors, i, axis=0)
        sample.add(judge.features(ask(text), without), False, "(background)", _OTHERS_WEIGHT)
    assistant.close()


def main(arguments: list[str]) -> int:
    """Fit, print, write."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold
    from sklearn.preprocessing import StandardScaler

    sample = Sample()
    for argument in arguments:
        gold, _, folder = argument.partition("=")
        collect(sample, Path(gold), Path(folder))
    x, y, kind = np.array(sample.rows), np.array(sample.labels), np.array(sample.kinds)
    weight = np.array(sample.weights)
    scaler = StandardScaler().fit(x)
    x = scaler.transform(x)
    chance = np.zeros(len(y))
    for seed in range(5):
        for train, held in StratifiedKFold(10, shuffle=True, random_state=seed).split(x, y):
            model = LogisticRegression(C=1.0).fit(x[train], y[train], sample_weight=weight[train])
            chance[held] += model.predict_proba(x[held])[:, 1] / 5
    chosen = 0.5
    for threshold in (0.4, 0.45, 0.5, 0.55, 0.6, 0.65, 0.7):
        refused = chance < threshold
        if refused[y].mean() <= _MAX_REFUSED:
            chosen = threshold
        rates = {str(k): round(float(refused[kind == k].mean()), 3) for k in sorted(set(kind))}
        print(f"threshold {threshold}: answerable refused {refused[y].mean():.3f}, {rates}")
    model = LogisticRegression(C=1.0).fit(x, y, sample_weight=weight)
    weights = model.coef_[0] / scaler.scale_
    intercept = float(model.intercept_[0] - (weights * scaler.mean_).sum())
    lines = [
        "# Logistic regression over the signs of answerability.py, fitted on dev questions by",
        "# `python -m evals.fit_answerability`. Not to be edited by hand.",
        f"threshold = {chosen}",
        f"intercept = {intercept:.4f}",
        *(f"{name} = {weight:.4f}" for name, weight in zip(FEATURES, weights, strict=True)),
    ]
    _TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(y)} questions; wrote {_TARGET.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
