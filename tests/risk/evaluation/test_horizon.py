from risk.evaluation.horizon import proposal_text, propose_horizon
from schemas.moments import DAY_MS
from tests.risk.histories import day, drawing


def _rhythm(gap_days: float, customers: int = 40) -> dict[str, list[int]]:
    random_ = drawing(2)
    bought = {}
    for number in range(customers):
        moments, at = [], 0.0
        while at < 700:
            moments.append(day(at))
            at += max(1.0, random_.gauss(gap_days, gap_days / 4))
        bought[str(number)] = moments
    return bought


def test_weekly_shoppers_get_a_short_horizon_and_monthly_ones_a_longer_one() -> None:
    assert propose_horizon(_rhythm(7), day(700)).days == 14
    assert propose_horizon(_rhythm(30), day(700)).days == 45


def test_most_returning_customers_return_within_the_proposed_horizon() -> None:
    proposal = propose_horizon(_rhythm(20), day(700))

    assert proposal.days is not None
    assert proposal.returned(proposal.days) >= 0.8
    assert f"Proposed horizon: {proposal.days} days" in proposal_text(proposal)


def test_too_few_gaps_propose_nothing() -> None:
    assert propose_horizon({}, 0).days is None
    assert "too few" in proposal_text(propose_horizon({"a": [day(0), day(0) + DAY_MS]}, day(100)))
