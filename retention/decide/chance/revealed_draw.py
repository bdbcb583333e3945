"""Revealed draw: what a customer's decisions of a season have shown of the number that decides who is held out.

This is the reckoning of :mod:`retention.effects.holdout` for one customer, decision by decision, as it is kept in the
state.
"""

from math import floor

import msgspec

from schemas.moments import DAY_MS


class RevealedDraw(msgspec.Struct, array_like=True, frozen=True):
    """Bounds between which a customer's draw of a season is known to lie.

    Attributes:
        season: Number of the season.
        low: Lower bound.
        high: Upper bound.
    """

    season: int
    low: float = 0.0
    high: float = 1.0

    def share_given(self, share: float) -> float:
        """Return the probability of being held out from an action with this holdout share."""
        if share >= self.high:
            return 1.0
        return max((share - self.low) / (self.high - self.low), 0.0)

    def after(self, share: float, *, held_out: bool) -> "RevealedDraw":
        """Return what is known after a decision.

        Args:
            share: Holdout share of the action decided.
            held_out: True if the customer was held out from it.
        """
        if held_out:
            return RevealedDraw(self.season, self.low, min(self.high, share))
        return RevealedDraw(self.season, max(self.low, share), self.high)


def revealed_in(season: int, before: RevealedDraw | None) -> RevealedDraw:
    """Return what is known of the draw of a season by an earlier decision: nothing where that was in another one."""
    return before if before is not None and before.season == season else RevealedDraw(season)


def season_of(moment: int, season_days: float) -> int:
    """Return the number of the season of an instant.

    Args:
        moment: ms since 1970.
        season_days: Length of a season, days.
    """
    return floor(moment / (season_days * DAY_MS))
