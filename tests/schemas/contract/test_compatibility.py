"""Compatibility: every change that refuses something valid is reported, and no other."""

from typing import Any

import pytest

from schemas.contract.compatibility import breaking_changes

Schema = dict[str, Any]


def _closed(properties: Schema, required: list[str] | None = None) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": required or [],
        "additionalProperties": False,
    }


TEXT: Schema = {"type": "string"}
OBJECT = _closed({"name": TEXT, "note": TEXT}, ["name"])


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (OBJECT, _closed({"name": TEXT, "note": TEXT}, ["name", "note"]), ["$.note: is now required"]),
        (OBJECT, _closed({"name": TEXT}, ["name"]), ["$.note: was removed"]),
        (OBJECT, _closed({"name": TEXT, "note": {"type": "integer"}}), ["$.note: the type was string, now integer"]),
        ({"enum": ["web", "app"]}, {"enum": ["web"]}, ["$: 'app' is no longer accepted"]),
        ({"const": "web"}, {"const": "app"}, ["$: 'web' is no longer accepted"]),
        (TEXT, {"type": "string", "enum": ["web"]}, ["$: any value was accepted, now only ['web']"]),
        ({}, TEXT, ["$: any type was accepted, now only string"]),
        ({"type": "number"}, {"type": "integer"}, ["$: the type was number, now integer"]),
        ({"minimum": 0}, {"minimum": 1}, ["$: minimum was 0, now 1"]),
        ({"maximum": 5}, {"maximum": 4}, ["$: maximum was 5, now 4"]),
        ({"exclusiveMaximum": 5}, {"exclusiveMaximum": 4}, ["$: exclusiveMaximum was 5, now 4"]),
        ({"type": "number"}, {"type": "number", "minimum": 0}, ["$: minimum was None, now 0"]),
        ({"minLength": 0}, {"minLength": 1}, ["$: minLength was 0, now 1"]),
        ({"maxLength": 64}, {"maxLength": 63}, ["$: maxLength was 64, now 63"]),
        ({"maxItems": 500}, {"maxItems": 499}, ["$: maxItems was 500, now 499"]),
        ({"minItems": 1}, {"minItems": 2}, ["$: minItems was 1, now 2"]),
        ({"maxProperties": 32}, {"maxProperties": 31}, ["$: maxProperties was 32, now 31"]),
        ({"pattern": "^[A-Z]*$"}, {"pattern": "^[A-Z]{3}$"}, ["$: pattern was ^[A-Z]*$, now ^[A-Z]{3}$"]),
        (TEXT, {"type": "string", "format": "date-time"}, ["$: format was None, now date-time"]),
        ({}, {"uniqueItems": True}, ["$: uniqueItems was None, now True"]),
        ({"items": {"maxLength": 2}}, {"items": {"maxLength": 1}}, ["$[]: maxLength was 2, now 1"]),
        ({"items": TEXT}, {"items": False}, ["$[]: anything was accepted, now it is not"]),
        ({}, {"additionalProperties": False}, ["${values}: anything was accepted, now it is not"]),
        (
            {"propertyNames": {"maxLength": 64}},
            {"propertyNames": {"maxLength": 32}},
            ["${names}: maxLength was 64, now 32"],
        ),
        (
            {"anyOf": [TEXT, {"type": "null"}]},
            {"anyOf": [TEXT, {"type": "integer"}]},
            ["$: null is no longer accepted"],
        ),
        ({"anyOf": [TEXT, {"type": "null"}]}, TEXT, ["$: the type was null, now string"]),
    ],
)
def test_a_narrower_schema_breaks(old: Schema, new: Schema, expected: list[str]) -> None:
    assert breaking_changes(old, new) == expected


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (OBJECT, OBJECT),
        (OBJECT, _closed({"name": TEXT, "note": TEXT})),
        (OBJECT, _closed({"name": TEXT, "note": TEXT, "new": {"type": "integer"}}, ["name"])),
        (OBJECT, {**OBJECT, "additionalProperties": True}),
        ({"type": "integer"}, {"type": "number"}),
        ({"enum": ["web"]}, {"enum": ["app", "web"]}),
        ({"const": "web"}, {"enum": ["app", "web"]}),
        ({"minimum": 1}, {"minimum": 0}),
        ({"maxLength": 63}, {"maxLength": 64}),
        ({"type": "string", "pattern": "^a$"}, TEXT),
        (TEXT, {"anyOf": [TEXT, {"type": "null"}]}),
        ({"title": "A", "description": "B"}, {"title": "C", "description": "D"}),
    ],
)
def test_a_wider_schema_does_not_break(old: Schema, new: Schema) -> None:
    assert breaking_changes(old, new) == []


def test_a_break_is_found_behind_a_reference() -> None:
    old = {"items": {"$ref": "#/$defs/Line"}, "$defs": {"Line": OBJECT}}
    new = {"items": {"$ref": "#/$defs/Row"}, "$defs": {"Row": _closed({"name": TEXT}, ["name"])}}

    assert breaking_changes(old, new) == ["$[].note: was removed"]
