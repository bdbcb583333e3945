"""Each baseline computes what its source says."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from customers.features.feature_names import FEATURE_NAMES
from risk.evaluation.baselines.bgnbd import BgNbd, log_likelihood
from risk.evaluation.baselines.comparison import months
from risk.evaluation.baselines.logistic import Logistic
from risk.evaluation.baselines.past import Past, UnlabelledDecisions
from risk.evaluation.baselines.purchases import PurchaseHistory, PurchaseSummary
from schemas.moments import DAY_MS, from_ms
from tests.risk.histories import START_MS, day, drawing

_HORIZON = 30.0

Times = dict[str, list[int]]


def test_the_batch_logistic_regression_finds_the_weights_that_made_the_answers() -> None:
    generator, names = np.random.default_rng(1), FEATURE_NAMES[:10]
    features = generator.normal(size=(2_000 * len(names), len(FEATURE_NAMES)))
    truth = 1.0 / (1.0 + np.exp(-(0.5 + features[:, 0] - 2.0 * features[:, 3])))
    nobody = PurchaseSummary(*np.empty((3, 0)))
    baseline = Logistic("batch logistic", "", names)

    baseline.fit(Past(0, features, generator.random(len(truth)) < truth, nobody, _HORIZON))

    assert np.abs(baseline.risks(UnlabelledDecisions(features, nobody)) - truth).mean() < 0.01


def _likelihood(parameters: Sequence[float], gaps: Sequence[float], silence: float) -> float:
    """Return the likelihood of purchases and silence, by integrating over rates and probabilities of leaving."""
    r, alpha, a, b = parameters

    def of_pace(pace: float) -> float:
        density = alpha**r * pace ** (r - 1.0) * np.exp(-alpha * pace)
        return float(density * np.prod([pace * np.exp(-pace * gap) for gap in gaps]))

    def of_leaving(chance: float) -> tuple[float, float]:
        density = chance ** (a - 1.0) * (1.0 - chance) ** (b - 1.0)
        stayed = density * (1.0 - chance) ** len(gaps)
        return stayed, density * chance * (1.0 - chance) ** (len(gaps) - 1) if gaps else 0.0

    still = quad(lambda pace: of_pace(pace) * np.exp(-pace * silence), 0, np.inf)[0]
    ever = quad(of_pace, 0, np.inf)[0]
    stayed, left = (quad(lambda chance, part=part: of_leaving(chance)[part], 0, 1)[0] for part in (0, 1))
    return float(still * stayed + ever * left)


@pytest.mark.parametrize("gaps", [(), (3.0,), (2.0, 5.0, 1.0)])
def test_the_likelihood_of_purchases_is_that_of_the_model_written_out(gaps: tuple[float, ...]) -> None:
    parameters = (1.5, 8.0, 1.4, 2.5)
    customers = PurchaseSummary(
        np.full(2, float(len(gaps))), np.full(2, sum(gaps)), np.array([sum(gaps) + 4.0, sum(gaps) + 24.0])
    )

    now, later = np.exp(log_likelihood(np.array(parameters), customers))

    assert later / now == pytest.approx(_likelihood(parameters, gaps, 24.0) / _likelihood(parameters, gaps, 4.0))


def test_bg_nbd_predicts_customers_who_follow_its_assumptions() -> None:
    draw, horizon, watched = drawing(3), 40.0, 200.0
    times: Times = {}
    for number in range(3000):
        pace, chance, on = draw.gammavariate(1.5, 1 / 60.0), draw.betavariate(1.0, 3.0), draw.uniform(0.0, 60.0)
        bought = [on, on + draw.expovariate(pace)]
        while draw.random() > chance and bought[-1] < watched + horizon:
            bought.append(bought[-1] + draw.expovariate(pace))
        times[str(number)] = [day(moment) for moment in bought]
    purchases, baseline = PurchaseHistory.of(times), BgNbd()
    none = np.empty((0, len(FEATURE_NAMES)))

    customers = purchases.everyone(day(watched))
    baseline.fit(Past(day(watched), none, np.empty(0, dtype=np.bool_), customers, horizon))
    risks = baseline.risks(UnlabelledDecisions(np.empty((len(times), 0)), customers))

    left = [not any(day(watched) < moment <= day(watched + horizon) for moment in bought) for bought in times.values()]
    order = np.argsort(risks)
    for part in np.array_split(order, 5):
        assert risks[part].mean() == pytest.approx(np.mean(np.array(left)[part]), abs=0.06)


def test_several_purchases_of_a_day_are_one_and_later_ones_are_not_seen() -> None:
    purchases = PurchaseHistory.of({"a": [day(0.2), day(0.9), day(5.1), day(9.0)], "b": [day(7)]})

    seen = purchases.summary(["a", "a", "b"], [day(0.2), day(6), day(6)])

    np.testing.assert_allclose(seen.repeats, [0, 1, np.nan])
    np.testing.assert_allclose(seen.latest, [0, 5, np.nan])
    np.testing.assert_allclose(seen.watched, [0.2, 6, np.nan])
    assert len(purchases.everyone(day(6)).repeats) == 1


def test_months_lie_end_to_end_and_begin_at_midnight_on_the_first() -> None:
    at = START_MS + np.arange(0, 400, 3, dtype=np.int64) * DAY_MS

    found = list(months(at))

    assert all(one.stop == other.start for (_, one), (_, other) in pairwise(found))
    assert (found[0][1].start, found[-1][1].stop) == (0, len(at))
    for begins, place in found:
        assert from_ms(begins).isoformat().endswith("-01T00:00:00+00:00")
        assert {from_ms(int(one)).strftime("%Y-%m") for one in at[place]} == {from_ms(begins).strftime("%Y-%m")}
