"""Baselines see exactly what was known, and are compared on the decisions of the model."""

import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import rankdata

from customers.features.feature_names import FEATURE_NAMES
from risk.evaluation.baselines import BaselineComparison, compare
from risk.evaluation.baselines.boosting import Boosting, load_lightgbm
from risk.evaluation.baselines.comparison import Baseline, evaluate_monthly, months, simple_baselines
from risk.evaluation.baselines.logistic import Logistic
from risk.evaluation.baselines.past import BacktestHistory, Past, UnlabelledDecisions
from risk.evaluation.baselines.purchases import PurchaseHistory, PurchaseSummary
from risk.evaluation.decision_schedule import OnCalendar
from risk.evaluation.results import Results, collect
from schemas.moments import DAY_MS
from schemas.settings.risk import RiskSettings
from streams.backtest.report import Run, tell_comparison, write_page
from tests.kit.debian_packages import require_library
from tests.risk.histories import day, play, shop_history

_HORIZON = 30.0
_RISK = RiskSettings(horizon_days=_HORIZON, min_examples=200, epoch_hours=24)
_UNCHANGED = 12  # digits


Times = dict[str, list[int]]


def _quiet(_share: float) -> None:
    pass


def _baselines() -> list[Baseline]:
    lightgbm = load_lightgbm()
    return [*simple_baselines(), *([Boosting(lightgbm)] if lightgbm else [])]


@pytest.fixture(scope="module")
def shop() -> tuple[Run, Results, Times]:
    backtest, scores = play(shop_history(), OnCalendar("week"), _RISK)
    results = collect(scores, backtest.answer)
    return Run.of(backtest, _RISK, at="weekly", refused={}), results, backtest.purchases.times()


@pytest.fixture
def without_boosting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)


def _compared(shop: tuple[Run, Results, Times], progress: Callable[[float], None] = _quiet) -> BaselineComparison:
    run, results, times = shop
    comparison = compare(results, times, run.horizon_days, run.judged_since, progress)
    assert comparison is not None
    return comparison


@pytest.fixture(scope="module")
def compared(shop: tuple[Run, Results, Times]) -> tuple[BaselineComparison, list[float]]:
    """Return a comparison, and the progress that was told meanwhile."""
    told: list[float] = []
    return _compared(shop, told.append), told


def _walked(results: Results, times: Times, rows: NDArray[np.intp]) -> NDArray[np.float64]:
    return evaluate_monthly(BacktestHistory.of(results, times, _HORIZON), rows, _baselines(), _quiet)


@pytest.fixture(scope="module")
def said(shop: tuple[Run, Results, Times]) -> NDArray[np.float64]:
    """Return the risks of every baseline at the decisions that are judged."""
    run, results, times = shop
    return _walked(results, times, np.flatnonzero(results.since(run.judged_since)))


class _Watching:
    """A baseline that records what it was shown."""

    name = "watching"
    note = ""

    def __init__(self) -> None:
        self.pasts: list[Past] = []

    def fit(self, past: Past) -> None:
        self.pasts.append(past)

    def risks(self, asked: UnlabelledDecisions) -> NDArray[np.float64]:
        return np.full(len(asked.features), 0.5)


def test_baselines_see_exactly_the_answers_whose_horizon_had_passed_when_the_month_began(
    shop: tuple[Run, Results, Times],
) -> None:
    _, results, times = shop
    watching = _Watching()
    evaluate_monthly(BacktestHistory.of(results, times, _HORIZON), np.arange(len(results.at)), [watching], _quiet)

    for past in watching.pasts:
        closed = results.at + _HORIZON * DAY_MS <= past.at
        assert past.left.tolist() == (results.label[closed & results.matured] == 1).tolist()
    assert len(watching.pasts[-1].left) > len(watching.pasts[0].left) == 0


def test_answers_to_later_decisions_change_no_risk_before_their_horizon_has_passed(
    shop: tuple[Run, Results, Times], said: NDArray[np.float64]
) -> None:
    run, results, times = shop
    rows = np.flatnonzero(results.since(run.judged_since))
    begins, place = list(months(results.at[rows]))[1]
    not_yet = results.matured & (results.at + _HORIZON * DAY_MS > begins)
    turned = replace(results, label=np.where(not_yet, 1 - results.label, results.label).astype(np.int8))

    said_of_turned = _walked(turned, times, rows)

    assert not_yet.sum() > 100
    np.testing.assert_array_equal(said[:, place], said_of_turned[:, place])


def test_answers_that_were_known_do_change_the_risks(
    shop: tuple[Run, Results, Times], said: NDArray[np.float64]
) -> None:
    run, results, times = shop
    rows = np.flatnonzero(results.since(run.judged_since))
    turned = replace(results, label=np.where(results.matured, 1 - results.label, results.label).astype(np.int8))

    changed = np.abs(said - _walked(turned, times, rows)).max(axis=1) > 0.05
    assert [baseline.name for baseline, change in zip(_baselines(), changed, strict=True) if not change] == ["BG/NBD"]


def test_purchases_after_a_decision_change_no_risk_given_at_it(
    shop: tuple[Run, Results, Times], said: NDArray[np.float64]
) -> None:
    run, results, times = shop
    rows = np.flatnonzero(results.since(run.judged_since))
    last = int(results.at[rows][-1])
    known = {customer_id: [moment for moment in moments if moment <= last] for customer_id, moments in times.items()}

    bought = {customer_id: moments for customer_id, moments in known.items() if moments}
    np.testing.assert_array_equal(said, _walked(results, bought, rows))


def test_the_rules_quality_equals_a_direct_computation(
    shop: tuple[Run, Results, Times], compared: tuple[BaselineComparison, list[float]]
) -> None:
    run, results, _ = shop
    rule = next(method for method in compared[0].baselines if method.name == "rule")
    rows = (results.at >= run.judged_since) & (results.at + _HORIZON * DAY_MS <= run.last)
    left, said = results.label[rows] == 1, results.risk_by_rule[rows]

    pairs = [(a > b) + 0.5 * (a == b) for a in said[left] for b in said[~left]]
    assert rule.quality.auc == pytest.approx(np.mean(pairs))
    assert rule.quality.log_loss == pytest.approx(-np.mean(np.log(np.where(left, said, 1.0 - said))))
    assert rule.quality.brier == pytest.approx(np.mean((said - left) ** 2))
    assert rule.quality.count == rows.sum()


def test_recency_alone_ranks_as_recency_does_within_a_month(shop: tuple[Run, Results, Times]) -> None:
    run, results, times = shop
    rows = np.flatnonzero(results.since(run.judged_since))
    (said,) = evaluate_monthly(
        BacktestHistory.of(results, times, _HORIZON), rows, [Logistic("recency alone", "", ("log_recency",))], _quiet
    )

    for _, place in months(results.at[rows]):
        recency = results.features[rows[place], FEATURE_NAMES.index("log_recency")]
        np.testing.assert_array_equal(rankdata(said[place].round(_UNCHANGED)), rankdata(recency))


def test_a_customer_not_yet_known_gets_the_share_that_has_left() -> None:
    unknown = UnlabelledDecisions(np.full((1, len(FEATURE_NAMES)), np.nan), PurchaseSummary(*np.full((3, 1), np.nan)))
    features = np.random.default_rng(2).normal(size=(400, len(FEATURE_NAMES)))
    left = np.arange(400) % 4 == 0
    past = Past(day(9), features, left, PurchaseHistory.of({"a": [day(0), day(4)]}).everyone(day(9)), _HORIZON)

    for baseline in simple_baselines():
        baseline.fit(past)
        assert baseline.risks(unknown).tolist() == [0.25]


def test_before_any_answer_is_known_every_baseline_still_answers() -> None:
    past = Past(
        day(0), np.empty((0, len(FEATURE_NAMES))), np.empty(0, dtype=np.bool_), PurchaseHistory.of({}).everyone(0), 9.0
    )
    asked = UnlabelledDecisions(
        np.zeros((2, len(FEATURE_NAMES))), PurchaseHistory.of({"a": [day(0)]}).summary("aa", [day(1), day(2)])
    )

    for baseline in _baselines():
        baseline.fit(past)
        risks = baseline.risks(asked)
        assert ((risks > 0.0) & (risks < 1.0)).all()


def test_progress_ends_with_the_whole(compared: tuple[BaselineComparison, list[float]]) -> None:
    _, told = compared

    assert told == sorted(told)
    assert told[-1] == 1.0


def test_the_page_shows_every_method_with_its_figures(
    shop: tuple[Run, Results, Times], compared: tuple[BaselineComparison, list[float]]
) -> None:
    run, results, _ = shop
    comparison, _ = compared

    page = write_page(run, results, None, comparison)

    for method in comparison.methods:
        row = page.split(f"<tr><td>{method.name}<small>")[1].split("</tr>")[0]
        quality = method.quality
        for figure in (quality.auc, quality.log_loss, quality.calibration_error, quality.brier):
            assert f">{figure:.4f}</td>" in row


@pytest.mark.usefixtures("without_boosting")
def test_page_and_terminal_name_what_is_missing_without_the_extra(shop: tuple[Run, Results, Times]) -> None:
    comparison = _compared(shop)
    sentence = "Gradient boosting is missing here: it needs the optional extra, pip install 'stayline[compare]'."

    assert comparison.missing == sentence
    assert sentence.replace("'", "&#39;") in write_page(*shop[:2], None, comparison)
    assert tell_comparison(comparison)[-1].strip() == sentence


@pytest.mark.servers  # it may have to install a library
def test_gradient_boosting_takes_part_where_the_extra_is_installed(shop: tuple[Run, Results, Times]) -> None:
    require_library("libgomp.so.1", "libgomp1")
    pytest.importorskip("lightgbm")
    comparison = _compared(shop)

    assert comparison.missing == ""
    assert comparison.baselines[-1].name == "gradient boosting"
    assert comparison.baselines[-1].quality.auc > 0.6


def test_nothing_is_compared_without_decisions_to_evaluate(shop: tuple[Run, Results, Times]) -> None:
    run, results, times = shop

    assert compare(results, times, run.horizon_days, run.last, _quiet) is None
