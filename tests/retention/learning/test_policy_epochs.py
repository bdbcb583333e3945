"""A policy follows from its log alone: whatever the order of arrival, restarts and borders closed together."""

from collections.abc import Sequence
from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from retention.decide.choice.prices import BINS
from retention.learning.policy_learner import PolicyLearner
from risk.learning.epoch_learner import EpochLearner
from risk.learning.learner import Learner
from schemas.moments import DAY_MS, to_ms
from schemas.records.decisions import DecisionOutcome
from schemas.records.encode import encode_record
from schemas.records.learnt_policy import LearntPolicy
from schemas.records.model import Model
from tests.kit.suite.cases import cases
from tests.retention.learning.decided import EPOCHS, FIRST, outcome_of, simulated
from tests.retention.learning.policy_logs import SOME_TIME, Record, add_all, bids_of, learner_of

DAYS = 40
_decode = msgspec.json.Decoder(LearntPolicy).decode
_outcomes = st.builds(
    lambda seed, number: simulated({"call": 3.0, "mail": -6.0}, 5 * number, seed, DAYS),
    st.integers(0, 300),
    st.integers(0, 60),
)
_bid_records = st.lists(
    st.builds(
        bids_of,
        st.integers(0, DAYS - 1),
        st.dictionaries(
            st.sampled_from(("call", "mail")),
            st.dictionaries(st.integers(0, BINS - 1), st.integers(1, 2_000), max_size=3),
            max_size=2,
        ),
    ),
    max_size=12,
)


@st.composite
def _logs(draw: st.DrawFn) -> list[Record]:
    """Any outcomes and bids of forty days."""
    return [*draw(_outcomes), *draw(_bid_records)]


def _models(records: Sequence[Record], borders: Sequence[int]) -> dict[int, Model]:
    """Return the model of each border, where these borders are closed one after another."""
    epochs = EpochLearner(Learner(90.0), EPOCHS, companion=learner_of())
    assert isinstance(epochs.companion, PolicyLearner)
    add_all(epochs.companion, records)
    return {to_ms(model.border): model for border in borders for model in epochs.close(border, SOME_TIME)}


@settings(max_examples=cases(30, usual=15))
@given(_logs(), st.randoms(use_true_random=False))
def test_neither_order_of_arrival_nor_outcomes_that_come_twice_change_a_policy(
    records: list[Record], random: Random
) -> None:
    shuffled = [*records, *(one for one in records if isinstance(one, DecisionOutcome))]
    random.shuffle(shuffled)
    one, other = learner_of(), learner_of()
    add_all(one, records)
    add_all(other, shuffled)

    for day in range(1, DAYS + 1):
        one.close(FIRST + day * DAY_MS)
        other.close(FIRST + day * DAY_MS)
        assert encode_record(one.policy) == encode_record(other.policy)


@settings(max_examples=cases(30, usual=15))
@given(_logs(), st.sets(st.integers(1, DAYS)))
def test_restarts_change_no_bit_of_a_policy(records: list[Record], restarts: set[int]) -> None:
    steady, restarted = learner_of(), learner_of()
    add_all(steady, records)
    add_all(restarted, records)
    for day in range(1, DAYS + 1):
        border = FIRST + day * DAY_MS
        steady.close(border)
        restarted.close(border)
        if day in restarts:
            published = restarted.policy and _decode(encode_record(restarted.policy))
            restarted = learner_of(published, border)
            add_all(restarted, records)

        assert encode_record(steady.policy) == encode_record(restarted.policy)


@settings(max_examples=cases(20, usual=10))
@given(_logs(), st.sets(st.integers(1, DAYS)))
def test_the_policy_of_a_border_does_not_depend_on_which_borders_are_closed_together(
    records: list[Record], days: set[int]
) -> None:
    every_day = [FIRST + day * DAY_MS for day in range(DAYS + 1)]
    some_days = [FIRST + day * DAY_MS for day in sorted(days | {DAYS})]

    daily, together = _models(records, every_day), _models(records, some_days)

    for border, model in together.items():
        assert encode_record(daily[border].policy) == encode_record(model.policy)


def test_a_policy_that_changes_is_published_although_no_question_was_answered() -> None:
    records: list[Record] = [outcome_of(), bids_of(3, {"call": {100: 9_000}})]

    models = _models(records, [FIRST, FIRST + 30 * DAY_MS])

    changed = [(border - FIRST) // DAY_MS for border, model in models.items() if model.policy is not None]
    assert changed == [1, 3, 4, 30]
    assert models[FIRST].policy is None
    assert models[FIRST + 4 * DAY_MS].policy != models[FIRST + 3 * DAY_MS].policy


def test_a_clock_that_jumps_by_years_publishes_few_models() -> None:
    records: list[Record] = [*simulated({"call": 3.0, "mail": 1.0}, 200, days=1), bids_of(0, {"call": {100: 9_000}})]

    models = _models(records, [FIRST, FIRST + 3_000 * DAY_MS])

    assert len(models) <= 5
    assert models[FIRST + 3_000 * DAY_MS].policy is not None


def test_corrections_are_computed_every_seventh_border() -> None:
    learner = learner_of()
    add_all(learner, simulated({"call": 3.0, "mail": -6.0}, 1_000, days=30))
    seen = []
    for day in range(1, 31):
        before = learner.policy and learner.policy.corrections
        learner.close(FIRST + day * DAY_MS)
        assert learner.policy is not None
        if learner.policy.corrections != before:
            seen.append((FIRST // DAY_MS + day) % 7)

    assert set(seen) == {0}
    assert len(seen) == 4


def test_what_comes_after_its_border_is_counted_and_not_learnt() -> None:
    learner = learner_of()
    learner.close(FIRST + DAY_MS)

    assert not learner.add_outcome(outcome_of())
    assert not learner.add_bids(bids_of(0, {"call": {3: 1}}))
    assert learner.passed_over == 2
    assert learner.first_offset is None


def test_the_first_offset_is_that_of_the_earliest_record_that_awaits_its_border() -> None:
    learner = learner_of()
    learner.add_outcome(outcome_of(), 7)
    learner.add_bids(bids_of(0, {"call": {3: 1}}), 5)
    learner.add_bids(bids_of(0, {"call": {3: 1}}), 9)
    assert learner.first_offset == 5

    learner.close(FIRST + DAY_MS)
    assert learner.first_offset is None
