"""Interval for a single look that covers where few customers buy, or few are held out.

Where of those held out few or none have bought, neither the large amounts that are still to come nor the lucky absence
of them is in the mean or its error, and the normal interval covers 62 to 93 instead of 95 of 100 (measured). For rates,
Agresti and Caffo ("Simple and effective confidence intervals for proportions and differences of proportions", American
Statistician 2000) add one success and one failure to each arm. Here each arm gets one customer who bought the mean
amount, with the mean square of amounts, and one who bought nothing. From a hundred buyers on it hardly matters.
"""

from math import sqrt

import numpy as np
from scipy.special import ndtri

from retention.effects.intervals import Estimate, Interval
from retention.outcomes.columns import Flags, Vector


def interval_with_few_buyers(
    estimate: Estimate, margin: Vector, bought: Flags, held_out_probability: Vector
) -> Interval | None:
    """Return the interval for a single look of an effect on margins; None where nobody bought, or with one customer.

    Args:
        estimate: Mean of gain scores of the decisions, with its error.
        margin: Margin of each decision, shape (decisions,).
        bought: True for decisions after which the customer bought, shape (decisions,).
        held_out_probability: Probability of being held out, given the past, above 0 and below 1, shape (decisions,).
    """
    if not bought.any() or not np.isfinite(estimate.error):
        return None
    number, amounts = len(margin), margin[bought]
    ghosts, told = 1.0 / held_out_probability, 1.0 / (1.0 - held_out_probability)
    centre = estimate.value - float(amounts.mean()) * float(ghosts.mean() - told.mean()) / number
    added = float((amounts * amounts).mean()) * float((ghosts * ghosts + told * told).mean())
    half = -float(ndtri(estimate.alpha / 2.0)) * sqrt(estimate.error**2 + added / number**2)
    return Interval(centre - half, centre + half)
