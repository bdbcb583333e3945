"""Settings of the connections to Kafka and ClickHouse."""

from typing import Annotated, Literal

from pydantic import Field, FilePath, SecretStr, model_validator

from schemas.settings.section import Positive, Section

KeptTable = Literal[
    "interactions", "risk_scores", "training_examples", "alerts", "decisions", "outcomes", "desk_audit", "dead_letters"
]


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
