"""Several partitions' progress as one: no clock goes back, and nothing is promised that nobody promised."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.pages.watermark import PartitionProgress, Progress, Watermark
from streams.grow.positions import merge_progress

_readings = st.lists(st.builds(PartitionProgress, st.integers(0, 9), st.booleans()), max_size=3)
_reports = st.dictionaries(st.sampled_from(["purchases", "returns"]), _readings)


def _committed(report: Progress) -> Progress:
    return Watermark(report).progress


@given(st.lists(_reports, max_size=4))
def test_the_merged_clock_is_behind_none_of_the_partitions_clocks(reports: list[Progress]) -> None:
    committed = [_committed(report) for report in reports]
    clock = Watermark(merge_progress(committed)).clock
    assert all(Watermark(report).clock <= clock for report in committed)


@given(_reports)
def test_partitions_that_agree_go_on_as_each_of_them_would(report: Progress) -> None:
    assert merge_progress([_committed(report)] * 3) == _committed(report)


def test_the_furthest_reading_of_each_raw_partition_counts() -> None:
    one: Progress = {"purchases": [PartitionProgress(5, idle=False), PartitionProgress(9, idle=False)]}
    other: Progress = {"purchases": [PartitionProgress(8, idle=False), PartitionProgress(6, idle=False)]}
    assert merge_progress([one, other]) == {
        "purchases": [PartitionProgress(8, idle=False), PartitionProgress(9, idle=False)]
    }


def test_of_two_equal_readings_the_one_that_holds_others_back_counts() -> None:
    assert merge_progress(
        [{"returns": [PartitionProgress(5, idle=True)]}, {"returns": [PartitionProgress(5, idle=False)]}]
    ) == {"returns": [PartitionProgress(5, idle=False)]}
