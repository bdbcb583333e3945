"""Prometheus and Alertmanager of Debian's packages, as local servers."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import httpx

from deploy.local.debian import debian_program, relocate
from deploy.local.ports import answers, reserve_port
from deploy.local.process import ServerProcess
from deploy.local.server import Progress, Server, quiet

_START_SECONDS: Final = 180.0
_TEMPLATES: Final = "/usr/share/prometheus/alertmanager"
"""Debian's Alertmanager opens its templates in this folder, whatever its configuration says."""


class Prometheus(Server):
    """Prometheus with a configuration of the caller's.

    Args:
        folder: Where its configuration, data and log lie.
        configuration: What its configuration file says.
        progress: Told what is being done.
    """

    def __init__(self, folder: Path, configuration: Mapping[str, Any], *, progress: Progress = quiet) -> None:
        self._folder = folder / "prometheus"
        self._configuration = configuration
        self._progress = progress
        self._process: ServerProcess | None = None
        self.url = ""
        """Its address, once started."""

    def start(self) -> None:
        """Start it, and return when it answers.

        Raises:
            LocalServerError: It cannot be had, or refuses its configuration.
        """
        program = str(debian_program("prometheus", "prometheus", progress=self._progress))
        file = _written(self._folder / "prometheus.yml", self._configuration)
        address = f"127.0.0.1:{reserve_port()}"
        self.url = f"http://{address}"
        command = [
            program,
            f"--config.file={file}",
            f"--storage.tsdb.path={self._folder / 'data'}",
            f"--web.listen-address={address}",
        ]
        self._process = _started("Prometheus", command, self._folder, f"{self.url}/-/ready")

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.stop()

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the present value of an expression: one series an entry, with its ``metric`` and its ``value``.

        Raises:
            httpx.HTTPStatusError: Prometheus refuses the expression.
        """
        answer = httpx.get(f"{self.url}/api/v1/query", params={"query": expression}, timeout=10).raise_for_status()
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found


class Alertmanager(Server):
    """Alertmanager with a configuration of the caller's.

    Args:
        folder: Where its configuration, data and log lie.
        configuration: What its configuration file says.
        progress: Told what is being done.
    """

    def __init__(self, folder: Path, configuration: Mapping[str, Any], *, progress: Progress = quiet) -> None:
        self._folder = folder / "alertmanager"
        self._configuration = configuration
        self._progress = progress
        self._process: ServerProcess | None = None
        self.address = ""
        """Host and port, once started."""

    def start(self) -> None:
        """Start it, and return when it answers.

        Raises:
            LocalServerError: It cannot be had, or refuses its configuration.
        """
        program = debian_program("prometheus-alertmanager", "prometheus-alertmanager", progress=self._progress)
        file = _written(self._folder / "alertmanager.yml", self._configuration)
        folder = None
        if not Path(_TEMPLATES).is_dir():
            copy = self._folder / program.name
            program, folder = copy, relocate(program, _TEMPLATES, copy)
        self.address = f"127.0.0.1:{reserve_port()}"
        command = [
            str(program),
            f"--config.file={file}",
            f"--storage.path={self._folder / 'data'}",
            f"--web.listen-address={self.address}",
            "--cluster.listen-address=",  # one alone
        ]
        self._process = _started("Alertmanager", command, self._folder, f"http://{self.address}/-/ready", folder)

    def stop(self) -> None:
        """Stop it."""
        if self._process is not None:
            self._process.stop()


def _written(file: Path, configuration: Mapping[str, Any]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(configuration, indent=2), "utf-8")  # which is YAML, too
    return file


def _started(name: str, command: list[str], folder: Path, ready: str, run_in: Path | None = None) -> ServerProcess:
    process = ServerProcess(name, command, folder / "log", folder=run_in)
    process.start()
    process.wait_until(lambda: answers(ready), _START_SECONDS)
    return process
