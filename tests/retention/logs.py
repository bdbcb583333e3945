"""Random logs of decisions with known truth."""

import numpy as np

from retention.outcomes.columns import Integers
from retention.outcomes.log import DecisionLog

ACTIONS = ("none", "call", "offer")


def random_log(seed: int, decisions: int = 2_000, customers: int | None = None, effect: float = 1.0) -> DecisionLog:
    """Return a log in which a call brings ``effect`` times 1 + the first covariate, and an offer nothing.

    Probabilities vary with the covariates, a call is not allowed for everyone, and the outcome has a curved baseline.
    """
    random = np.random.default_rng(seed)
    covariates = random.normal(size=(decisions, 3))
    allowed = np.column_stack([np.ones(decisions), covariates[:, 1] < 1.5, np.ones(decisions)])
    weight = allowed * np.exp(0.5 * np.column_stack([np.zeros(decisions), covariates[:, 0], covariates[:, 2]]))
    probability = weight / weight.sum(axis=1, keepdims=True)
    done = (random.random((decisions, 1)) > probability.cumsum(axis=1)).sum(axis=1)
    gain = np.where(done == 1, effect * (1.0 + covariates[:, 0]), 0.0)
    outcome = 5.0 + 2.0 * covariates[:, 0] + covariates[:, 1] ** 2 + gain + random.normal(size=decisions)
    number = np.arange(decisions) if customers is None else np.arange(decisions) % customers
    return DecisionLog(ACTIONS, number, done.astype(np.int64), probability, outcome, covariates)


def shuffled(log: DecisionLog, seed: int) -> tuple[DecisionLog, Integers]:
    """Return the log in another order, and that order."""
    order = np.random.default_rng(seed).permutation(len(log))
    mixed = DecisionLog(
        log.actions,
        log.customer[order],
        log.done[order],
        log.probability[order],
        log.outcome[order],
        log.covariates[order],
    )
    return mixed, order
