"""The audit's process: one round after another until told to stop."""

import logging
from contextlib import suppress
from threading import Event
from typing import Final

from runtime.kafka.admin import require_kafka
from runtime.service.graceful_shutdown import run_bounded
from runtime.service.health_server import new_registry, serve_health
from runtime.service.signals import Stopped
from schemas.errors import ServerUnreachableError
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from schemas.settings.processes import ObserveSettings
from streams.audit.auditor import Auditor
from streams.audit.metrics import AuditHealth, AuditMetrics
from streams.audit.result import Round

_AGAIN_SECONDS: Final = 5.0
"""A server that is away is asked again after this: at a common start, all of them are for a moment."""

_LOG: Final = logging.getLogger(__name__)


def run_audit(
    kafka: KafkaSettings,
    clickhouse: ClickHouseSettings,
    observe: ObserveSettings,
    *,
    application_id: str,
    every_seconds: float,
    patience_seconds: float,
    examples: int,
    stop: Event,
) -> None:
    """Compare again and again, and show what differs.

    Args:
        kafka: Where Kafka is.
        clickhouse: Where ClickHouse is.
        observe: Where the process shows itself.
        application_id: The groups that are looked at are named after it.
        every_seconds: Pause between rounds.
        patience_seconds: How long worker and sink are waited for.
        examples: How many things of a difference are named at most.
        stop: Set when the process must end.

    Raises:
        ServerUnreachableError: Kafka does not answer at the start; later it is waited for.
        UsageError: A topic is missing.
        FatalError: A record cannot be read.
    """
    require_kafka(kafka)
    # Every failed round is told in one line of ours; the driver's own would double it.
    logging.getLogger("clickhouse_connect").setLevel(logging.ERROR)
    registry, health = new_registry(), AuditHealth()
    metrics = AuditMetrics(registry)
    auditor = Auditor(
        kafka, clickhouse, application_id, patience_seconds=patience_seconds, examples=examples, stop=stop
    )

    def work() -> None:
        with suppress(Stopped):
            while not stop.is_set():
                trouble = _try_round(auditor, metrics)
                health.turn(trouble)
                stop.wait(min(every_seconds, _AGAIN_SECONDS) if trouble else every_seconds)
        auditor.close()

    with serve_health(registry, observe, "audit", live=health.live, ready=health.ready):
        run_bounded(work, stop, "audit")


def _try_round(auditor: Auditor, metrics: AuditMetrics) -> str | None:
    """Compare, and say what kept it from that; a server that is away is asked again soon."""
    try:
        done = auditor.compare()
    except ServerUnreachableError as error:
        _LOG.warning("%s; nothing was compared", error)
        return str(error)
    metrics.show(done)
    _log_round(done)
    return None


def _log_round(done: Round) -> None:
    for one in done.differences:
        _LOG.warning("differs: %s", one)
    for ratio in done.ratios:
        if ratio.is_mismatch:
            _LOG.warning("sample ratio: %s", ratio)
    skipped = {f"{one.between}, {one.part}: {one.remark}" for one in done.comparisons if not one.done}
    for one_line in sorted(skipped):
        _LOG.info("not compared: %s", one_line)
