"""Reads a mapping from the text of a TOML file; every mistake is one line a person can act on."""

import tomllib
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError

from schemas.errors import UsageError
from schemas.mapping.mapping import Mapping

_LONGEST_VALUE: Final = 200
_MAX_MISTAKES: Final = 5


class MappingError(UsageError):
    """A mapping is not valid; the message names each wrong setting, its value and what is allowed."""


def read_mapping(text: str, changes: Sequence[str] = ()) -> Mapping:
    """Read a mapping.

    Args:
        text: Content of its file, TOML.
        changes: Settings to change, each such as ``time.zone=Europe/Berlin``.

    Raises:
        MappingError: It is not valid, or a change is none.
    """
    try:
        given = tomllib.loads(text)
    except ValueError as error:
        raise MappingError(f"not TOML: {error}") from None
    except RecursionError:
        raise MappingError("not TOML of a mapping: it is nested too deep") from None
    for change in changes:
        _change(given, change)
    try:
        return Mapping.model_validate(given)
    except ValidationError as error:
        problems = error.errors(include_url=False)[:_MAX_MISTAKES]
        raise MappingError("; ".join(_in_words(dict(problem)) for problem in problems)) from None


def _change(given: dict[str, Any], change: str) -> None:
    """Set one value; what TOML reads as a boolean, a number or a list is one, and everything else is text."""
    path, equals, value = change.partition("=")
    *sections, name = path.strip().split(".")
    if not equals or not name:
        raise MappingError(f"--set {change}: expected such as time.zone=Europe/Berlin")
    place = given
    for section in sections:
        place = place.setdefault(section, {})
        if not isinstance(place, dict):
            raise MappingError(f"--set {change}: {section} is no section")
    place[name] = _value_of(value.strip())


def _value_of(text: str) -> object:
    if text in {"true", "false"} or text.startswith("["):
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            return text
    return text


def _in_words(problem: AnyMapping[str, Any]) -> str:
    """Word one of pydantic's problems: the setting as it is written, its value, and what is allowed."""
    path = [str(part) for part in problem["loc"]]
    name = ".".join(path)
    message = str(problem["msg"]).removeprefix("Value error, ").replace("a valid tuple", "a list, in [ ]")
    if problem["type"] == "extra_forbidden":
        return f"{name} is no setting; {_allowed(path)}"
    if problem["type"] == "missing":
        return f"{name} is missing"
    if isinstance(problem["input"], dict) or not path:
        return f"{name}: {message}".removeprefix(": ")
    return f"{name} is {repr(problem['input'])[:_LONGEST_VALUE]}: {message}"


def _allowed(path: Sequence[str]) -> str:
    """Return the setting that was probably meant, or all that the section has."""
    section: type[BaseModel] = Mapping
    for part in path[:-1]:
        annotation = section.model_fields[part].annotation if part in section.model_fields else None
        classes = [one for one in (annotation, *get_args(annotation)) if isinstance(one, type)]
        section = next((one for one in classes if issubclass(one, BaseModel)), section)
    near = get_close_matches(path[-1], section.model_fields, n=1)
    return f"did you mean {near[0]}?" if near else f"allowed are {', '.join(section.model_fields)}"
