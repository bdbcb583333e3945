"""The retention state of a customer is small, bounded, and survives its bytes."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from retention.decide.memory.state import KEPT_CONTACTS, ChannelAnswers, OpenDecision, RetentionState, View

_moments = st.integers(0, 2**42)
_states = st.builds(
    RetentionState,
    open=st.none() | st.builds(OpenDecision, _moments, st.text(), st.booleans(), _moments, st.text(), st.booleans()),
    contacts=st.lists(_moments).map(sorted),
    last_of_action=st.dictionaries(st.text(), _moments, max_size=3),
    channels=st.lists(st.builds(ChannelAnswers, st.text(), st.integers(0, 9), st.integers(0, 9)), max_size=3),
    no_contact=st.booleans(),
    snoozed_until=_moments,
    last_seen=st.builds(View, _moments, st.floats(0.0, 1.0), st.text()),
    note=st.text(),
)


@given(_states)
def test_a_state_survives_its_bytes(state: RetentionState) -> None:
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=RetentionState) == state


def test_the_state_of_an_untouched_customer_takes_few_bytes() -> None:
    assert len(msgspec.msgpack.encode(RetentionState())) <= 32


@given(st.lists(st.tuples(st.sampled_from(("call", "mail")), _moments), max_size=120))
def test_the_latest_contacts_are_kept_in_order_whatever_the_order_of_facts(contacts: list[tuple[str, int]]) -> None:
    state = RetentionState()
    for action, at in contacts:
        state.add_contact(action, at)

    assert state.contacts == sorted(at for _, at in contacts)[-KEPT_CONTACTS:]
    assert all(
        state.last_of_action[name] == max(at for action, at in contacts if action == name)
        for name in {action for action, _ in contacts}
    )


def test_two_customers_share_nothing() -> None:
    one, other = RetentionState(), RetentionState()
    one.add_contact("call", 1)
    one.add_try("phone", answered=True)

    assert other == RetentionState()
