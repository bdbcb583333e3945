"""Stand-ins for parts of a worker."""

import threading
from collections.abc import Mapping

from schemas.moments import Publication
from streams.worker.commit.batch import SealedBatch
from streams.worker.engine.protocols import Batch


class HeldSender:
    """A sender that waits to be let go, as a broker may."""

    commits_offsets = True

    def __init__(self) -> None:
        self.go = threading.Event()
        self.sent: list[SealedBatch] = []

    def start(self) -> None:
        """Need no broker."""

    def send(self, batch: SealedBatch) -> dict[int, int]:
        """Wait, then take the batch."""
        self.go.wait(10)
        self.sent.append(batch)
        return dict.fromkeys(batch.changes, len(self.sent))


class NoShard:
    """A shard that is never asked to fold."""

    reviews = 0
    position = 0
    waits = False
    is_ahead = False

    def process(self, value: bytes, headers: Mapping[str, bytes], batch: Batch) -> Publication | None:
        """Not asked."""
        raise NotImplementedError

    def work_off(self, batch: Batch) -> bool:
        """Nothing is due."""
        del batch
        return False

    def progress(self) -> str:
        """Nothing to tell."""
        return ""
