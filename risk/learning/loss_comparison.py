"""Running comparison of the log losses of several models, to decide when a challenger replaces the champion."""

from collections.abc import Sequence
from math import sqrt
from typing import Final

_WINDOWS: Final = (2_000, 20_000)
"""Least and largest window of losses, in evaluated answers; otherwise a third of them. A window shorter than the
seasons of a business would favour whichever model fits the latest one."""

_MARGIN: Final = 0.003
"""A challenger must lead by this, nats, after at least half a window and half a horizon,"""

_ERRORS: Final = 3.0
"""and by this many standard errors."""


class LossComparison:
    """Compares models with the champion over a window of evaluated answers.

    Attributes:
        evaluated: Number of answers evaluated.
        losses: Mean log loss of each model over the window, nats.
        changed_at: Number of answers that were evaluated when the champion last changed.
        since: Time of the first question evaluated since then, ms since 1970.
        leads: Mean of the champion's loss minus each model's since then, over at most the window.
        squared_leads: Mean of the squares of these differences.
    """

    def __init__(self, models: int, horizon_ms: int) -> None:
        """Start with nothing evaluated.

        Args:
            models: Number of models.
            horizon_ms: Horizon of the questions, ms.
        """
        self.evaluated = 0
        self.losses = [0.0] * models
        self.changed_at = 0
        self.since = 0
        self.leads = [0.0] * models
        self.squared_leads = [0.0] * models
        self._horizon_ms = horizon_ms

    def update(self, losses: Sequence[float], champion: int, asked_at: int) -> int | None:
        """Add the losses of one answer.

        Args:
            losses: Of each model, nats.
            champion: Index of the champion.
            asked_at: Time of the question, ms since 1970.

        Returns:
            Index of the model that should be champion from now on; None for no change.
        """
        if self.evaluated == self.changed_at:
            self.since = asked_at
        self.evaluated += 1
        window = min(max(self.evaluated // 3, _WINDOWS[0]), _WINDOWS[1])
        answers = min(self.evaluated - self.changed_at, window)
        self.losses = _means(self.losses, losses, min(self.evaluated, window))
        leads = [losses[champion] - loss for loss in losses]
        self.leads = _means(self.leads, leads, answers)
        self.squared_leads = _means(self.squared_leads, [lead * lead for lead in leads], answers)
        lead = max(self.leads)
        best = self.leads.index(lead)
        error = sqrt(max(self.squared_leads[best] - lead * lead, 0.0) / answers)
        long_enough = 2 * answers >= window and 2 * (asked_at - self.since) >= self._horizon_ms
        return best if long_enough and lead > max(_MARGIN, _ERRORS * error) else None

    def restart(self) -> None:
        """Restart the comparison after a change of the champion; the losses stay."""
        self.changed_at = self.evaluated
        self.leads = [0.0] * len(self.leads)
        self.squared_leads = [0.0] * len(self.leads)


def _means(means: Sequence[float], values: Sequence[float], count: int) -> list[float]:
    """Return means over ``count`` values, each updated by one more value."""
    return [mean + (value - mean) / count for mean, value in zip(means, values, strict=True)]
