"""Names of the topics and of the consumer groups: part of the contract, each written down once."""

from typing import Final

from schemas.events.forgetting import TOPIC as FORGOTTEN
from schemas.events.raw_events import RAW_TOPICS

INTERACTIONS: Final = "interactions"
DEAD_LETTERS: Final = "dead_letters"
RISK_SCORES: Final = "risk_scores"
TRAINING_EXAMPLES: Final = "training_examples"
ALERTS: Final = "alerts"
HOLES: Final = "holes"
DESK_AUDIT: Final = "desk_audit"
DECISIONS: Final = "decisions"
OUTCOMES: Final = "outcomes"
MODEL_EPOCHS: Final = "model_epochs"

CUSTOMER_TOPICS: Final = (
    INTERACTIONS,
    RISK_SCORES,
    TRAINING_EXAMPLES,
    ALERTS,
    DECISIONS,
    OUTCOMES,
    DESK_AUDIT,
    DEAD_LETTERS,
)
"""Topics that the sink stores and that name customers, who may be forgotten."""

STORED_TOPICS: Final = (*CUSTOMER_TOPICS, HOLES)
"""Topics that the sink stores, each in the table of its name."""

__all__ = [
    "ALERTS",
    "CUSTOMER_TOPICS",
    "DEAD_LETTERS",
    "DECISIONS",
    "DESK_AUDIT",
    "FORGOTTEN",
    "HOLES",
    "INTERACTIONS",
    "MODEL_EPOCHS",
    "OUTCOMES",
    "RAW_TOPICS",
    "RISK_SCORES",
    "STORED_TOPICS",
    "TRAINING_EXAMPLES",
    "changelog_topic",
    "deliveries_topic",
    "intake_group",
    "notifier_group",
    "sink_group",
]


def changelog_topic(application_id: str) -> str:
    """Return the name of the topic of the customers' states.

    Args:
        application_id: The workers' consumer group.
    """
    return f"{application_id}-customers-changelog"


def deliveries_topic(application_id: str) -> str:
    """Return the name of the topic on which the notifier keeps what it has placed and delivered.

    Args:
        application_id: The workers' consumer group.
    """
    return f"{application_id}-deliveries"


def intake_group(application_id: str) -> str:
    """Return the consumer group of all intakes."""
    return f"{application_id}-intake"


def sink_group(application_id: str) -> str:
    """Return the consumer group of all sinks."""
    return f"{application_id}-sink"


def notifier_group(application_id: str) -> str:
    """Return the consumer group of all notifiers."""
    return f"{application_id}-notifier"
