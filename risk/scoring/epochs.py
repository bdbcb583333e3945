"""Epochs: spans of log time of one length, each of which is scored by one model.

Their borders are multiples of the length since 1970, so that they follow from the clock alone. At a border all answers
settled before it are learnt; the resulting model scores the epoch that begins ``lag`` epochs later. So the scores of a
log do not depend on how fast it was read: a worker may be up to ``lag`` epochs ahead of the learner, and waits there.
"""

from dataclasses import dataclass
from typing import Final

from schemas.moments import DAY_MS, HOUR_MS
from schemas.settings.risk import RiskSettings

EPOCHS_A_HORIZON: Final = 90
"""Unless the length is set: one day at a horizon of 90 days."""

_LEAST_MS: Final = 1_000
"""As for a length that is set: every border costs a model, and a horizon of minutes would have millions."""


@dataclass(frozen=True, slots=True)
class Epochs:
    """Arithmetic of epochs; all instants are ms since 1970.

    Attributes:
        length_ms: Length of an epoch, ms.
        lag: Number of epochs between the border of a model and the epoch that it scores.
    """

    length_ms: int
    lag: int

    @classmethod
    def of(cls, risk: RiskSettings) -> "Epochs":
        """Return the epochs of the settings."""
        if risk.epoch_hours is None:
            length = round(risk.horizon_days * DAY_MS) // EPOCHS_A_HORIZON
        else:
            length = round(risk.epoch_hours * HOUR_MS)
        return cls(max(length, _LEAST_MS), risk.model_lag_epochs)

    def start(self, at: int) -> int:
        """Return the border at which the epoch of an instant begins."""
        return at - at % self.length_ms

    def after(self, at: int) -> int:
        """Return the first border after an instant."""
        return self.start(at) + self.length_ms

    def model_border(self, at: int) -> int:
        """Return the border of the model that scores an instant."""
        return self.start(at) - self.lag * self.length_ms

    def scored_from(self, border: int) -> int:
        """Return the first instant that the model of a border scores."""
        return self.after(border + self.lag * self.length_ms - 1)

    def scored_until(self, border: int) -> int:
        """Return the last instant that needs no model of a later border."""
        return self.after(border + self.lag * self.length_ms) - 1
