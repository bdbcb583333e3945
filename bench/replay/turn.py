"""A log played once by the processes of a checkout, whatever its version: only commands and topics are used."""

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from uuid import uuid4

from bench.kit.process import MeasuredProcess
from bench.replay.progress import RecordCounter
from deploy.local.kafka import KafkaCluster
from deploy.local.ports import reserve_port
from deploy.local.process import ServerProcess
from schemas.settings.connections import KafkaSettings
from schemas.topics import RISK_SCORES
from streams.publish.publish import Publisher, publish

KINDS: Final = ("intake", "worker", "learner")
"""Processes that replay a log."""

_READY_SECONDS: Final = 60.0
_QUIET_SECONDS: Final = 8.0
_PATIENCE_SECONDS: Final = 120.0


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout of this repository with an environment in which it is installed.

    Attributes:
        name: In the table.
        folder: Where it lies.
        variables: ``STAYLINE_`` variables of its processes alone.
    """

    name: str
    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def command(self, *words: str) -> list[str]:
        """Return the command line of its ``stayline``, to be run in its folder."""
        return [str(self.folder / ".venv/bin/python"), "-m", "streams.command", *words]


@dataclass(frozen=True, slots=True)
class Turn:
    """Cost of a replay.

    Attributes:
        scores: Number of scores.
        seconds: From the start of the processes to the last score.
        cpu_seconds: Processor time of each kind of process until then.
    """

    scores: int
    seconds: float
    cpu_seconds: dict[str, float]


def play_turn(checkout: Checkout, lines: Sequence[bytes], folder: Path) -> Turn:
    """Publish a log, and have it replayed to its last score.

    Args:
        checkout: Whose processes replay it.
        lines: Raw events, in time order.
        folder: For data and logs.

    Raises:
        LocalServerError: The broker did not start.
        RuntimeError: A process ended, or nothing was scored.
    """
    with ExitStack() as opened:
        broker = opened.enter_context(KafkaCluster(1, folder / "kafka"))
        kafka = KafkaSettings(bootstrap_servers=broker.bootstrap_servers)
        environment = {
            "STAYLINE_KAFKA__BOOTSTRAP_SERVERS": broker.bootstrap_servers,
            "STAYLINE_WORKER__DATA_FOLDER": str(folder / "customers"),
            **checkout.variables,
        }
        _run(checkout, folder, environment, "topics")
        publish(Publisher(kafka, "event", uuid4().hex), lines)
        began = time.monotonic()
        processes = {
            kind: opened.enter_context(
                MeasuredProcess(
                    f"{checkout.name}: stayline {kind}",
                    checkout.command(kind),
                    folder / f"{kind}.log",
                    {**environment, "STAYLINE_OBSERVE__PORT": str(reserve_port())},
                    folder=checkout.folder,
                )
            )
            for kind in KINDS
        }
        return _follow(processes, kafka, began)


def _run(checkout: Checkout, folder: Path, environment: Mapping[str, str], command: str) -> None:
    process = ServerProcess(
        command, checkout.command(command), folder / f"{command}.log", environment, folder=checkout.folder
    )
    with process:
        deadline = time.monotonic() + _READY_SECONDS
        while process.running and time.monotonic() < deadline:
            time.sleep(0.1)
        if process.exit_code != 0:
            raise RuntimeError(process.why_ended() or f"stayline {command} did not end in {_READY_SECONDS:.0f} s")


def _follow(processes: Mapping[str, MeasuredProcess], kafka: KafkaSettings, began: float) -> Turn:
    """Wait until no more scores come; return the cost at the last one."""
    turn = Turn(0, 0.0, {})
    with closing(RecordCounter(kafka, [RISK_SCORES])) as counter:
        while True:
            scores, seconds = counter.count(), time.monotonic() - began
            if ended := next((one for one in processes.values() if not one.running), None):
                raise RuntimeError(ended.why_ended())
            if scores > turn.scores:
                turn = Turn(scores, seconds, {kind: one.cpu_seconds() for kind, one in processes.items()})
            elif seconds - turn.seconds > (_QUIET_SECONDS if turn.scores else _PATIENCE_SECONDS):
                if not turn.scores:
                    raise RuntimeError(f"no score in {_PATIENCE_SECONDS:.0f} s")
                return turn
