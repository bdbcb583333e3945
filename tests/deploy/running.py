"""The services of docker-compose.yml as processes of this machine: same commands, settings, order, health checks."""

import json
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from deploy.demo.processes.pipeline import stayline
from deploy.local.ports import answers, reserve_port
from deploy.local.process import ServerProcess
from tests.deploy.compose import is_job, start_order, stayline_services
from tests.kit.servers import SharedServers
from tests.kit.waiting import LEISURELY, PATIENCE_SECONDS, SLOW_MACHINE, Patience


class Composed:
    """Services as Compose would have started them."""

    def __init__(self, stack: ExitStack, servers: SharedServers, folder: Path) -> None:
        self._stack = stack
        self._servers = servers
        self._folder = folder
        self.ports: dict[str, int] = {}
        self.processes: dict[str, ServerProcess] = {}

    def up(self) -> None:
        """Start the services level by level; jobs are awaited, processes until their health check succeeds."""
        ours = stayline_services()
        for names in start_order():
            for name in names:
                self._start(name, ours[name])
            for name in names:
                if is_job(ours[name]):
                    self.processes.pop(name).finish(PATIENCE_SECONDS)
        for name, process in self.processes.items():
            process.wait_until(partial(answers, f"http://127.0.0.1:{self.ports[name]}/ready"), PATIENCE_SECONDS)
        self._stack.callback(self._tell_all_to_end)

    def is_healthy(self, name: str) -> bool:
        """Return True if the health check of a service succeeds."""
        test: list[str] = stayline_services()[name]["healthcheck"]["test"]
        code = re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{self.ports[name]}", test[-1])
        return (
            subprocess.run([sys.executable, *test[2:-1], code], check=False, timeout=PATIENCE_SECONDS).returncode == 0
        )

    def publish(self, events: Sequence[Mapping[str, object]]) -> None:
        """Publish events as an upstream team would from a file."""
        file = self._folder / "events.ndjson"
        file.write_text("".join(json.dumps(event) + "\n" for event in events), "utf-8")
        environment = self._environment("publish", stayline_services()["topics"])
        process = ServerProcess("publish", stayline("publish", str(file)), self._folder / "publish.log", environment)
        self._stack.enter_context(process)
        process.finish(PATIENCE_SECONDS)

    def metrics(self, name: str) -> set[str]:
        """Names under which a process's measures are scraped, those of samples included."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}/metrics", timeout=PATIENCE_SECONDS) as answer:
            text = answer.read().decode()
        declared = re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE)
        buckets = {
            f"{metric}_{part}"
            for metric, kind in declared
            if kind == "histogram"
            for part in ("bucket", "sum", "count")
        }
        return {metric for metric, _ in declared if not metric.endswith("_created")} | buckets

    def _tell_all_to_end(self) -> None:
        """Let them end side by side; each is awaited afterwards."""
        for process in self.processes.values():
            process.terminate()

    def _start(self, name: str, service: dict[str, Any]) -> None:
        process = ServerProcess(
            name, stayline(*service["command"]), self._folder / f"{name}.log", self._environment(name, service)
        )
        self.processes[name] = self._stack.enter_context(process)

    def _environment(self, name: str, service: dict[str, Any]) -> dict[str, str]:
        """The service's own, with the addresses and folders of this machine."""
        self.ports[name] = reserve_port()
        given = {variable: value for variable, value in service["environment"].items() if value is not None}
        here = {
            "STAYLINE_KAFKA__BOOTSTRAP_SERVERS": self._servers.kafka.bootstrap_servers,
            "STAYLINE_CLICKHOUSE__URL": self._servers.clickhouse.url,
            "STAYLINE_CLICKHOUSE__USER": "default",
            "STAYLINE_CLICKHOUSE__PASSWORD": "",
            "STAYLINE_OBSERVE__HOST": "127.0.0.1",
            "STAYLINE_WORKER__DATA_FOLDER": str(self._folder / name),
            "STAYLINE_DESK__HOST": "127.0.0.1",
            "STAYLINE_DESK__PORT": str(reserve_port()),
            "STAYLINE_DESK__USERS_FILE": str(self._folder / "users.json"),
            "STAYLINE_NOTIFIER__ALERTMANAGER_URL": f"http://127.0.0.1:{reserve_port()}",
        }
        replaced = {variable: value for variable, value in here.items() if variable in given}
        patient = {**SLOW_MACHINE, **LEISURELY}
        return {**given, **replaced, "STAYLINE_OBSERVE__PORT": str(self.ports[name]), **patient}


def events() -> list[dict[str, object]]:
    """One event of each type, of one customer, now."""
    now = datetime.now(UTC).isoformat()
    shared = {"customer_id": "c-1", "occurred_at": now}
    item = {"sku": "tea", "quantity": 1}
    return [
        {
            "type": "purchase",
            "event_id": "e-1",
            **shared,
            "order_id": "o-1",
            "currency": "EUR",
            "items": [{**item, "unit_price": 8.5}],
        },
        {"type": "return", "event_id": "e-2", **shared, "currency": "EUR", "items": [{**item, "refund": 8.5}]},
        {"type": "support_contact", "event_id": "e-3", **shared, "channel": "phone"},
        {"type": "support_contact", "event_id": "e-4", **shared, "channel": "pigeon"},
    ]


def eventually(found: Callable[[], object], expected: object, seconds: float = PATIENCE_SECONDS) -> object:
    """Ask until the answer is the expected one or the time is over, and return the last answer."""
    patience = Patience(seconds)
    while (answer := found()) != expected and not patience.is_over():
        time.sleep(0.2)
    return answer
