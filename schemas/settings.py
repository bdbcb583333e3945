"""Every setting, in sections, documented where it is declared.

These classes declare the settings and their limits. They are built once, at the edge, from ``STAYLINE_`` variables and
``stayline.toml``; a step gets the section that it needs as an argument.
"""

from decimal import Decimal
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, FilePath, SecretStr, field_validator, model_validator

from schemas.section import Section

Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class KafkaSettings(Section):
    """Settings of the connection to Kafka and of the topics."""

    bootstrap_servers: str = Field("localhost:9092", min_length=1, description="Brokers, host:port, comma-separated.")
    security: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="Protocol: SSL encrypts, SASL authenticates with a user."
    )
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="Mechanism of SASL."
    )
    user: str = Field("", description="User of SASL.")
    password: SecretStr = Field(SecretStr(""), description="Password of the user; never printed.")
    password_file: FilePath | None = Field(None, description="A file that holds it instead.")
    ca_file: FilePath | None = Field(None, description="Authority of the brokers' certificates (PEM); or the system's.")
    certificate_file: FilePath | None = Field(None, description="Client certificate (PEM), if brokers require one.")
    key_file: FilePath | None = Field(None, description="Its key (PEM), without a password.")
    transactions: bool = Field(default=True, description="Off only for a broker without them: then at least once.")
    raw_partitions: int = Field(12, ge=1, le=200, description="Partitions of each raw topic.")
    interactions_partitions: int = Field(12, ge=1, le=1000, description="Customer partitions; more by `stayline grow`.")
    replication_factor: int = Field(1, ge=1, le=9, description="Copies of every partition.")
    session_timeout_seconds: float = Field(6.0, ge=1, le=300, description="A silent member is removed after this.")
    transaction_timeout_seconds: float = Field(10.0, ge=1, le=300, description="A dead one's transaction is aborted.")
    options: dict[str, str] = Field(default_factory=dict, description="Further librdkafka properties.")

    @property
    def is_encrypted(self) -> bool:
        """True if connections are encrypted, and brokers authenticate themselves."""
        return self.security.endswith("SSL")

    @property
    def is_named(self) -> bool:
        """True if brokers require a user and a password."""
        return self.security.startswith("SASL")

    @model_validator(mode="after")
    def _says_what_it_uses(self) -> "KafkaSettings":
        if self.is_named != bool(self.user):
            raise ValueError(f"a user goes with security SASL_SSL or SASL_PLAINTEXT, and only with it: {self.security}")
        if not self.is_encrypted and (self.ca_file or self.certificate_file or self.key_file):
            raise ValueError(f"certificates go with security SSL or SASL_SSL, not with {self.security}")
        return self


KeptTable = Literal[
    "interactions", "risk_scores", "training_examples", "alerts", "decisions", "outcomes", "dead_letters"
]


class ClickHouseSettings(Section):
    """Settings of the connection to ClickHouse and of the retention of rows."""

    url: str = Field("http://localhost:8123", pattern="^https?://[^@]+$", description="Its HTTP interface.")
    database: str = Field("stayline", pattern="^[a-z_][a-z0-9_]*$", description="The database that holds the tables.")
    user: str = Field("default", description="User that writes.")
    password: SecretStr = Field(SecretStr(""), description="Password of the user; never printed.")
    password_file: FilePath | None = Field(None, description="A file that holds it instead.")
    ca_file: FilePath | None = Field(
        None, description="Authority of an https server's certificate (PEM); or known ones."
    )
    certificate_file: FilePath | None = Field(None, description="Client certificate (PEM), if it requires one.")
    key_file: FilePath | None = Field(None, description="Its key (PEM), without a password.")
    timeout_seconds: Positive = Field(30.0, description="Time-out of a request.")
    keep_days: dict[KeptTable, Annotated[int, Field(ge=1)]] = Field(
        default_factory=dict, description="Days after which rows of a table are dropped; tables not named keep theirs."
    )


class MoneySettings(Section):
    """Settings of the reporting currency and the exchange rates."""

    reporting_currency: str = Field("USD", pattern="^[A-Z]{3}$", description="Currency of every `amount` column.")
    rates: dict[str, Annotated[Decimal, Field(gt=0, lt=100_000_000)]] = Field(
        default={
            "USD": Decimal(1),
            "AUD": Decimal("0.65"),
            "CAD": Decimal("0.72"),
            "CHF": Decimal("1.24"),
            "CNY": Decimal("0.14"),
            "DKK": Decimal("0.155"),
            "EUR": Decimal("1.16"),
            "GBP": Decimal("1.33"),
            "JPY": Decimal("0.0066"),
            "NOK": Decimal("0.099"),
            "PLN": Decimal("0.27"),
            "SEK": Decimal("0.105"),
        },
        description="Worth of one unit of each accepted currency in the reporting currency; set your own.",
    )

    @model_validator(mode="after")
    def _reporting_currency_is_worth_itself(self) -> "MoneySettings":
        if self.rates.get(self.reporting_currency) != 1:
            raise ValueError(f"rates must hold the reporting currency {self.reporting_currency} at 1")
        return self


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


class RiskSettings(Section):
    """Settings of questions, reviews and the outlook."""

    horizon_days: float = Field(90.0, gt=0, le=730, description="Leaving means buying nothing for this long.")
    grace_days: float = Field(1.0, ge=0, le=30, description="An answer waits this long for late events.")
    reviews_per_horizon: int = Field(3, ge=1, le=366, description="Reviews of the silent; some three ask a question.")
    complaint_days: float = Field(7.0, gt=0, le=730, description="A complaint open for this long is looked at again.")
    max_open_questions: int = Field(16, ge=1, le=200, description="Limit of a customer's open questions.")
    remembered_events: int = Field(32, ge=0, le=1000, description="Event ids kept to catch upstream's duplicates.")
    min_examples: int = Field(500, ge=1, description="Answers learnt before the model is trusted over the rule.")
    epoch_hours: float | None = Field(
        None, ge=1 / 3600, le=8760, description="Log time that one model scores; a ninetieth of the horizon if unset."
    )
    model_lag_epochs: int = Field(
        3, ge=0, le=100, description="An epoch is scored by the model of the border so many epochs before it."
    )
    model_wait_seconds: float = Field(
        60.0, ge=0, description="Wait for the model of an epoch; after it the last one scores, not pinned."
    )
    margin: Share = Field(0.3, description="Share of the revenue that is margin.")
    less_than: float = Field(0.5, gt=0, le=1, description="Less than usual: below this part of the usual spending.")
    more_than: float = Field(1.5, ge=1, le=100, description="More than usual: above this multiple of it.")


class SegmentSettings(Section):
    """Settings of life cycle stages, value tiers and segments."""

    high_risk: Share = Field(0.7, description="Risk from which a customer is likely to leave.")
    learn_tiers: bool = Field(default=True, description="Learn what is high and middle value from all customers.")
    high_share: Share = Field(0.2, description="Learnt: this share of last year's buyers is of high value,")
    middle_share: Share = Field(0.3, description="and the next ones, this share, of middle value.")
    high_value: Annotated[float, Field(ge=0)] = Field(30.0, description="Not learnt: high value, margin a year.")
    middle_value: Annotated[float, Field(ge=0)] = Field(10.0, description="Not learnt: middle value, margin a year.")
    new_days: Annotated[float, Field(ge=0)] = Field(30.0, description="New for so long after the first purchase.")
    slipping_gaps: Positive = Field(1.5, description="Slipping: silent for so many of their own usual gaps,")
    slipping_pace: Annotated[float, Field(ge=0)] = Field(0.6, description="or spending less than this much of usual.")
    growing_pace: Positive = Field(1.5, description="Growing: spending more than this many times usual.")
    gone_gaps: Positive = Field(2.0, description="Gone: silent for the horizon and for so many usual gaps.")

    @model_validator(mode="after")
    def _stages_follow_one_another(self) -> "SegmentSettings":
        if self.slipping_gaps > self.gone_gaps:
            raise ValueError("slipping_gaps must not lie above gone_gaps: customers slip before they are gone")
        if self.slipping_pace > self.growing_pace:
            raise ValueError("slipping_pace must not lie above growing_pace")
        if self.high_share + self.middle_share > 1.0:
            raise ValueError("high_share and middle_share must not exceed 1 together")
        return self


class AlertSettings(Section):
    """Settings of alerts."""

    raise_risk: Share = Field(0.6, description="Raised when the risk reaches this,")
    raise_value_at_risk: Annotated[float, Field(ge=0)] = Field(25.0, description="and this much margin is at risk;")
    silent_gaps: Annotated[float, Field(ge=0)] = Field(
        1.9, description="where silence is all that shows, not before it has lasted so many of the own usual gaps."
    )
    overdue_gaps: Positive = Field(3.0, description="From there until it has lasted so many,")
    overdue_relief: Share = Field(0.12, description="both risks fall evenly, by this in all.")
    clear_risk: Share = Field(0.5, description="Cleared when the risk falls below this,")
    clear_value_at_risk: Annotated[float, Field(ge=0)] = Field(10.0, description="or the value at risk below this.")

    @model_validator(mode="after")
    def _limits_follow_one_another(self) -> "AlertSettings":
        if self.clear_risk > self.raise_risk or self.clear_value_at_risk > self.raise_value_at_risk:
            raise ValueError("clear_risk and clear_value_at_risk must not lie above raise_risk and raise_value_at_risk")
        if self.silent_gaps >= self.overdue_gaps:
            raise ValueError("silent_gaps must lie below overdue_gaps")
        return self


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


METRICS_PORTS: Final = {"intake": 9301, "worker": 9302, "learner": 9303, "sink": 9304, "notifier": 9305, "audit": 9306}
"""Default port of each kind of process."""


class ObserveSettings(Section):
    """Settings of health checks, metrics and logs."""

    host: str = Field("127.0.0.1", description="Address that /metrics, /live and /ready are served on.")
    port: int | None = Field(None, ge=0, le=65535, description="Port; each kind of process has its own by default.")
    log_format: Literal["text", "json"] = Field("text", description="Plain lines, or one JSON object per line.")
