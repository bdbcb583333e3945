"""A backtest knows nothing before its time: a history cut at a moment gives the risks of the whole one up to it."""

from collections.abc import Callable

import pytest

from risk.evaluation.decision_schedule import AtMoments, AtPurchases, Decision, DecisionSchedule, OnCalendar
from risk.evaluation.decision_scores import DecisionScore
from risk.evaluation.results import collect, last_third
from risk.scoring.model.regression import GROUPS
from schemas.events.interaction import Interaction
from schemas.moments import DAY_MS, to_ms
from schemas.settings.risk import RiskSettings
from tests.risk.histories import START_MS, cdnow_history, contact, day, drawing, play, purchase, shop_history

pytestmark = pytest.mark.takes(15)
_RISK = RiskSettings(horizon_days=30, min_examples=200, epoch_hours=24)
_SCHEDULES: dict[str, Callable[[], DecisionSchedule]] = {
    "purchases": AtPurchases,
    "weekly": lambda: OnCalendar("week"),
    "monthly": lambda: OnCalendar("month"),
}


@pytest.fixture(scope="module")
def shop() -> list[Interaction]:
    return shop_history()


@pytest.fixture(scope="module")
def whole(shop: list[Interaction]) -> dict[str, list[DecisionScore]]:
    return {name: play(shop, schedule(), _RISK)[1] for name, schedule in _SCHEDULES.items()}


def _stamp(interaction: Interaction) -> int:
    return to_ms(interaction.stamped_at)


def _until(shop: list[Interaction], moment: int) -> list[Interaction]:
    return [interaction for interaction in shop if _stamp(interaction) <= moment]


@pytest.mark.parametrize("at", _SCHEDULES)
def test_a_history_cut_at_a_moment_gives_the_risks_of_the_whole_one_up_to_there(
    shop: list[Interaction], whole: dict[str, list[DecisionScore]], at: str
) -> None:
    cut = _until(shop, day(230))
    last = _stamp(cut[-1])

    _, scores = play(cut, _SCHEDULES[at](), _RISK)

    assert scores == [score for score in whole[at] if score.decision.at <= last]
    assert len({score.risk == score.risk_by_rule for score in scores}) == 2


def test_given_moments_get_the_same_risks_from_the_cut_and_the_whole_history(shop: list[Interaction]) -> None:
    moment = day(240.0003)
    wanted = [Decision(moment, customer_id) for customer_id in sorted({event.customer_id for event in shop})]

    _, from_whole = play(shop, AtMoments(wanted), _RISK)
    _, from_cut = play(_until(shop, moment), AtMoments(wanted), _RISK)

    assert from_cut == from_whole
    assert [score.decision for score in from_cut] == wanted


def test_later_events_change_no_earlier_risk(shop: list[Interaction], whole: dict[str, list[DecisionScore]]) -> None:
    moment = day(210)
    past, future = _until(shop, moment), [event for event in shop if _stamp(event) > moment]
    moments = [(event.occurred_at, event.stamped_at) for event in future]
    drawing(1).shuffle(future)
    shuffled = [_moved(event, occurred, stamped) for event, (occurred, stamped) in zip(future, moments, strict=True)]

    _, scores = play(past + shuffled, OnCalendar("week"), _RISK)

    assert [score for score in scores if score.decision.at <= moment] == [
        score for score in whole["weekly"] if score.decision.at <= moment
    ]


def _moved(event: Interaction, occurred: object, stamped: object) -> Interaction:
    fields = {name: getattr(event, name) for name in event.__struct_fields__}
    return Interaction(**{**fields, "occurred_at": occurred, "stamped_at": stamped})


def test_the_same_history_twice_gives_the_same_risks(
    shop: list[Interaction], whole: dict[str, list[DecisionScore]]
) -> None:
    assert play(shop, OnCalendar("month"), _RISK)[1] == whole["monthly"]


def test_asking_changes_no_answer(shop: list[Interaction], whole: dict[str, list[DecisionScore]]) -> None:
    monthly = whole["monthly"]

    _, scores = play(shop, AtMoments(score.decision for score in monthly), _RISK)

    assert scores == monthly


def test_labels_mark_customers_who_bought_nothing_within_the_horizon() -> None:
    history = [
        purchase("returns late", 0),
        purchase("returns in time", 0),
        purchase("buys at the same moment only", 0),
        purchase("buys at the very end", 0),
        purchase("returns in time", 12),
        purchase("buys at the very end", 40),
        purchase("returns late", 40.1),
        purchase("somebody else", 50),
    ]
    wanted = [Decision(day(10), event.customer_id) for event in history[:4]]

    backtest, scores = play(history, AtMoments([*wanted, Decision(day(30), "returns in time")]), _RISK)

    assert {score.decision.customer_id: backtest.label(score.decision) for score in scores[:4]} == {
        "returns late": True,
        "returns in time": False,
        "buys at the same moment only": True,
        "buys at the very end": False,
    }
    assert backtest.label(scores[4].decision) is None


def test_a_purchase_at_the_moment_of_the_decision_is_known_and_is_no_answer() -> None:
    backtest, scores = play([purchase("a", 0), purchase("a", 5), purchase("b", 60)], AtPurchases(), _RISK)

    assert [(score.decision, backtest.label(score.decision)) for score in scores] == [
        (Decision(day(0), "a"), False),
        (Decision(day(5), "a"), True),
        (Decision(day(60), "b"), None),
    ]


def test_an_early_purchase_does_not_mature_a_label_before_its_time() -> None:
    backtest, scores = play([purchase("a", 0), purchase("a", 3)], AtPurchases(), _RISK)

    assert backtest.label(scores[0].decision) is None


def test_an_event_that_comes_twice_counts_and_is_asked_about_once() -> None:
    once = [purchase("a", 0, event_id="one"), purchase("b", 40)]
    twice = [once[0], once[0], once[1], _moved(once[0], once[0].occurred_at, once[1].stamped_at)]

    assert play(twice, AtPurchases(), _RISK)[1] == play(once, AtPurchases(), _RISK)[1]


def test_events_at_the_moment_of_the_decision_are_known() -> None:
    history = [purchase("a", 0), purchase("a", 7), contact("b", 7), purchase("c", 8)]

    at_seven, before = (
        play(events, AtMoments([Decision(day(7), "a")]), _RISK)[1][0].risk for events in (history, history[:1])
    )

    assert at_seven != before


def test_a_customer_not_yet_known_gets_the_share_that_has_left_so_far(shop: list[Interaction]) -> None:
    wanted = [Decision(START_MS - DAY_MS, "x"), Decision(day(200), "x"), Decision(day(330), "x")]

    backtest, scores = play(shop, AtMoments(wanted), _RISK)

    assert [score.decision for score in scores] == wanted
    assert scores[0].risk == 0.5
    assert 0.0 < scores[1].risk < 1.0
    assert scores[2].risk == backtest.learner.prior.mean
    assert {len(score.effects) for score in scores} == {len(GROUPS)}


def test_every_risk_is_a_probability_also_of_customers_who_only_called() -> None:
    history = [contact("caller", 0), purchase("buyer", 1), purchase("buyer", 90)]
    wanted = [Decision(day(on), who) for on in (-5, 0, 1, 50, 90, 2000) for who in ("caller", "buyer", "x")]

    _, scores = play(history, AtMoments(wanted), _RISK)

    assert len(scores) == len(wanted)
    assert all(0.0 < score.risk < 1.0 for score in scores)


def test_an_empty_history_still_answers_given_decisions() -> None:
    backtest, scores = play([], AtMoments([Decision(day(1), "x")]), _RISK)

    assert [score.risk for score in scores] == [0.5]
    assert (backtest.events, backtest.first) == (0, None)


def test_results_hold_every_decision_with_its_label(shop: list[Interaction]) -> None:
    backtest, scores = play(shop, OnCalendar("month"), _RISK)

    results = collect(iter(scores), backtest.answer)

    assert results.customer_ids == [score.decision.customer_id for score in scores]
    assert results.risk.tolist() == [score.risk for score in scores]
    assert results.effects.shape == (len(scores), len(GROUPS))
    assert results.matured.tolist() == [score.decision.at + 30 * DAY_MS <= backtest.until for score in scores]


def test_the_last_third_leaves_a_full_horizon() -> None:
    assert last_third(100, 1000, 300) == 500
    assert last_third(100, 200, 300) == 100


def test_on_real_purchases_the_risks_rank_and_are_calibrated() -> None:
    risk = RiskSettings()
    backtest, scores = play(cdnow_history(1200), OnCalendar("month"), risk)
    results = collect(iter(scores), backtest.answer)
    assert backtest.first is not None

    quality = results.quality(results.since(last_third(backtest.first, backtest.until, 90 * DAY_MS)))

    assert quality is not None
    assert quality.auc >= 0.78
    assert quality.log_loss <= 0.36
    assert quality.log_loss <= quality.prior_log_loss - 0.06
    assert quality.calibration_error <= 0.03
