"""Wording of wrong settings: where each was given, its name, its value, and what is allowed there.

A setting comes from a ``STAYLINE_`` variable or from ``stayline.toml``, and is named as it is written there.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from pydantic import BaseModel

PREFIX: Final = "STAYLINE_"
SEPARATOR: Final = "__"
HIDDEN: Final = "***"
"""Printed in place of a secret."""

_SEE_ALL: Final = "`stayline settings` lists all"
_HEADER: Final = re.compile(r"\s*\[+\s*([A-Za-z0-9_.\"' -]+?)\s*\]+\s*(#.*)?$")
_KEY: Final = re.compile(r"\s*([A-Za-z0-9_.\"' -]+?)\s*=")
_LONGEST_VALUE: Final = 200


def is_secret(name: str) -> bool:
    """Return True if the name denotes a secret; it may be a setting's or a librdkafka property's."""
    return any(word in name.lower() for word in ("password", "secret", "webhook_url", "key.pem"))


@dataclass(frozen=True, slots=True)
class Sources:
    """The places that settings come from, to find where one was given.

    Attributes:
        settings: The class of all settings.
        environment: Variables of this process.
        file: The settings file, which need not exist.
    """

    settings: type[BaseModel]
    environment: Mapping[str, str]
    file: Path

    def describe(self, problem: Mapping[str, object]) -> str:
        """Word one of pydantic's problems.

        Args:
            problem: An item of ``ValidationError.errors()``.

        Returns:
            A phrase that names the setting as it was given, its value unless it is a secret, and what is allowed.
        """
        place = problem["loc"]
        path = [str(part) for part in place] if isinstance(place, tuple) else []
        name = self._name(path)
        if problem["type"] == "extra_forbidden":
            return f"{name} is no setting; {self._allowed(path)}"
        given, message = problem["input"], str(problem["msg"]).removeprefix("Value error, ")
        if isinstance(given, dict):  # a whole section, whose secrets are in it
            return f"{name}: {message}"
        shown = HIDDEN if _hides(path, given) else repr(given)[:_LONGEST_VALUE]
        if problem["type"] == "model_type":
            return f"{name} is {shown}, and is a section: {self._allowed([*path, ''])}"
        return f"{name} is {shown}: {message}"

    def unknown_variable(self, name: str) -> str:
        """Word a variable that begins as ours do and names no section."""
        path = name.removeprefix(PREFIX).lower().split(SEPARATOR)
        return f"{name} is no setting; {self._allowed(path[:1])}"

    def _name(self, path: Sequence[str]) -> str:
        variable = PREFIX + SEPARATOR.join(path).upper()
        if not self._is_in_file(path) or any(name.upper().startswith(variable) for name in self.environment):
            return variable
        line = line_of(self.file.read_text("utf-8"), path)
        return f"{self.file}{'' if line is None else f', line {line}'}: {'.'.join(path)}"

    def _is_in_file(self, path: Sequence[str]) -> bool:
        if not self.file.is_file():
            return False
        found: object = tomllib.loads(self.file.read_text("utf-8"))
        for part in path:
            if not isinstance(found, dict) or part not in found:
                return False
            found = found[part]
        return True

    def _allowed(self, path: Sequence[str]) -> str:
        """Say which names a section has, or the one that was probably meant."""
        section = self.settings
        for part in path[:-1]:
            inner = section.model_fields[part].annotation if part in section.model_fields else None
            if not (isinstance(inner, type) and issubclass(inner, BaseModel)):
                return _SEE_ALL
            section = inner
        near = get_close_matches(path[-1], section.model_fields, n=1)
        if near:
            return f"did you mean {near[0]}? {_SEE_ALL}"
        return f"there are {', '.join(section.model_fields)}"


def line_of(text: str, path: Sequence[str]) -> int | None:
    """Find the line of a TOML text that gives a setting.

    Args:
        text: What is written.
        path: Names of the section and of the setting in it; a section alone is found by its header.

    Returns:
        Its number, from 1; None where it is written in another way than ``[section]`` and ``name = value``.
    """
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
            if table == list(path):
                return number
        elif (key := _KEY.match(line)) and [*table, *_parts(key[1])] == list(path):
            return number
    return None


def _parts(dotted: str) -> list[str]:
    return [part.strip(" \"'") for part in dotted.split(".")]


def _hides(path: Sequence[str], given: object) -> bool:
    return any(is_secret(part) for part in path) or (isinstance(given, str) and "@" in given)
