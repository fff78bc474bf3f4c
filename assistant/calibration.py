"""From what model and rules say to chances that mean what they say: fitted on dev, in a file."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np

from assistant.schema import Vectors

_FILE = Path(__file__).with_name("checker.toml")


@dataclass(frozen=True)
class Calibration:
    """Multinomial logistic regression.

    Attributes:
        features: Names, in the order of the columns.
        weights: float32 of shape (features, classes).
        intercept: float32 of shape (classes).
        thresholds: Chance from which a class is believed, by its name; the rest have none.
    """

    features: tuple[str, ...]
    weights: Vectors
    intercept: Vectors
    thresholds: Mapping[str, float]

    @staticmethod
    def load(name: str, file: Path = _FILE) -> Calibration:
        """The one of that name in `checker.toml`, written by `evals/fit_checker.py`."""
        table = tomllib.loads(file.read_text(encoding="utf-8"))[name]
        rows = np.array(list(table["weights"].values()), np.float32)
        return Calibration(
            tuple(table["weights"]),
            rows,
            np.array(table["intercept"], np.float32),
            table.get("thresholds", {}),
        )

    def chances(self, rows: Vectors) -> Vectors:
        """Features (n, features) → chances of the classes (n, classes)."""
        scores = rows @ self.weights + self.intercept
        shifted = np.exp(scores - scores.max(axis=1, keepdims=True))
        return cast(Vectors, shifted / shifted.sum(axis=1, keepdims=True))
