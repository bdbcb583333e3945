"""Provenance of a partition's customers: the ids of the topics, and the settings that shape a state.

It is committed beside the offset, so that the next owner of the partition notices that something else is there now:
another topic under the old name, or a worker that asks other questions.
"""

import logging
from collections.abc import Mapping

import msgspec

from schemas.errors import ChangedSettingsError, RecreatedTopicError, UnfinishedGrowthError

logger = logging.getLogger(__name__)

Provenance = Mapping[str, str]
"""Values by name: settings under their own names, ids of topics under ``topic NAME``."""

GROWING = "growing"
"""Name that marks customers on their way to other partitions; its value is ``stayline grow``'s."""

_TOPIC = "topic "
_decode = msgspec.json.Decoder(dict[str, str]).decode


def mark(progress: str, provenance: Provenance) -> str:
    """Write a shard's progress and its provenance as one text."""
    return f"{progress} {msgspec.json.encode(provenance).decode()}" if provenance else progress


def split_mark(text: str) -> tuple[str, Provenance]:
    """Read both back; a text of an older version has an empty provenance.

    Raises:
        ValueError: The provenance is unreadable.
    """
    progress, _, provenance = text.partition(" ")
    return progress, _decode(provenance) if provenance else {}


def topics_of(ids: Mapping[str, str]) -> dict[str, str]:
    """Return the part of a provenance that topics make.

    Args:
        ids: Ids by name.
    """
    return {f"{_TOPIC}{name}": topic_id for name, topic_id in ids.items()}


class ProvenanceCheck:
    """Compares the provenance of a partition with this worker's."""

    def __init__(
        self, provenance: Provenance, *, pages: str, group: str, changelog: str, accept_changes: bool, together: bool
    ) -> None:
        """Take this worker's provenance.

        Args:
            provenance: This worker's.
            pages: The topic of the pages.
            group: The consumer group that reads them.
            changelog: The topic of the customers.
            accept_changes: True if the operator wants to go on in spite of changes.
            together: True if customers and offsets are committed together; if not, the customers come first.
        """
        self.provenance = provenance
        self._accept_changes = accept_changes
        self._together = together
        self._begin_again = (
            f"to keep the customers and read {pages} from its beginning, delete the offsets of group {group} for it "
            "and start once with STAYLINE_WORKER__ACCEPT_CHANGES=true; to start over, delete those offsets and "
            f"the topic {changelog}"
        )
        self._pages = pages
        self._group = group

    def check_settings(self, number: int, before: Provenance) -> None:
        """Compare provenances; names that only one of them has are not compared.

        Args:
            number: Of the partition.
            before: Provenance of its customers so far.

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
        changed = [name for name, value in self.provenance.items() if before.get(name, value) != value]
        topics = [name.removeprefix(_TOPIC) for name in changed if name.startswith(_TOPIC)]
        if topics:
            raise RecreatedTopicError(
                f"The topic {topics[0]} was deleted and recreated since partition {number} was folded; "
                f"{self._begin_again}."
            )
        if not changed:
            return
        told = ", ".join(f"{name} was {before[name]} and is {self.provenance[name]}" for name in changed)
        if not self._accept_changes:
            raise ChangedSettingsError(
                f"The customers of partition {number} were made with other settings: {told}; put them back, or start "
                "every worker once with STAYLINE_WORKER__ACCEPT_CHANGES=true to go on with the new ones."
            )
        logger.warning("Partition %d goes on with other settings: %s", number, told, extra={"partition": number})

    def check_offset(self, number: int, offset: int, end: int) -> None:
        """Check that an offset can belong to the topic that is there now.

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
                f"topic was deleted and recreated; {self._begin_again}."
            )

    def check_unknown(self, number: int, *, has_customers: bool) -> None:
        """Check that a partition without a committed offset can be read from its beginning.

        Args:
            number: Of the partition.
            has_customers: True if there are customers, who came from pages and with offsets.

        Raises:
            RecreatedTopicError: There are, and the operator has not said that this is meant.
        """
        if not has_customers or not self._together:
            return
        if not self._accept_changes:
            raise RecreatedTopicError(
                f"Group {self._group} has no offset for topic {self._pages}, partition {number}, but there are "
                "customers: the topic was deleted and recreated, or the offsets have expired, and pages might be "
                f"folded twice; {self._begin_again}."
            )
        logger.warning("Partition %d is read from its beginning onto the customers that are there", number)

    def backwards(self, number: int, offset: int, after: int) -> RecreatedTopicError:
        """Return the error of a partition that was read up to some offset and goes on at an earlier one.

        Args:
            number: Of the partition.
            offset: Offset of the page fetched.
            after: The offset after the page fetched before it.
        """
        return RecreatedTopicError(
            f"Topic {self._pages}, partition {number}, was read up to offset {after} and starts again at {offset}: "
            f"it was deleted and recreated; {self._begin_again}."
        )
