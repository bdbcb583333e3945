"""Timing wheel: customers by the instant at which they are due, in steps of one length."""

from heapq import heappop, heappush


class TimingWheel:
    """Earliest due instant of each customer; the customers of a step are taken together.

    A heap of customers would keep all of them in order, at a cost of the logarithm of their number each; within a step,
    order is not needed. So only the steps are in a heap: a short horizon has many, far ahead of the present one. After
    Varghese and Lauck, "Hashed and Hierarchical Timing Wheels" (SOSP 1987).
    """

    def __init__(self, step_ms: int) -> None:
        """Start empty.

        Args:
            step_ms: Length of a step, ms.
        """
        self._step_ms = step_ms
        self._first = 0
        self._due: dict[str, int] = {}
        self._steps: dict[int, list[tuple[int, str]]] = {}
        self._in_order: list[int] = []

    def schedule(self, due: int, customer_id: str) -> None:
        """Make a customer due at an instant, ms since 1970, unless it is due earlier."""
        known = self._due.get(customer_id)
        if known is None or due < known:
            self._due[customer_id] = due
            self._entries(max(due // self._step_ms, self._first)).append((due, customer_id))

    def pop_due(self, until: int) -> list[str]:
        """Remove and return the customers due by an instant.

        Args:
            until: ms since 1970; no later call may lie before it.
        """
        last = until // self._step_ms
        entries: list[tuple[int, str]] = []
        while self._in_order and self._in_order[0] <= last:
            entries += self._steps.pop(heappop(self._in_order))
        self._first = last
        if later := [entry for entry in entries if entry[0] > until]:
            self._entries(last).extend(later)
        popped: list[str] = []
        for due, customer_id in entries:
            if due <= until and self._due.get(customer_id) == due:
                del self._due[customer_id]
                popped.append(customer_id)
        return popped

    def _entries(self, step: int) -> list[tuple[int, str]]:
        """Return the entries of a step, which is noted if it had none."""
        entries = self._steps.get(step)
        if entries is None:
            entries = self._steps[step] = []
            heappush(self._in_order, step)
        return entries
