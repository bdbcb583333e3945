"""Off-policy estimates against independent formulas and known truth."""

from dataclasses import replace

import numpy as np
import pytest

from retention.effects.intervals import estimate_mean
from retention.policy.off_policy import (
    always,
    chosen_policy,
    compare_policies,
    evaluate_policy,
    logging_policy,
    with_open_choice,
)
from tests.retention.logs import random_log, shuffled


def test_the_policy_that_wrote_the_log_is_worth_its_mean_outcome() -> None:
    log = random_log(1)

    value = evaluate_policy(log, logging_policy(log))

    assert value.self_normalised.value == pytest.approx(
        np.average(log.outcome, weights=logging_policy(log)[np.arange(len(log)), log.done] / log.probability_of_done)
    )
    assert value.ips.value == pytest.approx(log.outcome.mean())
    assert value.effective == pytest.approx(len(log))


def test_plain_and_self_normalised_estimates_are_those_of_the_formulas() -> None:
    log = random_log(2)

    value = evaluate_policy(log, always(log, 2))

    taken = log.done == 2
    weights = 1.0 / log.probability[taken, 2]
    assert value.ips.value == pytest.approx((weights * log.outcome[taken]).sum() / len(log))
    assert value.self_normalised.value == pytest.approx(np.average(log.outcome[taken], weights=weights))
    assert value.effective == pytest.approx(weights.sum() ** 2 / (weights**2).sum())


def test_all_three_hold_the_truth_and_the_doubly_robust_one_is_narrowest() -> None:
    held = {"ips": 0, "self_normalised": 0, "doubly_robust": 0}
    errors = dict.fromkeys(held, 0.0)
    for seed in range(200):
        log = random_log(seed, 800)
        policy = chosen_policy(np.where(log.covariates[:, 0] > 0.0, 2, 0), 3)
        truth = 5.0 + 1.0  # E of the baseline; doing nothing and offers bring nothing more.
        value = evaluate_policy(log, policy)
        for name in held:
            held[name] += getattr(value, name).fixed.contains(truth)
            errors[name] += getattr(value, name).error

    assert all(0.9 <= count / 200 <= 0.99 for count in held.values()), held
    assert errors["doubly_robust"] < errors["self_normalised"] < errors["ips"]


def test_a_policy_that_does_what_the_log_never_did_has_no_support() -> None:
    log = random_log(3)
    log = replace(log.where(log.done == 0), probability=np.tile([1.0, 0.0, 0.0], ((log.done == 0).sum(), 1)))

    comparison = compare_policies(log, always(log, 2), logging_policy(log))

    assert comparison.verdict == "no_support"
    assert str(comparison) == "no support in the log"
    assert comparison.value.unsupported == 1.0


def test_customers_known_to_be_held_out_do_not_take_away_the_support_of_a_policy() -> None:
    log, held = random_log(7, 3_000), np.arange(3_000) % 10 == 0
    known = replace(
        log,
        done=np.where(held, 0, log.done),
        probability=np.where(held[:, None], np.array([1.0, 0.0, 0.0]), log.probability),
    )
    given = np.where(held[:, None], np.array([0.0, 1.0, 1.0]), 0.0)

    assert compare_policies(known, always(known, 2), always(known, 0)).verdict == "no_support"
    part = with_open_choice(known, given)
    assert len(part) == 2_700
    assert evaluate_policy(part, always(part, 2)).is_supported


def test_better_and_worse_are_told_and_the_rest_is_not() -> None:
    log = random_log(4, 6_000, effect=2.0)
    calls_who_gain = chosen_policy(np.where((log.covariates[:, 0] > 0.0) & (log.probability[:, 1] > 0.0), 1, 0), 3)

    assert str(compare_policies(log, calls_who_gain, always(log, 0))) == "better"
    assert str(compare_policies(log, always(log, 0), calls_who_gain)) == "worse"
    undecided = compare_policies(log, always(log, 2), always(log, 0))
    assert str(undecided).startswith("cannot tell (about ")
    assert undecided.more > 0


def test_the_order_of_the_log_changes_nothing() -> None:
    log = random_log(5, 500, customers=100)
    mixed, _ = shuffled(log, 9)

    one, other = evaluate_policy(log, always(log, 2)), evaluate_policy(mixed, always(mixed, 2))

    assert one.doubly_robust.value == pytest.approx(other.doubly_robust.value)
    assert one.self_normalised.error == pytest.approx(other.self_normalised.error)


def test_an_empty_log_supports_nothing() -> None:
    log = random_log(6, 10)
    empty = log.where(np.zeros(10, dtype=np.bool_))

    assert not evaluate_policy(empty, always(empty, 1)).is_supported
    assert estimate_mean(empty.outcome, empty.customer).decisions == 0
