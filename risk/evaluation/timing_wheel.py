"""Who is due when, in steps of one length."""

from collections import defaultdict


class TimingWheel:
    """The instant at which each customer is due; those of a step are taken together.

    A heap would keep all of them in order, for the logarithm of their number each time; within a step, order means
    nothing.
    """

    def __init__(self, step_ms: int) -> None:
        """Begin with nobody due.

        Args:
            step_ms: Length of a step, ms.
        """
        self._step_ms = step_ms
        self._first = 0
        self._due: dict[str, int] = {}
        self._steps: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)

    def note(self, due: int, customer_id: str) -> None:
        """Note that a customer is due at an instant, ms since 1970, unless it is due before that anyway."""
        known = self._due.get(customer_id)
        if known is None or due < known:
            self._due[customer_id] = due
            self._steps[max(due // self._step_ms, self._first)].append((due, customer_id))

    def take(self, until: int) -> list[str]:
        """Take those who are due until an instant, ms since 1970; no later call may lie before it."""
        last = until // self._step_ms
        notes: list[tuple[int, str]] = []
        for step in sorted(step for step in self._steps if step <= last):
            notes += self._steps.pop(step)
        self._first = last
        if later := [note for note in notes if note[0] > until]:
            self._steps[last] = later
        taken: list[str] = []
        for due, customer_id in notes:
            if due <= until and self._due.get(customer_id) == due:
                del self._due[customer_id]
                taken.append(customer_id)
        return taken
