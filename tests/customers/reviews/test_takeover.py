"""A model takes over: everyone is looked at once, whenever the takeover became known and in whatever steps."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from customers.advance import advance_all, receive
from customers.case import AdvanceResult, Case
from customers.encoding.encode import encode_customer
from customers.facts import PURCHASE, Fact
from customers.feed.holes import NO_HOLES, Hole, Holes
from customers.reviews.schedule import NOT_DUE, is_on_grid
from customers.reviews.takeover import ModelTakeovers
from customers.state import Customer
from schemas.moments import DAY_MS, HOUR_MS
from tests.customers.lives import POLICY, START, judge, lives, moments, purchase

WITHIN = 2 * DAY_MS
BEGINS = START + 25 * DAY_MS
END = START + 100 * DAY_MS

begins = st.integers(START, END - 3 * DAY_MS)
names = st.text(min_size=1, max_size=8)


def _advanced(
    life: Sequence[Fact],
    steps: Sequence[int],
    known: Sequence[int],
    customer_id: str = "somebody",
    holes: Holes = NO_HOLES,
    known_from: int = 0,
) -> tuple[Customer, AdvanceResult]:
    """Advance a customer in steps; takeovers become known at an instant, or a step before they begin."""
    customer, whole = Customer(), AdvanceResult()
    for fact in life:
        receive(customer, fact)
    for until in steps:
        case = Case(customer_id, customer)
        seen = ModelTakeovers(WITHIN, [at for at in known if at <= until or known_from <= until])
        advance_all([case], until, POLICY, judge, holes, takeovers=seen)
        whole.settled.extend(case.result.settled)
        whole.scored.extend(case.result.scored)
    return customer, whole


@given(life=lives, at=begins, customer_id=names)
def test_whoever_has_bought_is_looked_at_within_the_time_of_a_takeover(
    life: list[Fact], at: int, customer_id: str
) -> None:
    _, result = _advanced(life, [END], [at], customer_id)

    bought = [fact.stamp for fact in life if fact.kind == PURCHASE]
    if bought and min(bought) < at:
        assert any(at <= one.now < at + WITHIN for one in result.scored)


@given(customer_id=names)
def test_a_silent_customer_is_looked_at_once_and_goes_on_as_before(customer_id: str) -> None:
    life = [purchase(START)]
    _, without = _advanced(life, [END], [], customer_id)
    _, looked_at = _advanced(life, [END], [BEGINS], customer_id)

    look = ModelTakeovers(WITHIN).look(customer_id, BEGINS)
    moments = [one.now for one in without.scored]
    seen_before = any(BEGINS <= at <= look for at in moments)
    assert BEGINS <= look < BEGINS + WITHIN
    assert [one.now for one in looked_at.scored] == (moments if seen_before else sorted([*moments, look]))


@given(
    life=lives,
    steps=st.lists(moments, max_size=6).map(sorted),
    known=st.lists(begins, min_size=1, max_size=2),
    known_from=moments,
)
def test_neither_steps_nor_when_a_takeover_became_known_change_anything(
    life: list[Fact], steps: list[int], known: list[int], known_from: int
) -> None:
    whole, expected = _advanced(life, [END], known)
    stepped, found = _advanced(life, [*steps, END], known, known_from=known_from)

    assert (expected.settled, expected.scored) == (found.settled, found.scored)
    assert encode_customer(whole, NOT_DUE) == encode_customer(stepped, NOT_DUE)


@given(life=lives, at=begins)
def test_a_look_for_a_takeover_asks_nothing(life: list[Fact], at: int) -> None:
    customer, result = _advanced(life, [END], [at])

    asked = [question.asked_at for question in result.settled if not question.bought]
    asked += [question.asked_at for question in customer.questions if not question.bought]
    assert all(is_on_grid("somebody", moment, POLICY.review_ms) for moment in asked)


@given(life=lives, at=begins)
def test_no_look_for_a_takeover_falls_into_a_hole(life: list[Fact], at: int) -> None:
    start = at - at % HOUR_MS - DAY_MS
    hole = Hole(start, start + HOUR_MS, start + 10 * DAY_MS, missing=100.0)
    outside = [fact for fact in life if not hole.start <= fact.stamp < hole.end]

    _, result = _advanced(outside, [END], [at], holes=Holes([hole]))

    assert not [one for one in result.scored if one.cause == "review" and hole.known_at <= one.now < hole.end]


@given(known=st.lists(begins, max_size=4, unique=True), instant=begins)
def test_takeovers_are_known_in_order_until_all_their_looks_are_done(known: list[int], instant: int) -> None:
    takeovers = ModelTakeovers(WITHIN)
    for at in [*known, *known]:
        takeovers.add(at)
    assert takeovers.known == tuple(sorted(known))

    takeovers.forget_before(instant)

    assert takeovers.known == tuple(sorted(at for at in known if at + WITHIN > instant))


def test_a_customer_who_comes_before_a_known_takeover_is_due_for_it() -> None:
    customer = Customer()
    receive(customer, purchase(BEGINS - DAY_MS))
    case, takeovers = Case("somebody", customer), ModelTakeovers(WITHIN, [BEGINS])

    advance_all([case], BEGINS - 1, POLICY, judge, takeovers=takeovers)

    assert case.due == min(takeovers.look("somebody", BEGINS), customer.next_review)


@given(life=lives, at=begins, customer_id=names)
def test_whoever_is_not_advanced_to_the_watermark_is_due_at_what_follows(
    life: list[Fact], at: int, customer_id: str
) -> None:
    customer, takeovers = Customer(), ModelTakeovers(WITHIN, [at])
    for fact in life:
        receive(customer, fact)
    case = Case(customer_id, customer)
    advance_all([case], END, POLICY, judge, takeovers=takeovers, most=1)

    while (due := case.due) <= END:
        advance_all([case], END, POLICY, judge, takeovers=takeovers, most=1)
        assert customer.clock == due
