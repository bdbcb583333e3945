"""The contract for programs in other languages: a JSON Schema (2020-12) for each message, and an AsyncAPI document.

The schemas follow from the classes of this package, their descriptions from the docstrings. ``deploy.contract``
writes them to ``schemas/json``.
"""

import inspect
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, get_type_hints

import msgspec
from pydantic import BaseModel

from schemas.contract.asyncapi import asyncapi
from schemas.events.dead_letter import DeadLetter
from schemas.events.forgetting import Forgetting
from schemas.events.interaction import Interaction, Item
from schemas.events.raw_events import EVENT_CLASSES, AgentJudgement, PurchaseItem, ReturnItem
from schemas.records.alert import Alert
from schemas.records.decisions import DecisionOutcome, GainInterval, RetentionDecision
from schemas.records.feed_hole import FeedHole
from schemas.records.learnt_policy import ActionEvidence, BidSums, GainCorrections, GainSums, LearntPolicy
from schemas.records.model import Bend, Head, Model, OutlookModel, QuantileHeads
from schemas.records.score import NextPurchase, Outlook, ReasonInWords, RiskScore
from schemas.records.training_example import TrainingExample

Document = dict[str, Any]

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_RECORDS: Final[Mapping[str, type[msgspec.Struct]]] = {
    "interaction": Interaction,
    "dead_letter": DeadLetter,
    "risk_score": RiskScore,
    "training_example": TrainingExample,
    "model": Model,
    "alert": Alert,
    "decision": RetentionDecision,
    "outcome": DecisionOutcome,
    "hole": FeedHole,
    "forgetting": Forgetting,
}
_OUTLOOK: Final = (Outlook, NextPurchase, OutlookModel, Head, QuantileHeads, Bend)
_POLICY: Final = (LearntPolicy, ActionEvidence, GainCorrections, GainSums, BidSums)
_NESTED: Final = {
    nested.__name__: nested
    for nested in (PurchaseItem, ReturnItem, AgentJudgement, Item, ReasonInWords, GainInterval, *_OUTLOOK, *_POLICY)
}
_ATTRIBUTE: Final = re.compile(r"^    (\w+): (.+(?:\n {8,}.+)*)", re.MULTILINE)


def documents() -> dict[str, Document]:
    """Return the whole contract, by file name."""
    events = {f"{kind}.json": _of_event(kind, model) for kind, model in EVENT_CLASSES.items()}
    records = {f"{name}.json": _of_record(name, struct) for name, struct in _RECORDS.items()}
    return {**events, **records, "asyncapi.json": asyncapi()}


def text_of(document: Document) -> str:
    """Return a document as it is written to its file."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _of_event(kind: str, model: type[BaseModel]) -> Document:
    schema = model.model_json_schema(mode="validation")
    definitions = schema.pop("$defs", {})
    for name, definition in definitions.items():
        _describe(definition, _NESTED[name])
    _describe(schema, model)
    return _headed(kind, schema, definitions)


def _of_record(kind: str, struct: type[msgspec.Struct]) -> Document:
    _, definitions = msgspec.json.schema_components([struct], ref_template="#/$defs/{name}")
    definitions = json.loads(json.dumps(definitions))  # a tuple as a default becomes an array
    schema = definitions.pop(struct.__name__)
    for name, definition in definitions.items():
        _describe(definition, _NESTED[name])
    _describe(schema, struct)
    return _headed(kind, schema, definitions)


def _headed(name: str, schema: Document, definitions: Document) -> Document:
    head = {"$schema": _DIALECT, "$id": f"{name}.json"}
    return {**head, **schema, **({"$defs": definitions} if definitions else {})}


def _describe(schema: Document, described: type) -> None:
    """Copy the docstring of a class into its schema, and remove the titles, which repeat the names."""
    schema["description"] = inspect.cleandoc(described.__doc__ or "").split("\n\nAttributes:")[0]
    words = _attributes_of(described)
    types = get_type_hints(described)
    for name, field in schema["properties"].items():
        field.pop("title", None)
        field["description"] = words[name]
        if types[name] is datetime:
            field["format"] = "date-time"


def _attributes_of(described: type) -> dict[str, str]:
    """Return the text of each attribute in the docstrings of a class and of its bases."""
    words: dict[str, str] = {}
    for found in reversed(described.__mro__):
        section = inspect.cleandoc(found.__doc__ or "").partition("Attributes:\n")[2]
        words.update((name, " ".join(text.split())) for name, text in _ATTRIBUTE.findall(section))
    return words
