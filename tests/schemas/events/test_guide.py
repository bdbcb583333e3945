"""The guide for publishers is correct: its examples are accepted, and its tables are complete."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import pytest

from schemas.events.dead_letter import Reason
from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin
from schemas.events.raw_events import TOPIC_OF_TYPE, EventType
from tests.schemas.values import DOCUMENTS, validator_of

GUIDE = (Path(__file__).parents[3] / "docs" / "publishing-events.md").read_text("utf-8")
EXAMPLES = re.findall(r"```json (\w+)\n(.+?)```", GUIDE, re.DOTALL)
HEADINGS: dict[EventType, str] = {
    "purchase": "Purchase",
    "return": "Return",
    "support_contact": "Support contact",
    "action_taken": "Action taken",
    "judgement": "Judgement",
}


def _decoded(kind: EventType, text: str) -> object:
    occurred_at = datetime.fromisoformat(json.loads(text)["occurred_at"])
    return decode(text.encode(), Origin(TOPIC_OF_TYPE[kind], 0, 0, occurred_at), {"EUR": Decimal(1)}, 128 * 1024)


def test_there_is_one_example_of_each_event() -> None:
    assert [kind for kind, _ in EXAMPLES] == list(TOPIC_OF_TYPE)


@pytest.mark.parametrize(("kind", "text"), EXAMPLES)
def test_every_example_is_taken(kind: EventType, text: str) -> None:
    assert validator_of(DOCUMENTS[f"{kind}.json"]).is_valid(json.loads(text))
    assert isinstance(_decoded(kind, text), Interaction)


def test_the_example_purchase_has_the_total_of_the_guide() -> None:
    line = _decoded("purchase", dict(EXAMPLES)["purchase"])

    assert isinstance(line, Interaction)
    assert f"= {line.original_amount} EUR" in GUIDE


@pytest.mark.parametrize("kind", HEADINGS)
def test_the_tables_name_every_field_and_whether_it_is_needed(kind: EventType) -> None:
    rows = {**_rows("## What every event says"), **_rows(f"### {HEADINGS[kind]}")}

    assert rows == dict(_fields(DOCUMENTS[f"{kind}.json"], DOCUMENTS[f"{kind}.json"]))


def test_the_guide_names_every_reason_and_no_other() -> None:
    section = GUIDE.partition("## When an event is refused")[2].partition("\n## ")[0]

    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(get_args(Reason))


def _rows(heading: str) -> dict[str, str]:
    section = re.split(r"^##", GUIDE.partition(f"{heading}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]
    return dict(re.findall(r"^\| `([\w.\[\]]+)` \| (yes|no) \|", section, re.MULTILINE))


def _fields(schema: dict[str, Any], document: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, field in schema["properties"].items():
        yield f"{prefix}{name}", "yes" if name in schema.get("required", ()) else "no"
        inner = next((found for found in _references(field)), None)
        if inner is not None:
            dots = "[]." if field.get("type") == "array" else "."
            yield from _fields(document["$defs"][inner], document, f"{prefix}{name}{dots}")


def _references(field: dict[str, Any]) -> Iterator[str]:
    for choice in [field, field.get("items", {}), *field.get("anyOf", ())]:
        if "$ref" in choice:
            yield choice["$ref"].removeprefix("#/$defs/")
