"""Waiting until ClickHouse has every event and all that follows from them."""

import time
import urllib.request
from collections import defaultdict
from collections.abc import Callable
from typing import Final

from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.samples import Sample

from deploy.demo.processes.pipeline import Pipeline
from deploy.demo.processes.supervisor import Supervisor
from deploy.local.server import LocalServerError
from schemas.errors import ServerUnreachableError
from schemas.settings.connections import ClickHouseSettings
from schemas.topics import INTERACTIONS
from sinks.clickhouse.client import open_client
from sinks.queries.row_counts import Arrivals, RowCounts, arrivals, counts

_LOOK_SECONDS: Final = 1.0
_LONGEST_LOOK_SECONDS: Final = 10.0
_STILL_SECONDS: Final = 4.0

_WATERMARK: Final = "stayline_worker_watermark_timestamp_seconds"
_REVIEW_DELAY: Final = "stayline_worker_review_delay_seconds"
_SINK_LAG: Final = "stayline_sink_lag_messages"

Report = Callable[[Arrivals, float], None]
Samples = defaultdict[str, list[Sample]]


def await_arrival(
    pipeline: Pipeline,
    supervisor: Supervisor,
    clickhouse: ClickHouseSettings,
    *,
    events: int,
    last_ms: int,
    patience_seconds: float,
    report: Report,
) -> RowCounts:
    """Wait until every event is in ClickHouse and everything that follows from them is too.

    Args:
        pipeline: The processes.
        supervisor: Looks after the processes meanwhile.
        clickhouse: Where ClickHouse is.
        events: How many events were published.
        last_ms: Time of the last one, ms since 1970.
        patience_seconds: How long nothing may arrive; a slow machine takes its time, and is no failure.
        report: Told what has arrived and the watermark in seconds since 1970, about once a second.

    Raises:
        LocalServerError: Nothing arrives any more, or something ended for good.
    """
    before: Arrivals | None = None
    now = Arrivals(**dict.fromkeys(Arrivals.__struct_fields__, 0))
    still_seconds, looked_at = 0.0, time.monotonic()
    while True:
        now = _arrivals(clickhouse) or now
        clock = watermark(pipeline)
        report(now, clock)
        # A machine that slept between two looks has kept nothing waiting.
        still_seconds += min(time.monotonic() - looked_at, _LONGEST_LOOK_SECONDS)
        looked_at = time.monotonic()
        if now != before:
            before, still_seconds = now, 0.0
        arrived = now.interactions + now.dead_letters >= events and clock * 1000 >= last_ms
        if arrived and still_seconds > _STILL_SECONDS and nothing_waits(pipeline):
            with open_client(clickhouse) as client:
                return counts(client)
        if still_seconds > patience_seconds:
            raise LocalServerError(
                f"nothing has arrived for {still_seconds:.0f} s; {now.interactions:,} of {events:,} events are there: "
                f"see {pipeline.logs}"
            )
        supervisor.sleep(_LOOK_SECONDS)


def _arrivals(clickhouse: ClickHouseSettings) -> Arrivals | None:
    """Return what has arrived; None where a busy machine does not answer in time, which is no failure yet."""
    try:
        with open_client(clickhouse) as client:
            return arrivals(client)
    except ServerUnreachableError:
        return None


def watermark(pipeline: Pipeline) -> float:
    """Return the slowest partition's watermark, seconds since 1970; 0 before there is one."""
    return _watermark(_samples(pipeline.address("worker")))


def has_come_to(pipeline: Pipeline, moment: int) -> bool:
    """Return True if the watermark has passed a moment, ms since 1970, and no review is overdue at it."""
    samples = _samples(pipeline.address("worker"))
    return _watermark(samples) * 1000 >= moment and _nothing_overdue(samples)


def nothing_waits(pipeline: Pipeline) -> bool:
    """Return True if no review is overdue, and every score, answer and alert is stored."""
    waiting = _samples(pipeline.address("sink"))[_SINK_LAG]
    if not waiting:  # the process does not answer
        return False
    # Pages without events keep coming; those with events are counted in ClickHouse.
    unstored = [one.value for one in waiting if one.labels["topic"] != INTERACTIONS]
    return not any(unstored) and _nothing_overdue(_samples(pipeline.address("worker")))


def _watermark(samples: Samples) -> float:
    return min((clock.value for clock in samples[_WATERMARK]), default=0.0)


def _nothing_overdue(samples: Samples) -> bool:
    overdue = samples[_REVIEW_DELAY]
    return bool(overdue) and not any(one.value for one in overdue)


def _samples(address: str) -> Samples:
    """Return what a process says of itself, by name; nothing where it does not answer."""
    found: Samples = defaultdict(list)
    try:
        with urllib.request.urlopen(f"{address}/metrics", timeout=5) as answer:  # noqa: S310 - an address of ours
            text = answer.read().decode()
    except OSError:
        return found
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name].append(sample)
    return found
