"""All settings, read once at the start from ``STAYLINE_`` variables and ``stayline.toml``."""

import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar, Final

from pydantic import BaseModel, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from schemas.errors import UsageError
from schemas.settings.connections import ClickHouseSettings, KafkaSettings
from schemas.settings.desk import DeskSettings
from schemas.settings.processes import (
    IntakeSettings,
    LearnerSettings,
    NotifierSettings,
    ObserveSettings,
    SinkSettings,
    WorkerSettings,
)
from schemas.settings.risk import AlertSettings, MoneySettings, RetentionSettings, RiskSettings, SegmentSettings
from streams.settings_errors import HIDDEN, PREFIX, SEPARATOR, Sources, is_secret

FILE: Final = Path("stayline.toml")
"""Settings file, looked for in the working directory; a variable goes before it."""


class Settings(BaseSettings):
    """All sections; ``STAYLINE_KAFKA__BOOTSTRAP_SERVERS`` sets ``kafka.bootstrap_servers``."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=SEPARATOR,
        frozen=True,
        extra="forbid",
        toml_file=FILE,
    )

    instance: str = Field(
        "",
        pattern="^[A-Za-z0-9._-]*$",
        description="Name of this process among its equals, stable over restarts; made up at each start where empty.",
    )
    kafka: KafkaSettings = KafkaSettings()
    clickhouse: ClickHouseSettings = ClickHouseSettings()
    money: MoneySettings = MoneySettings()
    intake: IntakeSettings = IntakeSettings()
    risk: RiskSettings = RiskSettings()
    segments: SegmentSettings = SegmentSettings()
    alerts: AlertSettings = AlertSettings()
    retention: RetentionSettings = RetentionSettings()
    worker: WorkerSettings = WorkerSettings()
    learner: LearnerSettings = LearnerSettings()
    sink: SinkSettings = SinkSettings()
    notifier: NotifierSettings = NotifierSettings()
    desk: DeskSettings = DeskSettings()
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
        """Read variables, then the file; there are no other sources."""
        del dotenv_settings, file_secret_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


def setting_rows(settings: Settings) -> Iterator[tuple[str, str, str]]:
    """Yield variable, value and meaning of every setting; secrets are hidden."""
    yield from _rows_of(settings, PREFIX)


def _rows_of(section: BaseModel, prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, field in type(section).model_fields.items():
        value = getattr(section, name)
        if isinstance(value, BaseModel):
            yield from _rows_of(value, f"{prefix}{name.upper()}__")
        else:
            yield f"{prefix}{name.upper()}", _shown(value), field.description or ""


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return str({name: HIDDEN if is_secret(str(name)) else one for name, one in value.items()})
    return str(value)


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
        called = f"{PREFIX}{section}{SEPARATOR}{name}".upper()
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
        UsageError: One is wrong; the message names it, where it was given, its value and what is allowed.
    """
    sources = Sources(Settings, os.environ, FILE)
    unknown = [name for name in os.environ if name.startswith(PREFIX) and not _names_a_section(name)]
    if unknown:
        raise UsageError(sources.unknown_variable(unknown[0]))
    try:
        return with_secrets(Settings())
    except ValidationError as error:
        raise UsageError("; ".join(sources.describe(dict(one)) for one in error.errors(include_url=False))) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        raise UsageError(f"{FILE} cannot be read: {error}") from None
    except SettingsError as error:
        raise UsageError(f"{error} (settings come from {PREFIX}… variables and {FILE})") from None


def _names_a_section(name: str) -> bool:
    """Return True if a variable begins with a section's name; pydantic-settings passes over one that does not."""
    return name.removeprefix(PREFIX).split(SEPARATOR)[0].lower() in Settings.model_fields
