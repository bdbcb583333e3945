"""The whole stack on one machine: servers, topics, tables, and every process under a supervisor."""

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Final, Literal, Self

from bench.chaos.proxy import Proxy
from bench.chaos.receiver import Receiver
from bench.chaos.supervise import ProcessSupervisor, Supervised
from deploy.demo.processes.pipeline import environment_for, stayline
from deploy.local.clickhouse import ClickHouse
from deploy.local.guarded import Launch, launch_guarded
from deploy.local.kafka import KafkaCluster
from deploy.local.kafka.cluster import SILENT_SECONDS
from deploy.local.servers import LocalServers
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from schemas.settings.risk import AlertSettings, MoneySettings, RetentionSettings, RiskSettings

HORIZON_SECONDS: Final = 20
GRACE_SECONDS: Final = 2
CUSTOMER_PARTITIONS: Final = 6
_EPOCH_HOURS: Final = 1 / 3600
_DAY_SECONDS: Final = 86_400
_COMMAND_SECONDS: Final = 180.0

RISK: Final = RiskSettings(
    horizon_days=HORIZON_SECONDS / _DAY_SECONDS,
    grace_days=GRACE_SECONDS / _DAY_SECONDS,
    min_examples=200,
    epoch_hours=_EPOCH_HOURS,
)
"""Quick enough that questions are asked, answered and learnt from while things go wrong."""

ALERTS: Final = AlertSettings(raise_risk=0.6, raise_value_at_risk=1.0, clear_risk=0.5, clear_value_at_risk=0.5)
MONEY: Final = MoneySettings()
RETENTION: Final = RetentionSettings(playbook=Path(__file__).with_name("retention.toml"))
"""Decisions that are over in seconds, so that outcomes are settled while things go wrong."""

ROSTER: Final = (
    "intake-1",
    "intake-2",
    "worker-1",
    "worker-2",
    "worker-3",
    "sink-1",
    "sink-2",
    "learner-1",
    "notifier-1",
)


class ChaosStack:
    """Starts everything at the beginning of its block, and ends whatever is left at its end."""

    def __init__(self, folder: Path, nodes: Literal[1, 3], launch: Launch = launch_guarded) -> None:
        """Prepare it.

        Args:
            folder: For data and logs.
            nodes: Kafka nodes; with three, every topic has three copies.
            launch: Starts a process; under a guard when not given.
        """
        self.folder = folder
        self.nodes = nodes
        self._launch = launch
        self._open = ExitStack()
        self.supervisor = ProcessSupervisor()
        self.kafka: KafkaSettings
        self.clickhouse: ClickHouseSettings
        self.brokers: KafkaCluster
        self.database: ClickHouse
        self.proxy: Proxy
        self.receiver: Receiver
        self._environment: dict[str, str] = {}

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def launch(self, instance: str) -> None:
        """Start a process and keep it running; its kind is the name before the dash."""
        kind = instance.partition("-")[0]
        logs = self.folder / "logs"
        self.supervisor.start(Supervised(kind, instance, logs, self._environment, self._launch))

    def audit(self) -> tuple[int, str]:
        """Run ``stayline audit --once`` and return its exit code and its text."""
        ended = self._ask("audit", "--once")
        return ended.returncode, ended.stdout.strip() or ended.stderr.strip()

    def _start(self) -> None:
        servers = self._open.enter_context(
            LocalServers(self.folder, nodes=self.nodes, broker="kafka", silent_seconds=SILENT_SECONDS)
        )
        assert isinstance(servers.kafka, KafkaCluster)
        self.brokers, self.database = servers.kafka, servers.clickhouse
        self.proxy = self._open.enter_context(Proxy(servers.clickhouse.url))
        self.receiver = Receiver(Random(0))
        self._open.callback(self.receiver.close)
        self.kafka = KafkaSettings(
            bootstrap_servers=servers.kafka.bootstrap_servers,
            raw_partitions=4,
            interactions_partitions=CUSTOMER_PARTITIONS,
            replication_factor=self.nodes,
            options={"log_level": "0"},  # brokers that are gone are what this is about
        )
        self.clickhouse = ClickHouseSettings(url=servers.clickhouse.url)
        self._environment = {**environment_for(servers, self.folder), **self._variables()}
        self._run("topics")
        self._run("migrate")
        self._open.callback(self.supervisor.close)
        for instance in ROSTER:
            self.launch(instance)

    def _variables(self) -> dict[str, str]:
        values: dict[str, object] = {
            "KAFKA__RAW_PARTITIONS": self.kafka.raw_partitions,
            "KAFKA__INTERACTIONS_PARTITIONS": self.kafka.interactions_partitions,
            "KAFKA__REPLICATION_FACTOR": self.kafka.replication_factor,
            "CLICKHOUSE__URL": self.proxy.url,
            "CLICKHOUSE__TIMEOUT_SECONDS": 10,
            "SINK__MAX_PAUSE_SECONDS": 3,
            **{f"RISK__{name.upper()}": value for name, value in RISK.model_dump().items()},
            "RETENTION__PLAYBOOK": RETENTION.playbook,
            "NOTIFIER__WEBHOOK_URL": self.receiver.url,
            **{f"ALERTS__{name.upper()}": value for name, value in ALERTS.model_dump().items()},
        }
        return {f"STAYLINE_{name}": str(value) for name, value in values.items()}

    def _run(self, command: str) -> None:
        self._ask(command).check_returncode()

    def _ask(self, command: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        others = {name: value for name, value in os.environ.items() if not name.startswith("STAYLINE_")}
        return subprocess.run(
            [*stayline(command), *arguments],
            env={**others, **self._environment},
            check=False,
            capture_output=True,
            text=True,
            timeout=_COMMAND_SECONDS,
        )
