"""Backtests of histories with a hole: it is named, and what was not heard is not learnt."""

import msgspec
import numpy as np
import pytest

from deploy.simulator import shop_events
from risk.evaluation.decision_schedule import AtPurchases
from risk.evaluation.quality import quality_of
from schemas.events.history import decode_history
from schemas.events.interaction import Interaction
from schemas.moments import DAY_MS, to_ms
from schemas.settings.risk import MoneySettings, RiskSettings
from tests.kit.suite.cases import cases
from tests.risk.histories import START, START_MS, play

pytestmark = pytest.mark.takes(15)

RISK = RiskSettings(horizon_days=30.0, epoch_hours=24)
HOLE_STARTS = START_MS + 150 * DAY_MS
HOLE_ENDS = HOLE_STARTS + 60 * DAY_MS


@pytest.fixture(scope="module")
def shop() -> list[Interaction]:
    """A simulated shop of four hundred days."""
    events = shop_events(seed=3, customers=cases(500, usual=250), start=START, days=400)
    read = decode_history(map(msgspec.json.encode, events), MoneySettings().rates, 10**6)
    return [one for one in read if isinstance(one, Interaction)]


def _risks(history: list[Interaction]) -> dict[tuple[int, str], tuple[float, bool]]:
    """Return the risks at purchases that have a label, and the labels, by moment and customer."""
    backtest, scores = play(history, AtPurchases(), RISK)
    labelled = ((one.decision, one.risk, backtest.label(one.decision)) for one in scores)
    return {(at.at, at.customer_id): (risk, label) for at, risk, label in labelled if label is not None}


def test_a_hole_of_sixty_days_costs_little_once_it_is_over(shop: list[Interaction]) -> None:
    holed = [one for one in shop if not HOLE_STARTS <= to_ms(one.stamped_at) < HOLE_ENDS]

    whole, found = _risks(shop), _risks(holed)
    common = [name for name in whole if name[0] > HOLE_ENDS + 30 * DAY_MS and name in found]
    losses = [
        quality_of(np.array([own[name][0] for name in common]), np.array([own[name][1] for name in common])).log_loss
        for own in (whole, found)
    ]

    assert len(common) > 1_000
    assert losses[1] <= losses[0] + 0.02


def test_a_hole_is_named_and_questions_over_it_are_void(shop: list[Interaction]) -> None:
    holed = [one for one in shop if one.type != "purchase" or not HOLE_STARTS <= to_ms(one.stamped_at) < HOLE_ENDS]

    backtest, _ = play(holed, AtPurchases(), RISK)

    ((topic, hole),) = backtest.feed.known()
    missing = sum(one.type == "purchase" and HOLE_STARTS <= to_ms(one.stamped_at) < HOLE_ENDS for one in shop)
    assert topic == "purchases"
    assert abs(hole.start - HOLE_STARTS) <= DAY_MS
    assert abs(hole.end - HOLE_ENDS) <= DAY_MS
    assert hole.missing == pytest.approx(missing, rel=0.25)
    assert backtest.void > 0
