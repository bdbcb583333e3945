"""Errors, sorted by what their catcher does next: retry, reject, or stop with an exit code.

::

    StaylineError                     a person gets its one line
    ├── ServerUnreachableError        retry: wait and ask again; at the start of a process, stop with exit code 3
    ├── RejectedError                 reject: one input is left out and reported, and the process goes on
    │   └── CustomerFailedError       its review becomes a dead letter and is put off
    ├── UsageError                    stop with exit code 2: the command, a file or a setting must be changed
    │   ├── ChangedSettingsError      put the settings back, or accept the change
    │   └── UnfinishedGrowthError     run ``stayline grow`` to its end
    └── FatalError                    stop with exit code 1: going on would lose or double something
        ├── TopicMissingError         create the topics
        ├── RecreatedTopicError       do what it says, or pages are skipped or folded twice
        ├── LocalStoreError           look at the folder and the disk that it names, then start again
        │   └── StoreDamagedError     start again: the store is rebuilt from the changelog
        ├── OwnershipLostError        start again: the process joins the group anew
        ├── CommitFailedError         look at the broker, then start again
        └── PageFailedError           look at the page or customer that it names: it stops every worker that reads it

After a ``FatalError`` the next start goes on from the last commit. An invalid event is no error here: it is a
``Refusal``, which becomes a dead letter.
"""

from typing import ClassVar


class StaylineError(Exception):
    """Base of all; its text is one clear line: what, which value, what to do."""

    exit_code: ClassVar[int] = 1


class ServerUnreachableError(StaylineError):
    """Kafka, ClickHouse or a webhook does not answer."""

    exit_code = 3


class RejectedError(StaylineError):
    """One input cannot be used; the process goes on without it."""


class CustomerFailedError(RejectedError):
    """One customer cannot be reviewed; the cause is what was raised."""

    def __init__(self, key: bytes, state: bytes, put_off: bytes, clock: int) -> None:
        """Name the customer and give a state to go on with.

        Args:
            key: The customer's key in the store.
            state: The stored state.
            put_off: The state to store instead, due later, so that others are reviewed first.
            clock: The watermark of the review, ms since 1970.
        """
        super().__init__(f"customer {key.decode(errors='backslashreplace')} cannot be reviewed")
        self.key = key
        self.state = state
        self.put_off = put_off
        self.clock = clock


class UsageError(StaylineError):
    """The command line, a file or a setting cannot be used as it is."""

    exit_code = 2


class ChangedSettingsError(UsageError):
    """The customers were made with other settings than this worker's."""


class UnfinishedGrowthError(UsageError):
    """``stayline grow`` has begun to move the customers, and has not ended."""


class FatalError(StaylineError):
    """The process cannot go on without losing or doubling something; a restart recovers from the last commit."""


class TopicMissingError(FatalError):
    """A topic does not exist, or lacks partitions that it needs."""


class RecreatedTopicError(FatalError):
    """The pages in the topic are not those that the customers were folded from."""


class LocalStoreError(FatalError):
    """The local store cannot be written, opened or read; what is committed is in the changelog."""


class StoreDamagedError(LocalStoreError):
    """The files of the local store cannot be read."""


class OwnershipLostError(FatalError):
    """The group gave this worker's partitions to others, or another process uses its transactional id."""


class CommitFailedError(FatalError):
    """A batch could not be committed, or its outcome is unknown."""


class PageFailedError(FatalError):
    """The engine raised on a page or a customer that must not be quarantined."""
