"""Every line leaves in exactly one page, in order, and no page is larger than allowed."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from streams.intake.paging import PageBuilder

LINES = st.lists(st.tuples(st.integers(0, 3), st.binary(max_size=40)), max_size=80)


def _taken(
    lines: list[tuple[int, bytes]], *, max_lines: int = 500, max_bytes: int = 1024
) -> dict[int, list[list[bytes]]]:
    pages = PageBuilder(max_lines=max_lines, max_bytes=max_bytes)
    for partition, line in lines:
        pages.add(partition, line)
    return pages.take()


@given(LINES, st.integers(1, 7), st.integers(1, 100))
def test_every_line_is_in_exactly_one_page_in_the_order_of_its_partition(
    lines: list[tuple[int, bytes]], max_lines: int, max_bytes: int
) -> None:
    pages = _taken(lines, max_lines=max_lines, max_bytes=max_bytes)
    joined = {partition: [line for page in cuts for line in page] for partition, cuts in pages.items()}
    assert joined == {p: [line for other, line in lines if other == p] for p in {p for p, _ in lines}}


@given(LINES, st.integers(1, 7), st.integers(1, 100))
def test_no_page_is_empty_or_passes_its_limits_but_for_one_long_line(
    lines: list[tuple[int, bytes]], max_lines: int, max_bytes: int
) -> None:
    for cuts in _taken(lines, max_lines=max_lines, max_bytes=max_bytes).values():
        for page in cuts:
            assert 1 <= len(page) <= max_lines
            assert len(page) == 1 or sum(len(line) + 1 for line in page) <= max_bytes


@given(LINES)
def test_no_page_is_cut_before_it_is_full(lines: list[tuple[int, bytes]]) -> None:
    for cuts in _taken(lines, max_lines=5, max_bytes=60).values():
        for page, following in pairwise(cuts):
            full = sum(len(line) + 1 for line in page) + len(following[0]) + 1 > 60
            assert full or len(page) == 5


def test_a_line_longer_than_a_page_travels_alone() -> None:
    assert _taken([(0, b"a"), (0, b"b" * 2000), (0, b"c")]) == {0: [[b"a"], [b"b" * 2000], [b"c"]]}


def test_lines_are_handed_out_once() -> None:
    pages = PageBuilder(max_lines=5, max_bytes=100)
    pages.add(0, b"a")
    pages.take()
    assert (pages.take(), pages.held_lines, pages.held_bytes) == ({}, 0, 0)


def test_held_bytes_count_the_newlines() -> None:
    pages = PageBuilder(max_lines=5, max_bytes=100)
    pages.add(0, b"abc")
    pages.add(1, b"de")
    assert (pages.held_lines, pages.held_bytes) == (2, 7)
