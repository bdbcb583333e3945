"""Alerts with hysteresis: raised at a high risk and cleared at a lower one, so that they do not flap.

An alert is about a customer who is leaving. One who is gone by their own rhythm has left; such an alert ends, and none
is raised: that customer is in the list of the lost. Nor is one raised for a silence alone before it is unusual for this
very customer, however high the risk: a frequent buyer's risk crosses any threshold several times a year, and one who
buys seldom has a high one from the first day. From then on the risk that is needed falls, since the chance to keep the
customer passes in their own gaps, not in days. Nor is one raised by the rule for a customer who has bought once: it
knows no rhythm that could be broken.
"""

from collections.abc import Sequence
from math import ceil, inf
from typing import Final, Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from customers.features.features import Matrix, has_open_complaint
from customers.features.life_cycle import usual_gap
from customers.state import NEVER, Customer
from schemas.records.model import RULE_VERSION
from schemas.records.score import LifeCycle, Score
from schemas.settings.risk import AlertSettings

_GONE: Final[LifeCycle] = "gone"

_RHYTHM: Final = 2
"""Purchases from which on a customer has a usual gap."""


class AlertTransition(msgspec.Struct, frozen=True):
    """Change of a customer's alert.

    Attributes:
        state: What happened to it.
        raised_at: When it was raised, ms since 1970; also where it is cleared now.
    """

    state: Literal["raised", "cleared"]
    raised_at: int


def change_alert(
    customer: Customer, score: Score, now: int, settings: AlertSettings, *, may_raise: bool = True
) -> AlertTransition | None:
    """Raise or clear a customer's alert.

    Args:
        customer: State in heard time; its ``alert_raised`` is set or reset.
        score: Of this instant.
        now: Instant, ms since 1970.
        settings: Risks and values at which alerts are raised and cleared.
        may_raise: False while nothing is heard of any customer.

    Returns:
        The change; None if there is none.
    """
    risk, value, gone = score.risk, score.value_at_risk, score.life_cycle == _GONE
    risk += relief_at(customer, now, settings)
    if customer.alert_raised == NEVER:
        known = may_raise and not gone and not _is_unknown(customer, score)
        high = risk >= settings.raise_risk and value >= settings.raise_value_at_risk
        if not known or not high or now < alarming_from(customer, settings.silent_gaps):
            return None
        customer.alert_raised = now
        return AlertTransition("raised", now)
    if not gone and risk >= settings.clear_risk and value >= settings.clear_value_at_risk:
        return None
    raised_at, customer.alert_raised = customer.alert_raised, NEVER
    return AlertTransition("cleared", raised_at)


def alarming_from(customer: Customer, silent_gaps: float) -> int:
    """Return the instant from which an alert may be raised as long as nothing happens, ms since 1970.

    It is the last purchase if there has been a sign of leaving since, or if the customer has no usual gap.

    Args:
        customer: State in heard time.
        silent_gaps: Number of usual gaps from which on a silence is unusual.
    """
    if customer.purchases < _RHYTHM or shows_sign(customer):
        return customer.last_purchase
    return customer.last_purchase + ceil(silent_gaps * usual_gap(customer))


def relief_at(customer: Customer, now: int, settings: AlertSettings) -> float:
    """Return the probability by which the risks of alerts are lower at an instant.

    Args:
        customer: State in heard time.
        now: The instant, ms since 1970.
        settings: Number of usual gaps between which they fall, and by how much in all.
    """
    if customer.purchases < _RHYTHM:
        return 0.0
    silence = (now - customer.last_purchase) / usual_gap(customer)
    passed = (silence - settings.silent_gaps) / (settings.overdue_gaps - settings.silent_gaps)
    return settings.overdue_relief * min(max(passed, 0.0), 1.0)


def reliefs_at(customers: Sequence[Customer], moments: NDArray[np.int64], settings: AlertSettings) -> Matrix:
    """Return what :func:`relief_at` returns of customers, each at several instants.

    Args:
        customers: States in heard time.
        moments: Instants of each, ms since 1970, shape (customers, instants).
        settings: Number of usual gaps between which the risks of alerts fall, and by how much in all.

    Returns:
        Shape (customers, instants).
    """
    last = np.array([customer.last_purchase for customer in customers], dtype=np.int64)
    gaps = np.array([usual_gap(customer) or inf for customer in customers])
    passed = (moments - last[:, None]) / gaps[:, None] - settings.silent_gaps
    passed /= settings.overdue_gaps - settings.silent_gaps
    reliefs: Matrix = settings.overdue_relief * np.clip(passed, 0.0, 1.0)
    return reliefs


def shows_sign(customer: Customer) -> bool:
    """Return True if something beside silence has pointed to leaving since the last purchase.

    That is a complaint that is still open, a return of something defective or not as described, or an agent who expects
    the customer to leave.
    """
    bought = customer.last_purchase
    return (
        (customer.last_unresolved > bought and has_open_complaint(customer))
        or customer.last_harmful_return > bought
        or (customer.last_judged > bought and customer.leaving)
    )


def _is_unknown(customer: Customer, score: Score) -> bool:
    """Return True if neither a model nor the customer's own rhythm stands behind a score."""
    return customer.purchases < _RHYTHM and score.model_version == RULE_VERSION
