"""Lines that a kept demo suggests to try work with its servers, as they are printed."""

import subprocess
from pathlib import Path

import pytest

from deploy.demo.processes.pipeline import environment_for
from deploy.demo.processes.servers import Servers
from deploy.demo.stay import suggestions
from schemas.events.history import decode_history
from schemas.events.interaction import Interaction
from schemas.settings.risk import MoneySettings

USUAL = Servers("127.0.0.1:9092", transactions=True, clickhouse_url="http://127.0.0.1:8123")
OTHER = Servers("127.0.0.1:20001", transactions=False, clickhouse_url="http://127.0.0.1:20002")


def suggested(servers: Servers) -> list[str]:
    return list(suggestions(servers, environment_for(servers, Path("nowhere")), "stayline"))


def test_nothing_is_to_be_set_where_the_servers_have_their_usual_ports() -> None:
    assert not [line for line in suggested(USUAL) if line.startswith("export")]


def test_what_differs_from_the_defaults_is_to_be_set() -> None:
    assert [line for line in suggested(OTHER) if line.startswith("export")] == [
        "export STAYLINE_KAFKA__BOOTSTRAP_SERVERS=127.0.0.1:20001",
        "export STAYLINE_KAFKA__TRANSACTIONS=false",
        "export STAYLINE_CLICKHOUSE__URL=http://127.0.0.1:20002",
    ]


@pytest.mark.servers
@pytest.mark.parametrize("client", ["kcat", "stayline publish"])
def test_the_event_is_one_of_the_contract(client: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: name if client == "kcat" else None)
    (line,) = [line for line in suggested(USUAL) if line.startswith("echo")]
    echo, _, to = line.partition(" | ")
    said = subprocess.run(echo, shell=True, capture_output=True, check=True).stdout  # noqa: S602 - as a person types it
    text = said if client != "kcat" else said.replace(b"{", b'{"type":"purchase",', 1)
    (event,) = decode_history([text], MoneySettings().rates, 100_000)
    assert isinstance(event, Interaction)
    assert client.split(maxsplit=1)[0] in to
