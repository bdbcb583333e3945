"""The demo as a person starts it, on servers that run already."""

import os
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from bench.chaos.checks.reading import read_messages
from deploy.demo.processes import stayline
from schemas.settings import KafkaSettings
from tests.kit.servers import SharedServers
from tests.kit.waiting import PATIENCE_SECONDS, wait_until

EVENTS = 400

pytestmark = [pytest.mark.servers, pytest.mark.takes(35)]


@dataclass(frozen=True)
class Stand:
    """Servers that demos run on, and the environment that names them.

    Attributes:
        kafka: Its broker.
        environment: Names the servers.
    """

    kafka: KafkaSettings
    environment: dict[str, str]


@pytest.fixture(scope="module")
def stand(servers: SharedServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """Servers that run already."""
    folder = tmp_path_factory.mktemp("demo")
    with servers.cleared():
        addresses = servers.addresses
        environment = {
            "STAYLINE_KAFKA__BOOTSTRAP_SERVERS": addresses.bootstrap_servers,
            "STAYLINE_CLICKHOUSE__URL": addresses.clickhouse_url,
            # The second demo's history ends now and the first one's in 1997; with few reviews these years pass quickly.
            "STAYLINE_RISK__HORIZON_DAYS": "730",
            "TMPDIR": str(folder),
            "COLUMNS": "120",
        }
        yield Stand(KafkaSettings(bootstrap_servers=addresses.bootstrap_servers), {**os.environ, **environment})


@pytest.fixture(scope="module")
def shown(stand: Stand) -> str:
    """Output of the demo."""
    ended = subprocess.run(
        stayline("demo", "--limit", str(EVENTS)),
        env=stand.environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * PATIENCE_SECONDS,
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_it_says_that_every_event_has_arrived_once(shown: str) -> None:
    assert f"{EVENTS} ({EVENTS} distinct event ids)" in shown


def test_it_names_the_customers_with_most_to_lose_and_why(shown: str) -> None:
    assert "since the only one" not in shown, "nobody is silent on the day of a purchase"
    assert "Bought only once" in shown


def test_it_answers_questions_from_clickhouse(shown: str) -> None:
    assert "1997-01-01" in shown


def test_interrupted_while_it_publishes_live_events_it_ends_without_a_word(stand: Stand, shown: str) -> None:
    assert shown
    demo = subprocess.Popen(
        stayline("demo", "--limit", str(EVENTS), "--live", "--speed", "10000"),
        env=stand.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: _shop_events(stand.kafka) > 20 + EVENTS or demo.poll() is not None, "live events come")
        demo.send_signal(signal.SIGINT)
        _, complaints = demo.communicate(timeout=PATIENCE_SECONDS)
    finally:
        demo.kill()
    assert (demo.returncode, complaints) == (0, "")


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--live", "--source", "cdnow"], "the real log ended in 1998 and has no live events"),
        (["--speed", "100"], "--speed goes with --live"),
    ],
)
def test_options_that_do_not_go_together_are_refused_at_once(options: list[str], why: str) -> None:
    ended = subprocess.run(stayline("demo", *options), capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert why in ended.stderr


def _shop_events(kafka: KafkaSettings) -> int:
    return sum(
        b'"event_id":"shop' in (message.value() or b"")
        for topic in ("purchases", "returns", "support_contacts")
        for message in read_messages(kafka, topic)
    )
