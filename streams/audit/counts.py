"""How many events each customer has: sixteen bytes a customer."""

import numpy as np

from streams.audit.fingerprint import Numbers, Prints, contains


class Counts:
    """Numbers by fingerprint, 0 where nothing is known."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.keys: Prints = np.empty(0, np.uint64)
        """Sorted."""
        self._numbers: Numbers = np.empty(0, np.int64)

    def add(self, keys: Prints) -> None:
        """Count each key as often as it is given."""
        distinct, times = np.unique(keys, return_counts=True)
        self._know(distinct)
        self._numbers[np.searchsorted(self.keys, distinct)] += times

    def put(self, keys: Prints, numbers: Numbers) -> None:
        """Replace what is known of some keys; of one given twice the later number counts."""
        distinct, latest = np.unique(keys[::-1], return_index=True)
        self._know(distinct)
        self._numbers[np.searchsorted(self.keys, distinct)] = numbers[::-1][latest]

    def of(self, keys: Prints) -> Numbers:
        """The numbers of some keys."""
        known = contains(self.keys, keys)
        found = np.zeros(len(keys), np.int64)
        found[known] = self._numbers[np.searchsorted(self.keys, keys[known])]
        return found

    def _know(self, keys: Prints) -> None:
        new = keys[~contains(self.keys, keys)]
        places = np.searchsorted(self.keys, new)
        self._numbers = np.insert(self._numbers, places, 0)
        self.keys = np.insert(self.keys, places, new)
