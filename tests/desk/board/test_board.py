"""Decisions that stand, numbers above the queue, and numbered changes."""

from datetime import timedelta
from random import Random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from desk.board.board import Board, BoardEntry
from desk.reading.handling import FinishedWork, HandlingEvent
from schemas.records.decisions import RetentionDecision
from tests.sinks.records import NOON, alert_of_decision, decision

HOUR = timedelta(hours=1)
NOW = NOON + HOUR


def one(number: int, **fields: Any) -> RetentionDecision:  # noqa: ANN401 - any field
    return decision(f"c{number}", decision_id=f"d{number}", **fields)


def said(decision_id: str, offset: int, result: str, by: str = "ann", **fields: Any) -> HandlingEvent:  # noqa: ANN401
    at = NOON + timedelta(minutes=offset)
    return HandlingEvent(decision_id=decision_id, offset=offset, by=by, at=at, result=result, **fields)


def board_of(*decisions: RetentionDecision) -> Board:
    board = Board()
    for given_decision in decisions:
        board.take_decision(given_decision, NOW)
    return board


def shown(entries: list[BoardEntry]) -> list[str]:
    return [entry.decision.decision_id for entry in entries]


def kinds(board: Board, number: int = 0) -> list[tuple[str, str]]:
    changes = board.changes_after(number)
    assert changes is not None
    return [(change.kind, change.decision_id) for change in changes]


def test_the_queue_has_a_teams_decisions_by_what_they_bring_beyond_their_cost() -> None:
    board = board_of(
        one(1, expected_gain=10.0, cost=9.0),
        one(2, expected_gain=5.0, cost=0.0),
        one(3, expected_gain=90.0, team="shops"),
    )

    assert shown(board.queue({"care"}, NOW)) == ["d2", "d1"]
    assert shown(board.queue(None, NOW)) == ["d3", "d2", "d1"]


def test_what_has_not_begun_or_is_over_or_put_off_or_finished_is_not_in_the_queue() -> None:
    board = board_of(
        one(1), one(2, do_after=NOW + HOUR), one(3, due_by=NOW), one(4), one(5), one(6), one(7, action="none")
    )
    board.take_event(said("d4", 1, "snoozed", until=NOW + HOUR))
    board.take_event(said("d5", 1, "done"))
    board.take_alert(alert_of_decision("d6", state="cleared", ended_by="purchase"), NOW)

    assert shown(board.queue(None, NOW)) == ["d1"]
    assert shown(board.waiting(None, NOW)) == ["d4"]
    assert shown(board.queue(None, NOW + HOUR)) == ["d1", "d2", "d4"]


def test_ghosts_are_a_number_and_nothing_else() -> None:
    board = board_of(one(1), one(2, held_out=True), one(3, held_out=True, team="shops"))

    assert board.counts({"care"}, NOW, NOON).kept_back == 1
    assert (shown(board.queue(None, NOW)), board.entry("d2")) == (["d1"], None)
    assert kinds(board) == [("arrived", "d1")]
    assert board.counts(None, NOW + 8 * 24 * HOUR, NOON).kept_back == 0


def test_the_numbers_say_how_far_the_team_is_today_and_by_whom() -> None:
    board = board_of(one(1), one(2), one(3), one(4))
    board.take_event(said("d1", 1, "done"))
    board.take_event(said("d2", 1, "refused", by="bob"))
    board.take_event(said("d3", 1, "no_answer"))
    board.take_finished([FinishedWork("d8", "care", "ann", NOON), FinishedWork("d9", "care", "ann", NOON - HOUR)])

    counts = board.counts({"care"}, NOW, NOON)
    assert (counts.open, counts.waiting, counts.finished) == (1, 1, 3)
    assert counts.finished_by_person == {"ann": 2, "bob": 1}
    assert board.counts({"shops"}, NOW, NOON).finished == 0


def test_a_finished_decision_still_counts_once_it_has_ended() -> None:
    board = board_of(one(1))
    board.take_event(said("d1", 1, "done"))
    board.take_alert(alert_of_decision("d1", state="cleared", ended_by="result"), NOW)

    assert board.counts({"care"}, NOW, NOON).finished == 1


@given(st.randoms())
def test_records_of_several_topics_in_any_order_and_repeated_lead_to_the_same_board(random: Random) -> None:
    events = [said("d1", 1, "claimed"), said("d1", 2, "claimed", by="bob"), said("d2", 3, "no_answer")]
    cleared = alert_of_decision("d3", state="cleared", ended_by="lapse")
    steps: list[tuple[str, Any]] = [
        *(("event", event) for event in events),
        *(("decision", one(number)) for number in (1, 2, 3)),
        ("alert", cleared),
    ]
    board = Board()
    for kind, record in random.sample(steps * 2, 2 * len(steps)):
        if kind == "event":
            board.take_event(record)
        elif kind == "decision":
            board.take_decision(record, NOW)
        else:
            board.take_alert(record, NOW)

    first, second = (board.entry(name) for name in ("d1", "d2"))
    assert first is not None
    assert second is not None
    assert (first.handling.claimed_by, second.handling.tries, board.entry("d3")) == ("ann", 1, None)


def test_changes_are_numbered_without_gaps_and_what_is_not_kept_any_more_is_said() -> None:
    board = board_of(one(1), one(2))
    board.take_event(said("d1", 1, "claimed"))
    board.take_event(said("d1", 1, "claimed"))
    board.expire(NOW + 8 * 24 * HOUR)

    assert kinds(board) == [("arrived", "d1"), ("arrived", "d2"), ("handled", "d1"), ("ended", "d1"), ("ended", "d2")]
    assert kinds(board, 3) == [("ended", "d1"), ("ended", "d2")]
    assert board.changes_after(board.number) == []
    assert board.changes_after(board.number + 1) is None

    for number in range(3, 10_010):
        board.take_decision(one(number), NOW)
    assert board.changes_after(0) is None
    assert len(kinds(board, board.number - 10_000)) == 10_000


def test_time_that_passes_is_a_change_where_something_begins_comes_back_or_is_free_again() -> None:
    board = board_of(one(1, do_after=NOW + HOUR), one(2), one(3))
    board.take_event(said("d2", 1, "snoozed", until=NOW + HOUR))
    board.take_event(said("d3", 1, "claimed", until=NOW + HOUR))
    board.expire(NOW)
    before = board.number
    board.expire(NOW + HOUR)

    assert sorted(kinds(board, before)) == [("arrived", "d1"), ("arrived", "d2"), ("handled", "d3")]
    board.expire(NOW + 2 * HOUR)
    assert board.number == before + 3


def test_a_forgotten_customer_leaves_the_board() -> None:
    board = board_of(one(1), one(2), one(3, held_out=True))
    board.forget("c1")
    board.forget("c3")

    assert shown(board.queue(None, NOW)) == ["d2"]
    assert board.counts(None, NOW, NOON).kept_back == 0


def test_what_is_over_is_kept_for_days_and_not_for_ever() -> None:
    board = board_of(one(1))
    board.take_event(said("d1", 1, "done"))
    board.take_event(said("unknown", 1, "done"))
    later = NOW + 10 * 24 * HOUR
    board.expire(later)

    board.take_decision(decision("c9", decision_id="unknown", due_by=later + HOUR), later)
    entry = board.entry("unknown")
    assert entry is not None
    assert entry.handling.result == ""
    assert board.counts(None, later, NOON).finished == 0
