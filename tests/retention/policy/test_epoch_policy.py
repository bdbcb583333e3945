"""The policy of an epoch: what of a published policy counts for a playbook, and for whom."""

from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from customers.features.feature_names import FEATURE_NAMES
from retention.policy.epoch_policy import EpochPolicy
from risk.estimators.gaussian import pack_lower
from schemas.records.learnt_policy import ActionEvidence, GainCorrections, LearntPolicy
from tests.retention.decide.cases import action, book_of, rule, score_of

_BOOK = book_of(actions={"call": action(), "mail": action()}, rules=[rule(then=["call", "mail"])])
_FEATURES = ("value_at_risk", "log_purchases")


def _learnt(**changes: Any) -> LearntPolicy:  # noqa: ANN401 - any field
    random = np.random.default_rng(1)
    roots = random.normal(size=(2, 3, 3))
    given = {
        "version": "v1",
        "prices": {"call": 2.0},
        "switched_off": ("mail",),
        "shares": {"call": 0.2},
        "evidence": {
            name: ActionEvidence(signature) for name, signature in zip(_BOOK.names, _BOOK.signatures, strict=True)
        },
        "corrections": GainCorrections(
            features=_FEATURES,
            means=(0.1, 1.0),
            scales=(2.0, 1.0),
            actions=("mail", "call"),
            weights=tuple(map(tuple, random.normal(size=(2, 3)).tolist())),
            covariance=b"".join(pack_lower(root @ root.T) for root in roots),
        ),
    }
    return LearntPolicy(**{**given, **changes})


def test_before_anything_is_learnt_the_playbook_alone_is_in_force() -> None:
    policy = EpochPolicy.of(_BOOK, None)

    assert policy.in_force.version == _BOOK.version
    assert policy.in_force.available == (True, True)
    assert policy.estimates_of(np.zeros((len(FEATURE_NAMES), 1))) is None


def test_prices_shares_and_stopped_actions_are_in_force() -> None:
    in_force = EpochPolicy.of(_BOOK, _learnt()).in_force

    assert in_force.version == f"{_BOOK.version}-v1"
    assert in_force.burdens == (3.0, 1.0)
    assert in_force.available == (True, False)
    assert in_force.holdout_shares == (0.2, 0.0)


def test_what_was_learnt_of_an_action_that_was_changed_does_not_count() -> None:
    changed = book_of(
        actions={"call": action(), "mail": action(says="Do it better")}, rules=[rule(then=["call", "mail"])]
    )
    policy = EpochPolicy.of(changed, _learnt())
    estimates = policy.estimates_of(np.ones((len(FEATURE_NAMES), 2)))

    assert policy.in_force.available == (True, True)
    assert estimates is not None
    assert np.isnan(estimates([0, 1], [score_of()] * 2).correction).tolist() == [[False, False], [True, True]]


def test_more_capacity_or_another_team_leaves_what_was_learnt_in_force() -> None:
    changed = book_of(
        actions={"call": action(), "mail": action(capacity_per_day=7, team="sales", holdout_share=0.5)},
        rules=[rule(name="other name", then=["call", "mail"])],
    )

    assert EpochPolicy.of(changed, _learnt()).in_force.available == (True, False)


def test_a_correction_is_the_line_of_the_standardised_features() -> None:
    learnt = _learnt()
    values = np.zeros((len(FEATURE_NAMES), 1))
    values[FEATURE_NAMES.index("log_purchases")] = 3.0

    estimates = EpochPolicy.of(_BOOK, learnt).estimates_of(values)

    assert estimates is not None
    assert learnt.corrections is not None
    design = np.array([1.0, 1.8, 2.0])
    expected = np.array(learnt.corrections.weights)[::-1] @ design
    found = estimates([0], [score_of(value_at_risk=1.0)])
    assert np.allclose(found.correction[:, 0], expected)
    root = np.random.default_rng(1).normal(size=(2, 3, 3))[1]
    assert np.isclose(found.deviation[0, 0], np.linalg.norm(root.T @ design))


@given(st.integers(1, 40), st.data())
def test_estimates_of_a_customer_have_the_same_bits_in_any_batch(customers: int, data: st.DataObject) -> None:
    policy = EpochPolicy.of(_BOOK, _learnt())
    values = np.random.default_rng(customers).normal(size=(len(FEATURE_NAMES), customers))
    some = data.draw(st.lists(st.integers(0, customers - 1), min_size=1, unique=True))

    whole, part = policy.estimates_of(values), policy.estimates_of(values[:, some])

    assert whole is not None
    assert part is not None
    scores = [score_of(value_at_risk=0.1 * number) for number in range(customers)]
    chosen = [scores[place] for place in some]
    everyone = whole(range(customers), scores)
    for estimates in (whole(some, chosen), part(range(len(some)), chosen)):
        assert estimates.correction.tobytes() == everyone.correction[:, some].tobytes()
        assert estimates.deviation.tobytes() == everyone.deviation[:, some].tobytes()
