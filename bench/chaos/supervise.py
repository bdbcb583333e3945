"""Processes that are started again whenever they end, as a restart policy would."""

import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from deploy.demo.processes.pipeline import stayline
from deploy.local.guarded import Launch, launch_guarded
from deploy.local.ports import reserve_port
from deploy.local.process import ServerProcess

_LOOK_SECONDS: Final = 0.2
_FIRST_PAUSE: Final = 0.2
_LONGEST_PAUSE: Final = 5.0
_SETTLED_SECONDS: Final = 10.0
_KILLED: Final = -9

ENDS_WITHIN_SECONDS: Final = 10.0
"""Promised of every process that is told to end, where the machine has time for it."""


class Supervised:
    """One process of the pipeline; under the same name and with the same data folder after every restart."""

    def __init__(
        self,
        kind: str,
        instance: str,
        folder: Path,
        environment: Mapping[str, str],
        launch: Launch = launch_guarded,
    ) -> None:
        """Prepare it.

        Args:
            kind: The command.
            instance: Its name among its equals.
            folder: Where its log goes.
            environment: ``STAYLINE_`` variables.
            launch: Starts it; under a guard when not given.
        """
        self.kind = kind
        self.instance = instance
        self.port = reserve_port()
        self.log = folder / f"{instance}.log"
        own = {"STAYLINE_INSTANCE": instance, "STAYLINE_OBSERVE__PORT": str(self.port)}
        variables = {**environment, **own}
        self._server = ServerProcess(f"{kind} {instance}", stayline(kind), self.log, variables, launch=launch)
        self._wanted = False
        self._lock = threading.Lock()
        self._started_at = 0.0
        self._pause = _FIRST_PAUSE
        self._again_at: float | None = None
        self.restarts = 0
        self.exit_codes: Counter[int] = Counter()
        """With which codes it ended without being killed."""

    def start(self) -> None:
        """Start it, and keep it running from now on."""
        with self._lock:
            self._wanted = True
            self._launch()

    def kill(self) -> None:
        """End it as a power failure would; it is started again."""
        with self._lock:
            self._server.kill()

    def terminate(self) -> None:
        """Ask it to end; it is started again."""
        with self._lock:
            self._server.terminate()

    def pause(self) -> None:
        """Stop it in its tracks."""
        self._server.pause()

    def resume(self) -> None:
        """Let it go on."""
        self._server.resume()

    def stop(self, seconds: float) -> bool:
        """End it for good, and say whether it ended by itself within the time."""
        with self._lock:
            self._wanted = False
            began = time.monotonic()
            self._server.stop(seconds)
            return time.monotonic() - began < seconds

    def kill_for_good(self) -> None:
        """End it at once; it is not started again."""
        with self._lock:
            self._wanted = False
            self._server.kill()

    def look(self) -> None:
        """Start it again if it has ended."""
        if not self._lock.acquire(blocking=False):
            return  # it is being stopped, which may take its time; the others shall not wait
        try:
            self._start_again()
        finally:
            self._lock.release()

    def _start_again(self) -> None:
        if not self._wanted or self._server.running:
            return
        now = time.monotonic()
        if self._again_at is None:
            self._note_end(now)
        elif now >= self._again_at:
            self.restarts += 1
            self._launch()

    def _note_end(self, now: float) -> None:
        code = self._server.exit_code
        if code is not None and code != _KILLED:
            self.exit_codes[code] += 1
        settled = now - self._started_at > _SETTLED_SECONDS
        self._pause = _FIRST_PAUSE if settled else min(self._pause * 2, _LONGEST_PAUSE)
        self._again_at = now + self._pause

    def _launch(self) -> None:
        self._started_at = time.monotonic()
        self._again_at = None
        self._server.start()


class ProcessSupervisor:
    """Keeps processes running, from a thread of its own."""

    def __init__(self) -> None:
        """Begin with none."""
        self._processes: dict[str, Supervised] = {}
        self._gone: list[Supervised] = []
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._thread.start()

    def start(self, process: Supervised) -> None:
        """Start a process and keep it running."""
        self._processes = {**self._processes, process.instance: process}
        process.start()

    def stop(self, instance: str, seconds: float = ENDS_WITHIN_SECONDS) -> bool:
        """End a process for good, and say whether it ended by itself within the time."""
        process = self._processes[instance]
        in_time = process.stop(seconds)
        self._processes = {name: other for name, other in self._processes.items() if name != instance}
        self._gone.append(process)
        return in_time

    @property
    def running(self) -> list[Supervised]:
        """Those that are kept running, by name."""
        return [process for _, process in sorted(self._processes.items())]

    def of(self, kind: str) -> list[Supervised]:
        """Those of a kind."""
        return [process for process in self.running if process.kind == kind]

    def ever(self) -> list[Supervised]:
        """Those running and those that were."""
        return [*self._gone, *self.running]

    def close(self) -> None:
        """End whatever still runs."""
        self._end.set()
        self._thread.join()
        for process in self.running:
            process.kill_for_good()

    def _watch(self) -> None:
        while not self._end.wait(_LOOK_SECONDS):
            for process in self.running:
                process.look()
