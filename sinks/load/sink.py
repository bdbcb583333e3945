"""The sink's process: bring the schema up to date, then store records from Kafka until told to stop."""

import logging
from threading import Event
from typing import Final

from runtime.kafka.admin import require_kafka
from runtime.service.graceful_shutdown import run_bounded
from runtime.service.health_server import new_registry, serve_health
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from schemas.settings.processes import ObserveSettings, SinkSettings
from schemas.topics import sink_group
from sinks.clickhouse.client import open_client
from sinks.clickhouse.migrate import migrate
from sinks.health import Health
from sinks.load.consumer import SinkConsumer
from sinks.load.metrics import SinkMetrics

_LOG: Final = logging.getLogger(__name__)


def run_sink(
    kafka: KafkaSettings,
    clickhouse: ClickHouseSettings,
    sink: SinkSettings,
    observe: ObserveSettings,
    *,
    application_id: str,
    stop: Event,
) -> None:
    """Bring the database to this program's schema, then store records until told to stop.

    Args:
        kafka: Where the records are.
        clickhouse: Where they go.
        sink: Limits of a batch.
        observe: Address of /metrics, /live and /ready.
        application_id: The consumer group is this and ``-sink``.
        stop: Set when the process must end; it then stores and commits what it has read, within 8 seconds.

    Raises:
        ServerUnreachableError: Kafka or ClickHouse does not answer at the start; later they are waited for.
        FatalError: ClickHouse refuses a record or the schema, or Kafka fails for good.
        UsageError: ClickHouse refuses the user.
    """
    require_kafka(kafka)
    for name in migrate(clickhouse):
        _LOG.info("applied %s", name)
    # Every failed try is one log line of ours; the driver's own would double it.
    logging.getLogger("clickhouse_connect").setLevel(logging.ERROR)
    registry, health = new_registry(), Health()
    metrics = SinkMetrics(registry)
    group = sink_group(application_id)

    def work() -> None:
        with open_client(clickhouse) as client:
            SinkConsumer(kafka, clickhouse, sink, group=group, client=client, metrics=metrics, health=health).run(stop)

    with serve_health(registry, observe, "sink", live=health.live, ready=health.ready):
        run_bounded(work, stop, "sink")
