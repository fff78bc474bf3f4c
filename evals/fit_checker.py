"""Fits `assistant/checker.toml` on the dev gold: `python -m evals.fit_checker`.

Two logistic regressions over what the trained model and the rules say: of a sentence and a passage,
and of a point and an answer. Prints what ten-fold cross-validation gives before it writes.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import cohen_kappa_score, f1_score
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

from assistant import grading, grounding
from assistant.config import load_settings
from assistant.grounding import Passage, plain_sentence
from assistant.pipeline import Assistant
from assistant.reply import read_reply
from assistant.schema import Vectors
from evals.gold import load
from evals.rows import GradingRow, SupportRow

_TARGET = Path(__file__).parents[1] / "assistant" / "checker.toml"
_STRENGTH = 0.1  # of the fit; smaller keeps the weights nearer to zero
# Precision that a class must have in cross-validation to be believed.
_PRECISION = {"supported": 0.9, "contradicted": 0.9}


def support_rows(assistant: Assistant) -> tuple[Vectors, list[str]]:
    """Features (n, features) and relations of the dev pairs."""
    services = assistant.services()
    rows, labels = [], []
    for row in load("support.dev", SupportRow, assistant.settings.data_dir):
        entry = services.taxonomy.by_id[row.entry]
        passage = Passage(row.passage, entry.path, row.entry)
        rows.append(services.checker.features(plain_sentence(row.sentence), [passage])[0])
        labels.append(row.relation)
    return np.array(rows), list(labels)


def grading_rows(assistant: Assistant) -> tuple[Vectors, list[str]]:
    """Features (n, features) and verdicts of the points of the dev answers that state something."""
    grader = assistant.grader()
    rows: list[Vectors] = []
    labels: list[str] = []
    for row in load("grading.dev", GradingRow, assistant.settings.data_dir):
        reply = read_reply(row.question, row.answer)
        if reply.text:
            rows.append(grader.features(row.question, row.points, reply)[0])
            labels += row.verdicts
    return np.concatenate(rows), labels


def fit(
    name: str, columns: Sequence[str], classes: Sequence[str], x: Vectors, labels: Sequence[str]
) -> list[str]:
    """Fit one regression.

    Returns:
        Its table in TOML.
    """
    y = np.array([classes.index(label) for label in labels])
    scaler = StandardScaler().fit(x)
    scaled = scaler.transform(x)
    chances = np.zeros((len(y), len(classes)))
    for seed in range(5):
        for train, held in StratifiedKFold(10, shuffle=True, random_state=seed).split(scaled, y):
            model = LogisticRegression(C=_STRENGTH, max_iter=2000).fit(scaled[train], y[train])
            chances[held] += model.predict_proba(scaled[held]) / 5
    said = chances.argmax(axis=1)
    print(f"{name}: {len(y)} rows, macro-F1 {f1_score(y, said, average='macro'):.3f}, "
          f"kappa {cohen_kappa_score(y, said):.3f}; the model alone "
          f"{_alone(x, y, len(classes)):.3f}")  # fmt: skip
    model = LogisticRegression(C=_STRENGTH, max_iter=2000).fit(scaled, y)
    weights = (model.coef_ / scaler.scale_).T  # (features, classes)
    intercept = model.intercept_ - scaler.mean_ @ weights
    lines = [f"[{name}]", f"intercept = {_listed(intercept)}"]
    if name == "support":
        for wanted, precision in _PRECISION.items():
            place = classes.index(wanted)
            threshold = _threshold(chances[:, place], y == place, precision)
            lines.append(f"thresholds.{wanted} = {threshold:.3f}")
    lines.append(f"[{name}.weights]")
    lines += [f"{c} = {_listed(row)}" for c, row in zip(columns, weights, strict=True)]
    return lines


def _alone(x: Vectors, y: Vectors, classes: int) -> float:
    """Macro-F1 (support) or kappa (grading) of the model's own likeliest relation."""
    said = x[:, :4].argmax(axis=1)
    if classes == 4:
        return float(cohen_kappa_score(y, said))
    return float(f1_score(y, np.array([0, 2, 1, 2])[said], average="macro"))


def _threshold(chances: Any, true: Any, precision: float) -> float:
    """The lowest chance from which on that share of what is believed is true."""
    found = 1.0
    for chance in np.sort(chances)[::-1]:
        if true[chances >= chance].mean() >= precision:
            found = float(chance)
    recall = true[chances >= found].sum() / true.sum()
    print(f"  from {found:.3f}: precision {true[chances >= found].mean():.3f}, recall {recall:.3f}")
    return found


def _listed(values: Vectors) -> str:
    return "[" + ", ".join(f"{value:.4f}" for value in values) + "]"


def main() -> int:
    """Fit both, write the file."""
    assistant = Assistant(load_settings())
    lines = [
        "# Logistic regressions over what the checker's model and the rules say, fitted on dev by",
        "# `python -m evals.fit_checker`. Not to be edited by hand.",
        *fit("support", grounding.FEATURES, grounding.SUPPORT, *support_rows(assistant)),
        *fit("grading", grading.FEATURES, grading.VERDICTS, *grading_rows(assistant)),
    ]
    _TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assistant.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
