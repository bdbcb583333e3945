"""Commands that run as forks behave as commands that start by themselves."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.kit.forks import Fork, logged, run_fork
from tests.kit.waiting import becomes_true, exit_code, wait_until

pytestmark = pytest.mark.servers

OWNER = """
import sys, time
from pathlib import Path
from tests.kit.forks import Fork, logged
print(Fork(time.sleep, 600, files=logged(Path(sys.argv[1]))).pid, flush=True)
time.sleep(600)
"""


def test_a_command_gets_its_words_and_variables_and_gives_its_output_and_exit_code() -> None:
    variables = {**os.environ, "STAYLINE_RISK__HORIZON_DAYS": "31.5", "COLUMNS": "200"}

    shown = run_fork(["settings"], variables)
    refused = run_fork(["settings"], {**variables, "STAYLINE_RISK__HORIZON_DAYS": "soon"})

    assert (shown.returncode, "31.5" in shown.stdout, shown.stderr) == (0, True, "")
    assert (refused.returncode, "STAYLINE_RISK__HORIZON_DAYS is 'soon'" in refused.stderr) == (2, True)


def test_what_a_fork_changes_is_its_own(tmp_path: Path) -> None:
    before = (os.getcwd(), dict(os.environ))  # noqa: PTH109 - as it is, link or not

    assert exit_code(Fork(os.putenv, "CHANGED", "1", files=logged(tmp_path / "log"), folder=tmp_path)) == 0

    assert (os.getcwd(), dict(os.environ)) == before  # noqa: PTH109


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, -signal.SIGTERM), (signal.SIGKILL, -signal.SIGKILL)])
def test_a_signal_ends_a_fork_as_any_process(tmp_path: Path, number: signal.Signals, code: int) -> None:
    fork = Fork(time.sleep, 600, files=logged(tmp_path / "log"))

    fork.send_signal(number)

    assert (exit_code(fork), fork.processes()) == (code, [])


def test_a_fork_ends_with_the_process_that_asked_for_it(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER, tmp_path / "log"], stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        fork = int(owner.stdout.readline())
        wait_until(lambda: psutil.pid_exists(fork))
        owner.kill()

    assert becomes_true(lambda: not psutil.pid_exists(fork))
