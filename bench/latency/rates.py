"""The whole pipeline on this machine, at one rate after the other."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np
from confluent_kafka import Producer

from bench.engines.comparison import learnt_model
from bench.latency.exchange import Exchange, matched, open_client
from bench.latency.load import purchases_at
from bench.latency.summary import (
    PARTITIONS,
    PERCENTILES,
    ROUNDS,
    WARM_SECONDS,
    WARM_UP_SECONDS,
    RateFigures,
    median_of,
    summarise,
)
from bench.result import Place, Result
from deploy.demo.processes.pipeline import Pipeline, environment_for
from deploy.local.server import Progress
from deploy.local.servers import LocalServers
from runtime.kafka.options import producer_options
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from schemas.settings.processes import WorkerSettings
from schemas.topics import MODEL_EPOCHS
from sinks.clickhouse.migrate import migrate
from streams.topics import create_topics

_RATES: Final = (500, 2_000, 5_000)
_SECONDS: Final = 3
_QUICK_SECONDS: Final = 2
_LATE_SECONDS: Final = 0.005


def measure(*, quick: bool, seed: int, tell: Progress) -> Result:
    """Measure one rate after the other.

    Args:
        quick: For a few seconds each.
        seed: Of the purchases.
        tell: Told what is being done.

    Raises:
        RuntimeError: A purchase has no score.
        LocalServerError: A server or a process did not come up.
    """
    place = Place.here()
    seconds = _QUICK_SECONDS if quick else _SECONDS
    warm_up = 0 if quick else WARM_UP_SECONDS
    rounds: dict[int, list[RateFigures]] = {rate: [] for rate in _RATES}
    with _pipeline(seed, tell) as kafka, open_client(kafka) as client:
        tell("warming the broker up")
        client.exchange(_RATES[-1], purchases_at(_RATES[-1], _RATES[-1] * warm_up, seed, "warm-up"))
        for number, rate in product(range(1 if quick else ROUNDS), _RATES):
            purchases = purchases_at(rate, rate * (WARM_SECONDS + seconds), seed, f"{number}-{rate}")
            tell(f"round {number + 1}: {rate:,} purchases a second for {WARM_SECONDS + seconds} s")
            rounds[rate].append(_figures_of(client.exchange(rate, purchases)))
    return summarise([median_of(figures) for figures in rounds.values()], place)


@contextmanager
def _pipeline(seed: int, tell: Progress) -> Iterator[KafkaSettings]:
    """Pipeline that runs beside the publisher."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stayline-bench-")))
        tell("starting Kafka and ClickHouse")
        servers = stack.enter_context(LocalServers(folder, broker="kafka", clickhouse_less_urgent=True))
        kafka = KafkaSettings(
            bootstrap_servers=servers.kafka.bootstrap_servers,
            raw_partitions=PARTITIONS,
            interactions_partitions=PARTITIONS,
        )
        create_topics(kafka, WorkerSettings())
        migrate(ClickHouseSettings(url=servers.clickhouse.url))
        producer = Producer(producer_options(kafka, None))
        producer.produce(MODEL_EPOCHS, learnt_model(seed), b"model", 0)
        producer.flush(30)
        tell("starting intake, worker, learner, sink and notifier")
        pipeline = stack.enter_context(Pipeline(_environment(servers, folder), folder))
        pipeline.wait_until_ready()
        yield kafka


def _environment(servers: LocalServers, folder: Path) -> dict[str, str]:
    return environment_for(servers, folder) | {
        "STAYLINE_KAFKA__RAW_PARTITIONS": str(PARTITIONS),
        "STAYLINE_KAFKA__INTERACTIONS_PARTITIONS": str(PARTITIONS),
    }


def _figures_of(exchange: Exchange) -> RateFigures:
    published = np.array(exchange.published)
    received, sent = matched(exchange)
    due = exchange.began + np.arange(len(published)) / exchange.rate
    timed = published >= exchange.began + WARM_SECONDS
    latency = (received - published)[timed] * 1000
    return RateFigures(
        rate=exchange.rate,
        published=float((len(published) - 1) / (published[-1] - published[0])),
        late=float(np.mean((published - due)[timed] > _LATE_SECONDS)),
        events=int(timed.sum()),
        latency=[float(one) for one in np.percentile(latency, PERCENTILES)],
        sent=float(np.median((sent - published)[timed]) * 1000),
    )
