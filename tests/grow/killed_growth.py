"""A growth that is killed in the middle of a transaction: ``python -m tests.grow.killed_growth PARTITIONS``."""

import os
import signal
import sys
import time
from threading import Event

from streams.grow import changelog
from streams.grow.grow import Grower
from streams.settings import load_settings

_CUSTOMERS_A_TRANSACTION = 20
_ALIVE_FOR_LOOKS = 10


class Fate(Event):
    """Kills the process some looks after its hour has come."""

    def __init__(self) -> None:
        super().__init__()
        self._left: int | None = None

    def come(self, _moved: int) -> None:
        """The hour has come: some customers are moved."""
        self._left = _ALIVE_FOR_LOOKS

    def is_set(self) -> bool:
        """Never, but asked once too often it does not answer any more."""
        if self._left == 0:
            time.sleep(0.5)  # the transaction's records are on the broker by then
            os.kill(os.getpid(), signal.SIGKILL)
        if self._left is not None:
            self._left -= 1
        return False


def main() -> None:
    """Begin a growth and die."""
    settings, fate = load_settings(), Fate()
    changelog.MOST_CUSTOMERS = _CUSTOMERS_A_TRANSACTION  # type: ignore[misc]
    grower = Grower(settings.kafka, settings.worker, int(sys.argv[1]), fate)
    grower.grow(grower.plan(), fate.come)


if __name__ == "__main__":
    main()
