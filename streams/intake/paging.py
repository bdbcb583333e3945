"""Gathers lines by partition and cuts them into pages."""

from collections.abc import Iterator

Lines = list[bytes]


class PageBuilder:
    """Holds lines until they are sent; every line leaves in exactly one page, in the order of its partition."""

    def __init__(self, *, max_lines: int, max_bytes: int) -> None:
        """Start without lines.

        Args:
            max_lines: Most lines a page.
            max_bytes: Most bytes a page, newlines included; a longer line travels alone.
        """
        self._max_lines = max_lines
        self._max_bytes = max_bytes
        self._lines: dict[int, Lines] = {}
        self._held_lines = 0
        self._held_bytes = 0

    @property
    def held_lines(self) -> int:
        """Return the lines that wait."""
        return self._held_lines

    @property
    def held_bytes(self) -> int:
        """Return the bytes that wait, newlines included."""
        return self._held_bytes

    def add(self, partition: int, line: bytes) -> None:
        """Add a line.

        Args:
            partition: Where it goes.
            line: An encoded interaction without its newline.
        """
        lines = self._lines.get(partition)
        if lines is None:
            self._lines[partition] = [line]
        else:
            lines.append(line)
        self._held_lines += 1
        self._held_bytes += len(line) + 1

    def take(self) -> dict[int, list[Lines]]:
        """Return the pages of each partition that has any, and hold nothing more."""
        pages = {partition: list(self._cut(lines)) for partition, lines in self._lines.items()}
        self.clear()
        return pages

    def clear(self) -> None:
        """Drop all lines."""
        self._lines.clear()
        self._held_lines = 0
        self._held_bytes = 0

    def _cut(self, lines: Lines) -> Iterator[Lines]:
        start = size = 0
        for index, line in enumerate(lines):
            length = len(line) + 1
            if index > start and (index - start >= self._max_lines or size + length > self._max_bytes):
                yield lines[start:index]
                start, size = index, 0
            size += length
        yield lines[start:]
