"""The desk as a process beside the pipeline, with people at it."""

import asyncio
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Final

import numpy as np
from confluent_kafka import Producer

from bench.desk.data import TEAM, fill_tables
from bench.desk.people import People, run_people
from bench.desk.processor import processor_rows, processor_seconds
from bench.desk.purchases import published_purchases
from bench.engines.comparison import learnt_model
from bench.result import Bar, Place, Result, ResultTable, quantity
from bench.sink.questions import compute_snapshots
from deploy.demo.processes.pipeline import Pipeline, environment_for, stayline
from deploy.local.ports import answers, reserve_port
from deploy.local.process import ServerProcess
from deploy.local.server import Progress
from deploy.local.servers import LocalServers
from desk.people.sessions import COOKIE, DeskSessions
from desk.people.users import User, UsersFile
from runtime.kafka.options import producer_options
from runtime.kafka.producer import PlainProducer
from schemas.records.decisions import GainInterval, RetentionDecision
from schemas.records.encode import encode_record
from schemas.records.score import ReasonInWords
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from schemas.settings.processes import WorkerSettings
from schemas.topics import DECISIONS, MODEL_EPOCHS
from sinks.clickhouse.client import open_client
from sinks.clickhouse.migrate import migrate
from streams.topics import create_topics

_PARTITIONS: Final = 4
_OPEN: Final = 3_000
_READY_SECONDS: Final = 120.0
_WARM_SECONDS: Final = 20.0
"""The first purchases make Kafka's machine compile, and the first model look at everyone; people come later."""

_KINDS: Final = {"queue": "the queue", "customer": "a customer's page", "step": "claiming or finishing"}

_HOW: Final = """\
`stayline desk` runs beside intake, worker, learner, sink and notifier, which take {rate:,} purchases a second, and \
beside Kafka and ClickHouse (chDB behind HTTP), all on this machine. The tables hold {interactions:,} interactions of \
{customers:,} customers, their scores, and {decisions:,} decisions, {open:,} of them open; they are generated inside \
ClickHouse (`bench/desk/data.py`), and snapshots are computed before people come. {agents} agents look at the queue, \
open three customers, claim one decision and finish it, and think for 1.5 to 4.5 seconds before each click, which is \
seven clicks a second of all of them; {streams} pages are open and receive changes. They come after {warm:.0f} seconds \
of purchases. Every second and a half a decision is published as a worker would; it has arrived \
when a stream has it. Times are those of a client on the same machine, the whole page included, over {seconds:.0f} \
seconds."""


@dataclass(frozen=True, slots=True)
class _Load:
    """Amounts of one run."""

    customers: int
    agents: int
    streams: int
    seconds: float
    rate: int


def measure(*, quick: bool, seed: int, tell: Progress) -> Result:
    """Measure what people wait for.

    Args:
        quick: Fewer customers, for a shorter time.
        seed: Of purchases and clicks.
        tell: Told what is being done.

    Raises:
        RuntimeError: A page failed, or an arrival was never seen.
        LocalServerError: A server or a process did not come up.
    """
    place = Place.here()
    load = _Load(50_000, 20, 200, 25.0, 1_000) if quick else _Load(1_000_000, 20, 200, 90.0, 1_000)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stayline-bench-")))
        servers = stack.enter_context(LocalServers(folder, broker="kafka", progress=tell))
        kafka = _prepare(servers, load, seed, tell)
        environment = environment_for(servers, folder) | _own_environment(folder)
        tell("starting the pipeline")
        pipeline = stack.enter_context(Pipeline(environment, folder))
        pipeline.wait_until_ready()
        tell("starting the desk")
        address, cookie = stack.enter_context(_desk(environment, folder))
        stack.enter_context(published_purchases(kafka, load.rate, seed))
        tell(f"purchases alone for {_WARM_SECONDS:.0f} s")
        time.sleep(_WARM_SECONDS)
        tell(f"{load.agents} agents and {load.streams} streams for {load.seconds:.0f} s")
        people = People(address, cookie, seed)
        arrivals = _Arrivals(kafka)
        began, used = time.monotonic(), processor_seconds()
        asyncio.run(run_people(people, load.agents, load.streams, load.seconds, arrivals.publish))
        processors = processor_rows(used, processor_seconds(), time.monotonic() - began)
    if people.failed:
        raise RuntimeError(f"{len(people.failed)} clicks failed, the first: {people.failed[0]}")
    return _result(place, load, people, arrivals.delays(people), processors)


class _Arrivals:
    """Decisions that are published while people look on."""

    def __init__(self, kafka: KafkaSettings) -> None:
        self._producer = PlainProducer(kafka)
        self._published: dict[str, float] = {}

    def publish(self) -> None:
        """Publish one, as a worker does at its instant."""
        name, now = token_hex(8), datetime.now(UTC)
        decision = RetentionDecision(
            decision_id=name,
            customer_id=f"customer-{len(self._published)}",
            decided_at=now,
            action="call",
            held_out=False,
            propensity={"call": 1.0},
            policy_version="p1",
            rule="rescue",
            expected_gain=1.0,
            interval=GainInterval(0.5, 1.5),
            cost=0.5,
            risk=0.5,
            value_at_risk=10.0,
            reasons=(ReasonInWords("recency", 0.8, "bought 40 days ago, usually every 20"),),
            what_changed=(),
            do_after=now,
            due_by=now + timedelta(days=7),
            team=TEAM,
            channel="phone",
            template="",
            segment="look_after",
        )
        self._published[name] = time.time()
        self._producer.write(DECISIONS, encode_record(decision), decision.customer_id.encode())

    def delays(self, people: People) -> list[float]:
        """Return the milliseconds until each arrival was seen, on every stream.

        Raises:
            RuntimeError: One was seen on no stream.
        """
        unseen = [name for name in self._published if not people.seen[name]]
        if unseen:
            raise RuntimeError(f"{len(unseen)} of {len(self._published)} arrivals were seen on no stream")
        return [(seen - at) * 1000 for name, at in self._published.items() for seen in people.seen[name]]


def _prepare(servers: LocalServers, load: _Load, seed: int, tell: Progress) -> KafkaSettings:
    kafka = KafkaSettings(
        bootstrap_servers=servers.kafka.bootstrap_servers,
        raw_partitions=_PARTITIONS,
        interactions_partitions=_PARTITIONS,
    )
    create_topics(kafka, WorkerSettings())
    clickhouse = ClickHouseSettings(url=servers.clickhouse.url, timeout_seconds=600)
    migrate(clickhouse)
    tell(f"making up {load.customers:,} customers")
    with open_client(clickhouse) as client:
        fill_tables(client, load.customers, _OPEN)
        tell("computing snapshots")
        compute_snapshots(client)
    producer = Producer(producer_options(kafka, None))
    producer.produce(MODEL_EPOCHS, learnt_model(seed), b"model", 0)
    producer.flush(30)
    return kafka


def _own_environment(folder: Path) -> dict[str, str]:
    return {
        "STAYLINE_KAFKA__RAW_PARTITIONS": str(_PARTITIONS),
        "STAYLINE_KAFKA__INTERACTIONS_PARTITIONS": str(_PARTITIONS),
        "STAYLINE_DESK__USERS_FILE": str(folder / "users.json"),
        "STAYLINE_DESK__SECRET": token_hex(32),
        "STAYLINE_DESK__PORT": str(reserve_port()),
    }


@contextmanager
def _desk(environment: dict[str, str], folder: Path) -> Iterator[tuple[str, str]]:
    """The desk as a process; its address, and the cookie of an agent who has signed in."""
    users = UsersFile(folder / "users.json")
    agent = User(name="agent", role="agent", teams=(TEAM,))
    users.put(agent)
    port = reserve_port()
    own = environment | {"STAYLINE_OBSERVE__PORT": str(port), "STAYLINE_INSTANCE": "desk-1"}
    with ServerProcess("stayline desk", stayline("desk"), folder / "logs" / "desk.log", own) as process:
        process.wait_until(partial(answers, f"http://127.0.0.1:{port}/ready"), _READY_SECONDS)
        token = DeskSessions(users, environment["STAYLINE_DESK__SECRET"], timedelta(hours=1)).issue(
            agent, datetime.now(UTC)
        )
        yield f"http://127.0.0.1:{environment['STAYLINE_DESK__PORT']}", f"{COOKIE}={token}"


def _result(place: Place, load: _Load, people: People, delays: list[float], processors: list[list[str]]) -> Result:
    rows = [_row(words, people.waits[kind]) for kind, words in _KINDS.items()]
    rows.append(_row("an arrival, on a stream", delays))
    customer, queue = _percentile(people.waits["customer"], 95), _percentile(people.waits["queue"], 95)
    return Result(
        name="desk",
        title="At the desk",
        command="make bench ARGS=desk",
        how=_HOW.format(
            rate=load.rate,
            interactions=load.customers * 10,
            customers=load.customers,
            decisions=load.customers // 2 + _OPEN,
            open=_OPEN,
            agents=load.agents,
            streams=load.streams,
            seconds=load.seconds,
            warm=_WARM_SECONDS,
        ),
        place=place,
        tables=[
            ResultTable(["", "number", "p50, ms", "p95, ms", "longest, ms"], rows),
            ResultTable(["process", "per cent of one core"], processors),
        ],
        bars=[
            Bar.at_most("a customer's page, p95", 300, customer, " ms"),
            Bar.at_most("the queue, p95", 200, queue, " ms"),
            Bar.at_most("an arrival seen, p95", 1_000, _percentile(delays, 95), " ms"),
        ],
        found=f"{len(people.waits['customer']):,} pages of customers and {len(people.waits['queue']):,} queues were "
        f"looked at on {os.cpu_count()} cores, while {load.rate:,} purchases a second went through the pipeline.",
    )


def _row(words: str, waits: list[float]) -> list[str]:
    return [words, f"{len(waits):,}", *(quantity(_percentile(waits, one)) for one in (50, 95, 100))]


def _percentile(waits: list[float], one: float) -> float:
    return float(np.percentile(waits, one))
