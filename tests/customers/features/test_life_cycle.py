"""Life cycle: every customer is in one stage, by their own rhythm."""

from dataclasses import dataclass
from typing import get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from customers.facts import CONTACT, PURCHASE, Fact
from customers.features.features import features_of
from customers.features.life_cycle import life_cycle_of, spending_paces
from customers.state import Customer
from schemas.moments import DAY_MS
from schemas.records.score import LifeCycle
from schemas.settings.risk import SegmentSettings
from tests.customers.lives import START, folded, lives

SETTINGS = SegmentSettings()
HORIZON = 90 * DAY_MS


def pace_of(customer: Customer, now: int) -> float:
    return float(spending_paces(features_of([customer], [now], HORIZON / DAY_MS))[0])


def stage_of(customer: Customer, now: int, settings: SegmentSettings = SETTINGS) -> LifeCycle:
    return life_cycle_of(customer, now, HORIZON, pace_of(customer, now), settings)


@dataclass(frozen=True)
class Buying:
    """Purchases on days after the start, each of an amount."""

    days: list[float]
    amounts: list[float] | None = None

    @property
    def customer(self) -> Customer:
        """Return the state after these purchases."""
        amounts = self.amounts or [50.0] * len(self.days)
        moments = [START + round(day * DAY_MS) for day in self.days]
        return folded(
            Fact(at, number, PURCHASE, at, amount, 1)
            for number, (at, amount) in enumerate(zip(moments, amounts, strict=True))
        )

    def on_day(self, day: float, settings: SegmentSettings = SETTINGS) -> LifeCycle:
        """Return the stage on a day after the start."""
        return stage_of(self.customer, START + round(day * DAY_MS), settings)


def every(days: float, until: float) -> list[float]:
    return [days * number for number in range(round(until / days) + 1)]


def test_a_customer_who_never_bought_has_no_stage() -> None:
    only_a_contact = folded([Fact(START, 1, CONTACT, START)])
    assert stage_of(only_a_contact, START + DAY_MS) == ""


def test_the_first_purchase_makes_a_new_customer_for_thirty_days() -> None:
    assert Buying([0.0]).on_day(0.0) == "new"
    assert Buying([0.0, 20.0]).on_day(30.0) == "new"
    assert Buying([0.0, 20.0]).on_day(30.1) != "new"


def test_one_purchase_that_is_not_followed_slips_and_then_is_gone() -> None:
    assert Buying([0.0]).on_day(31.0) == "slipping"
    assert Buying([0.0]).on_day(90.0) == "slipping"
    assert Buying([0.0]).on_day(90.1) == "gone"


def test_a_customer_who_buys_as_usual_is_steady() -> None:
    assert Buying(every(30.0, 720.0)).on_day(730.0) == "steady"


def test_silence_beyond_one_and_a_half_usual_gaps_is_slipping() -> None:
    assert Buying(every(30.0, 720.0)).on_day(764.0) == "steady"
    assert Buying(every(30.0, 720.0)).on_day(766.0) == "slipping"


def test_a_slow_rhythm_is_not_mistaken_for_leaving() -> None:
    slow = Buying(every(80.0, 800.0))
    assert slow.on_day(910.0) == "steady"
    assert slow.on_day(959.0) == "slipping"
    assert slow.on_day(961.0) == "gone"


def test_spending_much_less_than_usual_is_slipping_though_the_rhythm_holds() -> None:
    days = every(10.0, 730.0)
    less = Buying(days, [100.0 if day < 540.0 else 20.0 for day in days])
    assert less.on_day(731.0) == "slipping"


def test_spending_much_more_than_usual_is_growing() -> None:
    days = every(10.0, 730.0)
    more = Buying(days, [20.0 if day < 580.0 else 100.0 for day in days])
    assert more.on_day(731.0) == "growing"


def test_a_purchase_after_having_been_gone_wins_back_for_a_horizon() -> None:
    returned = Buying([0.0, 20.0, 40.0, 200.0])
    assert returned.on_day(200.0) == "won_back"
    assert returned.on_day(289.0) == "won_back"
    assert Buying([0.0, 20.0, 40.0, 200.0, 250.0, 280.0]).on_day(291.0) in {"steady", "growing"}


def test_a_pause_within_the_own_rhythm_is_no_return() -> None:
    assert Buying([0.0, 100.0, 200.0, 300.0]).on_day(301.0) == "steady"


@given(st.floats(1.0, 200.0), st.floats(1.0, 1e6))
def test_the_pace_of_steady_spending_is_about_one(gap: float, amount: float) -> None:
    days = every(gap, 1000.0)
    pace = pace_of(Buying(days, [amount] * len(days)).customer, START + round((days[-1] + gap / 2) * DAY_MS))
    assert pace == pytest.approx(1.0, abs=0.25 + 0.003 * gap)


@given(lives, st.integers(0, 400))
def test_every_customer_is_in_one_known_stage(life: list[Fact], days: int) -> None:
    customer = folded(life)
    before = msgspec.msgpack.encode(customer)
    stage = stage_of(customer, START + 60 * DAY_MS + days * DAY_MS)
    assert stage in get_args(LifeCycle)
    assert (stage == "") == (customer.purchases == 0)
    assert msgspec.msgpack.encode(customer) == before


@given(lives, st.integers(0, 400), st.integers(0, 400))
def test_silence_never_brings_anybody_back(life: list[Fact], days: int, more: int) -> None:
    customer = folded(life)
    now = START + 60 * DAY_MS + days * DAY_MS
    stages = [stage_of(customer, now + later * DAY_MS) for later in (0, more)]
    assert stages[0] != "gone" or stages[1] == "gone"


@given(lives)
def test_the_stage_does_not_depend_on_the_order_of_events(life: list[Fact]) -> None:
    shuffled = sorted(life, key=lambda fact: fact.event * 2654435761 % 2**32)
    now = START + 70 * DAY_MS
    assert stage_of(folded(shuffled), now) == stage_of(folded(life), now)


@given(st.lists(st.floats(0.0, 1000.0), min_size=1, max_size=12), st.floats(0.0, 500.0))
def test_a_customer_who_is_gone_was_silent_for_the_horizon(days: list[float], later: float) -> None:
    buying = Buying(sorted(days))
    if buying.on_day(max(days) + later) == "gone":
        assert later >= 90.0 - 1e-6


def test_settings_in_which_customers_are_gone_before_they_slip_are_refused() -> None:
    with pytest.raises(ValueError, match="slipping_gaps must not lie above gone_gaps"):
        SegmentSettings(slipping_gaps=3.0)
