"""Set-up of a worker process: its sections of the settings, and the values computed at the edge."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import WorkerSettings
from schemas.topics import changelog_topic


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSetup:
    """Settings of one worker process, with its name, its folder and the provenance of its customers.

    Attributes:
        kafka: Section of the settings.
        worker: Section of the settings; its ``data_folder`` is shared by the processes of a machine.
        instance: Tells this process from the other workers: two that share it fence one another.
        pages_topic: The topic that pages are read from.
        folder: Folder of this process alone.
        provenance: What customers are made from (:mod:`streams.worker.commit.provenance`); empty: changes pass unseen.
        connect_seconds: Longest wait for a broker's first answer.
    """

    kafka: KafkaSettings
    worker: WorkerSettings
    instance: str
    pages_topic: str
    folder: Path
    provenance: Mapping[str, str]
    connect_seconds: float = 10.0

    @property
    def group(self) -> str:
        """Consumer group of the workers."""
        return self.worker.application_id

    @property
    def changelog_topic(self) -> str:
        """Name of the compacted topic that holds every customer's state."""
        return changelog_topic(self.worker.application_id)

    @property
    def changelog_identity(self) -> str:
        """Text that tells this changelog from every other, also from a deleted one of the same name."""
        names = (f"topic {self.changelog_topic}", "interactions_partitions")
        return " ".join([self.changelog_topic, *(self.provenance.get(name, "") for name in names)])

    @property
    def transactional_id(self) -> str:
        """Name under which the broker fences an earlier run of this process."""
        return f"{self.group}-{self.instance}"

    @property
    def store_folder(self) -> Path | None:
        """Folder of the local store; None where it is kept in memory."""
        return self.folder / "customers" if self.worker.store == "rocksdb" else None
