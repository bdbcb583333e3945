"""Gathers lines by partition and cuts them into pages."""

from collections.abc import Iterator

Lines = list[bytes]


class PageBuilder:
    """Lines that wait to be sent; every line leaves in exactly one page, in the order of its partition."""

    def __init__(self, *, max_lines: int, max_bytes: int) -> None:
        """Start empty.

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
        """Lines waiting."""
        return self._held_lines

    @property
    def held_bytes(self) -> int:
        """Bytes waiting, newlines included."""
        return self._held_bytes

    def add(self, partition: int, line: bytes) -> None:
        """Let a line wait.

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
        """Hand out the pages of each partition that has any, and hold nothing more."""
        pages = {partition: list(self._cut(lines)) for partition, lines in self._lines.items()}
        self.forget()
        return pages

    def forget(self) -> None:
        """Drop what waits."""
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
