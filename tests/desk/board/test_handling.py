"""Owners of decisions and their return to the queue do not depend on the order of events."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.board.handling import CLAIM_ENDS_AFTER, TRIED_AGAIN_AFTER, Handling, handling_of
from desk.reading.handling import HandlingEvent
from tests.sinks.records import NOON

MINUTE = timedelta(minutes=1)
RESULTS = ["claimed", "released", "snoozed", "escalated", "no_answer", "done", "dismissed"]


def said(offset: int, by: str, result: str, minute: int = 0, **fields: Any) -> HandlingEvent:  # noqa: ANN401 - any field
    return HandlingEvent(decision_id="d1", offset=offset, by=by, at=NOON + minute * MINUTE, result=result, **fields)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from(RESULTS), st.integers(0, 90)), max_size=8), st.randoms()
)
def test_the_order_in_which_events_are_read_does_not_matter(drawn: list[tuple[str, str, int]], random: Random) -> None:
    events = [said(offset, *one) for offset, one in enumerate(drawn)]
    shuffled = random.sample(events, len(events))

    assert handling_of(shuffled) == handling_of(events)


def test_of_two_who_claim_at_once_the_first_in_the_log_has_it_until_the_claim_ends() -> None:
    state = handling_of([said(1, "ann", "claimed"), said(2, "bob", "claimed")])

    assert state.holder(NOON + MINUTE) == "ann"
    assert state.holder(NOON + CLAIM_ENDS_AFTER) == ""


def test_a_claim_lasts_as_long_as_it_says_and_can_be_renewed_and_taken_over_afterwards() -> None:
    events = [
        said(1, "ann", "claimed", until=NOON + 5 * MINUTE),
        said(2, "ann", "claimed", 4, until=NOON + 9 * MINUTE),
        said(3, "bob", "claimed", 9, until=NOON + 20 * MINUTE),
    ]

    assert handling_of(events[:2]).holder(NOON + 8 * MINUTE) == "ann"
    assert handling_of(events).holder(NOON + 10 * MINUTE) == "bob"


def test_nobody_gives_back_what_another_has() -> None:
    claimed = said(1, "ann", "claimed")

    assert handling_of([claimed, said(2, "bob", "released", 1)]).holder(NOON + 2 * MINUTE) == "ann"
    assert handling_of([claimed, said(2, "ann", "released", 1)]).holder(NOON + 2 * MINUTE) == ""


def test_who_did_not_answer_comes_back_and_tries_are_counted() -> None:
    state = handling_of([said(1, "ann", "claimed"), said(2, "ann", "no_answer"), said(3, "bob", "no_answer", 200)])

    assert (state.tries, state.holder(NOON + 201 * MINUTE)) == (2, "")
    assert state.is_waiting(NOON + 200 * MINUTE + TRIED_AGAIN_AFTER - MINUTE)
    assert not state.is_waiting(NOON + 200 * MINUTE + TRIED_AGAIN_AFTER)


def test_what_is_snoozed_waits_until_then_or_until_somebody_claims_it() -> None:
    snoozed = said(1, "ann", "snoozed", until=NOON + 60 * MINUTE)

    assert handling_of([snoozed]).is_waiting(NOON + 59 * MINUTE)
    assert not handling_of([snoozed, said(2, "bob", "claimed", 5)]).is_waiting(NOON + 10 * MINUTE)


@pytest.mark.parametrize("result", ["done", "accepted", "refused", "not_done", "dismissed"])
def test_a_final_result_stays_whatever_is_pressed_afterwards(result: str) -> None:
    state = handling_of([said(1, "ann", result, note="called"), said(2, "bob", "claimed", 1)])

    assert (state.result, state.last_by, state.note, state.holder(NOON + 2 * MINUTE)) == (result, "ann", "called", "")


def test_nothing_done_is_nothing() -> None:
    assert handling_of([]) == Handling()
