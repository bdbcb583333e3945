"""Errors, sorted by what whoever catches them does next.

::

    StaylineError          a person gets its one line
    ├── UsageError           stop with exit code 2: the command or a setting must be changed
    ├── ServerUnreachableError  stop with exit code 3 at the start; later: wait and try again
    └── FatalError           stop with exit code 1: going on would lose or double something

What a publisher did wrong is not an error here: it is a ``Refusal`` and becomes a dead letter.
"""

from typing import ClassVar


class StaylineError(Exception):
    """Base of all; its text is one clear line: what, which value, what to do."""

    exit_code: ClassVar[int] = 1


class UsageError(StaylineError):
    """The command line, a file or a setting cannot be used as it is."""

    exit_code = 2


class ServerUnreachableError(StaylineError):
    """Kafka, ClickHouse or a webhook does not answer."""

    exit_code = 3


class FatalError(StaylineError):
    """The process cannot go on without losing or doubling something; a restart recovers from the last commit."""
