"""The process of intake: clients, health, and the loop between them."""

import time
from collections.abc import Callable
from functools import partial
from threading import Event

from runtime.kafka.admin import TopicClient, require_kafka
from runtime.service.clock import Clock, wall_clock_ms
from runtime.service.health_server import new_registry, serve_health
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import IntakeSettings, ObserveSettings
from schemas.settings.risk import MoneySettings
from schemas.topics import intake_group
from streams.forget.forgotten import read_forgettings
from streams.intake.intake import Intake
from streams.intake.loop import IntakeLoop
from streams.intake.metrics import IntakeMetrics
from streams.intake.publisher import open_publisher
from streams.intake.source import Source, open_consumer, require_topics


def run_intake(
    *,
    kafka: KafkaSettings,
    money: MoneySettings,
    intake: IntakeSettings,
    observe: ObserveSettings,
    application_id: str,
    instance: str,
    stop: Event,
    now_ms: Callable[[], int] = wall_clock_ms,
) -> None:
    """Turn raw events into pages and dead letters until told to stop.

    Args:
        kafka: Where Kafka is.
        money: Rates of the accepted currencies.
        intake: Limits of events and pages.
        observe: Where metrics and health are served; port 9301 unless one is set.
        application_id: Begins the name of the consumer group, which all intakes share.
        instance: Tells this intake from others running at the same time; the same again after a restart.
        stop: Once set, what was read is committed and the group is left, within 8 s.
        now_ms: The wall clock, milliseconds since 1970.

    Raises:
        ServerUnreachableError: Kafka does not answer at the start.
        UsageError: The topics do not exist, or have another number of partitions than the settings say.
        FatalError: Going on would lose or double something.
    """
    require_kafka(kafka)
    raw_partitions = require_topics(kafka)
    group = intake_group(application_id)
    name = f"{group}-{instance}"
    step = Intake(
        source=name,
        settings=intake,
        rates=money.rates,
        raw_partitions=raw_partitions,
        interactions_partitions=kafka.interactions_partitions,
    )
    registry = new_registry()
    consumer = open_consumer(kafka, group, raw_partitions, intake.max_queued_messages)
    # The consumer's own connection is busy with fetches that wait in the broker.
    topics = TopicClient(kafka)
    try:
        publisher = open_publisher(kafka, name, consumer, stop)
        source = Source(consumer, step, stop, partial(read_forgettings, kafka, group, stop))
        loop = IntakeLoop(step, source, publisher, IntakeMetrics(registry), Clock(now_ms, time.monotonic))
        with serve_health(registry, observe, "intake", live=loop.stuck, ready=lambda: loop.unready(topics)):
            loop.run(stop, intake.page_milliseconds / 1000)
    finally:
        consumer.close()
