"""A page lost between the fetch and the shard is noticed, whatever gaps transactions leave between offsets."""

from streams.faust.transport import GapDetector


def test_a_page_begins_where_the_page_fetched_before_it_ended() -> None:
    sequence = GapDetector()
    sequence.restart({0: 5})
    sequence.fetched(0, [5, 6, 9])
    assert [sequence.follows(0, offset) for offset in (5, 6, 9)] == [5, 6, 7]


def test_a_page_after_a_lost_one_begins_too_late() -> None:
    sequence = GapDetector()
    sequence.restart({0: 5})
    sequence.fetched(0, [5, 6, 7])
    folded_up_to = 6
    assert sequence.follows(0, 7) != folded_up_to


def test_pages_fetched_before_a_seek_are_unknown() -> None:
    sequence = GapDetector()
    sequence.fetched(0, [0, 1])
    sequence.restart({0: 0})
    assert sequence.follows(0, 1) is None
