"""The four kinds of customers that are treated differently."""

from schemas.records import LifeCycle, Segment, ValueTier
from schemas.settings import SegmentSettings


def segment_of(risk: float, life_cycle: LifeCycle, value_tier: ValueTier, settings: SegmentSettings) -> Segment:
    """Which kind a customer is.

    Args:
        risk: Probability of leaving.
        life_cycle: Who is gone can only be won back.
        value_tier: What that is worth; empty for who never bought.
        settings: From which risk on a customer is likely to leave.
    """
    if value_tier not in {"high", "middle"}:
        return "let_be"
    if life_cycle == "gone":
        return "win_back"
    if risk < settings.high_risk:
        return "look_after"
    return "keep_at_all_costs" if value_tier == "high" else "win_back"
