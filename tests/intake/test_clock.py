"""A reading never claims what is not true, and holds nothing back without need."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.moments import HOUR_MS
from schemas.pages.watermark import PartitionProgress
from streams.intake.clock import Checkpoint, SourceClock, decode_checkpoint, encode_checkpoint
from tests.intake.messages import NOON

IDLE_MS = 2_000
NOW = NOON + 100 * 24 * HOUR_MS
MINUTE_MS = 60_000


def _clock(*, position: int | None = None, stamp: int = 0, live: bool = False, partitions: int = 1) -> SourceClock:
    clock = SourceClock({"purchases": partitions}, idle_ms=IDLE_MS)
    clock.assign("purchases", 0, position, Checkpoint(stamp, live))
    return clock


def _read(clock: SourceClock, offset: int, at: int, *, end: int, now: int = NOW) -> int | None:
    stamp = clock.stamp("purchases", 0, offset, at, now)
    clock.see_end("purchases", 0, end)
    return stamp


def _reading(clock: SourceClock, now: int = NOW, partition: int = 0) -> PartitionProgress | None:
    return clock.readings(now)["purchases"][partition]


def test_a_message_is_stamped_with_kafkas_time() -> None:
    assert _read(_clock(), 0, NOON, end=1) == NOON


def test_stamps_never_run_backwards_within_a_partition() -> None:
    clock = _clock()
    _read(clock, 0, NOON, end=9)
    assert _read(clock, 1, NOON - 5_000, end=9) == NOON


def test_a_stamp_from_the_future_is_capped_to_five_minutes_ahead() -> None:
    assert _read(_clock(), 0, NOW + HOUR_MS, end=1) == NOW + 5 * MINUTE_MS


def test_a_message_without_a_time_gets_the_wall_clock() -> None:
    assert _read(_clock(), 0, -1, end=1) == NOW


def test_a_message_read_before_is_not_stamped_again() -> None:
    assert _read(_clock(position=5), 4, NOON, end=9) is None


def test_a_message_of_a_partition_that_is_not_owned_is_not_stamped() -> None:
    assert _clock(partitions=2).stamp("purchases", 1, 0, NOON, NOW) is None


def test_a_partition_never_read_is_at_zero_and_holds_back() -> None:
    assert _reading(_clock()) == PartitionProgress(0, idle=False)


def test_a_partition_behind_is_read_to_just_before_its_last_stamp() -> None:
    clock = _clock()
    _read(clock, 0, NOON, end=2)
    assert _reading(clock) == PartitionProgress(NOON - 1, idle=False)


def test_history_read_to_its_end_holds_back_until_it_has_been_idle() -> None:
    clock = _clock()
    _read(clock, 0, NOON, end=1)
    readings = [_reading(clock, NOW + later) for later in (0, IDLE_MS - 1, IDLE_MS)]
    assert readings == [
        PartitionProgress(NOON - 1, idle=False),
        PartitionProgress(NOON - 1, idle=False),
        PartitionProgress(NOON, idle=True),
    ]


def test_a_message_ends_idleness_and_waiting_begins_anew() -> None:
    clock = _clock()
    _read(clock, 0, NOON, end=1)
    _reading(clock, NOW)
    _read(clock, 1, NOON + 7, end=2)
    assert _reading(clock, NOW + IDLE_MS) == PartitionProgress(NOON + 6, idle=False)
    assert _reading(clock, NOW + 2 * IDLE_MS) == PartitionProgress(NOON + 7, idle=True)


def test_an_empty_partition_becomes_idle_at_zero() -> None:
    clock = _clock()
    clock.reach("purchases", 0, 0)
    clock.see_end("purchases", 0, 0)
    assert [_reading(clock, NOW), _reading(clock, NOW + IDLE_MS)] == [
        PartitionProgress(0, idle=False),
        PartitionProgress(0, idle=True),
    ]


def test_an_open_transaction_of_a_publisher_counts_as_behind() -> None:
    clock = _clock(live=True)
    _read(clock, 0, NOON, end=1)
    clock.see_end("purchases", 0, 4)
    assert _reading(clock) == PartitionProgress(NOON - 1, idle=False)


def test_the_markers_of_a_transaction_are_read_by_reaching_beyond_them() -> None:
    clock = _clock(live=True)
    _read(clock, 0, NOON, end=2)
    clock.reach("purchases", 0, 2)
    assert _reading(clock) == PartitionProgress(NOW, idle=False)


def test_reaching_an_earlier_offset_takes_nothing_back() -> None:
    clock = _clock()
    _read(clock, 7, NOON, end=8)
    clock.reach("purchases", 0, 3)
    assert clock.owned["purchases", 0].position == 8


def test_a_message_of_the_last_hour_makes_the_source_live() -> None:
    clock = _clock()
    _read(clock, 0, NOW - HOUR_MS, end=1)
    assert _reading(clock) == PartitionProgress(NOW, idle=False)


def test_a_message_older_than_an_hour_is_history() -> None:
    clock = _clock()
    _read(clock, 0, NOW - HOUR_MS - 1, end=1)
    assert (_reading(clock), clock.live) == (PartitionProgress(NOW - HOUR_MS - 2, idle=False), False)


def test_once_live_a_quiet_night_changes_nothing() -> None:
    clock = _clock()
    _read(clock, 0, NOW, end=1)
    _reading(clock)
    assert _reading(clock, NOW + 12 * HOUR_MS) == PartitionProgress(NOW + 12 * HOUR_MS, idle=False)


def test_a_restart_after_a_quiet_night_is_still_live() -> None:
    before = _clock()
    _read(before, 0, NOW, end=1)
    _reading(before)
    place = next(iter(before.positions()))
    checkpoint = decode_checkpoint(encode_checkpoint(place.checkpoint))
    after = _clock(position=place.position, stamp=checkpoint.stamp, live=checkpoint.live)
    after.see_end("purchases", 0, 1)
    assert _reading(after, NOW + 12 * HOUR_MS) == PartitionProgress(NOW + 12 * HOUR_MS, idle=False)


def test_a_restart_goes_on_from_the_last_stamp() -> None:
    clock = _clock(position=5, stamp=NOON)
    assert _reading(clock) == PartitionProgress(NOON - 1, idle=False)
    assert _read(clock, 5, NOON - MINUTE_MS, end=6) == NOON


def test_a_message_that_turns_up_after_the_wall_clock_was_claimed_is_stamped_after_the_claim() -> None:
    clock = _clock(live=True)
    _read(clock, 0, NOW - 9, end=1)
    clock.claim(clock.readings(NOW))
    assert _read(clock, 1, NOW - 3, end=2) == NOW + 1


def test_a_reading_that_was_not_published_moves_no_stamp() -> None:
    clock = _clock(live=True)
    _read(clock, 0, NOW - 9, end=1)
    clock.readings(NOW)
    assert _read(clock, 1, NOW - 3, end=2) == NOW - 3


def test_messages_of_the_same_moment_keep_it_while_history_is_read() -> None:
    clock = _clock()
    _read(clock, 0, NOON, end=3)
    clock.claim(clock.readings(NOW))
    assert _read(clock, 1, NOON, end=3) == NOON


def test_what_was_read_and_not_committed_is_stamped_the_same_when_read_again() -> None:
    clock = _clock(position=0)
    first = [_read(clock, 0, NOON, end=2), _read(clock, 1, NOON + HOUR_MS, end=2)]
    clock.rewind()
    assert [_read(clock, 0, NOON, end=2), _read(clock, 1, NOON + HOUR_MS, end=2)] == first


def test_what_was_committed_is_not_rewound() -> None:
    clock = _clock(position=0)
    _read(clock, 0, NOON, end=1)
    clock.commit()
    clock.rewind()
    assert clock.owned["purchases", 0].position == 1


def test_partitions_of_others_are_not_spoken_of() -> None:
    clock = _clock(partitions=3)
    assert [_reading(clock, partition=1), _reading(clock, partition=2)] == [None, None]


def test_partitions_given_away_are_not_spoken_of() -> None:
    clock = _clock()
    clock.release()
    assert _reading(clock) is None


@pytest.mark.parametrize("metadata", [None, "", "{}", "[1]", "not json", '{"stamp":"x","live":1}'])
def test_metadata_of_anothers_making_is_an_empty_mark(metadata: str | None) -> None:
    assert decode_checkpoint(metadata) == Checkpoint(0, live=False)


STEPS = st.lists(
    st.tuples(st.sampled_from(["read", "claim"]), st.integers(-2 * HOUR_MS, 2 * HOUR_MS), st.integers(0, 5_000)),
    max_size=60,
)


@given(STEPS, st.booleans(), st.integers(0, 2))
def test_no_message_is_stamped_up_to_a_reading_that_was_published_and_held_back(
    steps: list[tuple[str, int, int]], live: bool, ahead: int
) -> None:
    clock, now, offset, claimed, until = _clock(live=live), NOW, 0, -1, 0
    for kind, shift, elapsed in steps:
        now += elapsed
        if kind == "read":
            stamp = _read(clock, offset, now + shift, end=offset + 1 + ahead, now=now)
            offset += 1
            assert stamp is not None
            assert claimed < stamp <= max(now + 5 * MINUTE_MS, claimed + 1)
        else:
            progress = clock.readings(now)
            reading = progress["purchases"][0]
            assert reading is not None
            assert reading.idle or reading.until >= until
            clock.claim(progress)
            until = max(until, reading.until)
            claimed = claimed if reading.idle or not reading.until else reading.until
