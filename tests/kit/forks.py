"""Commands of ``stayline`` as forks of one process that has imported all of them.

A command that starts by itself spends a second of a processor on imports, and the tests start hundreds. A fork does
all that follows: it has its own process group, environment, folder, files and exit code, and ends with this process.
What is claimed of a start itself is tested with processes that start by themselves.
"""

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from ctypes import CDLL
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import psutil

from deploy.demo.processes.pipeline import stayline
from deploy.local.guard import PR_SET_PDEATHSIG
from streams.command import main
from tests.kit.waiting import PATIENCE_SECONDS

_IMPORTED: Final = (
    "desk.process",
    "sinks.alerts.notifier",
    "sinks.load.sink",
    "streams.audit.run",
    "streams.command.check",
    "streams.command.dead_letters",
    "streams.command.history",
    "streams.command.imports",
    "streams.command.lookups",
    "streams.command.maintain",
    "streams.command.prepare",
    "streams.command.processes",
    "streams.forget.run",
    "streams.grow.run",
    "streams.intake.process",
    "streams.learner.process",
    "streams.publish.from_file",
    "streams.worker.process",
    "tests.kit.forks",
)


class Files(NamedTuple):
    """Standard input, output and error of a command; output is appended."""

    read: Path
    written: Path
    errors: Path


class Fork:
    """A function that runs as a process, which is asked and told as ``subprocess.Popen`` is."""

    def __init__(
        self,
        run: Callable[..., object],
        *arguments: object,
        files: Files,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
    ) -> None:
        """Start it.

        Args:
            run: A function of a module; what it raises or returns ends the process as it would end a program.
            arguments: What it is given.
            files: Where it reads and writes.
            environment: All of its variables; those of this process when not given.
            folder: Where it runs; this process's own folder when not given.
        """
        variables = dict(os.environ if environment is None else environment)
        place = Path.cwd() if folder is None else folder
        self._process = ForkServerProcess(target=_become, args=(files, variables, place, run, arguments), daemon=True)
        multiprocessing.get_context("forkserver").set_forkserver_preload(list(_IMPORTED))
        self._process.start()

    @property
    def pid(self) -> int:
        """Process id."""
        assert self._process.pid is not None
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Exit code, negative where a signal has ended it; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return the exit code, or None while it runs."""
        return self.returncode

    def processes(self) -> list[psutil.Process]:
        """Return the process, while it lives."""
        with suppress(psutil.NoSuchProcess):
            return [psutil.Process(self.pid)] if self.poll() is None else []
        return []

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended, and return its exit code.

        Raises:
            subprocess.TimeoutExpired: It still runs.
        """
        self._process.join(timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0.0)
        return code

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal, if it still runs."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it ends just now
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it with whatever it has started."""
        with suppress(ProcessLookupError):  # it has ended, or does not yet lead its group
            os.killpg(self.pid, signal.SIGKILL)
        self.send_signal(signal.SIGKILL)


def launch_fork(command: Sequence[str], log: Path, environment: Mapping[str, str], folder: Path | None) -> Fork:
    """Start a command of ``stayline`` as ``deploy.local.guarded.launch_guarded`` would."""
    start = stayline()
    assert list(command[: len(start)]) == start, f"no command of stayline: {command}"
    words = list(command[len(start) :])
    return Fork(_stayline, words, files=logged(log), environment=environment, folder=folder)


def logged(log: Path) -> Files:
    """Return the files of a process without input whose output all goes to a log, which is there from now on."""
    log.touch()
    return Files(Path(os.devnull), log, log)


def run_fork(
    words: Sequence[str], environment: Mapping[str, str], *, text: str = "", folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of ``stayline`` to its end, as ``subprocess.run`` would.

    Args:
        words: The command and its arguments.
        environment: All of its variables.
        text: Its standard input.
        folder: Where it runs; this process's own folder when not given.

    Raises:
        subprocess.TimeoutExpired: It has not ended in time, and was killed.
    """
    with TemporaryDirectory(prefix="stayline-") as temporary:
        files = Files(*(Path(temporary) / name for name in Files._fields))
        files.read.write_text(text, "utf-8")
        fork = Fork(_stayline, list(words), files=files, environment=environment, folder=folder)
        try:
            code = fork.wait(PATIENCE_SECONDS)
        finally:
            fork.kill()
        written, errors = files.written.read_text("utf-8"), files.errors.read_text("utf-8")
        return subprocess.CompletedProcess(stayline(*words), code, written, errors)


def _stayline(words: list[str]) -> None:
    sys.argv = ["stayline", *words]
    main()


def _become(
    files: Files, environment: dict[str, str], folder: Path, run: Callable[..., object], arguments: tuple[object, ...]
) -> None:
    """Be a process of its own from here on."""
    CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.setsid()
    gc.freeze()  # what is shared with the other forks stays so
    appended = os.O_WRONLY | os.O_CREAT | os.O_APPEND
    for number, (file, how) in enumerate(zip(files, (os.O_RDONLY, appended, appended), strict=True)):
        opened = os.open(file, how, 0o644)
        os.dup2(opened, number)
        os.close(opened)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))  # else forks would keep alive who forks them
    sys.stdin, sys.stdout, sys.stderr = open(0), open(1, "w"), open(2, "w", buffering=1)  # noqa: SIM115
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    run(*arguments)
