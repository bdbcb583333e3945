"""Lives that are advanced from watermark to watermark."""

from bisect import bisect_left
from collections.abc import Iterable

from hypothesis import strategies as st

from customers.advance import advance, receive
from customers.case import AdvanceResult
from customers.facts import PURCHASE, Fact
from customers.policy import Policy
from customers.reviews.schedule import next_review
from customers.state import Customer
from schemas.moments import DAY_MS
from tests.customers.lives import (
    POLICY,
    START,
    judge,
    moments,
)

END = START + 200 * DAY_MS
watermarks = st.lists(moments, max_size=8).map(lambda times: [*sorted(times), END])


def batches(life: list[Fact], steps: list[int], data: st.DataObject) -> list[list[Fact]]:
    """Return the facts received before each watermark: in any order, but before the first that passes their stamp."""
    batches: list[list[Fact]] = [[] for _ in steps]
    for fact in data.draw(st.permutations(life)):
        batches[data.draw(st.integers(0, bisect_left(steps, fact.stamp)))].append(fact)
    return batches


def stepwise(
    batches: list[list[Fact]], steps: list[int], policy: Policy
) -> Iterable[tuple[int, Customer, AdvanceResult]]:
    customer = Customer()
    for batch, until in zip(batches, steps, strict=True):
        for fact in batch:
            receive(customer, fact)
        yield until, customer, advance(customer, "somebody", until, policy, judge)


def asked_at(life: list[Fact], until: int) -> list[int]:
    """Return the instants of purchases and, from the first of them on, of the customer's review grid."""
    bought = {fact.stamp for fact in life if fact.kind == PURCHASE}
    if not bought:
        return []
    grid = [next_review("somebody", min(bought), POLICY.review_ms)]
    while grid[-1] <= until:
        grid.append(grid[-1] + POLICY.review_ms)
    return sorted(bought.union(grid[:-1]))
