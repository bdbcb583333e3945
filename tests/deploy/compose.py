"""docker-compose.yml as Compose reads it: variables filled in, merges done."""

import re
from collections.abc import Iterator, Mapping
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final

import yaml

ROOT: Final = Path(__file__).parents[2]
PASSWORDS: Final = {"CLICKHOUSE_PASSWORD": "secret", "ANALYST_PASSWORD": "secret", "GRAFANA_PASSWORD": "secret"}

_VARIABLE: Final = re.compile(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*)|:\?(?P<needed>[^}]*))?\}")


def read_compose(environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The file with its variables taken from ``environment``; with all passwords where it is not given.

    Raises:
        KeyError: A needed variable is missing.
    """
    given = PASSWORDS if environment is None else environment

    def fill(found: re.Match[str]) -> str:
        if found["default"] is not None:
            return given.get(found["name"], found["default"])
        return given[found["name"]]

    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    return dict(yaml.safe_load(_VARIABLE.sub(fill, text)))


def services() -> dict[str, dict[str, Any]]:
    """All services by name."""
    return dict(read_compose()["services"])


def stayline_services(environment: Mapping[str, str] | None = None) -> dict[str, dict[str, Any]]:
    """Those that run our image; ``environment`` as for ``read_compose``."""
    return {name: one for name, one in read_compose(environment)["services"].items() if "build" in one}


def is_job(service: Mapping[str, Any]) -> bool:
    """Return True if a service ends by itself when its work is done."""
    return bool(service["restart"] == "no")


def start_order() -> Iterator[tuple[str, ...]]:
    """Names of our services, those that may start together together."""
    ours = stayline_services()
    waits = {name: {other for other in one["depends_on"] if other in ours} for name, one in ours.items()}
    sorter = TopologicalSorter(waits)
    sorter.prepare()
    while sorter.is_active():
        ready = sorter.get_ready()
        yield tuple(sorted(ready))
        sorter.done(*ready)
