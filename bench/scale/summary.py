"""The figures of all populations as one result."""

from collections.abc import Sequence
from dataclasses import astuple
from typing import Final

from bench.kit.broker import PARTITIONS
from bench.result import Bar, Place, Result, ResultPlot, ResultTable, quantity
from bench.scale.population import DAYS, LIVES
from bench.scale.scenario import ReviewDay, ScaleFigures
from bench.scale.steps import Reviews

_RAM_BYTES: Final = 1_500
_STORE_BYTES: Final = 700
_STORE_SECONDS: Final = 30
_CHANGELOG_SECONDS: Final = 120

_HOW: Final = f"""\
The pure steps fold {LIVES} lives of the demo's shop, {DAYS} days long. Each customer gets the state of one of them
under a name of its own, written to the changelog as a worker would have. On one Kafka node with {PARTITIONS}
partitions, `stayline worker` with its store on disk then goes through this scenario:

1. It starts with an empty local store. A start lasts until 200 purchases, published to all partitions once `/ready`
   returned 200, are scored. The worker must then count exactly these customers, and each risk must be the one that the
   pure steps give for the customer's state.
2. It is stopped by SIGTERM and starts again with its local store.
3. Purchases on pages wait for it. The rate is measured by the broker's clock, from a tenth of the scores to the last.
   Memory (resident, less that of a worker without customers) and disk are read after that, peak memory and disk once
   more at the end.
4. A second worker joins (until both serve and hold all customers between them), and the two get as many purchases.
5. In the largest population every customer falls due for a review within one day. The clock passes the first 32nd part
   of that day at once, and two workers review; then the second leaves, and one reviews the next part. They must do
   exactly as many reviews as scheduled; the time ends with the commit of the last one. Questions that fall due on the
   way are settled, too.
"""


def summarise(figures: Sequence[ScaleFigures], place: Place) -> Result:
    """Put the figures into tables, bars and plots.

    Args:
        figures: By population, the largest last.
        place: Where and when.
    """
    return Result(
        name="scale",
        title="Many customers",
        command="python -m bench scale",
        how=_HOW,
        place=place,
        tables=[
            _starts(figures),
            _sizes(figures),
            _purchases(figures),
            _reviews([one.day for one in figures if one.day is not None]),
        ],
        bars=_bars(figures[-1]),
        plots=[_start_plot(figures), _purchase_plot(figures)],
    )


def _bars(most: ScaleFigures) -> list[Bar]:
    of = f"with {most.customers:,} customers"
    return [
        Bar.at_most(f"start {of} from the local store", _STORE_SECONDS, most.from_store.scored, "s"),
        Bar.at_most(f"start {of} from the changelog alone", _CHANGELOG_SECONDS, most.from_changelog.scored, "s"),
        Bar.at_most(f"memory a customer at its peak, {of}", _RAM_BYTES, most.memory.peak / most.customers, "B"),
        Bar.at_most(f"disk a customer in the store, {of}", _STORE_BYTES, most.memory.disk / most.customers, "B"),
    ]


def _starts(figures: Sequence[ScaleFigures]) -> ResultTable:
    headings = [
        "customers",
        "from the changelog alone: ready, s",
        "scored, s",
        "from the local store: ready, s",
        "scored, s",
        "a second worker joins, s",
    ]
    return ResultTable(
        headings,
        [
            [
                f"{one.customers:,}",
                *map(quantity, (one.from_changelog.ready, one.from_changelog.scored)),
                *map(quantity, (one.from_store.ready, one.from_store.scored, one.joined)),
            ]
            for one in figures
        ],
    )


def _sizes(figures: Sequence[ScaleFigures]) -> ResultTable:
    headings = [
        "customers",
        "a state, B",
        "disk a customer after the load, B",
        "at the end, B",
        "memory a customer after the load, B",
        "at its peak, B",
        "at the peak of a start from the changelog, B",
    ]
    return ResultTable(
        headings,
        [
            [
                f"{one.customers:,}",
                quantity(one.state_bytes),
                *(quantity(total / one.customers) for total in astuple(one.memory)),
            ]
            for one in figures
        ],
    )


def _purchases(figures: Sequence[ScaleFigures]) -> ResultTable:
    return ResultTable(
        ["customers", "purchases/s, one worker", "two workers"],
        [[f"{one.customers:,}", *map(quantity, one.purchases)] for one in figures],
    )


def _reviews(days: Sequence[ReviewDay]) -> ResultTable:
    headings = ["reviews of the day", "reviews", "seconds", "reviews/s", "seconds until the second worker had left"]
    return ResultTable(
        headings,
        [
            row
            for day in days
            for row in (
                ["first part, two workers", *_told(day.together), ""],
                ["second part, one worker", *_told(day.alone), quantity(day.left)],
            )
        ],
    )


def _told(reviews: Reviews) -> list[str]:
    return [f"{reviews.count:,}", quantity(reviews.seconds), quantity(reviews.count / reviews.seconds)]


def _start_plot(figures: Sequence[ScaleFigures]) -> ResultPlot:
    return ResultPlot(
        name="scale-starts",
        title="Seconds from the start of a worker to its first scores",
        kind="bars",
        x=[f"{one.customers:,} customers" for one in figures],
        series={
            "from the changelog alone": [one.from_changelog.scored for one in figures],
            "from the local store": [one.from_store.scored for one in figures],
        },
        y_label="seconds",
    )


def _purchase_plot(figures: Sequence[ScaleFigures]) -> ResultPlot:
    return ResultPlot(
        name="scale-purchases",
        title="Purchases scored a second, by how many customers there are",
        kind="bars",
        x=[f"{one.customers:,} customers" for one in figures],
        series={
            "one worker": [one.purchases[0] for one in figures],
            "two workers": [one.purchases[1] for one in figures],
        },
        y_label="purchases/s",
    )
