"""The aftermath of a purchase: now and then a return or a question; before a customer leaves, signs of the cause."""

from collections.abc import Iterator
from random import Random

from deploy.simulator.catalogue import TRIED_ON
from deploy.simulator.customers.churn_cause import Churn
from deploy.simulator.draw import DAY, one_of, pick, weighted
from deploy.simulator.purchases.aftermath_events import Contact, PlannedReturn
from deploy.simulator.purchases.purchase import Line, Order

RETURNED = 0.035
RETURNED_IF_TRIED_ON = 0.12
"""Chance that a line of an order comes back."""

ASKS = 0.09
"""Chance that a purchase brings a contact."""

SETTLED = 0.92
"""Share of the contacts of those who stay that are resolved."""

ASKS_ABOUT_A_DEFECT = 0.6
AGENT_JUDGES = 0.15
FALSE_ALARM = 0.06
"""Share of the judgements on those who stay that foresee a leaving."""

_REASONS = weighted(
    no_longer_wanted=0.52, wrong_item=0.22, not_as_described=0.11, defective=0.05, late=0.05, other=0.05
)
_TOPICS = weighted(delivery=0.4, product=0.25, billing=0.15, returns=0.2)
_COMPLAINTS = weighted(delivery=0.35, product=0.3, billing=0.25, returns=0.1)
_COMPLAINTS_OF_ONE = (1, 2, 2, 3)


def ordinary_aftermath(random: Random, order: Order, now: float) -> Iterator[PlannedReturn | Contact]:
    """Draw what follows a purchase made ``now`` (Unix seconds) by someone who stays: mostly nothing."""
    unfit = [line for line in order.lines if random.random() < _return_chance(line)]
    if unfit:
        lines = [_some(random, unfit[0]), *unfit[1:]]
        returned = PlannedReturn(now + random.uniform(3, 14) * DAY, pick(random, _REASONS), lines)
        yield returned
        if returned.reason == "defective" and random.random() < ASKS_ABOUT_A_DEFECT:
            yield _question(random, returned.moment + random.random() * DAY, "returns")
    if random.random() < ASKS:
        yield _question(random, now + random.uniform(0.5, 10) * DAY, pick(random, _TOPICS))


def signs_of_churn(random: Random, order: Order, churn: Churn) -> Iterator[PlannedReturn | Contact]:
    """Draw what shows of the cause between the last purchase and the leaving."""
    if churn.cause == "unresolved_complaint":
        topic = pick(random, _COMPLAINTS)
        for moment in _moments(random, churn, one_of(random, _COMPLAINTS_OF_ONE)):
            yield _complaint(random, moment, topic)
    elif churn.cause == "defective_return":
        (moment,) = _moments(random, churn, 1)
        yield PlannedReturn(moment, "defective", [one_of(random, order.lines)])
    elif churn.cause == "agent_foresaw":
        (moment,) = _moments(random, churn, 1)
        yield _warning(random, moment)


def _moments(random: Random, churn: Churn, number: int) -> list[float]:
    return sorted(random.uniform(churn.last_purchase_at + DAY, churn.left_at) for _ in range(number))


def _return_chance(line: Line) -> float:
    return RETURNED_IF_TRIED_ON if line.product.category in TRIED_ON else RETURNED


def _some(random: Random, line: Line) -> Line:
    return line._replace(quantity=random.randint(1, line.quantity))


def _question(random: Random, moment: float, topic: str) -> Contact:
    resolved = random.random() < SETTLED
    judged = random.random() < AGENT_JUDGES
    return Contact(
        moment=moment,
        topic=topic,
        resolved=resolved,
        satisfaction=one_of(random, (3, 4, 4, 5, 5) if resolved else (1, 2, 2, 3)),
        sentiment=one_of(random, (0, 0, 1, 1, 2) if resolved else (-2, -1, -1, 0)) if judged else None,
        likely_to_leave=judged and random.random() < FALSE_ALARM,
    )


def _complaint(random: Random, moment: float, topic: str) -> Contact:
    judged = random.random() < AGENT_JUDGES
    return Contact(
        moment=moment,
        topic=topic,
        resolved=False,
        satisfaction=one_of(random, (1, 1, 2)),
        sentiment=one_of(random, (-2, -1)) if judged else None,
        likely_to_leave=False,
    )


def _warning(random: Random, moment: float) -> Contact:
    resolved = random.random() < SETTLED
    return Contact(
        moment=moment,
        topic=pick(random, _TOPICS),
        resolved=resolved,
        satisfaction=one_of(random, (2, 3, 3, 4) if resolved else (1, 2)),
        sentiment=one_of(random, (-2, -1)),
        likely_to_leave=True,
    )
