"""Compatibility of JSON Schemas: finds changes by which a newer one refuses something that an older one accepted.

It supports the keywords that the published schemas use. A change of any other keyword counts as breaking: a person
looks at a false alarm, but a publisher suffers from a missed one.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_WORDS: Final = {"$schema", "$id", "$defs", "title", "description", "default", "examples"}
_UNDERSTOOD: Final = {
    "type",
    "const",
    "enum",
    "anyOf",
    "properties",
    "required",
    "additionalProperties",
    "propertyNames",
    "items",
}
_LOWER: Final = {"minimum": 1, "exclusiveMinimum": 1, "minLength": 1, "minItems": 1, "minProperties": 1}
_UPPER: Final = {"maximum": -1, "exclusiveMaximum": -1, "maxLength": -1, "maxItems": -1, "maxProperties": -1}
_DIRECTIONS: Final = {**_LOWER, **_UPPER}


def breaking_changes(old: Schema, new: Schema) -> list[str]:
    """Return every change that refuses a formerly valid value.

    A new property of a schema that allows unknown properties is not reported, although the name may be in use.

    Args:
        old: Published schema.
        new: Schema to replace it.

    Returns:
        One line per change, with its path; empty if every old value stays valid.
    """
    return list(_Comparison(old, new).breaks(old, new, "$"))


class _Comparison:
    """Compares two documents, each with the definitions of its references."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old = old
        self._new = new

    def breaks(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        old_options, new_options = _options(old, self._old), _options(new, self._new)
        for option in old_options:
            found = [list(self._narrowed(option, choice, path)) for choice in new_options]
            if all(found):
                yield from found[0] if len(found) == 1 else [f"{path}: {_name(option)} is no longer accepted"]

    def _narrowed(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        yield from _types(old, new, path)
        yield from _values(old, new, path)
        yield from _limits(old, new, path)
        yield from self._objects(old, new, path)
        yield from self._inner(old, new, "items", f"{path}[]")
        yield from self._inner(old, new, "propertyNames", f"{path}{{names}}")

    def _objects(self, old: Schema, new: Schema, path: str) -> Iterator[str]:
        for name in sorted(set(new.get("required", ())) - set(old.get("required", ()))):
            yield f"{path}.{name}: is now required"
        properties = new.get("properties", {})
        closed = new.get("additionalProperties", True) is False
        for name, schema in old.get("properties", {}).items():
            if name in properties:
                yield from self.breaks(schema, properties[name], f"{path}.{name}")
            elif closed:
                yield f"{path}.{name}: was removed"
        yield from self._inner(old, new, "additionalProperties", f"{path}{{values}}")

    def _inner(self, old: Schema, new: Schema, keyword: str, path: str) -> Iterator[str]:
        before, after = old.get(keyword, True), new.get(keyword, True)
        if after is True or before is False or before == after:
            return
        if before is True or after is False:
            yield f"{path}: anything was accepted, now it is not"
        else:
            yield from self.breaks(before, after, path)


def _options(schema: Schema, document: Schema) -> list[Schema]:
    """Return the alternatives of a schema, with references resolved and sibling keywords merged into each."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        beside = {keyword: value for keyword, value in schema.items() if keyword != "$ref"}
        return _options({**document["$defs"][name], **beside}, document)
    if "anyOf" in schema:
        beside = {keyword: value for keyword, value in schema.items() if keyword != "anyOf"}
        return [option for choice in schema["anyOf"] for option in _options({**beside, **choice}, document)]
    return [schema]


def _types(old: Schema, new: Schema, path: str) -> Iterator[str]:
    accepted = _type_set(new)
    if "integer" not in accepted and "number" in accepted:
        accepted = accepted | {"integer"}
    if accepted and not _type_set(old):
        yield f"{path}: any type was accepted, now only {', '.join(sorted(accepted))}"
    elif accepted and not _type_set(old) <= accepted:
        yield f"{path}: the type was {', '.join(sorted(_type_set(old)))}, now {', '.join(sorted(accepted))}"


def _type_set(schema: Schema) -> set[str]:
    types = schema.get("type", ())
    return {types} if isinstance(types, str) else set(types)


def _values(old: Schema, new: Schema, path: str) -> Iterator[str]:
    before, after = _value_list(old), _value_list(new)
    if after is None:
        return
    if before is None:
        yield f"{path}: any value was accepted, now only {after}"
        return
    for value in before:
        if value not in after:
            yield f"{path}: {value!r} is no longer accepted"


def _value_list(schema: Schema) -> list[Any] | None:
    values: list[Any] | None = [schema["const"]] if "const" in schema else schema.get("enum")
    return values


def _limits(old: Schema, new: Schema, path: str) -> Iterator[str]:
    for keyword in sorted(set(new) - _WORDS - _UNDERSTOOD):
        before, after = old.get(keyword), new[keyword]
        if before == after:
            continue
        direction = _DIRECTIONS.get(keyword)
        if direction is None or before is None or (after - before) * direction > 0:
            yield f"{path}: {keyword} was {before}, now {after}"


def _name(schema: Schema) -> str:
    return str(schema.get("title") or schema.get("type") or "something")
