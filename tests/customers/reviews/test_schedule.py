"""Reviews: on a grid per customer, strictly in the future, and spread over all customers."""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from customers.facts import Fact
from customers.policy import policy_of
from customers.reviews.schedule import due_at, next_asking_review, next_review, review_asks
from schemas.moments import DAY_MS
from schemas.settings.risk import RiskSettings
from tests.customers.lives import POLICY, START, lived, lives, moments

grids = st.integers(1, 400 * DAY_MS)
names = st.text(min_size=1, max_size=128)


@given(name=names, after=moments, review_ms=grids)
def test_the_next_review_lies_ahead_by_one_grid_at_most(name: str, after: int, review_ms: int) -> None:
    assert after < next_review(name, after, review_ms) <= after + review_ms


@given(name=names, one=moments, other=moments, review_ms=grids)
def test_a_customers_reviews_lie_on_one_grid_wherever_they_are_asked_for(
    name: str, one: int, other: int, review_ms: int
) -> None:
    assert (next_review(name, one, review_ms) - next_review(name, other, review_ms)) % review_ms == 0


def test_reviews_of_many_customers_are_spread_evenly() -> None:
    review_ms = 30 * DAY_MS

    days = Counter(
        (next_review(f"customer-{number}", START, review_ms) - START - 1) // DAY_MS for number in range(30_000)
    )

    assert len(days) == 30
    assert min(days.values()) > 850
    assert max(days.values()) < 1_150


@given(life=lives, until=moments)
def test_after_advancing_a_customer_is_due_later(life: list[Fact], until: int) -> None:
    assert due_at(lived(life, until, POLICY)[0]) > until


def test_reviews_that_ask_are_spread_over_all_days() -> None:
    policy = policy_of(RiskSettings(horizon_days=90.0, reviews_per_horizon=90))
    names = [f"customer-{number}" for number in range(3_000)]

    asked = [sum(review_asks(name, START + day * DAY_MS, policy) for name in names) for day in range(30)]

    assert min(asked) > 60
    assert max(asked) < 140


@given(name=names, after=moments, reviews_per_horizon=st.integers(1, 120))
def test_the_next_review_that_asks_is_the_first_of_the_grid_that_does(
    name: str, after: int, reviews_per_horizon: int
) -> None:
    policy = policy_of(RiskSettings(horizon_days=90.0, reviews_per_horizon=reviews_per_horizon))
    first = next_review(name, after, policy.review_ms)
    grid = range(first, first + policy.reviews_per_question * policy.review_ms, policy.review_ms)

    assert next_asking_review(name, after, policy) == next(at for at in grid if review_asks(name, at, policy))
