"""The four kinds of customers that are treated differently."""

from schemas.records import Segment
from schemas.settings import SegmentSettings


def segment_of(risk: float, margin: float, settings: SegmentSettings) -> Segment:
    """Which kind a customer is.

    Args:
        risk: Probability of leaving.
        margin: Expected in a year, reporting currency.
        settings: Where customers are told apart.
    """
    if margin >= settings.high_value:
        return "keep_at_all_costs" if risk >= settings.high_risk else "look_after"
    return "win_back" if risk >= settings.high_risk and margin > 0.0 else "let_be"
