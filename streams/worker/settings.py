"""What a worker is told at its start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from streams.faust.credentials import Credentials


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """Settings of one worker process."""

    bootstrap_servers: str
    """Comma-separated ``host:port`` of the brokers."""

    application_id: str = "stayline-worker"
    """The consumer group, and the first part of the changelog's name."""

    instance: str = "1"
    """Tells this process from the other workers of the application: two that share it fence one another."""

    interactions_topic: str = "interactions"
    """Where the pages are read from."""

    store: Literal["rocksdb", "memory"] = "rocksdb"
    """Where customers live between commits: on disk (a restart reads only what it missed) or in memory."""

    data_folder: Path = Path("data")
    """Folder of this process alone, for the RocksDB store."""

    commit_interval_seconds: float = 0.1
    """A transaction is committed at most this long after the one before, if anything was folded."""

    max_batch_records: int = 20_000
    """A transaction is committed early at this many records; folding waits when the next one is as full."""

    most_pages_aside: int = 3
    """So many pages, or customers, in a row may be set aside as dead letters; one more ends the process."""

    transactions: bool = True
    """False for a broker without transactions: at least once instead of exactly once."""

    transaction_timeout_seconds: float = 10.0
    """The broker aborts a transaction left open for longer; others wait that long for a worker that vanished."""

    commit_timeout_seconds: float = 20.0
    """A batch that is not committed after this ends the worker: a restart does better than waiting."""

    origin: Mapping[str, str] = field(default_factory=dict)
    """What the customers are made from (:mod:`streams.worker.commit.provenance`); empty: changes are not noticed."""

    accept_changes: bool = False
    """Whether to go on where the origin has changed."""

    session_timeout_seconds: float = 6.0
    """The group gives a silent worker's partitions to others after this."""

    request_timeout_seconds: float = 30.0
    """The longest wait for one answer of a broker."""

    connect_timeout_seconds: float = 10.0
    """The longest wait for the first answer of a broker."""

    librdkafka: Mapping[str, str | int | float | bool] = field(default_factory=dict, repr=False)
    """Further settings of librdkafka's clients (producer and offset reader); a password may be among them."""

    credentials: Credentials | None = None
    """The same for Faust's consumer."""

    @property
    def changelog_topic(self) -> str:
        """Name of the compacted topic that holds every customer's state."""
        return f"{self.application_id}-customers-changelog"

    @property
    def changelog_identity(self) -> str:
        """Tells this changelog from every other, also from one of the same name that was deleted."""
        layout = [self.origin.get(name, "") for name in (f"topic {self.changelog_topic}", "interactions_partitions")]
        return " ".join([self.changelog_topic, *layout])

    @property
    def transactional_id(self) -> str:
        """Name under which the broker fences an earlier run of this process."""
        return f"{self.application_id}-{self.instance}"
