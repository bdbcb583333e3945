"""Settings of the processes, and of their health checks, metrics and logs."""

from pathlib import Path
from typing import Final, Literal

from pydantic import Field, FilePath, SecretStr, field_validator

from schemas.settings.section import Positive, Section

METRICS_PORTS: Final = {
    "intake": 9301,
    "worker": 9302,
    "learner": 9303,
    "sink": 9304,
    "notifier": 9305,
    "audit": 9306,
    "desk": 9307,
}
"""Default port of each kind of process."""


class IntakeSettings(Section):
    """Settings of the intake."""

    max_event_bytes: int = Field(128 * 1024, ge=1024, le=192 * 1024, description="A longer message is too_large.")
    page_lines: int = Field(500, ge=1, le=500, description="Limit of the lines of a page.")
    page_bytes: int = Field(256 * 1024, ge=1024, le=256 * 1024, description="Limit of the bytes of a page.")
    page_milliseconds: float = Field(20.0, gt=0, le=1000, description="Longest time that a line waits for others.")
    heartbeat_milliseconds: float = Field(
        200.0, ge=10, le=10_000, description="Pause between clocks to idle partitions."
    )
    idle_seconds: float = Field(
        2.0, ge=0, le=3600, description="While history is read, a raw partition at its end counts as idle after this."
    )
    max_queued_messages: int = Field(50_000, ge=100, description="Limit of the raw messages held in memory.")


class WorkerSettings(Section):
    """Settings of the stream worker."""

    application_id: str = Field("stayline", pattern="^[a-z0-9._-]+$", description="Consumer group and changelog name.")
    store: Literal["rocksdb", "memory"] = Field("rocksdb", description="Kind of the local store.")
    data_folder: Path = Field(Path(".stayline"), description="Folder of RocksDB.")
    commit_milliseconds: float = Field(80.0, ge=5, le=10_000, description="Longest pause between commits.")
    max_batch_records: int = Field(50_000, ge=100, description="Limit of the records of a transaction.")
    most_pages_aside: int = Field(3, ge=0, description="Pages, or customers, in a row that may be quarantined.")
    accept_changes: bool = Field(
        default=False,
        description="Set for one start, to go on after a change of settings or topics that otherwise ends the worker.",
    )
    reviews_per_page: int = Field(
        1_000, ge=0, description="Limit of the reviews done with a page; others are done between pages."
    )


class LearnerSettings(Section):
    """Settings of the learner."""

    drift: float = Field(
        2e-7, ge=0.0, lt=0.01, description="How fast habits change: variance that a weight gains with an answer."
    )


class SinkSettings(Section):
    """Settings of the sink."""

    batch_rows: int = Field(200_000, ge=1, description="Limit of the rows of an insert,")
    batch_bytes: int = Field(64 * 1024 * 1024, ge=1024, description="of its bytes,")
    batch_seconds: Positive = Field(0.5, description="and of the time that a row waits for others.")
    max_pause_seconds: Positive = Field(30.0, description="Longest pause between tries while ClickHouse is away.")


class NotifierSettings(Section):
    """Settings of the notifier."""

    webhook_url: SecretStr | None = Field(None, description="Receives every alert as JSON by POST; never printed.")
    webhook_url_file: FilePath | None = Field(None, description="A file that holds it instead.")
    webhook_secret: SecretStr | None = Field(
        None, description="Signs what is posted: whsec_ and 24 to 64 bytes in base64; two with a space for a change."
    )
    webhook_secret_file: FilePath | None = Field(None, description="A file that holds it instead.")
    alertmanager_url: str | None = Field(None, description="Prometheus Alertmanager's address.")
    folder: Path | None = Field(None, description="Gets a file a day with a line for every alert; for one notifier.")
    file_format: Literal["csv", "ndjson"] = Field("csv", description="Format of these files.")
    timeout_seconds: Positive = Field(5.0, description="Time-out of a request.")

    @field_validator("webhook_url", "alertmanager_url")
    @classmethod
    def _is_web_address(cls, value: str | SecretStr | None) -> str | SecretStr | None:
        plain = value.get_secret_value() if isinstance(value, SecretStr) else value
        if plain is not None and not plain.startswith(("http://", "https://")):
            raise ValueError("expected an address that begins with http:// or https://")
        return value


class ObserveSettings(Section):
    """Settings of health checks, metrics and logs."""

    host: str = Field("127.0.0.1", description="Address that /metrics, /live and /ready are served on.")
    port: int | None = Field(None, ge=0, le=65535, description="Port; each kind of process has its own by default.")
    log_format: Literal["text", "json"] = Field("text", description="Plain lines, or one JSON object per line.")
