"""Processes of the pipeline on this machine, each the command that an operator would start."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from deploy.demo.processes.servers import Servers
from deploy.demo.processes.supervisor import Supervisor
from deploy.local.ports import answers, reserve_port
from deploy.local.process import ServerProcess
from deploy.local.servers import LocalServers
from schemas.settings.processes import METRICS_PORTS

KINDS: Final = ("intake", "worker", "learner", "sink", "notifier")
_READY_SECONDS: Final = 180.0


class Pipeline:
    """One process of each kind, started in the order of the journey, stopped in reverse."""

    def __init__(self, environment: Mapping[str, str], folder: Path, *, usual_ports: bool = False) -> None:
        """Prepare them.

        Args:
            environment: ``STAYLINE_`` variables that all share.
            folder: Where their logs go.
            usual_ports: Serve metrics on the default ports where these are free.
        """
        self._usual_ports: Mapping[str, int] = METRICS_PORTS if usual_ports else {}
        self._open = ExitStack()
        self._environment = dict(environment)
        self.logs = folder / "logs"
        self.ports: dict[str, int] = {}
        self._processes: dict[str, ServerProcess] = {}

    def __enter__(self) -> Self:
        for kind in KINDS:
            self.start(kind)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def start(self, kind: str) -> None:
        """Start a process and do not wait for it.

        Args:
            kind: The command of ``stayline`` that it is.
        """
        port = self.ports[kind] = reserve_port(self._usual_ports.get(kind))
        environment = self._environment | {"STAYLINE_OBSERVE__PORT": str(port), "STAYLINE_INSTANCE": f"{kind}-1"}
        process = ServerProcess(f"stayline {kind}", stayline(kind), self.logs / f"{kind}.log", environment)
        self._processes[kind] = process
        self._open.enter_context(process)

    def address(self, kind: str) -> str:
        """Return the address on which a process serves its metrics and health."""
        return f"http://127.0.0.1:{self.ports[kind]}"

    def wait_until_ready(self, supervisor: Supervisor | None = None) -> None:
        """Return when every process does its work.

        Args:
            supervisor: Starts again what ends meanwhile; without one nothing may end.

        Raises:
            LocalServerError: One ended for good, or took too long.
        """
        wait = ServerProcess.wait_until if supervisor is None else supervisor.wait_until
        for kind, process in self._processes.items():
            wait(process, partial(answers, f"{self.address(kind)}/ready"), _READY_SECONDS)

    def ended(self) -> Iterator[ServerProcess]:
        """Yield those that have ended."""
        return (process for process in self._processes.values() if not process.running)


def stayline(*words: str) -> list[str]:
    """Return the command line of ``stayline`` in this very environment."""
    return [sys.executable, "-m", "streams.command", *words]


def environment_for(servers: Servers | LocalServers, folder: Path) -> dict[str, str]:
    """Return the ``STAYLINE_`` variables that point at servers.

    Args:
        servers: Where they are.
        folder: For the workers' customers.
    """
    if isinstance(servers, LocalServers):
        kafka = servers.kafka
        servers = Servers(kafka.bootstrap_servers, kafka.supports_transactions, servers.clickhouse.url)
    return {
        "STAYLINE_KAFKA__BOOTSTRAP_SERVERS": servers.bootstrap_servers,
        "STAYLINE_KAFKA__TRANSACTIONS": str(servers.transactions).lower(),
        "STAYLINE_CLICKHOUSE__URL": servers.clickhouse_url,
        "STAYLINE_WORKER__DATA_FOLDER": str(folder / "customers"),
    }
