"""A history with causes of leaving that are known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from risk.evaluation.decision_schedule import Decision
from schemas.events.interaction import Interaction


@dataclass(frozen=True, slots=True)
class Planting:
    """A simulated history and the causes planted in it.

    Attributes:
        name: Of the row.
        horizon_days: How far each question looks ahead.
        interactions: In time order.
        causes: When whom to ask about, and why that customer leaves.
        speaks: The groups of features that speak for each cause.
        truth: What else is known of it, in sentences.
    """

    name: str
    horizon_days: float
    interactions: Sequence[Interaction]
    causes: Mapping[Decision, str]
    speaks: Mapping[str, tuple[str, ...]]
    truth: Sequence[str] = ()
