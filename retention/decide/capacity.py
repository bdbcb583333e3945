"""Capacity of a day: decisions beyond it wait for the next day of their time, and lapse if there is none.

Prices keep the number of decisions near the capacity; this keeps what is delivered within it, whatever they do.
"""

from dataclasses import dataclass, field

from retention.catalogue.compiled import CompiledPlaybook
from retention.catalogue.playbook import NONE
from schemas.decisions import RetentionDecision
from schemas.moments import to_ms


@dataclass(slots=True)
class CapacityPlan:
    """Units of capacity that are used on each day.

    Attributes:
        book: Playbook with the capacities.
        used: Number of decisions by action and local day (days since 1970).
    """

    book: CompiledPlaybook
    used: dict[tuple[str, int], int] = field(default_factory=dict)

    def place(self, decision: RetentionDecision) -> int | None:
        """Give a decision a unit of capacity, on the first day of its time that has one left.

        Args:
            decision: To be placed once; decisions are placed in the order of the log.

        Returns:
            The instant from which it may be delivered, ms since 1970; None if it is not to be delivered: a ghost,
            ``none``, an action that the playbook no longer has, or one whose time has no capacity left, which lapses.
        """
        if decision.held_out or decision.action == NONE or decision.action not in self.book.names:
            return None
        quiet, begins = self.book.quiet, to_ms(decision.do_after)
        capacity = self.book.actions[self.book.names.index(decision.action)].capacity_per_day
        for day in range(quiet.day_of(begins), quiet.day_of(to_ms(decision.due_by) - 1) + 1):
            if day in quiet or self.used.get((decision.action, day), 0) >= capacity:
                continue
            self.used[decision.action, day] = self.used.get((decision.action, day), 0) + 1
            return max(begins, quiet.start_of(day))
        return None

    def forget_before(self, moment: int) -> None:
        """Forget the days before that of an instant, ms since 1970, on which nothing can be placed any more."""
        first = self.book.quiet.day_of(moment)
        self.used = {place: number for place, number in self.used.items() if place[1] >= first}
