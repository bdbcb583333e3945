import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.ports import listens
from deploy.local.process import ServerProcess
from deploy.local.server import LocalServerError
from tests.kit.waiting import PATIENCE_SECONDS, becomes_true

pytestmark = pytest.mark.servers

OWNER = """
import sys, time
from pathlib import Path
from deploy.local.ports import reserve_port, listens
from deploy.local.process import ServerProcess

port = reserve_port()
command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
with ServerProcess("Web", command, Path(sys.argv[1]) / "log") as server:
    server.wait_until(lambda: listens(port), 180)
    if sys.argv[2] == "paused":
        server.pause()
    print(port, flush=True)
    time.sleep(600)
"""
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def python(code: str, log: Path) -> ServerProcess:
    return ServerProcess("Echo", [sys.executable, "-c", code], log)


@pytest.mark.parametrize("state", ["running", "paused"])
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
def test_an_owner_that_is_killed_leaves_no_server(tmp_path: Path, state: str, end: signal.Signals) -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path), state], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    with owner, owner.stdout:
        port = int(owner.stdout.readline())
        assert listens(port)
        owner.send_signal(end)
    assert becomes_true(lambda: not listens(port))


def test_a_guard_that_is_killed_takes_its_server_along(tmp_path: Path) -> None:
    server = python("import os, time; print(os.getpid(), os.getppid(), flush=True); time.sleep(600)", tmp_path / "log")
    with server:
        assert becomes_true(lambda: (tmp_path / "log").read_text().endswith("\n"))
        process, guard = map(int, (tmp_path / "log").read_text().split())
        os.kill(guard, signal.SIGKILL)
        assert becomes_true(lambda: not is_alive(process))


def test_a_server_that_ends_while_starting_is_told_with_its_last_words(tmp_path: Path) -> None:
    server = python("raise SystemExit('no room left')", tmp_path / "log")
    server.start()
    with pytest.raises(LocalServerError, match="Echo ended with 1 while starting: no room left"):
        server.wait_until(lambda: False, seconds=PATIENCE_SECONDS)


def test_a_command_that_does_not_exist_is_told(tmp_path: Path) -> None:
    server = ServerProcess("Echo", ["/nonexistent/echo"], tmp_path / "log")
    server.start()
    with pytest.raises(LocalServerError, match="cannot start /nonexistent/echo"):
        server.wait_until(lambda: False, seconds=PATIENCE_SECONDS)


def test_a_server_that_never_answers_is_ended_and_told(tmp_path: Path) -> None:
    server = python("import time; time.sleep(600)", tmp_path / "log")
    server.start()
    with pytest.raises(LocalServerError, match="Echo did not answer within 0 s"):
        server.wait_until(lambda: False, seconds=0.2)
    assert not server.running


def test_a_server_deaf_to_sigterm_is_killed(tmp_path: Path) -> None:
    with python(DEAF, tmp_path / "log") as server:
        assert becomes_true(lambda: "deaf" in (tmp_path / "log").read_text())
        server.stop(seconds=0.3)
        assert not server.running


def test_a_command_that_fails_is_told_with_its_code(tmp_path: Path) -> None:
    command = python("raise SystemExit('no room left')", tmp_path / "log")
    command.start()
    with pytest.raises(LocalServerError, match="Echo ended with code 1: no room left"):
        command.finish(PATIENCE_SECONDS)


def test_a_command_that_does_not_end_is_ended_and_told(tmp_path: Path) -> None:
    with python("import time; time.sleep(600)", tmp_path / "log") as command:
        with pytest.raises(LocalServerError, match="Echo did not end within 0 s"):
            command.finish(0.2)
        assert not command.running


def test_stopping_twice_or_before_starting_is_no_error(tmp_path: Path) -> None:
    server = python("import time; time.sleep(600)", tmp_path / "log")
    server.stop()
    server.start()
    server.stop()
    server.stop()
    assert not server.running
