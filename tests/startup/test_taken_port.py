"""Every process whose port for health and metrics is taken ends with one line and the exit code of a wrong setting."""

import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final

import pytest

from tests.integration.stack import LocalPipeline

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("refused"), pytest.mark.takes(3)]

KINDS: Final = ("intake", "worker", "learner", "sink", "notifier", "audit")


@contextmanager
def _taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def ended(pipeline: LocalPipeline) -> dict[str, tuple[int, subprocess.CompletedProcess[str]]]:
    """The taken port and the end of each process, by its kind."""
    with _taken_port() as port, ThreadPoolExecutor(3) as threads:
        variables = {
            "STAYLINE_OBSERVE__PORT": str(port),
            "STAYLINE_WORKER__APPLICATION_ID": "taken-port",
            "STAYLINE_NOTIFIER__WEBHOOK_URL": f"http://127.0.0.1:{port}",
        }
        pipeline.run("topics", variables=variables)
        ends = {kind: threads.submit(pipeline.run, kind, check=False, variables=variables) for kind in KINDS}
        return {kind: (port, end.result()) for kind, end in ends.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_taken_port_ends_the_process_with_code_2_and_one_line_that_names_the_setting(
    ended: dict[str, tuple[int, subprocess.CompletedProcess[str]]], kind: str
) -> None:
    port, end = ended[kind]

    assert end.returncode == 2, end.stderr
    assert "Traceback" not in end.stderr
    assert f"stayline: STAYLINE_OBSERVE__PORT is {port}" in end.stderr.splitlines()[-1]
