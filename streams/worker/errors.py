"""Why a worker ends, sorted by what its operator does next.

WorkerError
├── BrokerUnreachableError   bring the broker back, or correct its address (exit code 3)
├── TopicMissingError        make the topics
├── RecreatedTopicError      do what it says: going on would skip pages or fold them twice
├── ChangedSettingsError     put the settings back, or say that they are meant (exit code 2)
├── UnfinishedGrowthError    finish it by ``stayline grow`` (exit code 2)
├── LocalStoreError          look at the folder and the disk that it names; a restart continues from the last commit
├── OwnershipLostError       nothing: a restart joins the group again and continues from the last commit
├── CommitFailedError        look at the broker; a restart continues from the last commit
└── PageFailedError          look at the page or customer it names: it stops every worker that reads it
"""


class WorkerError(Exception):
    """The worker cannot go on. Its message is the one line that a person reads."""

    exit_code = 1


class BrokerUnreachableError(WorkerError):
    """No broker answered at the start."""

    exit_code = 3


class TopicMissingError(WorkerError):
    """A topic does not exist, or has not the partitions that it needs."""


class RecreatedTopicError(WorkerError):
    """The pages that are there are not those that the customers were folded from."""


class ChangedSettingsError(WorkerError):
    """The customers were made with other settings than this worker's."""

    exit_code = 2


class UnfinishedGrowthError(WorkerError):
    """``stayline grow`` has begun to move the customers, and has not ended."""

    exit_code = 2


class LocalStoreError(WorkerError):
    """The local store cannot be written, opened or read; what is committed is in the changelog."""


class OwnershipLostError(WorkerError):
    """The group gave this worker's partitions to others, or another process uses its transactional id."""


class CommitFailedError(WorkerError):
    """A batch could not be committed, or nobody knows whether it was."""


class PageFailedError(WorkerError):
    """The engine raised on a page or a customer, and setting it aside is not the answer."""
