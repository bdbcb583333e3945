"""The changelog as a Faust table: Faust's recovery over the local copy.

Faust decides when to recover, from which offset, up to which end. What differs: the changelog is read in whole fetches
instead of event by event, and its end counts as reached when the reader's position is there, because the last offsets
of a transactional log are markers, which no reader is ever given.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, cast

from faust.stores.base import Store
from faust.tables.manager import TableManager
from faust.tables.recovery import Recovery
from faust.tables.table import Table
from faust.types import TP, EventT, TopicT
from mode import Service

from schemas.errors import StaylineError
from streams.faust.protocol import ChangelogCopy, ChangelogRecord, Failure

Recovered = Callable[[set[int]], Awaitable[None]]
"""Called when the changelog of these partitions is in the copy."""


class ChangelogStore(Store[bytes, bytes]):
    """Shows the local copy to Faust."""

    def __init__(self, app: Any, table: "ChangelogTable", copy: ChangelogCopy, failure: Failure) -> None:  # noqa: ANN401 — Faust's
        """Wrap a copy.

        Args:
            app: The Faust app.
            table: The table it belongs to.
            copy: The copy.
            failure: Told when the copy cannot be opened.
        """
        super().__init__("memory://", app, table, key_type=bytes, value_type=bytes)
        self.data: dict[bytes, bytes] = {}
        self._copy = copy
        self._failure = failure

    def persisted_offset(self, tp: TP) -> int | None:
        """Return the changelog offset from which recovery continues."""
        try:
            return self._copy.offset(tp.partition)
        except StaylineError as error:
            self._failure.set(error)
            return None

    def apply_changelog_batch(
        self,
        batch: Iterable[EventT[Any]],
        to_key: Callable[[Any], bytes],
        to_value: Callable[[Any], bytes],
    ) -> None:
        """Do nothing: the changelog comes in whole fetches, not in events (:meth:`ChangelogTable.apply_records`)."""

    async def on_rebalance(
        self,
        assigned: set[TP],  # noqa: ARG002 — Faust's signature
        revoked: set[TP],
        newly_assigned: set[TP],  # noqa: ARG002 — Faust's signature
        generation_id: int = 0,  # noqa: ARG002 — Faust's signature
    ) -> None:
        """Close the partitions that are no longer ours."""
        for tp in revoked:
            if tp.topic == self.table.changelog_topic.get_topic_name():
                self._copy.revoked(tp.partition)

    def reset_state(self) -> None:
        """Leave the files alone: deleting them is the operator's business."""

    async def backup_partition(self, tp: TP | int, flush: bool = True, purge: bool = False, keep: int = 1) -> None:
        """Do nothing: the changelog is the backup."""

    def restore_backup(self, tp: TP | int, latest: bool = True, backup_id: int = 0) -> None:
        """Do nothing: the changelog is the backup."""

    async def on_stop(self) -> None:
        """Close the files."""
        self._copy.close()


class ChangelogTable(Table[bytes, bytes]):
    """A table that Faust recovers and places, and never writes."""

    def __init__(
        self,
        app: Any,  # noqa: ANN401 — Faust's
        changelog: TopicT,
        copy: ChangelogCopy,
        failure: Failure,
        recovered: Recovered,
    ) -> None:
        """Declare the table.

        Args:
            app: The Faust app.
            changelog: The compacted topic that the copy is recovered from.
            copy: The copy.
            failure: Told when the copy cannot be opened or written.
            recovered: Called when a recovery is complete.
        """
        self._copy = copy
        self._failure = failure
        self._recovered = recovered
        super().__init__(app, name="customers", key_type=bytes, value_type=bytes, changelog_topic=changelog)

    def _new_store(self) -> ChangelogStore:
        return ChangelogStore(self.app, self, self._copy, self._failure)

    def apply_records(self, partition: int, records: Sequence[ChangelogRecord]) -> None:
        """Write fetched changelog records, in their order, to the copy.

        Args:
            partition: Partition of all of them.
            records: aiokafka's records, at least one.
        """
        try:
            self._copy.write(partition, records)
        except StaylineError as error:
            self._failure.set(error)

    async def on_recovery_completed(self, active_tps: set[TP], standby_tps: set[TP]) -> None:
        """Announce the partitions whose changelog is now in the copy."""
        await super().on_recovery_completed(active_tps, standby_tps)
        await self._recovered({tp.partition for tp in active_tps})


class ChangelogRecovery(Recovery):
    """Faust's recovery, told about whole fetches."""

    generation_id: int = -1
    """The group's generation in which the present recovery began; another may have begun since."""

    def _set_recovery_started(self) -> None:
        self.generation_id = int(self._generation_id)
        # A signal left over from the rebalance before would end this recovery at once.
        self.signal_recovery_end.clear()
        super()._set_recovery_started()

    @Service.task
    async def _slurp_changelogs(self) -> None:
        """Do nothing: Faust's loop ends a recovery by the clock, on the offsets of the assignment before."""

    def advance(self, fetched: Mapping[TP, Sequence[ChangelogRecord]], moves: Mapping[TP, tuple[int, int]]) -> None:
        """Write fetched changelog records to the copy, and end the recovery when that is all of them.

        A move that begins after the end of the one before follows a fetch that was thrown away in a rebalance. Nothing
        from there on is written, or the copy would claim to hold what it does not; the recovery of the new assignment
        reads it again.

        Args:
            fetched: aiokafka's records by changelog partition.
            moves: Offset that would have been read next before the fetch, and after it, by changelog partition.
        """
        for tp, (begin, end) in moves.items():
            read = self.active_offsets.get(tp)
            if tp not in self.active_tps or read is None or begin - 1 > read:
                continue
            if records := fetched.get(tp):
                cast("ChangelogTable", self.tp_to_table[tp]).apply_records(tp.partition, records)
            self.active_offsets[tp] = max(read, end - 1)
        if self.in_recovery and not self.need_recovery():
            self.signal_recovery_end.set()


class ChangelogTableManager(TableManager):
    """Faust's table manager with our recovery."""

    @property
    def recovery(self) -> ChangelogRecovery:
        """The recovery service, made at the first use."""
        if self._recovery is None:
            self._recovery = ChangelogRecovery(self.app, self, beacon=self.beacon, loop=self.loop)
        return cast("ChangelogRecovery", self._recovery)

    @property
    def remaining(self) -> int:
        """Changelog records still to be read; looking makes no recovery before its time, nor in a foreign thread."""
        return 0 if self._recovery is None else max(self._recovery.active_remaining_total(), 0)
