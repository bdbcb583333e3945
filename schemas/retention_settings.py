"""Settings of deciding what is done to keep customers; the actions and rules themselves are in the playbook."""

from pathlib import Path

from pydantic import Field

from schemas.section import Section


class RetentionSettings(Section):
    """Settings of decisions and their outcomes."""

    enabled: bool = Field(default=True, description="Decide at scores what is done to keep customers, and count it.")
    playbook: Path | None = Field(
        None, description="File of actions and rules; unset: retention.toml in the working directory, or the default."
    )
