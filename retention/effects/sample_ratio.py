"""Sample-ratio check: the share of customers held out must be the one that was set.

If it is not, decisions or outcomes are lost on one side, and no effect can be trusted (Fabijan et al., "Diagnosing
sample ratio mismatch", KDD 2019). The check is watched for ever, so it alarms by an always-valid interval, with the
variance that the known probabilities give: what was found among few decisions says little of it, and nothing as long as
none of them is held out.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import ndtr

from retention.effects.intervals import always_valid_factor
from retention.outcomes.log import DecisionLog

ALARM_ALPHA: Final = 0.001
"""Probability of ever alarming although nothing is wrong."""


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Share of decisions held out, beside the share expected.

    Attributes:
        decisions: Number of decisions of which the holdout was open.
        expected: Mean of the known probabilities of being held out.
        found: Share that was held out.
        p_value: Probability of a difference at least as large by chance, for a single look.
        is_mismatch: True if the always-valid interval of the difference excludes zero.
    """

    decisions: int
    expected: float
    found: float
    p_value: float
    is_mismatch: bool


def sample_ratio(log: DecisionLog) -> SampleRatio:
    """Check one action's decisions.

    Args:
        log: Its decisions as two arms; see ``retention.outcomes.log.treated_or_held_out``.
    """
    if not len(log):
        return SampleRatio(0, 0.0, 0.0, 1.0, is_mismatch=False)
    expected, found = log.probability[:, 0], (log.done == 0).astype(np.float64)
    spread = float(np.sqrt((expected * (1.0 - expected)).sum()))
    off_by = abs(float((found - expected).sum()))
    return SampleRatio(
        decisions=len(log),
        expected=float(expected.mean()),
        found=float(found.mean()),
        p_value=float(2.0 * ndtr(-off_by / spread)),
        is_mismatch=off_by > always_valid_factor(len(log), ALARM_ALPHA) * spread,
    )
