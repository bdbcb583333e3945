"""Base of the sections of the settings."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A section; frozen, and unknown settings are refused, so that a typing error is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
