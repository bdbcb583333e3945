"""Placement of decisions: within capacity and time, on no quiet day, whatever is killed, replayed or away."""

from collections import Counter, defaultdict
from datetime import timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.moments import DAY_MS, HOUR_MS, to_ms
from schemas.records.alert import Alert
from tests.kit.suite.cases import cases
from tests.sinks.alerts.decisions.notified import NOW, Notified, book, decided, ended, lived, raisings
from tests.sinks.records import NOON

_SEEDS = st.integers(0, 2**32)


@settings(max_examples=cases(2000, usual=30))
@given(seed=_SEEDS)
def test_no_day_has_more_deliveries_than_its_capacity_and_a_quiet_day_none(seed: int) -> None:
    plan = book()
    notified, log, _ = lived(seed, plan)
    action_of = {told.decision_id: told.action for told in log}
    used = defaultdict[tuple[str, int], set[str]](set)
    for at, name in raisings(notified):
        day = plan.quiet.day_of(at)
        assert day not in plan.quiet
        if name in action_of:
            used[action_of[name], day].add(name)
    assert all(len(names) <= 2 for names in used.values())


@settings(max_examples=cases(2000, usual=30))
@given(seed=_SEEDS)
def test_nothing_is_delivered_before_or_after_its_time_nor_once_it_has_ended(seed: int) -> None:
    notified, log, ends = lived(seed, book())
    windows = {told.decision_id: told for told in log}
    for at, name in raisings(notified):
        told = windows.get(name)
        if told is not None and told.do_after is not None and told.due_by is not None:
            assert to_ms(told.do_after) <= at < to_ms(told.due_by)
        assert name not in ends or at <= ends[name]


@settings(max_examples=cases(2000, usual=30))
@given(seed=_SEEDS)
def test_whoever_was_told_of_a_decision_is_told_of_its_end_and_nobody_else_is_but_where_an_answer_was_lost(
    seed: int,
) -> None:
    notified, _, ends = lived(seed, book())
    notified.settle()
    told_raised = {name for _, name in raisings(notified)}
    told_ended = {name for _, name, state in notified.told if state == "cleared"}
    assert {name for name in told_raised if name in ends} <= told_ended <= set(ends)


@settings(max_examples=cases(2000, usual=30))
@given(seed=_SEEDS)
def test_a_restart_leaves_every_placement_where_it_was(seed: int) -> None:
    notified, _, _ = lived(seed, book())
    notified.schedule.tidy(notified.now)
    notified.save()
    before = {one.alert.decision_id: one for one in notified.schedule}
    waiting = +notified.schedule.waiting
    notified.restart()
    assert {one.alert.decision_id: one for one in notified.schedule} == before
    assert notified.schedule.changes == {}
    assert +notified.schedule.waiting == waiting


@settings(max_examples=cases(500, usual=15))
@given(seed=_SEEDS)
def test_a_replay_of_the_whole_log_moves_and_delivers_nothing_again(seed: int) -> None:
    draw = Random(seed)  # noqa: S311
    notified, log = Notified(book(quiet=())), list[Alert]()
    for number in range(30):
        notified.now += draw.randint(0, 8 * HOUR_MS)
        log.append(decided(f"d{number}", notified.now, notified.now + 3 * DAY_MS))
        notified.take(log[-1])
        if draw.random() < 0.3:
            log.append(ended(draw.choice([one for one in log if one.state == "raised"])))
            notified.take(log[-1])
        notified.settle()
    placed = {one.alert.decision_id: (one.state, one.deliver_at) for one in notified.schedule}
    told = list(notified.told)
    notified.restart()
    notified.take(*log)
    notified.settle()
    assert {one.alert.decision_id: (one.state, one.deliver_at) for one in notified.schedule} == placed
    assert notified.told == told
    assert max(Counter((name, state) for _, name, state in told).values()) == 1


@settings(max_examples=cases(500, usual=15))
@given(seed=_SEEDS)
def test_of_a_forgotten_customer_nothing_is_kept_but_an_end_that_is_still_to_be_delivered(seed: int) -> None:
    notified, _, _ = lived(seed, book())
    for number in range(7):
        notified.schedule.forget(f"c{number}", notified.now)
    notified.save()
    assert {one.state for one in notified.journal.values() if one.alert.customer_id} <= {"ending"}
    notified.settle()
    notified.save()
    assert not [one for one in notified.journal.values() if one.alert.customer_id or one.alert.reasons]


def test_what_exceeds_a_days_capacity_waits_for_the_next_day_and_lapses_after_the_last() -> None:
    notified = Notified(book(capacity=1, quiet=(), offset=0.0))
    notified.take(*(decided(f"d{number}", NOW, NOW + DAY_MS) for number in range(3)))
    notified.settle()
    assert raisings(notified) == [(NOW, "d0")]
    assert notified.schedule.lapsed == {("call", "capacity"): 1}
    notified.now = NOW + DAY_MS // 2
    notified.settle()
    assert raisings(notified) == [(NOW, "d0"), (NOW + DAY_MS // 2, "d1")]


def test_a_decision_whose_time_was_over_when_it_was_read_lapses_and_uses_no_capacity() -> None:
    notified = Notified(book(capacity=1, quiet=()))
    notified.take(decided("old", NOW - 9 * DAY_MS, NOW), decided("new", NOW, NOW + HOUR_MS))
    notified.settle()
    assert raisings(notified) == [(NOW, "new")]
    assert notified.schedule.lapsed == {("call", "past"): 1}


def test_the_unit_of_a_decision_that_ended_before_its_turn_goes_to_another() -> None:
    notified = Notified(book(capacity=1, quiet=()))
    first = decided("first", NOW + HOUR_MS, NOW + 2 * HOUR_MS)
    notified.take(first, ended(first), decided("second", NOW + HOUR_MS, NOW + 2 * HOUR_MS))
    notified.now += HOUR_MS
    notified.settle()
    assert [name for _, name, _ in notified.told] == ["second"]
    assert notified.schedule.lapsed == {("call", "ended"): 1}


def test_a_decision_that_waited_for_its_target_into_the_next_day_takes_a_unit_of_that_day() -> None:
    notified = Notified(book(capacity=1, quiet=(), offset=0.0))
    notified.take(decided("first", NOW, NOW + 3 * DAY_MS), decided("second", NOW, NOW + 3 * DAY_MS))
    notified.deliver(fails_at=0)
    for _ in range(3):
        notified.now += DAY_MS // 2
        notified.settle()
    assert raisings(notified) == [(NOW + DAY_MS // 2, "second"), (NOW + 3 * DAY_MS // 2, "first")]


def test_a_decision_whose_time_passes_while_its_target_is_away_lapses_and_its_end_is_told_all_the_same() -> None:
    notified = Notified(book(quiet=()))
    told = decided("d1", NOW, NOW + HOUR_MS)
    notified.take(told)
    notified.deliver(fails_at=0)
    notified.now += HOUR_MS
    notified.settle()
    assert (notified.told, notified.schedule.lapsed) == ([], {("call", "time"): 1})
    notified.take(ended(told))
    notified.settle()
    assert [(name, state) for _, name, state in notified.told] == [("d1", "cleared")]


def test_with_less_capacity_after_a_restart_what_waits_moves_on() -> None:
    notified = Notified(book(capacity=2, quiet=(), offset=0.0))
    notified.take(*(decided(f"d{number}", NOW + HOUR_MS, NOW + 3 * DAY_MS) for number in range(2)))
    notified.plan = book(capacity=1, quiet=(), offset=0.0)
    notified.restart()
    places = {one.alert.decision_id: one.deliver_at for one in notified.schedule}
    assert places == {"d0": NOON + timedelta(hours=1), "d1": NOON + timedelta(hours=12)}
    assert set(notified.schedule.changes) == {"d1"}


def test_what_is_kept_is_dropped_a_day_after_its_time() -> None:
    notified = Notified(book(quiet=()))
    told = decided("d1", NOW, NOW + HOUR_MS)
    notified.take(told)
    notified.settle()
    notified.take(ended(told))
    notified.settle()
    notified.now += HOUR_MS + DAY_MS - 1
    notified.schedule.tidy(notified.now)
    assert len(list(notified.schedule)) == 1
    notified.now += 1
    notified.schedule.tidy(notified.now)
    assert notified.schedule.changes == {"d1": None}
