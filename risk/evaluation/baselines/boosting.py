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
    """Return the library; None if it is not installed or cannot be loaded."""
    try:
        return import_module("lightgbm")
    except (ImportError, OSError):
        return None


class Boosting:
    """Boosted trees on all features.

    Attributes:
        name: Name in the report.
        note: Short description in the report.
    """

    name: Final = "gradient boosting"
    note: Final = "LightGBM on all features, refitted monthly"

    def __init__(self, lightgbm: ModuleType) -> None:
        """Start without trees.

        Args:
            lightgbm: The LightGBM library.
        """
        self._lightgbm = lightgbm
        self._booster: Any = None
        self._share = 0.5

    def fit(self, past: Past) -> None:
        """Grow new trees."""
        self._share = past.share
        if len(past.left) >= _FEWEST and 0.0 < past.share < 1.0:
            data = self._lightgbm.Dataset(past.features, past.left.astype(np.float64))
            self._booster = self._lightgbm.train(_PARAMETERS, data, _ROUNDS)

    def risks(self, decisions: UnlabelledDecisions) -> Numbers:
        """Return the probabilities of leaving; the share of leavers so far before there are trees."""
        if self._booster is None:
            return np.full(len(decisions.features), self._share)
        return np.asarray(self._booster.predict(decisions.features), dtype=np.float64)
