"""Customers who are due: by the stored state, and for takeovers that it does not know of."""

from hypothesis import given
from hypothesis import strategies as st

from customers.encoding.encode import encode_customer
from customers.reviews.schedule import NOT_DUE
from customers.reviews.takeover import ModelTakeovers
from customers.state import Customer
from schemas.moments import DAY_MS
from streams.worker.engine.due_customers import DueCustomers
from tests.customers.lives import START
from tests.kit.worker_pages import MemoryStore

WITHIN = DAY_MS
BEGINS = START + 10 * DAY_MS
EVER = START + 1_000 * DAY_MS

days = st.integers(0, 40)
people = st.dictionaries(st.text(min_size=1, max_size=4), st.tuples(days, days), max_size=12)
"""Days after the start of a customer's clock, and from there until the customer is due."""


def _store(of: dict[str, tuple[int, int]]) -> MemoryStore:
    store = MemoryStore()
    for customer_id, (clock, due) in of.items():
        state = Customer(clock=START + clock * DAY_MS)
        store.put(customer_id.encode(), encode_customer(state, state.clock + due * DAY_MS))
    return store


def _filled(of: dict[str, tuple[int, int]], takeovers: ModelTakeovers) -> DueCustomers:
    due = DueCustomers(_store(of), takeovers)
    assert len(list(due.fill())) == len(of)
    return due


def _all(due: DueCustomers) -> list[tuple[int, str]]:
    """Take everyone, one at a time, with when they came first."""
    taken = []
    while (at := due.earliest) <= EVER:
        taken += [(at, one.key.decode()) for one in due.take(at, 1)]
    return taken


@given(of=people, knows=st.booleans())
def test_everyone_who_is_not_past_the_beginning_of_a_takeover_is_looked_at_for_it(
    of: dict[str, tuple[int, int]], *, knows: bool
) -> None:
    takeovers = ModelTakeovers(WITHIN, [BEGINS] if knows else [])
    due = _filled(of, takeovers)
    takeovers.add(BEGINS)

    expected = [(START + (clock + until) * DAY_MS, customer_id) for customer_id, (clock, until) in of.items()]
    expected += [
        (takeovers.look(customer_id, BEGINS), customer_id)
        for customer_id, (clock, _) in of.items()
        if START + clock * DAY_MS < BEGINS
    ]
    assert sorted(_all(due)) == sorted(expected)


@given(of=people)
def test_the_first_look_of_a_takeover_is_the_earliest_that_anyone_is_due(of: dict[str, tuple[int, int]]) -> None:
    takeovers = ModelTakeovers(WITHIN)
    due = _filled(of, takeovers)
    before = due.first()

    takeovers.add(BEGINS)

    looks = [takeovers.look(customer_id, BEGINS) for customer_id in of]
    assert due.first() == due.earliest == min([before, *looks])


def test_a_customer_who_has_been_forgotten_is_not_looked_at() -> None:
    takeovers = ModelTakeovers(WITHIN)
    store = _store({"a": (0, 40)})
    due = DueCustomers(store, takeovers)
    assert len(list(due.fill())) == 1
    takeovers.add(BEGINS)
    assert due.earliest < NOT_DUE

    store.delete(b"a")

    assert due.take(EVER, 10) == []


def test_an_unreadable_state_is_due_at_once_and_for_no_takeover() -> None:
    takeovers = ModelTakeovers(WITHIN, [BEGINS])
    store = MemoryStore({b"a": b"no"})
    due = DueCustomers(store, takeovers)
    assert list(due.fill()) == [b"no"]

    assert due.first() == 0
    assert [one.key for one in due.take(EVER, 10)] == [b"a"]


def test_whoever_is_taken_for_a_takeover_says_under_which_time_the_heap_still_has_them() -> None:
    takeovers = ModelTakeovers(WITHIN, [BEGINS])
    look, entered = takeovers.look("a", BEGINS), START + 20 * DAY_MS

    assert [one.entered for one in _filled({"a": (0, 20)}, takeovers).take(look, 10)] == [entered]
    assert [one.entered for one in _filled({"a": (0, 20)}, takeovers).take(entered, 10)] == [NOT_DUE]
    assert [one.entered for one in _filled({"a": (0, 5)}, takeovers).take(look, 10)] == [NOT_DUE]
