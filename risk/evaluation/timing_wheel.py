"""Timing wheel: customers by the instant at which they are due, in steps of one length."""

from collections import defaultdict


class TimingWheel:
    """Earliest due instant of each customer; the customers of a step are taken together.

    A heap would keep all of them in order, at a cost of the logarithm of their number each; within a step, order is not
    needed. After Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (SOSP 1987).
    """

    def __init__(self, step_ms: int) -> None:
        """Start empty.

        Args:
            step_ms: Length of a step, ms.
        """
        self._step_ms = step_ms
        self._first = 0
        self._due: dict[str, int] = {}
        self._steps: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)

    def schedule(self, due: int, customer_id: str) -> None:
        """Make a customer due at an instant, ms since 1970, unless it is due earlier."""
        known = self._due.get(customer_id)
        if known is None or due < known:
            self._due[customer_id] = due
            self._steps[max(due // self._step_ms, self._first)].append((due, customer_id))

    def pop_due(self, until: int) -> list[str]:
        """Remove and return the customers due by an instant.

        Args:
            until: ms since 1970; no later call may lie before it.
        """
        last = until // self._step_ms
        entries: list[tuple[int, str]] = []
        for step in sorted(step for step in self._steps if step <= last):
            entries += self._steps.pop(step)
        self._first = last
        if later := [entry for entry in entries if entry[0] > until]:
            self._steps[last] = later
        popped: list[str] = []
        for due, customer_id in entries:
            if due <= until and self._due.get(customer_id) == due:
                del self._due[customer_id]
                popped.append(customer_id)
        return popped
