"""The BG/NBD model: customers buy at rates of their own and may leave for good after any purchase.

Source: Fader, Hardie and Lee, "Counting Your Customers the Easy Way: An Alternative to the Pareto/NBD Model"
(Marketing Science 2005). Of a customer with x repeat purchases, the last at t, watched for T, the probability of no
purchase in the H days to come is L(x, t, T + H) / L(x, t, T), L being the likelihood.
"""

from typing import Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln

from risk.evaluation.baselines.past import Past, UnlabelledDecisions
from risk.evaluation.baselines.purchases import PurchaseSummary
from risk.evaluation.quality import Numbers

_MOST_CUSTOMERS: Final = 30_000
_BOUNDS: Final = (-7.0, 9.0)
"""Bounds of the logarithms of the parameters; beyond them the likelihood is flat."""


class BgNbd:
    """BG/NBD by maximum likelihood; learns from purchases alone, without answers.

    Attributes:
        name: Name in the report.
        note: Short description in the report.
    """

    name: Final = "BG/NBD"
    note: Final = "purchase counts and moments alone, refitted monthly"

    def __init__(self) -> None:
        """Start with customers who buy once a month and leave after one purchase in three."""
        self._logs = np.log(np.array([1.0, 30.0, 1.0, 2.0]))
        self._horizon = 0.0
        self._share = 0.5

    def fit(self, past: Past) -> None:
        """Maximise the likelihood, starting from the last fit."""
        self._horizon, self._share = past.horizon_days, past.share
        everyone = past.customers
        rows = np.stack([everyone.repeats, everyone.latest, everyone.watched])
        rows = rows[:, :: rows.shape[1] // _MOST_CUSTOMERS + 1]
        different, counts = np.unique(rows, axis=1, return_counts=True)
        if not counts.size:
            return
        few = PurchaseSummary(*different)

        def loss(logs: Numbers) -> float:
            return -float(np.average(log_likelihood(np.exp(logs), few), weights=counts))

        self._logs = minimize(loss, self._logs, method="L-BFGS-B", bounds=[_BOUNDS] * len(self._logs)).x

    def risks(self, decisions: UnlabelledDecisions) -> Numbers:
        """Return the probabilities of leaving; the share of leavers so far for customers who have not bought."""
        risks = np.full(len(decisions.features), self._share)
        now = decisions.customers.of(decisions.customers.bought)
        later = PurchaseSummary(now.repeats, now.latest, now.watched + self._horizon)
        parameters = np.exp(self._logs)
        silent = log_likelihood(parameters, later) - log_likelihood(parameters, now)
        risks[decisions.customers.bought] = np.exp(silent)
        return risks


def log_likelihood(parameters: Numbers, customers: PurchaseSummary) -> Numbers:
    """Return the log-likelihood of each customer's purchases, shape (n,).

    Args:
        parameters: r, alpha, a and b, shape (4,).
        customers: Purchase summaries of n customers.
    """
    r, alpha, a, b = parameters
    repeats, latest, watched = customers.repeats, customers.latest, customers.watched
    bought = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha) - betaln(a, b)
    stays = betaln(a, b + repeats) - (r + repeats) * np.log(alpha + watched)
    again = repeats > 0.0
    left = betaln(a + 1.0, b + np.where(again, repeats, 1.0) - 1.0) - (r + repeats) * np.log(alpha + latest)
    return np.asarray(bought + np.logaddexp(stays, np.where(again, left, -np.inf)))
