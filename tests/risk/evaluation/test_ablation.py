from math import isclose

import pytest

from bench.risk.ablation import MEANINGLESS, quality_without, risk_after
from bench.risk.businesses import CDS, OF_EVERYTHING
from risk.evaluation.quality import PredictionQuality
from tests.kit.suite.cases import cases

pytestmark = pytest.mark.takes(20)

_SEED = 3
_SHARE = cases(40, usual=12) / 100
"""Of the customers of docs/risk.md."""


@pytest.fixture(scope="module")
def risks() -> dict[str, float]:
    """Return the mean risk by the latest event."""
    return risk_after(OF_EVERYTHING.smaller(_SHARE), _SEED)


@pytest.fixture(scope="module")
def qualities() -> dict[tuple[str, str], PredictionQuality]:
    """Return the quality by variant of the history and kind of moment."""
    names = ("everything", "without returns", "without contacts", "without judgement")
    return {(name, asked): one for name, asked, one in quality_without(OF_EVERYTHING.smaller(_SHARE), _SEED, names)}


@pytest.mark.parametrize("happening", ["unresolved complaint", "defective return", "agent expects leaving"])
def test_the_causes_of_leaving_raise_the_risk(risks: dict[str, float], happening: str) -> None:
    assert risks[happening] > risks["nothing"] + 0.15


@pytest.mark.parametrize("happening", ["resolved contact", "return of a wrong size"])
def test_harmless_events_hardly_raise_the_risk(risks: dict[str, float], happening: str) -> None:
    assert risks[happening] < risks["nothing"] + 0.07


@pytest.mark.parametrize(
    ("without", "asked"),
    [
        ("without returns", "after a return"),
        ("without contacts", "after a contact"),
        ("without judgement", "after a contact"),
    ],
)
def test_each_helps_where_it_should(
    qualities: dict[tuple[str, str], PredictionQuality], without: str, asked: str
) -> None:
    assert qualities["everything", asked].log_loss < qualities[without, asked].log_loss - 0.02


def test_where_they_mean_nothing_nothing_is_lost() -> None:
    told = quality_without(MEANINGLESS.smaller(_SHARE), _SEED, ("everything", "purchases alone"))
    monthly = [one.log_loss for _, asked, one in told if asked == "everyone, monthly"]

    assert monthly[0] == pytest.approx(monthly[1], abs=0.005)


def test_where_there_are_none_nothing_at_all_changes() -> None:
    told = quality_without(CDS.smaller(cases(10, usual=3) / 100), _SEED, ("everything", "purchases alone"))
    losses = [one.log_loss for _, _, one in told]

    assert isclose(losses[0], losses[1])
