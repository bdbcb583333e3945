"""The figures of all rates as one result."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.latency.load import PAUSE_SECONDS
from bench.result import Bar, Place, Result, ResultPlot, ResultTable, quantity

PERCENTILES: Final = (50, 95, 99, 100)
ROUNDS: Final = 5
WARM_SECONDS: Final = 1
WARM_UP_SECONDS: Final = 10
PARTITIONS: Final = 4
"""As docs/scaling.md has it for one small machine: a record costs less the more of them travel together."""

_BAR_MILLISECONDS: Final = 250
_KEPT_SHARE: Final = 0.99

_HOW: Final = f"""\
One Kafka node, whose topics have {PARTITIONS} partitions, the ClickHouse engine and one process each of intake, worker,
learner, sink and notifier, as the demo starts them, share this machine with the publisher. Purchases are generated
beforehand and published one by one at a steady rate, each with the time of its publication; a customer buys every
{PAUSE_SECONDS} seconds. A model that has learnt enough is in use, and every purchase gets a score with reasons. Latency
is the time from the publication of a purchase (the call that hands it to librdkafka) until a `read_committed` consumer
has received its score. The two are matched by customer and `scored_at`, and every purchase must have a score. First,
{WARM_UP_SECONDS} seconds at the highest rate warm everything up. Then the rates take turns in {ROUNDS} rounds; the
first {WARM_SECONDS} seconds of each turn do not count. Every figure is the median of the rounds, with each round's 99th
percentile beside it. "Sent by the worker" is the part until the worker hands the score to its transaction.
"""


@dataclass(frozen=True, slots=True)
class RateFigures:
    """Figures of one rate.

    Attributes:
        rate: Purchases a second, as asked for.
        published: A second, in fact.
        late: Share of the purchases that were published later than they should by more than 5 ms.
        events: How many were timed.
        latency: Milliseconds at each of the percentiles.
        sent: Of them, until the worker had sent the score; the median.
        rounds: The 99th percentile of each round, where these are medians.
    """

    rate: int
    published: float
    late: float
    events: int
    latency: list[float]
    sent: float
    rounds: tuple[float, ...] = ()


def median_of(rounds: Sequence[RateFigures]) -> RateFigures:
    """The medians of what the rounds of one rate came to."""
    return RateFigures(
        rate=rounds[0].rate,
        published=median(one.published for one in rounds),
        late=median(one.late for one in rounds),
        events=sum(one.events for one in rounds),
        latency=[median(one.latency[place] for one in rounds) for place in range(len(PERCENTILES))],
        sent=median(one.sent for one in rounds),
        rounds=tuple(one.latency[2] for one in rounds),
    )


def summarise(figures: Sequence[RateFigures], place: Place) -> Result:
    """Put the figures into a table, a bar and a plot.

    Args:
        figures: The medians by rate, the highest last.
        place: Where and when.
    """
    fastest = figures[-1]
    names = ("p50", "p95", "p99", "most")
    headings = ["purchases/s asked for", "published/s", "timed", *(f"{name}, ms" for name in names)]
    rows = [
        [
            f"{one.rate:,}",
            *map(quantity, (one.published, one.events, *one.latency, one.sent, one.late * 100)),
            ", ".join(map(quantity, one.rounds)),
        ]
        for one in figures
    ]
    return Result(
        name="latency",
        title="From a purchase to its score",
        command="python -m bench latency",
        how=_HOW,
        place=place,
        tables=[
            ResultTable([*headings, "sent by the worker, p50, ms", "published late, %", "p99 of each round, ms"], rows)
        ],
        bars=[Bar.at_most(f"latency p99 at {fastest.rate:,} purchases/s", _BAR_MILLISECONDS, fastest.latency[2], "ms")],
        plots=[
            ResultPlot(
                name="latency",
                title="Milliseconds from the publication of a purchase to its committed score",
                kind="lines",
                x=[float(one.rate) for one in figures],
                series={name: [one.latency[number] for one in figures] for number, name in enumerate(names[:3])},
                x_label="purchases/s",
                y_label="ms",
                log_x=True,
            )
        ],
        found=_found(figures),
    )


def _found(figures: Sequence[RateFigures]) -> str:
    slow = [one for one in figures if one.published < one.rate * _KEPT_SHARE]
    if not slow:
        return ""
    told = ", ".join(f"{one.published:,.0f} of {one.rate:,}" for one in slow)
    return f"The publisher did not keep the rate ({told} purchases a second): these latencies are those of less load."
