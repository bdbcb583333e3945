"""A worker whose engine only counts: lines by key into the store, and one output a key and page."""

import logging
import sys
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from schemas.errors import CustomerFailedError
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import WorkerSettings
from streams.faust.protocol import FetchedRecord
from streams.worker.engine.protocols import Batch, PartitionStore
from streams.worker.setup import WorkerSetup
from streams.worker.worker import StreamWorker

logger = logging.getLogger("toy")

POISON = b"poison"
ILL = b"ill"
WELL = b"0"


def aside_topic(application_id: str) -> str:
    """Name where pages go that cannot be folded."""
    return f"{application_id}-aside"


def outputs_topic(application_id: str) -> str:
    """Name where a worker's outputs go."""
    return f"{application_id}-outputs"


class CountingShard:
    """Counts lines by key; its progress is the number of pages that it ever folded."""

    reviews = 0
    position = 0
    waits = False
    is_ahead = False

    def __init__(self, outputs: str, store: PartitionStore, progress: str | None, seconds_a_page: float) -> None:
        self._outputs = outputs
        self._store = store
        self._pages = int(progress or 0)
        self._seconds_a_page = seconds_a_page
        logger.info("recovered %d customers, %d pages", sum(1 for _ in store.items()), self._pages)

    def process(self, value: bytes, headers: Mapping[str, bytes], batch: Batch) -> None:
        """Fold a page of one key a line."""
        time.sleep(self._seconds_a_page)
        for key, lines in Counter(value.split()).items():
            self._store.put(key, b"%d" % (int(self._store.get(key) or 0) + lines))
            batch.emit(self._outputs, key, b"%d" % lines)
        if headers.get("kind") == POISON:
            raise ValueError("a page that cannot be folded")
        self._pages += 1

    def work_off(self, batch: Batch) -> bool:
        """Have nothing due but one customer, who cannot be reviewed."""
        del batch
        state = self._store.get(ILL)
        if state is not None and state != WELL:
            raise CustomerFailedError(ILL, state, WELL, 0) from ValueError("a customer who cannot be reviewed")
        return False

    def progress(self) -> str:
        """Return the pages folded."""
        return str(self._pages)


def main(arguments: dict[str, Any]) -> int:
    """Run a counting worker with these settings, of which ``seconds_a_page`` is the engine's."""
    seconds_a_page = arguments.pop("seconds_a_page", 0.0)
    kafka = {name: arguments.pop(name) for name in KafkaSettings.model_fields.keys() & arguments.keys()}
    worker = {name: arguments.pop(name) for name in WorkerSettings.model_fields.keys() & arguments.keys()}
    setup = WorkerSetup(
        kafka=KafkaSettings(**kafka),
        worker=WorkerSettings(**worker),
        folder=Path(arguments.pop("folder")),
        provenance={},
        **arguments,
    )
    outputs = outputs_topic(setup.group)

    def make_shard(_number: int, store: PartitionStore, progress: str | None) -> CountingShard:
        return CountingShard(outputs, store, progress, seconds_a_page)

    def quarantine(page: FetchedRecord, problem: str) -> tuple[str, bytes, bytes]:
        return aside_topic(setup.group), page.value, problem.encode()

    def put_off(_partition: int, failed: CustomerFailedError, problem: str) -> tuple[str, bytes, bytes]:
        return aside_topic(setup.group), failed.key, problem.encode()

    return StreamWorker(setup, make_shard, page_letter=quarantine, customer_letter=put_off).run()


def run(arguments: dict[str, Any]) -> None:
    """Be a worker's process."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(name)s %(levelname)s %(message)s")
    logger.setLevel(logging.INFO)
    sys.exit(main(arguments))
