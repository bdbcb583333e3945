"""A worker process, and what it tells of itself."""

import urllib.request
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from prometheus_client.parser import text_string_to_metric_families

from bench.kit.process import MeasuredProcess
from deploy.demo.processes.pipeline import stayline
from deploy.local.ports import reserve_port
from deploy.local.server import LocalServerError

_BLOCK_BYTES: Final = 512
"""Of ``st_blocks``, by POSIX's convention."""

Samples = dict[str, dict[str, float]]
"""Values by the name of the sample and the value of its label ("" where it has none)."""


class Worker(MeasuredProcess):
    """``stayline worker`` with a local store of its own."""

    def __init__(self, name: str, environment: Mapping[str, str], folder: Path) -> None:
        """Prepare it.

        Args:
            name: Tells it from other workers.
            environment: ``STAYLINE_`` variables that all workers share.
            folder: For its log and its store.
        """
        self.store: Final = folder / "customers" / f"worker-{name}"
        self._port: Final = reserve_port()
        own = {
            "STAYLINE_INSTANCE": name,
            "STAYLINE_WORKER__DATA_FOLDER": str(folder / "customers"),
            "STAYLINE_OBSERVE__PORT": str(self._port),
        }
        super().__init__(f"stayline worker {name}", stayline("worker"), folder / f"{name}.log", {**environment, **own})

    def ready(self) -> bool:
        """Return True once the worker says that it serves.

        Raises:
            LocalServerError: It has ended.
        """
        self._require_running()
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self._port}/ready", timeout=2).close()
        except OSError:
            return False
        return True

    def samples(self) -> Samples:
        """Its metrics, now.

        Raises:
            LocalServerError: It has ended.
        """
        self._require_running()
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/metrics", timeout=30) as answer:
            text = answer.read().decode()
        samples: Samples = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                samples.setdefault(sample.name, {})[next(iter(sample.labels.values()), "")] = sample.value
        return samples

    def _require_running(self) -> None:
        if not self.running:
            raise LocalServerError(f"{self.name} ended{self._last_words()}")

    def stored_bytes(self) -> int:
        """The disk that its store takes."""
        return sum(path.stat().st_blocks * _BLOCK_BYTES for path in self.store.rglob("*") if path.is_file())

    def end(self) -> None:
        """Ask it to end, as an operator does.

        Raises:
            RuntimeError: It did not end cleanly, or has set a part of its store aside since it began.
        """
        self.stop()
        if self.exit_code != 0:
            raise RuntimeError(f"{self.name} ended with code {self.exit_code}{self._last_words()}")
        if unused := list(self.store.rglob("*.unused")):
            raise RuntimeError(f"{self.name} did not use its store but set it aside: {unused[0]}")


def held_by(worker: Worker) -> int:
    """Count the customers on the partitions that a worker owns now."""
    samples = worker.samples()
    customers = samples.get("stayline_worker_customers", {})
    return int(sum(customers.get(number, 0) for number in samples.get("stayline_worker_lag_messages", {})))


def counted(workers: Iterable[Worker], name: str, label: str = "") -> int:
    """A counter of several workers together.

    Args:
        workers: Whose.
        name: Of the counter, without the ``_total`` at its end.
        label: The value of its label, where it has one.
    """
    return int(sum(worker.samples()[f"{name}_total"][label] for worker in workers))
