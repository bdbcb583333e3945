"""docker-compose.yml is a Compose file, and says what the program understands."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema.validators import validator_for
from typer.main import get_group

from schemas.settings.processes import METRICS_PORTS, ObserveSettings
from streams.command.app import build
from streams.settings import Settings, load_settings, setting_rows
from streams.settings_errors import PREFIX
from tests.deploy.compose import PASSWORDS, ROOT, is_job, read_compose, services, start_order, stayline_services

SCHEMA = Path(__file__).with_name("compose_spec") / "compose-spec.json"
OURS = stayline_services()


def _environment(service: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in service["environment"].items() if value is not None}


def test_it_is_a_compose_file() -> None:
    schema = json.loads(SCHEMA.read_text("utf-8"))

    assert [error.message for error in validator_for(schema)(schema).iter_errors(read_compose())] == []


@pytest.mark.parametrize("missing", PASSWORDS)
def test_nothing_starts_without_a_password(missing: str) -> None:
    with pytest.raises(KeyError, match=missing):
        read_compose({name: value for name, value in PASSWORDS.items() if name != missing})


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_a_setting(name: str) -> None:
    known = {variable for variable, _, _ in setting_rows(Settings())}

    assert {variable for variable in OURS[name]["environment"] if variable.startswith(PREFIX)} <= known


@pytest.mark.parametrize("name", OURS)
def test_the_settings_take_every_value(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in _environment(OURS[name]).items():
        monkeypatch.setenv(variable, value)

    assert Settings().clickhouse.password.get_secret_value() == "secret"


def _example_of_secrets() -> dict[str, str]:
    guide = (ROOT / "docs" / "security.md").read_text("utf-8")
    (example,) = re.findall(r"```sh \.env\n(.+?)```", guide, re.DOTALL)
    return dict(line.split("=", 1) for line in example.splitlines())


@pytest.mark.parametrize("name", OURS)
def test_the_secrets_of_kafka_reach_every_container_as_files(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    example = _example_of_secrets()
    compose = read_compose(PASSWORDS | example)
    service = compose["services"][name]
    for secret in service["secrets"]:
        (tmp_path / secret).write_text(secret)
    for variable, value in service["environment"].items():
        given = example.get(variable) if value is None else value
        if given is not None:
            monkeypatch.setenv(variable, given.replace("/run/secrets", str(tmp_path)))
    kafka = load_settings().kafka

    assert kafka.bootstrap_servers == "kafka-1.example.com:9093"
    assert (kafka.user, kafka.password.get_secret_value()) == ("stayline", "kafka_password")
    assert kafka.ca_file == tmp_path / "kafka_ca"
    assert compose["secrets"]["kafka_password"] == {"file": "./secrets/kafka_password"}
    assert compose["secrets"]["kafka_ca"] == {"file": "./secrets/kafka_ca.pem"}


def test_no_password_of_kafka_stands_in_the_environment() -> None:
    assert all("STAYLINE_KAFKA__PASSWORD" not in one["environment"] for one in OURS.values())


@pytest.mark.parametrize("name", OURS)
def test_every_command_is_one_of_the_program(name: str) -> None:
    assert OURS[name]["command"] == [name]
    assert name in get_group(build()).commands


def test_there_is_a_service_for_every_process_and_job() -> None:
    assert set(OURS) == {"topics", "migrate", *METRICS_PORTS}


def test_topics_and_tables_are_there_before_any_process_starts() -> None:
    assert list(start_order()) == [("migrate", "topics"), tuple(sorted(METRICS_PORTS))]


@pytest.mark.parametrize("name", METRICS_PORTS)
def test_a_health_check_asks_the_port_that_the_process_serves(name: str) -> None:
    command = OURS[name]["healthcheck"]["test"]

    assert ObserveSettings(host=_environment(OURS[name])["STAYLINE_OBSERVE__HOST"]).port is None
    assert f"http://127.0.0.1:{METRICS_PORTS[name]}/ready" in command[-1]


def test_no_two_processes_share_an_instance() -> None:
    instances = [OURS[name]["environment"]["STAYLINE_INSTANCE"] for name in METRICS_PORTS]

    assert len(set(instances)) == len(METRICS_PORTS)


@pytest.mark.parametrize("name", OURS)
def test_no_port_of_ours_is_opened_on_the_host_but_that_of_the_pages(name: str) -> None:
    assert OURS[name].get("ports", []) == (["127.0.0.1:8090:8090"] if name == "desk" else [])


@pytest.mark.parametrize("name", services())
def test_every_service_is_limited_and_pinned(name: str) -> None:
    service = services()[name]

    assert set(service["deploy"]["resources"]["limits"]) == {"cpus", "memory"}
    assert service["image"].partition(":")[2] not in {"", "latest"}


@pytest.mark.parametrize("name", services())
def test_every_service_that_stays_is_watched_and_started_again(name: str) -> None:
    service = services()[name]

    assert is_job(service) or (service["restart"] == "unless-stopped" and "healthcheck" in service)


def test_the_customers_of_a_worker_lie_on_a_volume() -> None:
    folder = OURS["worker"]["environment"]["STAYLINE_WORKER__DATA_FOLDER"]

    assert OURS["worker"]["volumes"] == [f"worker-1-data:{folder}"]
    assert "worker-1-data" in read_compose()["volumes"]
