"""The figures of a backtest, and the batch logistic regression beside it, are those of scikit-learn."""

from importlib import import_module
from types import ModuleType

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.features.feature_names import FEATURE_NAMES
from risk.evaluation.baselines.logistic import Logistic
from risk.evaluation.baselines.past import Past, UnlabelledDecisions
from risk.evaluation.baselines.purchases import PurchaseSummary
from risk.evaluation.quality import quality_of

_answers = st.lists(st.tuples(st.floats(0.001, 0.999), st.booleans()), min_size=2, max_size=100).filter(
    lambda answers: len({left for _, left in answers}) == 2
)
"""Risks and what came, at least one of each kind."""


@pytest.fixture(scope="module")
def metrics() -> ModuleType:
    """Imported only here: it takes a second, which every pytest worker would pay."""
    return import_module("sklearn.metrics")


@given(answers=_answers)
def test_auc_is_that_of_scikit_learn(metrics: ModuleType, answers: list[tuple[float, bool]]) -> None:
    risks, left = zip(*answers, strict=True)

    assert quality_of(risks, left).auc == pytest.approx(metrics.roc_auc_score(left, risks))


@given(answers=_answers)
def test_log_loss_is_that_of_scikit_learn(metrics: ModuleType, answers: list[tuple[float, bool]]) -> None:
    risks, left = zip(*answers, strict=True)

    assert quality_of(risks, left).log_loss == pytest.approx(metrics.log_loss(left, risks))


@given(answers=_answers)
def test_brier_score_is_that_of_scikit_learn(metrics: ModuleType, answers: list[tuple[float, bool]]) -> None:
    risks, left = zip(*answers, strict=True)

    assert quality_of(risks, left).brier == pytest.approx(metrics.brier_score_loss(left, risks))


@given(answers=_answers)
def test_log_loss_of_the_base_rate_is_that_of_scikit_learn(
    metrics: ModuleType, answers: list[tuple[float, bool]]
) -> None:
    risks, left = zip(*answers, strict=True)
    share = np.full(len(left), np.mean(left))

    assert quality_of(risks, left).prior_log_loss == pytest.approx(metrics.log_loss(left, share))


def test_the_batch_logistic_regression_is_that_of_scikit_learn_with_the_same_penalty() -> None:
    generator = np.random.default_rng(2)
    features = generator.uniform(-1.0, 1.0, size=(2_000, len(FEATURE_NAMES)))
    left = generator.random(len(features)) < 1.0 / (1.0 + np.exp(0.3 - features[:, 0] + 2.0 * features[:, 3]))
    standardised = (features - features.mean(axis=0)) / features.std(axis=0)
    rival = import_module("sklearn.linear_model").LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000)
    nobody = PurchaseSummary(*np.empty((3, 0)))
    own = Logistic("batch logistic", "")

    rival.fit(standardised, left)
    own.fit(Past(0, features, left, nobody, 30.0))

    expected = rival.predict_proba(standardised)[:, 1]
    np.testing.assert_allclose(own.risks(UnlabelledDecisions(features, nobody)), expected, atol=1e-4)
