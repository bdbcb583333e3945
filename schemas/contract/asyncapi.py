"""The AsyncAPI 3.0 document: topics, keys, headers, senders and receivers of all messages."""

from collections.abc import Sequence
from typing import Any, Final

from schemas.contract.topic_descriptions import TopicDescription, described_topics

CONTRACT_VERSION: Final = "3.0.0"
"""Version of the whole contract. Minor: something optional was added; major: something valid may no longer be."""

_ABOUT: Final = (
    "Purchases, returns, support contacts, actions taken and judgements come in; pages of validated lines, the risk of "
    "every customer, settled questions, models, alerts, decisions, their outcomes and holes of raw topics come out. "
    "Refused messages go to dead_letters. Readers use read_committed and ignore unknown fields; publishers must not "
    "send fields that are not here."
)
_BINDING: Final = "0.5.0"


def asyncapi() -> dict[str, Any]:
    """Return the AsyncAPI document; payloads are references to the JSON Schemas beside it."""
    topics = described_topics()
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Stayline", "version": CONTRACT_VERSION, "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": _operations(topics),
        "components": {"messages": {topic.payload: _message(topic) for topic in topics}},
    }


def _channel(topic: TopicDescription) -> dict[str, Any]:
    return {
        "address": topic.name,
        "title": topic.title,
        "description": topic.description,
        "messages": {topic.payload: {"$ref": f"#/components/messages/{topic.payload}"}},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "topicConfiguration": {"cleanup.policy": [topic.policy]},
                "bindingVersion": _BINDING,
            }
        },
    }


def _message(topic: TopicDescription) -> dict[str, Any]:
    message = {
        "name": topic.payload,
        "title": topic.title,
        "contentType": topic.content_type,
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"./{topic.payload}.json"},
        },
        "bindings": {"kafka": {"key": topic.key, "bindingVersion": _BINDING}},
    }
    return message if topic.headers is None else {**message, "headers": topic.headers}


def _operations(topics: Sequence[TopicDescription]) -> dict[str, Any]:
    return {
        f"{action}_{topic.name}": {
            "action": action,
            "channel": {"$ref": f"#/channels/{topic.name}"},
            "messages": [{"$ref": f"#/channels/{topic.name}/messages/{topic.payload}"}],
        }
        for topic in topics
        for action in topic.action
    }
