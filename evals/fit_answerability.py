"""Fits the weights of `assistant/answerability.toml` on dev questions.

`python -m evals.fit_answerability GOLD.jsonl=DATA_FOLDER …`: each argument is the questions, and a data folder whose index they are
asked of. Prints the cross-validated rates before it writes.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from assistant.answerability import FEATURES, Answerability
from assistant.config import load_settings
from assistant.pipeline import Assistant
from assistant.retrieval import Query, clean_query

_TARGET = Path(__file__).parents[1] / "assistant" / "answerability.toml"


def collect(gold: Path, data_dir: Path) -> tuple[list[list[float]], list[bool], list[str]]:
    """Features, whether the notes answer, and the kind, of each question in `gold`."""
    assistant = Assistant(load_settings(data_dir=data_dir))
    services = assistant.services()
    judge = Answerability(services.index, services.taxonomy)
    rows, labels, kinds = [], [], []
    for line in gold.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        query = Query(clean_query(row["q"]), services.embedder, services.taxonomy)
        services.search.hits(query, 10, None)
        features = judge.features(query)
        rows.append([features[name] for name in FEATURES])
        labels.append(bool(row["answers"]) if "answers" in row else bool(row["entries"]))
        kinds.append(row["kind"])
    assistant.close()
    return rows, labels, kinds


def main(arguments: list[str]) -> int:
    """Fit, print, write."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rows: list[list[float]] = []
    labels: list[bool] = []
    kinds: list[str] = []
    for argument in arguments:
        gold, _, folder = argument.partition("=")
        more = collect(Path(gold), Path(folder))
        rows += more[0]
        labels += more[1]
        kinds += more[2]
    x, y, kind = np.array(rows), np.array(labels), np.array(kinds)
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0))
    chance = np.mean(
        [
            cross_val_predict(
                model, x, y, cv=StratifiedKFold(10, shuffle=True, random_state=seed),
                method="predict_proba",
            )[:, 1]
            for seed in range(5)
        ],
        axis=0,
    )  # fmt: skip
    for threshold in (0.4, 0.45, 0.5, 0.55, 0.6):
        refused = chance < threshold
        rates = {k: round(float(refused[kind == k].mean()), 3) for k in sorted(set(kinds))}
        print(f"threshold {threshold}: answerable refused {refused[y].mean():.3f}, {rates}")
    model.fit(x, y)
    scaler, fitted = model[0], model[-1]
    weights = fitted.coef_[0] / scaler.scale_
    intercept = float(fitted.intercept_[0] - (weights * scaler.mean_).sum())
    lines = [
        "# Logistic regression over the signs of answerability.py, fitted on dev questions by",
        "# `python -m evals.fit_answerability`. Not to be edited by hand.",
        "threshold = 0.5",
        f"intercept = {intercept:.4f}",
        *(f"{name} = {weight:.4f}" for name, weight in zip(FEATURES, weights, strict=True)),
    ]
    _TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(y)} questions; wrote {_TARGET.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
