"""Result of one measurement: kept as JSON, shown at a terminal, and put on the page."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final, Literal, Self

import msgspec

RESULTS: Final = Path("bench/results")
_LIBRARIES: Final = (
    "aiokafka",
    "chdb",
    "confluent-kafka",
    "faust-streaming",
    "msgspec",
    "numpy",
    "river",
    "rocksdict",
)


class Bar(msgspec.Struct, frozen=True):
    """A figure that was asked for.

    Attributes:
        what: Of what.
        wanted: At least or at most how much.
        found: How much it is.
        met: Whether that is enough.
    """

    what: str
    wanted: str
    found: str
    met: bool

    @classmethod
    def at_least(cls, what: str, wanted: float, found: float, unit: str = "") -> Self:
        """The more the better."""
        return cls(what, f"≥ {quantity(wanted, unit)}", quantity(found, unit), found >= wanted)

    @classmethod
    def at_most(cls, what: str, wanted: float, found: float, unit: str = "") -> Self:
        """The less the better."""
        return cls(what, f"≤ {quantity(wanted, unit)}", quantity(found, unit), found <= wanted)


class ResultTable(msgspec.Struct, frozen=True):
    """Rows of text under headings; the first column is text, the others are figures."""

    headings: list[str]
    rows: list[list[str]]


class ResultPlot(msgspec.Struct, frozen=True):
    """A picture of figures.

    Attributes:
        name: Of its file, without folder and ending.
        title: What it shows, as a sentence.
        kind: Bars: one a label. Lines: one a series over ``x``.
        x: Labels of the bars, or where the lines' points lie.
        series: Heights by series; one value for each ``x``.
        x_label: What lies along the bottom.
        y_label: What lies along the side, with its unit.
        log_x: Whether equal steps to the right are equal factors.
        log_y: Whether equal steps upwards are equal factors.
        x_of: Where the points of a series lie that has places of its own.
    """

    name: str
    title: str
    kind: Literal["bars", "lines"]
    x: list[str | float]
    series: dict[str, list[float]]
    x_label: str = ""
    y_label: str = ""
    log_x: bool = False
    log_y: bool = False
    x_of: dict[str, list[float]] = {}


class Place(msgspec.Struct, frozen=True):
    """Place and time of a measurement."""

    taken_at: str
    machine: str
    load_before: float
    versions: dict[str, str]

    @classmethod
    def here(cls) -> Self:
        """This machine, now."""
        versions = {"python": platform.python_version(), **{name: version(name) for name in _LIBRARIES}}
        return cls(datetime.now(UTC).isoformat(timespec="minutes"), _machine(), round(os.getloadavg()[0], 2), versions)


class Result(msgspec.Struct, frozen=True):
    """One measurement.

    Attributes:
        name: Of its command and file.
        title: A heading.
        command: What measures it again.
        how: What is measured and how, Markdown.
        place: Where and when.
        tables: The figures.
        bars: The figures that were asked for.
        plots: Pictures of them.
        found: What the figures say, Markdown.
    """

    name: str
    title: str
    command: str
    how: str
    place: Place
    tables: list[ResultTable]
    bars: list[Bar] = []
    plots: list[ResultPlot] = []
    found: str = ""

    def save(self, folder: Path = RESULTS) -> None:
        """Keep it for the page."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(self)) + b"\n")


def load_result(name: str, folder: Path = RESULTS) -> Result | None:
    """Read what was kept; None where nothing was."""
    path = folder / f"{name}.json"
    return msgspec.json.decode(path.read_bytes(), type=Result) if path.exists() else None


def quantity(value: float, unit: str = "") -> str:
    """A figure as people read it: three digits that count, thousands apart."""
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    text = f"{value:,.{digits}f}"
    return f"{text} {unit}" if unit else text


def _machine() -> str:
    model = "an unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    gigabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores of {model}, {gigabytes:.0f} GB, {platform.system()} {platform.release()}"
