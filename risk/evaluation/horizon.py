"""Proposes a horizon for a history: long enough that customers who are silent for that long have mostly left."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from risk.evaluation.quality import Numbers
from schemas.moments import DAY_MS

_RETURNED: Final = 0.8
"""Share of returning customers who return within the horizon: a longer one adds little and delays every answer."""

_FEWEST: Final = 50
_ROUND: Final = (7, 14, 21, 30, 45, 60, 90, 120, 180, 270, 365, 540, 730)


@dataclass(frozen=True, slots=True)
class HorizonProposal:
    """Horizon derived from the gaps between purchases.

    Attributes:
        days: The proposed horizon, days; None if there are too few gaps.
        gaps: Gaps between a customer's purchases on different days, days, sorted, shape (n,).
    """

    days: int | None
    gaps: Numbers

    def returned(self, days: float) -> float:
        """Return the share of gaps of at most a number of days."""
        return float(np.searchsorted(self.gaps, days, side="right") / max(len(self.gaps), 1))


def propose_horizon(bought: Mapping[str, Sequence[int]], until: int) -> HorizonProposal:
    """Propose a horizon from the gaps between purchases.

    The end of the history hides long gaps; so only gaps that start in its first half count, and up to half its length,
    since all of these are visible.

    Args:
        bought: Sorted moments of each customer's purchases, ms since 1970.
        until: Last moment of the history, ms since 1970.
    """
    times = [np.asarray(moments, dtype=np.int64) for moments in bought.values() if len(moments)]
    first = min((int(moments[0]) for moments in times), default=until)
    middle = first + (until - first) // 2
    found = [np.diff(moments)[moments[:-1] <= middle] for moments in times]
    gaps = np.sort(np.concatenate(found)) / DAY_MS if found else np.zeros(0)
    gaps = gaps[(gaps >= 1.0) & (gaps <= (until - middle) / DAY_MS)]
    if len(gaps) < _FEWEST:
        return HorizonProposal(None, gaps)
    wanted = float(np.quantile(gaps, _RETURNED))
    return HorizonProposal(next((days for days in _ROUND if days >= wanted), _ROUND[-1]), gaps)


def proposal_text(proposal: HorizonProposal) -> str:
    """Return the proposal in words."""
    if proposal.days is None:
        return f"No horizon can be proposed: {len(proposal.gaps)} gaps between purchases are too few."
    median = float(np.median(proposal.gaps))
    return (
        f"Proposed horizon: {proposal.days} days. Of {len(proposal.gaps):,} gaps between purchases half were over "
        f"after {median:.0f} days and {proposal.returned(proposal.days):.0%} after {proposal.days}."
    )
