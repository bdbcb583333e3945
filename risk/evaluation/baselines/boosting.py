"""Gradient-boosted trees (LightGBM, Ke et al., NeurIPS 2017), when the extra ``compare`` is installed."""

from importlib import import_module
from types import ModuleType
from typing import Any, Final

import numpy as np

from risk.evaluation.baselines.past import Past, UnlabelledDecisions
from risk.evaluation.quality import Numbers

_ROUNDS: Final = 150
_FEWEST: Final = 200
"""Trees on fewer answers learn noise."""

_PARAMETERS: Final = {
    "objective": "binary",
    "learning_rate": 0.05,
    "num_leaves": 15,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.8,
    "lambda_l2": 1.0,
    "seed": 1,
    "deterministic": True,
    "num_threads": 1,
    "force_row_wise": True,
    "verbosity": -1,
}


def load_lightgbm() -> ModuleType | None:
    """The library; None where it is not installed, or cannot be loaded on this machine."""
    try:
        return import_module("lightgbm")
    except (ImportError, OSError):
        return None


class Boosting:
    """Boosted trees on all features.

    Attributes:
        name: On the page.
        note: What it is, in few words.
    """

    name: Final = "gradient boosting"
    note: Final = "LightGBM on all features, refitted monthly"

    def __init__(self, lightgbm: ModuleType) -> None:
        """Begin with nothing learnt.

        Args:
            lightgbm: The library.
        """
        self._lightgbm = lightgbm
        self._booster: Any = None
        self._share = 0.5

    def fit(self, past: Past) -> None:
        """Grow the trees anew."""
        self._share = past.share
        if len(past.left) >= _FEWEST and 0.0 < past.share < 1.0:
            data = self._lightgbm.Dataset(past.features, past.left.astype(np.float64))
            self._booster = self._lightgbm.train(_PARAMETERS, data, _ROUNDS)

    def risks(self, asked: UnlabelledDecisions) -> Numbers:
        """The share that has left so far before there are trees."""
        if self._booster is None:
            return np.full(len(asked.features), self._share)
        return np.asarray(self._booster.predict(asked.features), dtype=np.float64)
