"""Monitors memory and open files of every process, and the progress of all partitions, during faults."""

import re
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final
from urllib.request import urlopen

from bench.chaos.checks.reading import Group
from bench.chaos.stack import ChaosStack
from schemas.topics import INTERACTIONS

_LOOK_SECONDS: Final = 1.0
_WARM_UP_SECONDS: Final = 20.0
_LEAST_SAMPLES: Final = 24
_MEBIBYTE: Final = 2**20

_MAY_GROW_BYTES: Final = 48 * _MEBIBYTE
MAY_HOLD_MEBIBYTES: Final = 512
"""Ever, each."""

_MAY_GROW_HANDLES: Final = 24
_MAY_HOLD_HANDLES: Final = 160
"""Connections come and go, and so do RocksDB's files: a worker may be given every partition for a while."""

_wanted: Final = re.compile(
    r"^process_(resident_memory_bytes|open_fds|start_time_seconds) ([0-9.e+]+)$", re.MULTILINE
).findall


@dataclass(frozen=True, slots=True)
class ProcessSample:
    """A process at one moment.

    Attributes:
        age: Seconds since it started.
        memory: Resident bytes.
        handles: Open files and sockets.
    """

    age: float
    memory: float
    handles: float


@dataclass(frozen=True, slots=True)
class ResourceGrowth:
    """Growth of a long-lived process from the middle of its life to its end."""

    instance: str
    seconds: float
    memory_mebibytes: float
    memory_grown_mebibytes: float
    handles: float
    handles_grown: float

    @property
    def leaks(self) -> bool:
        """Return True if that is more than comes and goes."""
        return (
            self.memory_grown_mebibytes * _MEBIBYTE > _MAY_GROW_BYTES
            and self.memory_grown_mebibytes > self.memory_mebibytes / 4
        ) or (self.handles_grown > _MAY_GROW_HANDLES and self.handles > _MAY_HOLD_HANDLES)


class ResourceMonitor:
    """Samples from a thread of its own until it is closed."""

    def __init__(self, stack: ChaosStack) -> None:
        """Begin to look."""
        self._stack = stack
        self._group = Group(stack.kafka, "stayline", (INTERACTIONS,))
        self._lives: dict[tuple[str, float], list[ProcessSample]] = defaultdict(list)
        self._moved: dict[tuple[str, int], tuple[int, float]] = {}
        self._longest = 0.0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._look, name="watch", daemon=True)
        self._thread.start()

    @property
    def longest_stall(self) -> float:
        """Seconds in which nothing was folded on some customer partition, though clocks came every 200 ms."""
        return self._longest

    def growths(self) -> Iterator[ResourceGrowth]:
        """Of every process that was sampled long enough."""
        for (instance, _), samples in sorted(self._lives.items()):
            settled = [sample for sample in samples if sample.age > _WARM_UP_SECONDS]
            if len(settled) >= _LEAST_SAMPLES:
                yield _growth(instance, settled)

    def most_memory(self) -> dict[str, float]:
        """The most that any process of a kind ever held when it was looked at, MiB."""
        held: dict[str, float] = defaultdict(float)
        for (instance, _), samples in sorted(self._lives.items()):
            kind = instance.partition("-")[0]
            held[kind] = max(held[kind], *(sample.memory / _MEBIBYTE for sample in samples))
        return held

    def close(self) -> None:
        """Look no more."""
        self._end.set()
        self._thread.join()
        self._group.close()

    def _look(self) -> None:
        while not self._end.wait(_LOOK_SECONDS):
            self._look_at_progress()
            for process in self._stack.supervisor.running:
                self._look_at_process(process.instance, process.port)

    def _look_at_progress(self) -> None:
        now = time.monotonic()
        for place, offset in self._group.committed().items():
            before, at = self._moved.get(place, (-1, now))
            if offset > before:
                self._moved[place] = (offset, now)
                self._longest = max(self._longest, now - at)

    def _look_at_process(self, instance: str, port: int) -> None:
        try:
            with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=1) as answer:
                found = dict(_wanted(answer.read().decode()))
        except OSError:
            return
        started = float(found["start_time_seconds"])
        sample = ProcessSample(time.time() - started, float(found["resident_memory_bytes"]), float(found["open_fds"]))
        self._lives[instance, started].append(sample)


def _growth(instance: str, samples: Sequence[ProcessSample]) -> ResourceGrowth:
    """Compare the middle third of a life with its last one."""
    third = len(samples) // 3
    middle, end = samples[third : 2 * third], samples[2 * third :]
    memory = median(sample.memory for sample in end)
    handles = median(sample.handles for sample in end)
    return ResourceGrowth(
        instance=instance,
        seconds=samples[-1].age,
        memory_mebibytes=memory / _MEBIBYTE,
        memory_grown_mebibytes=(memory - median(sample.memory for sample in middle)) / _MEBIBYTE,
        handles=handles,
        handles_grown=handles - median(sample.handles for sample in middle),
    )
