"""A demo that is kept running: where everything is, and what can be tried."""

import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console

from deploy.demo.processes.outages import Report, keepers_of
from deploy.demo.processes.pipeline import Pipeline, environment_for
from deploy.demo.processes.servers import Servers
from deploy.demo.processes.supervisor import Supervisor

_USUAL: Final = {"127.0.0.1:9092", "http://127.0.0.1:8123", "true"}
"""Values that every command has by itself, where nothing else is set."""

_EVENT: Final = (
    """"event_id":"e-1","customer_id":"c-1","occurred_at":"'$(date -u +%Y-%m-%dT%H:%M:%SZ)'","order_id":"o-1","""
    """"currency":"EUR","items":[{"sku":"mug","quantity":2,"unit_price":"7.50"}]}"""
)
"""A purchase without its opening brace, as a shell writes it."""


@contextmanager
def kept(servers: Servers, supervisor: Supervisor, report: Report) -> Iterator[None]:
    """Sit out outages of the servers while the block runs.

    Args:
        servers: Servers of the demo.
        supervisor: Looks after the processes.
        report: Told of outages.
    """
    with ExitStack() as stack:
        keepers = keepers_of(servers, report)
        for keeper in keepers:
            keeper.start()
            stack.callback(keeper.stop)
        supervisor.sit_out(keepers)
        yield


def show_places(console: Console, servers: Servers, pipeline: Pipeline, database: str, desk: str) -> None:
    """Print where everything is, and what can be tried.

    Args:
        console: Where.
        servers: Servers of the demo.
        pipeline: Its processes.
        database: Of the tables.
        desk: Address that signs somebody in at the desk.
    """
    console.rule("Still running; Ctrl-C ends it")
    rows = {
        "desk": desk,
        "Kafka": servers.bootstrap_servers,
        "ClickHouse": f"{servers.clickhouse_url}  (database {database})",
        **{f"{kind} metrics": f"{pipeline.address(kind)}/metrics" for kind in pipeline.ports},
        "logs": str(pipeline.logs),
    }
    for name, place in rows.items():
        console.print(f"{name:<16} {place}", soft_wrap=True, highlight=False)
    console.rule("Try it in another shell")
    for line in suggestions(servers, environment_for(servers, pipeline.logs.parent), database):
        console.print(line, soft_wrap=True, highlight=False, markup=False)


def suggestions(servers: Servers, environment: Mapping[str, str], database: str) -> Iterator[str]:
    """Yield lines that a shell takes: settings that differ from the defaults, an event, questions, outages.

    Args:
        servers: Servers of the demo.
        environment: Variables that point at them.
        database: Of the tables.
    """
    for name, value in environment.items():
        if value not in _USUAL and name != "STAYLINE_WORKER__DATA_FOLDER":
            yield f"export {name}={value}"
    if shutil.which("kcat"):
        yield f"echo '{{{_EVENT}' | kcat -P -b {servers.bootstrap_servers} -t purchases"
    else:
        yield f"""echo '{{"type":"purchase",{_EVENT}' | {_stayline()} publish -"""
    yield f"{_stayline()} customer c-1"
    yield f"curl '{servers.clickhouse_url}/?query=SELECT+count()+FROM+{database}.customers'"
    for name, number in servers.process_ids().items():
        yield f"kill -STOP {number}   # {name} is away, until: kill -CONT {number}"


def _stayline() -> str:
    """Return the path of the command, as it is typed in this folder."""
    script = Path(sys.executable).with_name("stayline")
    return os.path.relpath(script) if script.exists() else "stayline"
