"""The whole pipeline over encrypted connections, as users with passwords that appear nowhere."""

import asyncio
import os
import subprocess
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import pytest
from aiokafka import AIOKafkaConsumer
from confluent_kafka.admin import AdminClient
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth
from pydantic import SecretStr

from deploy.demo.processes.pipeline import stayline
from deploy.local.clickhouse import ClickHouse
from deploy.local.kafka import KafkaCluster, kafka_available
from deploy.local.kafka.secured import Secured
from deploy.local.ports import reserve_port
from deploy.local.process import ServerProcess
from runtime.kafka.admin import require_kafka
from runtime.kafka.options import client_options
from schemas.errors import ServerUnreachableError, UsageError
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from sinks.clickhouse.client import open_client
from streams.faust.credentials import credentials_of
from tests.kit.events import purchase
from tests.kit.forks import launch_fork, run_fork
from tests.kit.waiting import LEISURELY, PATIENCE_SECONDS, SLOW_MACHINE
from tests.security.certificates import Certificate, make_certificate

pytestmark = [pytest.mark.servers, pytest.mark.takes(40)]

USER: Final = "stayline"
KAFKA_PASSWORD: Final = "kafkaSecret4711"
CLICKHOUSE_PASSWORD: Final = "houseSecret0815"
KINDS: Final = ("intake", "worker", "learner", "sink", "notifier")

Mechanism = Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"]
MECHANISMS: Final[tuple[Mechanism, ...]] = ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")


@dataclass(frozen=True)
class Servers:
    """A broker and a database behind their doors, and how to come in."""

    folder: Path
    kafka: KafkaCluster
    clickhouse: ClickHouse
    certificate: Certificate
    stranger: Certificate
    environment: dict[str, str]

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end, with variables of its own."""
        environment = {**os.environ, **self.environment, "STAYLINE_OBSERVE__PORT": "0", **variables}
        return run_fork(words, environment, folder=self.folder)

    def kafka_settings(self, mechanism: Mechanism, password: str = KAFKA_PASSWORD) -> KafkaSettings:
        """As a program has them."""
        return KafkaSettings(
            bootstrap_servers=self.kafka.secured_servers,
            security="SASL_SSL",
            mechanism=mechanism,
            user=USER,
            password=SecretStr(password),
            ca_file=self.certificate.certificate,
        )


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("secured")
    why_not = kafka_available()
    if why_not is not None and not os.environ.get("CI"):
        pytest.skip(why_not)
    own, stranger = make_certificate(folder, "own"), make_certificate(folder, "stranger")
    files = {"kafka": KAFKA_PASSWORD, "clickhouse": CLICKHOUSE_PASSWORD}
    for name, password in files.items():
        (folder / f"{name}-password").write_text(f"{password}\n")
    with ExitStack() as stack:
        secured = Secured(own.both, {USER: KAFKA_PASSWORD})
        kafka = stack.enter_context(KafkaCluster(1, folder, secured=secured))
        pair = (own.certificate, own.key)
        clickhouse = stack.enter_context(ClickHouse(folder, certificate=pair, user=USER, password=CLICKHOUSE_PASSWORD))
        yield Servers(folder, kafka, clickhouse, own, stranger, _environment(folder, kafka, clickhouse, own))


def _environment(folder: Path, kafka: KafkaCluster, clickhouse: ClickHouse, own: Certificate) -> dict[str, str]:
    return {
        "STAYLINE_KAFKA__BOOTSTRAP_SERVERS": kafka.secured_servers,
        "STAYLINE_KAFKA__SECURITY": "SASL_SSL",
        "STAYLINE_KAFKA__USER": USER,
        "STAYLINE_KAFKA__PASSWORD_FILE": str(folder / "kafka-password"),
        "STAYLINE_KAFKA__CA_FILE": str(own.certificate),
        "STAYLINE_CLICKHOUSE__URL": clickhouse.url,
        "STAYLINE_CLICKHOUSE__USER": USER,
        "STAYLINE_CLICKHOUSE__PASSWORD_FILE": str(folder / "clickhouse-password"),
        "STAYLINE_CLICKHOUSE__CA_FILE": str(own.certificate),
        "STAYLINE_WORKER__DATA_FOLDER": str(folder / "customers"),
        "STAYLINE_KAFKA__RAW_PARTITIONS": "1",
        "STAYLINE_KAFKA__INTERACTIONS_PARTITIONS": "3",
        **SLOW_MACHINE,
        **LEISURELY,
    }


@dataclass(frozen=True)
class Played:
    """Results of the secured pipeline."""

    exit_codes: list[int]
    scores: int
    said: Mapping[str, str]


@pytest.fixture(scope="module")
def played(servers: Servers) -> Played:
    """Every process, from a file of events to scores in the database."""
    history = servers.folder / "history.ndjson"
    history.write_bytes(b"\n".join(purchase(f"c-{number}", f"e-{number}") for number in range(50)))
    said: dict[str, str] = {}
    codes: list[int] = []

    def run(*words: str) -> None:
        ended = servers.run(*words)
        codes.append(ended.returncode)
        said[words[0]] = ended.stdout + ended.stderr

    run("topics")
    run("migrate")
    with ExitStack() as stack:
        processes = [stack.enter_context(_process(servers, kind)) for kind in KINDS]
        run("publish", str(history), "--clock", "now")
        found = _wait_for_scores(servers, processes)
        run("check")
        run("settings")
        run("customer", "c-1")
        run("audit", "--once")
        run("forget", "c-2")
        for kind, port in PORTS.items():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=PATIENCE_SECONDS) as answer:
                said[f"metrics of {kind}"] = answer.read().decode()
    said |= {kind: (servers.folder / f"{kind}.log").read_text() for kind in KINDS}
    return Played(codes, found, said)


PORTS: Final[dict[str, int]] = {kind: reserve_port() for kind in KINDS}


def _process(servers: Servers, kind: str) -> ServerProcess:
    variables = {**servers.environment, "STAYLINE_OBSERVE__PORT": str(PORTS[kind]), "STAYLINE_INSTANCE": f"{kind}-1"}
    return ServerProcess(kind, stayline(kind), servers.folder / f"{kind}.log", variables, launch=launch_fork)


def _wait_for_scores(servers: Servers, processes: list[ServerProcess]) -> int:
    settings = ClickHouseSettings(
        url=servers.clickhouse.url,
        user=USER,
        password=SecretStr(CLICKHOUSE_PASSWORD),
        ca_file=servers.certificate.certificate,
    )
    deadline = time.monotonic() + PATIENCE_SECONDS
    found = 0
    with open_client(settings) as client:
        while found < 50 and time.monotonic() < deadline:
            for process in processes:
                assert not process.exit_code, process.log.read_text()[-2000:]
            found = client.query("SELECT uniqExact(customer_id) FROM risk_scores").result_rows[0][0]
            time.sleep(0.5)
    return found


def test_everybody_works_over_encrypted_connections_and_with_a_password(played: Played) -> None:
    assert (played.scores, played.exit_codes) == (50, [0] * 8), played.said


def test_no_password_appears_in_any_output_log_or_metric(played: Played) -> None:
    telling = [name for name, text in played.said.items() if KAFKA_PASSWORD in text or CLICKHOUSE_PASSWORD in text]
    assert telling == []


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_librdkafka_comes_in_by_each_mechanism(servers: Servers, mechanism: Mechanism) -> None:
    settings = servers.kafka_settings(mechanism)

    require_kafka(settings, timeout_seconds=PATIENCE_SECONDS)

    assert len(AdminClient(client_options(settings)).list_topics(timeout=PATIENCE_SECONDS).brokers) == 1


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_the_consumer_under_faust_comes_in_by_each_mechanism(servers: Servers, mechanism: Mechanism) -> None:
    settings = servers.kafka_settings(mechanism)

    async def topics() -> set[str]:
        options = credentials_to_aiokafka_auth(credentials_of(settings))
        consumer = AIOKafkaConsumer(bootstrap_servers=settings.bootstrap_servers, **options)
        await consumer.start()
        found: set[str] = await consumer.topics()
        await consumer.stop()
        return found

    seen = AdminClient(client_options(settings)).list_topics(timeout=PATIENCE_SECONDS).topics
    assert asyncio.run(topics()) == {topic for topic in seen if not topic.startswith("__")}


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_wrong_password_is_told_as_such(servers: Servers, mechanism: Mechanism) -> None:
    with pytest.raises(UsageError, match=rf"refuses user stayline \({mechanism}\).*set STAYLINE_KAFKA__USER"):
        require_kafka(servers.kafka_settings(mechanism, "wrong"), timeout_seconds=PATIENCE_SECONDS)


@pytest.mark.parametrize("kind", ["intake", "worker", "topics"])
def test_a_wrong_password_of_kafka_ends_a_process_with_one_line_and_exit_code_2(servers: Servers, kind: str) -> None:
    wrong = servers.folder / "wrong"
    wrong.write_text("notThisOne99")
    ended = servers.run(kind, STAYLINE_KAFKA__PASSWORD_FILE=str(wrong))
    assert ended.returncode == 2, ended.stderr
    assert [line for line in ended.stderr.splitlines() if "refuses user stayline" in line] == [ended.stderr.strip()]
    assert "notThisOne99" not in ended.stderr


def test_a_wrong_password_of_clickhouse_ends_a_process_with_exit_code_2(servers: Servers) -> None:
    wrong = servers.folder / "wrong"
    wrong.write_text("notThisOne99")
    ended = servers.run("migrate", STAYLINE_CLICKHOUSE__PASSWORD_FILE=str(wrong))
    assert ended.returncode == 2, ended.stderr
    assert "refuses user stayline" in ended.stderr.splitlines()[-1]
    assert "notThisOne99" not in ended.stderr


def test_a_broker_that_nobody_vouches_for_is_not_spoken_with(servers: Servers) -> None:
    ended = servers.run("topics", STAYLINE_KAFKA__CA_FILE=str(servers.stranger.certificate))
    assert ended.returncode == 2, ended.stderr
    assert "set STAYLINE_KAFKA__SECURITY and STAYLINE_KAFKA__CA_FILE" in ended.stderr.splitlines()[-1]


def test_a_database_that_nobody_vouches_for_is_not_spoken_with(servers: Servers) -> None:
    stranger = ClickHouseSettings(url=servers.clickhouse.url, ca_file=servers.stranger.certificate)
    with pytest.raises(ServerUnreachableError, match="certificate verify failed"), open_client(stranger, database=""):
        pass
