"""Reads a playbook from the text of ``retention.toml``; every mistake is one line a person can act on."""

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from retention.catalogue.parse import did_you_mean
from retention.catalogue.playbook import Action, Playbook, Rule
from schemas.errors import UsageError

_LONGEST_VALUE: Final = 200
_TOML_WORDS: Final = {
    "a valid tuple": "a list, in [ ]",
    "Tuple": "List",
    "a valid dictionary": "a table",
    " after validation": "",
}
"""Words of TOML for those of Python in pydantic's messages."""

_TABLES: Final[Mapping[str, type[BaseModel]]] = {"actions": Action, "rules": Rule}


class PlaybookError(UsageError):
    """A playbook is not valid; the message names each wrong setting, its value and what is allowed."""

    def __init__(self, *faults: str) -> None:
        """Keep the faults apart, beside the message that joins them.

        Args:
            faults: One or more, a line each.
        """
        super().__init__("; ".join(faults))
        self.faults = faults


def read_playbook(text: str) -> Playbook:
    """Read a playbook.

    Args:
        text: Content of the file, TOML.

    Raises:
        PlaybookError: It is not valid.
    """
    try:
        given = tomllib.loads(text)
    except ValueError as error:  # of TOML itself, or of a number with thousands of digits
        raise PlaybookError(f"not TOML: {error}") from None
    except RecursionError:
        raise PlaybookError("not TOML of a playbook: it is nested too deep") from None
    try:
        return Playbook.model_validate(given)
    except ValidationError as error:
        problems = [dict(one) for one in error.errors(include_url=False)]
        raise PlaybookError(*(_in_words(one, given) for one in problems if not _follows(one, problems))) from None


def _follows(problem: Mapping[str, Any], problems: Iterable[Mapping[str, Any]]) -> bool:
    """Return True if a list is called too short only because its items are wrong."""
    place = problem["loc"]
    return problem["type"] == "too_short" and any(
        one["loc"][: len(place)] == place and one is not problem for one in problems
    )


def _in_words(problem: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """Word one of pydantic's problems: the setting as it is written, its value, and what is allowed."""
    path = [part for part in problem["loc"] if part != "[key]"]
    name = _name_of(path, given)
    message = str(problem["msg"]).removeprefix("Value error, ")
    for python, toml in _TOML_WORDS.items():
        message = message.replace(python, toml)
    if problem["type"] == "extra_forbidden":
        return f"{name} is no setting; {_allowed(path)}"
    if problem["type"] == "missing":
        return f"{name} is missing"
    if not path:
        return message
    if isinstance(problem["input"], dict):
        return f"{name}: {message}"
    return f"{name} is {repr(problem['input'])[:_LONGEST_VALUE]}: {message}"


def _name_of(path: list[Any], given: Mapping[str, Any]) -> str:
    """Return the name of a setting; rules are counted from one and called by their name."""
    if len(path) > 1 and path[0] == "rules":
        rule = given["rules"][path[1]]
        called = f" ({rule['name']})" if isinstance(rule, dict) and isinstance(rule.get("name"), str) else ""
        return ": ".join([f"rule {path[1] + 1}{called}", ".".join(map(str, path[2:]))]).removesuffix(": ")
    return ".".join(map(str, path))


def _allowed(path: list[Any]) -> str:
    """Return the settings that a section has, or the one that was probably meant."""
    section: type[BaseModel] = Playbook
    for part in path[:-1]:
        if part in _TABLES:
            section = _TABLES[part]
        elif part in Playbook.model_fields:
            inner = Playbook.model_fields[part].annotation
            section = inner if isinstance(inner, type) and issubclass(inner, BaseModel) else section
    return did_you_mean(str(path[-1]), section.model_fields)
