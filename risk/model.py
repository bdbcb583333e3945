"""A published model answers: standardise, clip, weigh, add up."""

from math import exp
from typing import Final

from customers.features import FEATURE_GROUPS, FEATURE_SET, Features
from schemas.records import Model

CLIP: Final = 6.0
"""Standardised features further out than this say no more than that they are far out."""

GROUPS: Final = tuple(dict.fromkeys(FEATURE_GROUPS.values()))
_GROUP_OF: Final = tuple(GROUPS.index(group) for group in FEATURE_GROUPS.values())


class ModelRefused(ValueError):  # noqa: N818 - named for what happens to it
    """A published model does not fit this program's features or horizon."""


class Scorer:
    """Gives the log-odds of leaving, and what each group of features adds to them.

    The arithmetic is that of River's ``StandardScaler | LogisticRegression`` with clipping between; a test holds the
    two equal. It is written out because it runs for every customer on every page.
    """

    def __init__(self, model: Model, horizon_days: float) -> None:
        """Take a model into use.

        Args:
            model: As published.
            horizon_days: The horizon asked about here.

        Raises:
            ModelRefused: It was learnt on other features or for another horizon.
        """
        if model.feature_set != FEATURE_SET:
            raise ModelRefused(f"model {model.version} was learnt on features {model.feature_set}, not {FEATURE_SET}")
        if model.horizon_days != horizon_days:
            raise ModelRefused(
                f"model {model.version} answers for {model.horizon_days:g} days, not for {horizon_days:g}"
            )
        self.version = model.version
        self.examples = model.examples
        self._intercept = model.intercept
        scales = [variance**-0.5 if variance > 0.0 else 0.0 for variance in model.variances]
        self._terms = tuple(zip(model.means, scales, model.weights, _GROUP_OF, strict=True))

    def log_odds(self, features: Features) -> tuple[float, list[float]]:
        """Log-odds of leaving, and their parts in the order of ``GROUPS``; the average customer's parts are zero."""
        parts = [0.0] * len(GROUPS)
        for value, (mean, scale, weight, group) in zip(features, self._terms, strict=True):
            standardised = (value - mean) * scale
            if standardised > CLIP:
                standardised = CLIP
            elif standardised < -CLIP:
                standardised = -CLIP
            parts[group] += weight * standardised
        return self._intercept + sum(parts), parts


def probability(log_odds: float) -> float:
    """The probability with these log-odds, without overflow."""
    if log_odds >= 0.0:
        return 1.0 / (1.0 + exp(-log_odds)) if log_odds < 700.0 else 1.0  # noqa: PLR2004 - exp's range
    odds = exp(log_odds) if log_odds > -700.0 else 0.0  # noqa: PLR2004
    return odds / (1.0 + odds)
