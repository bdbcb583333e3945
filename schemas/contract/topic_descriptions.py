"""Topics of the contract as they are described to publishers and readers."""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

from schemas.events.forgetting import TOPIC as FORGOTTEN
from schemas.events.raw_events import TOPIC_OF_TYPE, EventType
from schemas.pages.page import MAX_BYTES, MAX_LINES, PAGE_VERSION

_NAME: Final[dict[str, Any]] = {"type": "string", "minLength": 1}
_NUMBER: Final[dict[str, Any]] = {"type": "string", "pattern": "^[0-9]+$"}
_TRACEPARENT: Final[dict[str, Any]] = {
    "type": "string",
    "description": "Optional: W3C Trace Context. The event's line carries its trace id, its score a span of the trace.",
}
_DELETED: Final = "An empty message deletes all earlier ones of its key: the customer was forgotten."
_TITLES: Final[Mapping[EventType, str]] = {
    "purchase": "A purchase",
    "return": "A return",
    "support_contact": "A support contact",
    "action_taken": "An action taken for a customer",
    "judgement": "A judgement of a customer",
}
_BY_CUSTOMER: Final[dict[str, Any]] = {**_NAME, "description": "customer_id"}


class TopicDescription(msgspec.Struct, frozen=True, kw_only=True):
    """Description of one topic.

    Attributes:
        name: Name of the topic.
        payload: File name of its messages' JSON Schema, without extension.
        title: Title of one message.
        description: Text for readers and publishers.
        key: JSON Schema of the key.
        action: Stayline's operations on the topic.
        policy: Kafka's cleanup policy.
        content_type: Media type of the value.
        headers: JSON Schema of the headers; None if there are none.
    """

    name: str
    payload: str
    title: str
    description: str
    key: dict[str, Any]
    action: tuple[Literal["send", "receive"], ...]
    policy: Literal["delete", "compact"] = "delete"
    content_type: str = "application/json"
    headers: dict[str, Any] | None = None


_RESULTS: Final = (
    TopicDescription(
        name="risk_scores",
        payload="risk_score",
        title="A customer's risk",
        description="Compacted: the latest score of every customer stays; a tombstone once they are forgotten.",
        key=_BY_CUSTOMER,
        action=("send", "receive"),
        policy="compact",
    ),
    TopicDescription(
        name="training_examples",
        payload="training_example",
        title="A settled question",
        description="The answer, with the features and the prediction at the question. A record with the header "
        "`border` is none and has no key: a customer partition has passed a border of epochs. Readers of answers "
        f"skip it. {_DELETED}",
        key=_BY_CUSTOMER,
        action=("send", "receive"),
    ),
    TopicDescription(
        name="model_epochs",
        payload="model",
        title="The model of an epoch",
        description="One record for each border of an epoch, or for a span of borders between which nothing was "
        "learnt; kept for as long as the log. The model of a border scores the epoch that begins "
        "STAYLINE_RISK__MODEL_LAG_EPOCHS later.",
        key={**_NAME, "description": "border, in milliseconds since 1970"},
        action=("send", "receive"),
        policy="compact",
    ),
    TopicDescription(
        name="alerts",
        payload="alert",
        title="An alert, raised or cleared",
        description="The raising and the clearing of an alert share its alert_id; deliver at least once. An alert "
        "without a decision_id says that a customer is likely to leave. One with a decision_id says what is to be "
        "done for the customer, and when; it is cleared when that is done or no longer to be done. Do not count "
        f"the one as the other. {_DELETED}",
        key=_BY_CUSTOMER,
        action=("send", "receive"),
    ),
    TopicDescription(
        name="decisions",
        payload="decision",
        title="A decision for a customer",
        description="What is to be done, drawn with known probabilities. Nothing is to be done where "
        f"it is held out, nor for none: such records are for measuring alone. {_DELETED}",
        key=_BY_CUSTOMER,
        action=("send", "receive"),
    ),
    TopicDescription(
        name="outcomes",
        payload="outcome",
        title="What followed a decision",
        description="Settled once, after the action's horizon and grace. An empty message with a customer_id as "
        "its key deletes all earlier ones of the customer, who was forgotten.",
        key={**_NAME, "description": "decision_id; of an empty message, customer_id"},
        action=("send", "receive"),
    ),
    TopicDescription(
        name="holes",
        payload="hole",
        title="Time in which a raw topic was silent",
        description="Compacted. Written when an event has ended the hole, by every customer partition alike: "
        "records of one key are equal. It names no customer.",
        key={**_NAME, "description": "topic/start, in milliseconds since 1970"},
        action=("send", "receive"),
        policy="compact",
    ),
)
"""Topics that the worker and the learner write."""


def described_topics() -> list[TopicDescription]:
    """Return the description of every topic of the contract."""
    return [*_raw_topics(), _interactions(), _dead_letters(), *_RESULTS, _forgotten()]


def _raw_topics() -> list[TopicDescription]:
    return [
        TopicDescription(
            name=name,
            payload=kind,
            title=_TITLES[kind],
            description="Published by upstream, one JSON object a message. The message's Kafka timestamp is the clock; "
            "the same event_id may be published again and changes nothing.",
            key={"type": "string", "description": "Any key, or none; it is not read."},
            action=("receive",),
            headers={"type": "object", "properties": {"traceparent": _TRACEPARENT}},
        )
        for kind, name in TOPIC_OF_TYPE.items()
    ]


def _interactions() -> TopicDescription:
    headers = {
        "page": {**_NUMBER, "description": f"Version of lines and headers, now {PAGE_VERSION}; refuse a newer one."},
        "source": {**_NAME, "description": "Id of the intake that wrote the page."},
        "lines": {**_NUMBER, "description": "Number of lines; 0 for a heartbeat."},
        "clock": {**_NUMBER, "description": "The source's watermark, milliseconds since 1970."},
        "progress": {
            **_NAME,
            "description": "JSON: by raw topic, one [milliseconds since 1970, idle] or null a raw partition.",
        },
        "forgets": {
            **_NAME,
            "description": "Optional: the customer, also the key, whose earlier interactions are to be forgotten.",
        },
    }
    return TopicDescription(
        name="interactions",
        payload="interaction",
        title="A page of interactions",
        description=f"The value is at most {MAX_LINES} lines or {MAX_BYTES} bytes; the schema is that of one line. The "
        "partition is a hash of customer_id, so all of a customer's lines lie in order in one partition. A page "
        "without lines is a heartbeat, or forgets a customer.",
        key={
            "type": ["null", "string"],
            "description": "None: the partition is chosen by customer_id. On a page that forgets, the customer.",
        },
        action=("send", "receive"),
        content_type="application/x-ndjson",
        headers={"type": "object", "required": [name for name in headers if name != "forgets"], "properties": headers},
    )


def _dead_letters() -> TopicDescription:
    return TopicDescription(
        name="dead_letters",
        payload="dead_letter",
        title="A refused message",
        description="Reason of the refusal, position and bytes, to be corrected and sent again. An empty message "
        "deletes the one of its key: it was about a customer who was forgotten.",
        key={**_NAME, "description": "Position of the refused message: topic/partition/offset."},
        action=("send", "receive"),
    )


def _forgotten() -> TopicDescription:
    return TopicDescription(
        name=FORGOTTEN,
        payload="forgetting",
        title="A customer was forgotten",
        description="Compacted, one partition. Readers of raw topics leave out the customer's events below the given "
        "offsets. Anyone who knows customer ids can tell who was forgotten: restrict who may read it.",
        key={**_NAME, "description": "digest"},
        action=("send", "receive"),
        policy="compact",
    )
