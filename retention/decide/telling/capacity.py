"""Capacity of a day: decisions beyond it wait for the next day of their time, and lapse if there is none.

Prices keep the number of decisions near the capacity; this keeps what is delivered within it, whatever they do.
"""

from dataclasses import dataclass, field

from retention.catalogue.compiled import CompiledPlaybook
from retention.catalogue.playbook import NONE
from schemas.moments import to_ms
from schemas.records.decisions import RetentionDecision


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
        if decision.held_out or decision.action == NONE:
            return None
        return self.place_within(decision.action, to_ms(decision.do_after), to_ms(decision.due_by))

    def place_within(self, action: str, begins: int, ends: int) -> int | None:
        """Give an action a unit of capacity, on the first day of a time that has one left.

        Args:
            action: Its name.
            begins: Beginning of the time, ms since 1970.
            ends: Its end, ms since 1970.

        Returns:
            The instant from which on it may be done, ms since 1970; None if the playbook does not have the action, or
            no day of the time has capacity left.
        """
        if action not in self.book.names:
            return None
        quiet = self.book.quiet
        capacity = self.book.actions[self.book.names.index(action)].capacity_per_day
        for day in range(quiet.day_of(begins), quiet.day_of(ends - 1) + 1):
            if day not in quiet and self.used.get((action, day), 0) < capacity:
                at = max(begins, quiet.start_of(day))
                self.use(action, at)
                return at
        return None

    def use(self, action: str, moment: int) -> None:
        """Take a unit on the day of an instant, ms since 1970, whether there is one left or not."""
        place = (action, self.day_of(moment))
        self.used[place] = self.used.get(place, 0) + 1

    def release(self, action: str, moment: int) -> None:
        """Give back a unit of the day of an instant, ms since 1970: what it was for is not done."""
        place = (action, self.day_of(moment))
        if self.used.get(place, 0) > 0:
            self.used[place] -= 1

    def day_of(self, moment: int) -> int:
        """Return the local day of an instant in ms since 1970, as days since 1970."""
        return self.book.quiet.day_of(moment)

    def local_ms(self, moment: int) -> int:
        """Return the local time, whose days have the capacity, of an instant, both in ms since 1970."""
        return self.book.quiet.local_ms(moment)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the actions."""
        return self.book.names

    def forget_before(self, moment: int) -> None:
        """Forget the days before that of an instant, ms since 1970, on which nothing can be placed any more."""
        first = self.day_of(moment)
        self.used = {place: number for place, number in self.used.items() if place[1] >= first}
