"""What the customers of a partition were made from: the topics by their ids, and the settings that shape a state.

It is committed beside the offset, so that whoever takes the partition next notices that something else is there now:
another topic under the old name, or a worker that asks other questions.
"""

import logging
from collections.abc import Mapping

import msgspec

from schemas.errors import ChangedSettingsError, RecreatedTopicError, UnfinishedGrowthError

logger = logging.getLogger(__name__)

Origin = Mapping[str, str]
"""Values by name: settings under their own names, ids of topics under ``topic NAME``."""

GROWING = "growing"
"""Name of what marks customers that are on their way to other partitions; what it says is ``stayline grow``'s."""

_TOPIC = "topic "
_decode = msgspec.json.Decoder(dict[str, str]).decode


def mark(progress: str, origin: Origin) -> str:
    """Write a shard's progress and its origin as one text."""
    return f"{progress} {msgspec.json.encode(origin).decode()}" if origin else progress


def split_mark(text: str) -> tuple[str, Origin]:
    """Read both back; a text written before there were origins has an empty one.

    Raises:
        ValueError: The origin is unreadable.
    """
    progress, _, origin = text.partition(" ")
    return progress, _decode(origin) if origin else {}


def topics_of(ids: Mapping[str, str]) -> dict[str, str]:
    """The part of an origin that topics make.

    Args:
        ids: Ids by name.
    """
    return {f"{_TOPIC}{name}": topic_id for name, topic_id in ids.items()}


class Lineage:
    """Compares what a partition was made from with what this worker would go on with."""

    def __init__(
        self, origin: Origin, *, pages: str, group: str, changelog: str, accept_changes: bool, together: bool
    ) -> None:
        """Say what this worker goes on with.

        Args:
            origin: Of this worker.
            pages: The topic of the pages.
            group: The consumer group that reads them.
            changelog: The topic of the customers.
            accept_changes: Whether the operator wants to go on with what has changed.
            together: Whether customers and offsets are committed together; if not, the customers come first.
        """
        self.origin = origin
        self._accept_changes = accept_changes
        self._together = together
        self._begin_again = (
            f"to keep the customers and read {pages} from its beginning, delete the offsets of group {group} for it "
            "and start once with STAYLINE_WORKER__ACCEPT_CHANGES=true; to begin anew, delete those offsets and "
            f"the topic {changelog}"
        )
        self._pages = pages
        self._group = group

    def check_origin(self, number: int, before: Origin) -> None:
        """Compare origins; what only one of them names is not compared.

        Args:
            number: Of the partition.
            before: What its customers were made from so far.

        Raises:
            UnfinishedGrowthError: Customers are on their way to other partitions.
            RecreatedTopicError: A topic is another one under the same name.
            ChangedSettingsError: A setting is another one, and the operator has not said that it may be.
        """
        if GROWING in before:
            raise UnfinishedGrowthError(
                f"The customers of partition {number} are on their way to other partitions ({before[GROWING]}); "
                "finish it with: stayline grow"
            )
        changed = [name for name, value in self.origin.items() if before.get(name, value) != value]
        topics = [name.removeprefix(_TOPIC) for name in changed if name.startswith(_TOPIC)]
        if topics:
            raise RecreatedTopicError(
                f"The topic {topics[0]} was deleted and made anew since partition {number} was folded; "
                f"{self._begin_again}."
            )
        if not changed:
            return
        told = ", ".join(f"{name} was {before[name]} and is {self.origin[name]}" for name in changed)
        if not self._accept_changes:
            raise ChangedSettingsError(
                f"The customers of partition {number} were made with other settings: {told}; put them back, or start "
                "every worker once with STAYLINE_WORKER__ACCEPT_CHANGES=true to go on with the new ones."
            )
        logger.warning("Partition %d goes on with other settings: %s", number, told, extra={"partition": number})

    def check_offset(self, number: int, offset: int, end: int) -> None:
        """Find out whether an offset can belong to the topic that is there now.

        Args:
            number: Of the partition.
            offset: The one committed.
            end: Of the partition.

        Raises:
            RecreatedTopicError: It lies beyond the end.
        """
        if offset > end:
            raise RecreatedTopicError(
                f"Offset {offset} is committed for topic {self._pages}, partition {number}, which ends at {end}: the "
                f"topic was deleted and made anew; {self._begin_again}."
            )

    def check_unknown(self, number: int, *, has_customers: bool) -> None:
        """Find out whether a partition that nobody has committed an offset of can be read from its beginning.

        Args:
            number: Of the partition.
            has_customers: Whether there are customers, who came from pages and with offsets.

        Raises:
            RecreatedTopicError: There are, and the operator has not said that this is meant.
        """
        if not has_customers or not self._together:
            return
        if not self._accept_changes:
            raise RecreatedTopicError(
                f"Group {self._group} has no offset for topic {self._pages}, partition {number}, but there are "
                "customers: the topic was deleted and made anew, or the offsets have expired, and pages might be "
                f"folded twice; {self._begin_again}."
            )
        logger.warning("Partition %d is read from its beginning onto the customers that are there", number)

    def backwards(self, number: int, offset: int, after: int) -> RecreatedTopicError:
        """What to end with when a partition that was read up to some offset goes on at an earlier one.

        Args:
            number: Of the partition.
            offset: Of the page fetched.
            after: The offset after the page fetched before it.
        """
        return RecreatedTopicError(
            f"Topic {self._pages}, partition {number}, was read up to offset {after} and starts again at {offset}: "
            f"it was deleted and made anew; {self._begin_again}."
        )
