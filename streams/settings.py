"""All settings together, built once at the edge from the environment and ``stayline.toml``."""

import os
from pathlib import Path
from typing import ClassVar

from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from schemas.errors import UsageError
from schemas.settings import (
    AlertSettings,
    ClickHouseSettings,
    IntakeSettings,
    KafkaSettings,
    LearnerSettings,
    MoneySettings,
    NotifierSettings,
    ObserveSettings,
    RiskSettings,
    SegmentSettings,
    SinkSettings,
    WorkerSettings,
)

PREFIX = "STAYLINE_"
HIDDEN = "***"
"""What is printed for a secret."""

_SEPARATOR = "__"


class Settings(BaseSettings):
    """Every section; ``STAYLINE_KAFKA__BOOTSTRAP_SERVERS`` sets ``kafka.bootstrap_servers``."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=_SEPARATOR,
        frozen=True,
        extra="forbid",
        toml_file="stayline.toml",
    )

    instance: str = Field(
        "",
        pattern="^[A-Za-z0-9._-]*$",
        description="Name of this process among its equals, stable over restarts; made up anew where empty.",
    )
    kafka: KafkaSettings = KafkaSettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    money: MoneySettings = MoneySettings()
    intake: IntakeSettings = IntakeSettings()
    risk: RiskSettings = RiskSettings()
    segments: SegmentSettings = SegmentSettings()
    alerts: AlertSettings = AlertSettings()
    worker: WorkerSettings = WorkerSettings()
    learner: LearnerSettings = LearnerSettings()
    sink: SinkSettings = SinkSettings()
    notifier: NotifierSettings = NotifierSettings()
    observe: ObserveSettings = ObserveSettings()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment goes before the file; there are no other sources."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def is_secret(name: str) -> bool:
    """Whether what is called so is never printed; properties of librdkafka have such names, too."""
    return any(word in name.lower() for word in ("password", "secret", "webhook_url", "key.pem"))


def with_secrets(settings: Settings) -> Settings:
    """Read the secrets that lie in files.

    Args:
        settings: For a secret ``X`` there may be ``X_file``.

    Raises:
        UsageError: A file cannot be read or is empty, or the secret is given as well.
    """
    sections = {name: getattr(settings, name) for name in Settings.model_fields}
    read = {name: _with_secrets(name, one) for name, one in sections.items() if isinstance(one, BaseModel)}
    return settings.model_copy(update=read)


def _with_secrets(section: str, settings: BaseModel) -> BaseModel:
    found: dict[str, SecretStr] = {}
    for name in type(settings).model_fields:
        file = getattr(settings, f"{name}_file", None)
        if not is_secret(name) or file is None:
            continue
        called = f"{PREFIX}{section}{_SEPARATOR}{name}".upper()
        if name in settings.model_fields_set:
            raise UsageError(f"{called} and {called}_FILE are both set; set one")
        found[name] = SecretStr(_read_secret(file, f"{called}_FILE"))
    return type(settings).model_validate({**dict(settings), **found}) if found else settings


def _read_secret(file: Path, called: str) -> str:
    try:
        secret = file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{called} is {file}, which cannot be read: {error}") from None
    if not secret:
        raise UsageError(f"{called} is {file}, which is empty")
    return secret


def load_settings() -> Settings:
    """Read the settings.

    Raises:
        UsageError: One is wrong; the message names it, its value and what is allowed.
    """
    unknown = [name for name in os.environ if name.startswith(PREFIX) and not _section(name)]
    if unknown:
        raise UsageError(f"{unknown[0]} is no setting; see `stayline settings` for all there are")
    try:
        return with_secrets(Settings())
    except ValidationError as error:
        raise UsageError("; ".join(_tell(dict(problem)) for problem in error.errors(include_url=False))) from None
    except SettingsError as error:
        raise UsageError(f"{error} (settings come from {PREFIX}… variables and {Path('stayline.toml')})") from None


def _section(name: str) -> bool:
    """Whether a variable begins with the name of a section; pydantic-settings would pass over one that does not."""
    return name.removeprefix(PREFIX).split(_SEPARATOR)[0].lower() in Settings.model_fields


def _tell(problem: dict[str, object]) -> str:
    place = problem["loc"]
    path = [str(part) for part in place] if isinstance(place, tuple) else []
    name = PREFIX + _SEPARATOR.join(path).upper()
    if problem["type"] == "extra_forbidden":
        return f"{name} is no setting; see `stayline settings` for all there are"
    given = problem["input"]
    if isinstance(given, dict):  # a whole section, whose secrets are in it
        return f"{name}: {problem['msg']}"
    hidden = any(is_secret(part) for part in path) or (isinstance(given, str) and "@" in given)
    return f"{name} is {HIDDEN if hidden else repr(given)[:200]}: {problem['msg']}"
