"""Customers of a simulated year as columns, with the true effects of actions known in closed form.

Every customer is decided for every eighth week, and an action works for those eight weeks: they are its horizon. Within
them a customer buys at a steady rate while they stay and leaves with a steady hazard; so what each action is expected
to bring is a formula, and the truth is exact. Between them, complaints come and customers begin to drift away.
"""

from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.random import Generator

from deploy.simulator.treatments import true_effects as true
from retention.outcomes.columns import Flags, Integers, Matrix, Vector

HORIZON: Final = 8
"""Weeks."""

ACTIONS: Final = ("none", "call", "offer", "thank_you", "remind")
NONE, CALL, OFFER, THANK_YOU, REMIND = range(5)
COSTS: Final = np.array([0.0, 6.0, 1.5, 0.5, 0.2])
"""Cost of each action, beside what an offer takes off the price."""

_MARGIN_SHARE: Final = 0.3
_DISCOUNT: Final = true.OFFER_DISCOUNT / _MARGIN_SHARE
"""Share of the margin of the next purchase that an offer takes off."""

_HAZARD: Final = 0.002
_HAZARD_COMPLAINT: Final = 0.13
_HAZARD_DRIFTING: Final = 0.02
"""Chance to leave in a week."""

_DRIFTING_RATE: Final = 0.15
_BEGINS_TO_DRIFT: Final = 0.10
_COMPLAINS: Final = 0.05
_FORGETS_COMPLAINT: Final = 0.5
"""Chances in eight weeks."""


FEATURES: Final = 10
"""Number of features that are known of a customer."""


@dataclass(slots=True)
class SimulatedShop:
    """Customers; all columns have the shape (customers,). The hidden ones are known to nobody who decides.

    Attributes:
        rate: Purchases a week (hidden).
        margin: Margin on a purchase.
        annoyed: True for those whom offers annoy (hidden).
        stays: True until they have left (hidden).
        drifting: True for those who drift away (hidden).
        complaint: True while a complaint is open.
        orders: Purchases so far.
        weeks: Weeks since the first purchase.
        silence: Weeks since the last purchase.
    """

    rate: Vector
    margin: Vector
    annoyed: Flags
    stays: Flags
    drifting: Flags
    complaint: Flags
    orders: Vector
    weeks: Vector
    silence: Vector

    def of(self, rows: slice) -> "SimulatedShop":
        """Return some of the customers; what happens to them is written into the same columns."""
        return SimulatedShop(*(getattr(self, field.name)[rows] for field in fields(self)))


def open_shop(random: Generator, customers: int) -> SimulatedShop:
    """Draw customers who have been with the shop for a year, some of whom have left already."""
    rate = np.maximum(random.gamma(1.4, 13.0, customers), 1.5) / 52.0
    drifting = random.random(customers) < 2 * _BEGINS_TO_DRIFT
    stays = random.random(customers) < 0.85
    left_before = np.where(stays, 0.0, random.uniform(0.0, 52.0, customers))
    pace = np.where(drifting & stays, _DRIFTING_RATE, 1.0) * rate
    return SimulatedShop(
        rate=rate,
        margin=np.exp(random.normal(np.log(14.0), 0.4, customers)),
        annoyed=random.random(customers) < true.ANNOYED,
        stays=stays,
        drifting=drifting,
        complaint=stays & (random.random(customers) < _COMPLAINS),
        orders=1.0 + random.poisson(rate * (52.0 - left_before)).astype(np.float64),
        weeks=np.full(customers, 52.0),
        silence=np.minimum(left_before + random.exponential(1.0 / pace), 52.0),
    )


def expected_margin(shop: SimulatedShop) -> Matrix:
    """Return the margin that each action is expected to bring within the horizon, costs not counted.

    Returns:
        Shape (customers, actions).
    """
    pace = shop.rate * shop.margin * shop.stays
    slow = np.where(shop.drifting, _DRIFTING_RATE, 1.0)
    usual = slow * _weeks_stayed(_hazard(shop.complaint, shop.drifting))
    resolved = slow * _weeks_stayed(_hazard(np.zeros_like(shop.complaint), shop.drifting))
    back = _weeks_stayed(_hazard(shop.complaint, np.zeros_like(shop.drifting)))
    loyal = shop.orders >= true.LOYAL_ORDERS
    kept = slow * _weeks_stayed(true.THANKS_KEEP * _hazard(shop.complaint, shop.drifting))
    offered = np.where(shop.drifting, true.OFFER_WINS_BACK * back + (1.0 - true.OFFER_WINS_BACK) * usual, usual)
    offered = offered - _DISCOUNT * _buyers_of_offer(shop) / np.maximum(shop.rate, 1e-9)
    weeks: Matrix = np.column_stack(
        [
            usual,
            np.where(shop.complaint, true.CALL_RESOLVES * resolved + (1.0 - true.CALL_RESOLVES) * usual, usual),
            offered * (1.0 - true.OFFER_LOSES_ANNOYED * shop.annoyed),
            np.where(loyal, true.THANKS_MORE * kept, usual),
            true.REMINDER_LESS * (1.0 - true.REMINDER_LOSES) * usual,
        ]
    )
    margin: Matrix = pace[:, None] * weeks
    return margin


def live_on(shop: SimulatedShop, action: Integers, random: Generator) -> Vector:
    """Let eight weeks pass after an action.

    Args:
        shop: Customers; changed in place.
        action: Index of the action in effect for each, shape (customers,).
        random: Chance.

    Returns:
        Margin on what was bought, shape (customers,).
    """
    number = len(action)
    chance = random.random((3, number))
    is_offer, is_reminder, is_thanks = action == OFFER, action == REMIND, action == THANK_YOU
    shop.complaint &= ~((action == CALL) & (chance[0] < true.CALL_RESOLVES))
    shop.drifting &= ~(is_offer & (chance[0] < true.OFFER_WINS_BACK))
    lost = np.where(is_offer & shop.annoyed, true.OFFER_LOSES_ANNOYED, np.where(is_reminder, true.REMINDER_LOSES, 0.0))
    shop.stays &= chance[1] >= lost
    thanked = is_thanks & (shop.orders >= true.LOYAL_ORDERS)
    hazard = _hazard(shop.complaint, shop.drifting) * np.where(thanked, true.THANKS_KEEP, 1.0)
    weeks = np.where(shop.stays, np.minimum(np.floor(np.log(chance[2]) / np.log1p(-hazard)), HORIZON), 0.0)
    pace = shop.rate * np.where(shop.drifting, _DRIFTING_RATE, 1.0)
    pace = pace * np.where(thanked, true.THANKS_MORE, np.where(is_reminder, true.REMINDER_LESS, 1.0))
    purchases = random.poisson(pace * weeks)
    paid: Vector = shop.margin * random.gamma(np.maximum(4.0 * purchases, 1e-9), 0.25)
    paid -= _DISCOUNT * shop.margin * (is_offer & (purchases > 0))
    _age(shop, weeks, purchases.astype(np.float64), random)
    return paid


def _age(shop: SimulatedShop, weeks: Vector, purchases: Vector, random: Generator) -> None:
    """Bring what is known of customers up to date, and draw who complains and who begins to drift away."""
    last = weeks * random.random(len(weeks)) ** (1.0 / np.maximum(purchases, 1.0))
    shop.silence[:] = np.where(purchases > 0.0, HORIZON - last, shop.silence + HORIZON)
    shop.orders += purchases
    shop.weeks += HORIZON
    shop.stays &= weeks >= HORIZON
    forgets = random.random(len(weeks)) < _FORGETS_COMPLAINT
    shop.complaint[:] = shop.stays & ((shop.complaint & ~forgets) | (random.random(len(weeks)) < _COMPLAINS))
    shop.drifting |= random.random(len(weeks)) < _BEGINS_TO_DRIFT


def _hazard(complaint: Flags, drifting: Flags) -> Vector:
    return np.where(complaint, _HAZARD_COMPLAINT, np.where(drifting, _HAZARD_DRIFTING, _HAZARD))


def _weeks_stayed(hazard: Vector) -> Vector:
    """Return the expected number of weeks survived, of the horizon."""
    stays = 1.0 - hazard
    weeks: Vector = stays * (1.0 - stays**HORIZON) / hazard
    return weeks


def _buyers_of_offer(shop: SimulatedShop) -> Vector:
    """Return the chance that somebody who was sent an offer buys, given that it has not made them leave."""
    usual_pace = shop.rate * np.where(shop.drifting, _DRIFTING_RATE, 1.0)
    usual = _buys(usual_pace, _hazard(shop.complaint, shop.drifting))
    back = _buys(shop.rate, _hazard(shop.complaint, np.zeros_like(shop.drifting)))
    return np.where(shop.drifting, true.OFFER_WINS_BACK * back + (1.0 - true.OFFER_WINS_BACK) * usual, usual)


def _buys(pace: Vector, hazard: Vector) -> Vector:
    """Return the chance of a purchase within the horizon; each week must be survived first."""
    silent_week = (1.0 - hazard) * np.exp(-pace)
    silent = silent_week**HORIZON
    chance: Vector = 1.0 - (silent + hazard * (1.0 - silent) / (1.0 - silent_week))
    return chance


@dataclass(frozen=True, slots=True)
class Known:
    """Knowledge of customers when it is decided; all columns have the shape (customers,).

    Attributes:
        risk: Probability of buying nothing within the horizon, by a model that knows silence, rate and complaints.
        value: Margin of a horizon at the customer's usual rate.
        gaps_silent: Silence in the customer's own usual gaps.
        orders: Purchases so far.
        complaint: True while a complaint is open.
    """

    risk: Vector
    value: Vector
    gaps_silent: Vector
    orders: Vector
    complaint: Flags

    def of(self, rows: Flags) -> "Known":
        """Return what is known of some of the customers."""
        return Known(*(getattr(self, field.name)[rows] for field in fields(self)))

    def features(self) -> Matrix:
        """Return standardised features as the risk model has them, shape (customers, features)."""
        log_gaps, loyal = np.log1p(self.gaps_silent), self.orders >= true.LOYAL_ORDERS
        columns = [
            (self.risk - 0.4) / 0.3,
            (np.log1p(self.value) - 3.0) / 0.9,
            (self.value - 35.0) / 30.0,
            (log_gaps - 0.8) / 0.6,
            self.complaint * 1.0,
            loyal * 1.0,
            self.value * self.complaint / 35.0,
            self.value * (1.0 - self.risk) / 35.0,
            self.value * np.exp(-((log_gaps - 1.0) ** 2) / 0.1) / 35.0,
            self.value * loyal * (1.0 - self.risk) / 35.0,
        ]
        return np.column_stack(columns)


def look_at(shop: SimulatedShop) -> Known:
    """Return what is known of customers: silence against their usual gap says how likely they have left."""
    rate = (shop.orders + 1.4) / (np.maximum(shop.weeks - shop.silence, 1.0) + 4.0)
    stayed = np.exp(-(rate + _HAZARD) * shop.silence)
    left = (_HAZARD + 0.004) / (rate + _HAZARD + 0.004) * (1.0 - stayed)
    drifted = 0.15 * np.exp(-_DRIFTING_RATE * rate * shop.silence)
    there = (stayed + drifted) / (stayed + drifted + left)
    hazard = np.where(shop.complaint, _HAZARD_COMPLAINT, 2 * _HAZARD)
    buys = there * (1.0 - np.exp(-0.8 * rate * _weeks_stayed(hazard)))
    return Known(
        1.0 - buys, rate * shop.margin * HORIZON, rate * shop.silence, shop.orders.copy(), shop.complaint.copy()
    )
