"""Files that a backtest writes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from schemas.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class BacktestFiles:
    """Files that a backtest writes; None for those that it does not.

    Attributes:
        scores: Scores at the moments that are asked for, as CSV.
        report: Page about the quality.
        decisions: Records of retention decisions, one a line.
        outcomes: Records of what followed them, one a line.
    """

    scores: Path | None = None
    report: Path | None = None
    decisions: Path | None = None
    outcomes: Path | None = None

    def check(self) -> None:
        """Find out before the run, which may take minutes, without touching what is there.

        Raises:
            UsageError: A file cannot be written.
        """
        for path in (self.scores, self.report, self.decisions, self.outcomes):
            if path is not None:
                _check_writable(path)


@contextmanager
def writing(path: Path) -> Iterator[TextIO]:
    """Open a file to be written anew.

    Args:
        path: The file; line ends are written as they are.

    Raises:
        UsageError: It cannot be written.
    """
    try:
        with path.open("w", encoding="utf-8", newline="") as opened:
            yield opened
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None


def _check_writable(path: Path) -> None:
    if path.is_dir():
        raise UsageError(f"{path} is a folder; a file is to be written there")
    if not path.parent.is_dir():
        raise UsageError(f"{path} cannot be written: there is no folder {path.parent}")
