"""The watermark: the slowest partition decides, idle ones do not hold it back, and it never decreases."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.events.raw_events import FEEDS, RAW_TOPICS
from schemas.pages.watermark import (
    PartitionProgress,
    Progress,
    Watermark,
    decode_progress,
    encode_progress,
    pack_progress,
    slowest,
    unpack_progress,
)

PARTITIONS = 3
times = st.integers(0, 2**42)
readings = st.builds(PartitionProgress, times, st.booleans())
complete = st.fixed_dictionaries(
    {topic: st.lists(readings, min_size=PARTITIONS, max_size=PARTITIONS) for topic in RAW_TOPICS}
)
reports = st.fixed_dictionaries(
    {topic: st.lists(st.none() | readings, min_size=PARTITIONS, max_size=PARTITIONS) for topic in RAW_TOPICS}
)


def _alone(final: dict[str, list[PartitionProgress]], topic: str, partition: int) -> Progress:
    """Return the report of a source that owns one partition only."""
    report: Progress = {name: [None] * PARTITIONS for name in final}
    report[topic][partition] = final[topic][partition]
    return report


def _merged(final: dict[str, list[PartitionProgress]]) -> Watermark:
    return Watermark({topic: [*column] for topic, column in final.items()})


@given(final=complete, data=st.data())
def test_reports_give_the_same_clock_in_every_order(
    final: dict[str, list[PartitionProgress]], data: st.DataObject
) -> None:
    places = [(topic, partition) for topic in final for partition in range(PARTITIONS)]
    order = data.draw(st.permutations(places)) + data.draw(st.lists(st.sampled_from(places)))
    watermark = Watermark()

    for topic, partition in order:
        watermark.merge(_alone(final, topic, partition))

    assert watermark.clock == slowest(reading for column in final.values() for reading in column)


@given(merged=st.lists(reports))
def test_the_clock_never_runs_backwards(merged: list[Progress]) -> None:
    watermark = Watermark()

    clocks = [watermark.merge(report) for report in merged]

    assert clocks == sorted(clocks)


@given(before=complete, after=complete)
def test_progress_stored_before_there_were_further_raw_topics_is_gone_on_from(
    before: dict[str, list[PartitionProgress]], after: dict[str, list[PartitionProgress]]
) -> None:
    stored = pack_progress({topic: [*before[topic]] for topic in FEEDS})
    watermark = Watermark(unpack_progress(stored))
    clock = watermark.clock

    watermark.merge({topic: [None] * PARTITIONS for topic in RAW_TOPICS})
    assert watermark.clock == clock
    watermark.merge({topic: [*column] for topic, column in after.items()})

    last = {topic: [*column] for topic, column in after.items()}
    for topic in FEEDS:
        last[topic] = [
            PartitionProgress(max(old.until, new.until), new.idle)
            for old, new in zip(before[topic], after[topic], strict=True)
        ]
    assert watermark.clock == max(clock, slowest(reading for column in last.values() for reading in column))


@given(final=complete)
def test_the_slowest_partition_that_is_read_decides(final: dict[str, list[PartitionProgress]]) -> None:
    busy = [reading.until for column in final.values() for reading in column if not reading.idle]

    assert not busy or _merged(final).clock == min(busy)


@given(final=complete)
def test_the_furthest_decides_where_all_are_idle(final: dict[str, list[PartitionProgress]]) -> None:
    idle = {
        topic: [PartitionProgress(reading.until, idle=True) for reading in column] for topic, column in final.items()
    }

    assert _merged(idle).clock == max(reading.until for column in idle.values() for reading in column)


def test_an_idle_partition_holds_nothing_back() -> None:
    assert Watermark({"purchases": [PartitionProgress(9, idle=False), PartitionProgress(2, idle=True)]}).clock == 9


def test_an_unread_partition_holds_the_clock_at_zero() -> None:
    assert Watermark({"purchases": [PartitionProgress(9, idle=False), None]}).clock == 0


def test_a_late_report_of_a_partition_that_changed_hands_takes_nothing_back() -> None:
    watermark = Watermark({"purchases": [PartitionProgress(9, idle=False)]})

    watermark.merge({"purchases": [PartitionProgress(4, idle=False)]})

    assert watermark.progress == {"purchases": [PartitionProgress(9, idle=False)]}


@given(report=reports)
def test_a_report_reads_back_as_it_was_written(report: Progress) -> None:
    assert decode_progress(encode_progress(report)) == report


@given(before=st.lists(reports, min_size=1), after=st.lists(reports))
def test_a_successor_tells_the_same_clocks_as_its_predecessor_would_have(
    before: list[Progress], after: list[Progress]
) -> None:
    watermark = Watermark()
    for report in before:
        watermark.merge(report)

    successor = Watermark(watermark.progress)

    assert successor.clock == watermark.clock
    assert [successor.merge(report) for report in after] == [watermark.merge(report) for report in after]
