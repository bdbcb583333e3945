"""Which model scores an instant, and what is said where it is not there."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from customers.features.feature_names import FEATURE_NAMES
from customers.features.features import features_of
from customers.state import Customer
from risk.learning.learner import Learner
from risk.scoring.epoch_scorer import EpochScorer
from risk.scoring.epochs import Epochs
from schemas.moments import DAY_MS, HOUR_MS, from_ms
from schemas.records.learnt_policy import LearntPolicy
from schemas.records.model import Model
from schemas.settings.risk import RiskSettings, SegmentSettings
from tests.risk.histories import drawing

RISK = RiskSettings(min_examples=1)
TODAY = 20_000 * DAY_MS


def model_of(examples: int, border: int, first_border: int | None = None) -> Model:
    """A model of a border, or of all from another one on, that has learnt some answers."""
    random, learner = drawing(examples), Learner(RISK.horizon_days)
    for _ in range(examples):
        features = [random.gauss(2.0, 1.0) for _ in FEATURE_NAMES]
        learner.learn_answer(features, left=random.random() < 0.5, risk=0.5, asked_at=0)
    first = border if first_border is None else first_border
    return msgspec.structs.replace(learner.publish(0, from_ms(0)), border=from_ms(border), first_border=from_ms(first))


def scorer_with(*models: Model) -> EpochScorer:
    """A scorer that knows some models."""
    scorer = EpochScorer(RISK, SegmentSettings(), "USD", gives_reasons=False)
    for model in models:
        scorer.add(model)
    return scorer


def versions_at(scorer: EpochScorer, *moments: int) -> list[tuple[str, bool]]:
    """Version of the model that scores each instant, and if it is pinned."""
    customers = [Customer() for _ in moments]
    scores = scorer(customers, moments, features_of(customers, moments, RISK.horizon_days))
    return [(score.model_version, score.model_pinned) for score in scores]


def test_an_epoch_is_a_ninetieth_of_the_horizon_unless_it_is_set() -> None:
    assert Epochs.of(RiskSettings(horizon_days=90)).length_ms == DAY_MS
    assert Epochs.of(RiskSettings(horizon_days=90, epoch_hours=6)).length_ms == 6 * HOUR_MS
    assert Epochs.of(RiskSettings(horizon_days=0.001)).length_ms == 1_000


@given(
    at=st.integers(10**11, 10**13),
    epochs=st.builds(Epochs, st.integers(1, 10**9), st.integers(0, 10)),
    border=st.integers(10**11, 10**13),
)
def test_an_instant_is_scored_as_soon_as_the_model_of_its_border_is_known(at: int, epochs: Epochs, border: int) -> None:
    assert (epochs.model_border(at) <= border) == (at <= epochs.scored_until(border))


def test_each_instant_of_a_call_is_scored_by_the_model_of_its_own_epoch() -> None:
    scorer = scorer_with(*(model_of(examples, TODAY + examples * DAY_MS) for examples in (1, 2, 3)))
    later = [TODAY + days * DAY_MS for days in (6, 4, 5, 3)]

    assert versions_at(scorer, *later) == [("newton-3", True), ("newton-1", True), ("newton-2", True), ("rule-1", True)]


def test_the_last_model_scores_where_its_successor_is_not_known_and_says_so() -> None:
    scorer = scorer_with(model_of(1, TODAY))

    assert versions_at(scorer, TODAY + 4 * DAY_MS - 1, TODAY + 4 * DAY_MS) == [("newton-1", True), ("newton-1", False)]
    assert scorer.unpinned == 1


def test_a_span_without_answers_keeps_the_model_of_its_beginning() -> None:
    scorer = scorer_with(model_of(1, TODAY), model_of(1, TODAY + 9 * DAY_MS, TODAY + DAY_MS))

    assert versions_at(scorer, TODAY + 12 * DAY_MS) == [("newton-1", True)]
    assert scorer.models == 1


def test_a_model_with_another_policy_is_another_although_no_answer_was_learnt() -> None:
    first, second = TODAY, TODAY + DAY_MS
    model = model_of(1, first)
    later = msgspec.structs.replace(
        model, border=from_ms(second), first_border=from_ms(second), policy=LearntPolicy(version="v1")
    )

    scorer = scorer_with(model, later)

    lag = RISK.model_lag_epochs * DAY_MS
    assert scorer.at(first + lag).policy is None
    assert scorer.at(second + lag).policy == LearntPolicy(version="v1")


def test_a_policy_counts_before_the_model_has_learnt_enough_to_score() -> None:
    model = msgspec.structs.replace(model_of(1, TODAY), policy=LearntPolicy(version="v1"))
    scorer = EpochScorer(RiskSettings(min_examples=500), SegmentSettings(), "USD", gives_reasons=False)
    scorer.add(model)

    assert scorer.newest.model is None
    assert scorer.newest.policy == LearntPolicy(version="v1")


def test_a_model_published_again_for_a_border_replaces_the_one_before() -> None:
    scorer = scorer_with(model_of(1, TODAY), model_of(2, TODAY))

    assert versions_at(scorer, TODAY + 3 * DAY_MS) == [("newton-2", True)]


def test_models_of_past_epochs_can_be_forgotten_without_a_trace() -> None:
    scorer = scorer_with(*(model_of(examples, TODAY + examples * DAY_MS) for examples in (1, 2, 3)))
    moments = [TODAY + days * DAY_MS for days in (5, 6, 7)]
    before = versions_at(scorer, *moments)

    scorer.forget_before(scorer.epochs.model_border(moments[0]))

    assert scorer.models == 2
    assert versions_at(scorer, *moments) == before


def test_nothing_may_be_scored_before_a_model_is_known_unless_it_is_not_waited_for() -> None:
    scorer = scorer_with()
    assert scorer.scored_until < 0

    scorer.waits = False

    assert scorer.scored_until > TODAY


def test_a_model_takes_over_where_it_follows_the_rule_in_its_first_epoch() -> None:
    scorer = EpochScorer(RiskSettings(min_examples=2), SegmentSettings(), "USD", gives_reasons=False)
    for examples in (1, 2, 3):
        scorer.add(model_of(examples, TODAY + examples * DAY_MS))

    (begins,) = scorer.takeovers.known

    assert versions_at(scorer, begins - 1, begins) == [("rule-1", True), ("newton-2", True)]


def test_a_model_that_nothing_is_known_before_takes_over_from_nobody() -> None:
    assert scorer_with(model_of(1, TODAY), model_of(2, TODAY + DAY_MS)).takeovers.known == ()


@given(again_from=st.integers(0, 3))
def test_a_takeover_is_known_once_although_models_are_read_again(again_from: int) -> None:
    scorer = EpochScorer(RiskSettings(min_examples=3), SegmentSettings(), "USD", gives_reasons=False)
    models = [model_of(examples, TODAY + examples * DAY_MS) for examples in (1, 2, 3, 4)]
    for model in (*models, *models[again_from:]):
        scorer.add(model)

    assert scorer.takeovers.known == (scorer.epochs.scored_from(TODAY + 3 * DAY_MS),)


def test_a_takeover_is_forgotten_once_its_epoch_is_over() -> None:
    scorer = EpochScorer(RiskSettings(min_examples=2), SegmentSettings(), "USD", gives_reasons=False)
    for examples in (1, 2, 3, 4):
        scorer.add(model_of(examples, TODAY + examples * DAY_MS))

    known = []
    for days in (2, 3):
        scorer.forget_before(TODAY + days * DAY_MS)
        known.append(len(scorer.takeovers.known))

    assert known == [1, 0]


@given(border=st.integers(10**11, 10**13), length_ms=st.integers(1, 10**9), lag=st.integers(0, 10))
def test_the_first_instant_that_a_model_scores_is_the_first_whose_model_it_is(
    border: int, length_ms: int, lag: int
) -> None:
    epochs = Epochs(length_ms, lag)

    first = epochs.scored_from(border)

    assert epochs.model_border(first - 1) < border <= epochs.model_border(first)


def test_whoever_reads_models_again_from_an_earlier_one_on_knows_no_other_takeovers() -> None:
    models = [model_of(examples, TODAY + examples * DAY_MS) for examples in range(7)]
    risk = RiskSettings(min_examples=3)
    once, again = (EpochScorer(risk, SegmentSettings(), "USD", gives_reasons=False) for _ in range(2))
    for model in models:
        once.add(model)
    again.add(models[-1])

    again.start_over()
    for model in models:
        again.add(model)

    assert again.takeovers.known == once.takeovers.known == (once.epochs.scored_from(TODAY + 3 * DAY_MS),)
    assert again.known_until == once.known_until
