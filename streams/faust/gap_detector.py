"""Notices a page that was fetched and never folded."""

from collections.abc import Iterable, Mapping


class Sequence:
    """Remembers which page was fetched after which, so that a page lost on its way to the shard is noticed.

    Offsets alone cannot tell: transactions leave gaps between them.
    """

    def __init__(self) -> None:
        self._next: dict[int, int] = {}
        self._begins: dict[tuple[int, int], int] = {}

    def restart(self, positions: Mapping[int, int]) -> None:
        """Begin anew after a seek to these offsets, by partition."""
        self._next = dict(positions)
        self._begins = {}

    def fetched(self, partition: int, offsets: Iterable[int]) -> None:
        """Note pages in the order in which they were fetched."""
        for offset in offsets:
            self._begins[partition, offset] = self._next.get(partition, 0)
            self._next[partition] = offset + 1

    def begin(self, partition: int, offset: int) -> int | None:
        """Return the offset after the page fetched before this one; None if this one was never fetched."""
        return self._begins.pop((partition, offset), None)
