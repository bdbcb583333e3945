"""Strategies for values of the published JSON Schemas, valid and corrupted."""

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from schemas.contract.json_schema import documents
from schemas.events.fields import LENIENT_MOMENT_PATTERN, MOMENT_PATTERN

Json = Any
Schema = Mapping[str, Any]

DOCUMENTS = documents()
STAMPED_AT = datetime(2026, 3, 1, 12, tzinfo=UTC)

formats = FormatChecker(formats=())


@formats.checks("date-time", raises=ValueError)
def _is_in_the_calendar(text: object) -> bool:
    if isinstance(text, str):
        datetime.fromisoformat(text.upper().replace(" ", "T")).astimezone(UTC)
    return True


def validator_of(schema: Schema) -> Draft202012Validator:
    """Return a validator that also checks dates against the calendar."""
    return Draft202012Validator(schema, format_checker=formats)


def values_of(schema: Schema, document: Schema) -> st.SearchStrategy[Json]:
    """Return a strategy for values that a schema accepts; Hypothesis prefers its limits."""
    if "$ref" in schema:
        return values_of(document["$defs"][schema["$ref"].removeprefix("#/$defs/")], document)
    if "anyOf" in schema:
        return st.one_of([values_of(choice, document) for choice in schema["anyOf"]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from([schema["const"]] if "const" in schema else schema["enum"])
    if schema["type"] == "object":
        return _objects(schema, document)
    if schema["type"] == "array":
        least = schema.get("minItems", 0)
        return st.lists(values_of(schema["items"], document), min_size=least, max_size=least + 3)
    return _scalars(schema)


def _objects(schema: Schema, document: Schema) -> st.SearchStrategy[Json]:
    if "properties" not in schema:
        names = values_of({"type": "string", **schema.get("propertyNames", {})}, document)
        return st.dictionaries(names, values_of(schema["additionalProperties"], document), max_size=3)
    fields = {name: values_of(field, document) for name, field in schema["properties"].items()}
    required = {name: fields.pop(name) for name in schema.get("required", ())}
    return st.fixed_dictionaries(required, optional=fields)


def _scalars(schema: Schema) -> st.SearchStrategy[Json]:
    if schema["type"] == "string":
        return _texts(schema)
    if schema["type"] == "integer":
        return st.integers(schema.get("minimum"), schema.get("maximum"))
    if schema["type"] == "number":
        highest = schema.get("maximum", schema.get("exclusiveMaximum"))
        return st.floats(
            schema["minimum"], highest, exclude_max="exclusiveMaximum" in schema, allow_nan=False, allow_infinity=False
        ) | st.integers(int(schema["minimum"]), int(highest) - 1)
    return {"boolean": st.booleans(), "null": st.none()}[schema["type"]]


def _texts(schema: Schema) -> st.SearchStrategy[str]:
    if schema.get("format") == "date-time":
        return moments()
    if schema.get("pattern") == LENIENT_MOMENT_PATTERN:
        return lenient_moments()
    if "pattern" in schema:
        return st.from_regex(re.compile(schema["pattern"]), fullmatch=True)
    return st.text(min_size=schema.get("minLength", 0), max_size=schema.get("maxLength"))


def moments(
    earliest: datetime = datetime(2, 1, 1, tzinfo=UTC), latest: datetime = datetime(9998, 12, 31, tzinfo=UTC)
) -> st.SearchStrategy[str]:
    """Return a strategy for RFC 3339 texts with any offset."""
    offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))
    naive = st.datetimes(earliest.replace(tzinfo=None), latest.replace(tzinfo=None), timezones=st.just(UTC))
    return st.builds(lambda moment, offset: moment.astimezone(offset).isoformat(), naive, offsets)


def lenient_moments() -> st.SearchStrategy[str]:
    """Return a strategy for texts that are nearly RFC 3339, and just as clear."""
    offsets = st.builds(
        lambda space, sign, hours, colon, minutes: f"{space}{sign}{hours:02}{colon}{minutes:02}",
        *(st.sampled_from(["", " "]), st.sampled_from("+-"), st.integers(0, 23)),
        *(st.sampled_from(["", ":"]), st.integers(0, 59)),
    )
    seconds = st.sampled_from(["", ":07", ":59.5", ":00.123456789"])
    days = st.dates(date(2, 1, 1), date(9998, 12, 31))
    nearly = st.builds(
        lambda day, between, time, second, offset: f"{day}{between}{time:%H:%M}{second}{offset}",
        *(days, st.sampled_from("tT "), st.times(), seconds, offsets | st.sampled_from(["Z", "z", " Z"])),
    )
    return nearly.filter(lambda text: not re.fullmatch(MOMENT_PATTERN, text))


@st.composite
def events_of(draw: st.DrawFn, kind: str, *, of_today: bool = False) -> dict[str, Json]:
    """Return a strategy for events of one kind that the published schema accepts.

    Args:
        draw: Given by Hypothesis.
        kind: purchase, return or support_contact.
        of_today: Whether they shall have happened within the year before ``STAMPED_AT``.
    """
    schema = DOCUMENTS[f"{kind}.json"]
    event: dict[str, Json] = draw(values_of(schema, schema))
    if of_today:
        event["occurred_at"] = draw(moments(STAMPED_AT - timedelta(days=365), STAMPED_AT))
    return event


anything: st.SearchStrategy[Json] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False, allow_infinity=False).filter(lambda number: not number.is_integer())
    | st.text(st.characters(codec="utf-8", exclude_characters="\n"))
    | st.sampled_from(["1e-30", "1_000", "-1", "1772323200", "2026-02-30T00:00:00Z", "NaN", "eur", "", "x" * 1025]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@st.composite
def spoilt(
    draw: st.DrawFn, event: dict[str, Json], replacements: st.SearchStrategy[Json] = anything
) -> dict[str, Json]:
    """Return an event with one value replaced, removed or added; sometimes it is still valid."""
    copy: dict[str, Json] = json.loads(json.dumps(event))
    places = list(_places(copy))
    holder, key = places[draw(st.integers(0, len(places) - 1))]
    action = draw(st.sampled_from(["replace", "remove", "add"]))
    if action == "replace":
        holder[key] = draw(replacements)
    elif action == "remove":
        del holder[key]
    elif isinstance(holder, dict):
        holder[draw(st.text(max_size=70))] = draw(replacements)
    else:
        holder.append(draw(replacements))
    return copy


def _places(node: Json) -> list[tuple[Json, Json]]:
    keys = list(node) if isinstance(node, dict) else list(range(len(node))) if isinstance(node, list) else []
    return [(node, key) for key in keys] + [place for key in keys for place in _places(node[key])]
