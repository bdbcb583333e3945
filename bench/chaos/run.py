"""One run from beginning to end, and the table that it prints."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Literal

from bench.chaos.checks.consistency import ConsistencyCheck, none_of
from bench.chaos.checks.verify import verify
from bench.chaos.drain import Drained, drain
from bench.chaos.faults import Faults
from bench.chaos.plan import plan
from bench.chaos.resources import MAY_HOLD_MEBIBYTES, ResourceGrowth, ResourceMonitor
from bench.chaos.stack import ChaosStack
from bench.chaos.supervise import ENDS_WITHIN_SECONDS
from bench.chaos.traffic import AcknowledgedMessages, Traffic
from deploy.local.guarded import Launch, launch_guarded


@dataclass(frozen=True)
class Report:
    """Report of a run.

    Attributes:
        title: How to run it again.
        faults: How many of each kind.
        kills: SIGKILLs by kind of process.
        restarts: Restarts by kind of process.
        exits: How processes ended that were not killed: kind and exit code.
        acknowledged: Messages that the brokers acknowledged.
        drained: How it was read to the end.
        stall: The longest time in which nothing was folded on some partition, seconds.
        growths: Of processes that lived long.
        memory: The most that a process of each kind ever held, MiB.
        findings: What was compared.
    """

    title: str
    faults: Counter[str]
    kills: Counter[str]
    restarts: Counter[str]
    exits: Counter[tuple[str, int]]
    acknowledged: AcknowledgedMessages
    drained: Drained
    stall: float
    growths: Sequence[ResourceGrowth]
    memory: Mapping[str, float]
    findings: Sequence[ConsistencyCheck]

    @property
    def differences(self) -> int:
        """All of them together."""
        return sum(finding.differences for finding in self.findings)


def run(
    seconds: int,
    seed: int,
    kills: int,
    *,
    nodes: Literal[1, 3],
    rate: int,
    folder: Path | None = None,
    ends_within: float = ENDS_WITHIN_SECONDS,
    launch: Launch = launch_guarded,
) -> Report:
    """Start everything, break it, and compare.

    Args:
        seconds: How long faults go on.
        seed: Of faults and traffic.
        kills: How many processes are killed with SIGKILL.
        nodes: Kafka nodes.
        rate: Messages a second, beside bursts.
        folder: For data and logs; a temporary one when not given.
        ends_within: Seconds that a process may take to end.
        launch: Starts a process; under a guard when not given.
    """
    title = f"--seconds {seconds} --seed {seed} --kills {kills} --nodes {nodes} --rate {rate}"
    planned = plan(seed, seconds, kills, nodes)
    with (
        TemporaryDirectory(prefix="stayline-chaos-") as temporary,
        ChaosStack(folder or Path(temporary), nodes, launch) as stack,
    ):
        faults, monitor = Faults(stack), ResourceMonitor(stack)
        traffic = Traffic(stack.kafka, Random(seed), rate)
        faults.run(planned, seconds)
        traffic.stop()
        drained = drain(stack, ends_within)
        monitor.close()
        conduct = _conduct(drained, ends_within, list(monitor.growths()), monitor.most_memory())
        findings = [*verify(stack, traffic.acknowledged), *conduct]
        return _report(title, stack, faults, monitor, traffic.acknowledged, drained, findings)


def _report(
    title: str,
    stack: ChaosStack,
    faults: Faults,
    monitor: ResourceMonitor,
    acknowledged: AcknowledgedMessages,
    drained: Drained,
    findings: Sequence[ConsistencyCheck],
) -> Report:
    """Return the report of a run that has ended."""
    return Report(
        title=title,
        faults=Counter({str(kind): count for kind, count in faults.done.items()}),
        kills=faults.kills,
        restarts=_restarts(stack),
        exits=_exits(stack),
        acknowledged=acknowledged,
        drained=drained,
        stall=monitor.longest_stall,
        growths=list(monitor.growths()),
        memory=monitor.most_memory(),
        findings=findings,
    )


def _conduct(
    drained: Drained, ends_within: float, growths: Sequence[ResourceGrowth], memory: Mapping[str, float]
) -> Iterator[ConsistencyCheck]:
    yield none_of("everything was read to its end", 5, drained.stuck)
    yield none_of(f"every process ended within {ends_within:.0f} s of being told to", 5, drained.slow)
    leaks = (f"{growth}" for growth in growths if growth.leaks)
    yield none_of("no process grows", len(growths), leaks)
    fat = (f"{kind}: {held:.0f} MiB" for kind, held in memory.items() if held > MAY_HOLD_MEBIBYTES)
    yield none_of(f"no process ever holds more than {MAY_HOLD_MEBIBYTES} MiB", len(memory), fat)


def _restarts(stack: ChaosStack) -> Counter[str]:
    found: Counter[str] = Counter()
    for process in stack.supervisor.ever():
        found[process.kind] += process.restarts
    return found


def _exits(stack: ChaosStack) -> Counter[tuple[str, int]]:
    found: Counter[tuple[str, int]] = Counter()
    for process in stack.supervisor.ever():
        for code, count in process.exit_codes.items():
            found[process.kind, code] += count
    return found


def table(report: Report) -> str:
    """A report as Markdown."""
    bad = len(report.acknowledged.bad)
    good = len(report.acknowledged.events)
    repeated = len(report.acknowledged.good) - good
    published = good + repeated + bad
    lines = [
        f"### `python -m bench.chaos {report.title}`",
        "",
        f"{published:,} messages: {good:,} events, {repeated:,} repetitions, {bad:,} bad ones.",
        f"Longest stall of a partition {report.stall:.0f} s; all read {report.drained.seconds:.0f} s after the end.",
        "",
        "| compared | how many | differences |",
        "| --- | ---: | ---: |",
        *(f"| {one.what} | {one.compared:,} | {one.differences:,} |" for one in report.findings),
        "",
        _row("faults", (f"{kind} {count}" for kind, count in sorted(report.faults.items()))),
        _row("killed", (f"{kind} {count}" for kind, count in sorted(report.kills.items()))),
        _row("restarts", (f"{kind} {count}" for kind, count in sorted(report.restarts.items()))),
        _row("ended by itself", (f"{kind} with {code}: {n}" for (kind, code), n in sorted(report.exits.items()))),
        _row("most memory held", (f"{kind} {held:.0f} MiB" for kind, held in sorted(report.memory.items()))),
        *(_growth(growth) for growth in report.growths),
    ]
    first = [f"- {one.what}: {one.first}" for one in report.findings if one.differences]
    return "\n".join([*lines, *first]) + "\n"


def _row(name: str, parts: Iterable[str]) -> str:
    return f"- {name}: {', '.join(parts) or 'none'}"


def _growth(growth: ResourceGrowth) -> str:
    return (
        f"- {growth.instance} after {growth.seconds:.0f} s: {growth.memory_mebibytes:.0f} MiB "
        f"({growth.memory_grown_mebibytes:+.0f}), {growth.handles:.0f} handles ({growth.handles_grown:+.0f})"
    )
