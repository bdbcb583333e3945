"""Base of the sections of the settings, and types that several sections share."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0)]
Share = Annotated[float, Field(ge=0, le=1)]


class Section(BaseModel):
    """A section; frozen, and unknown settings are refused, so that a typing error is noticed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
