"""The command line before any command runs: its version, its help, and Ctrl-C while it is still imported."""

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import version

import pytest
from typer.main import get_group

from deploy.demo.processes.pipeline import stayline
from streams.command.app import build

PRESSES_CTRL_C = """
import signal
import sys

wanted = sys.argv[1]
# A shell lets what it starts in the background ignore it, and so do tests that run there.
signal.signal(signal.SIGINT, signal.default_int_handler)


class Finder:
    def find_spec(self, name, path, target=None):
        if name == wanted:
            signal.raise_signal(signal.SIGINT)


sys.meta_path.insert(0, Finder())
from streams.command import main

sys.argv = ["stayline", "--help"]
main()
"""


def _commands() -> Iterator[tuple[str, str]]:
    for name, command in get_group(build()).commands.items():
        inner = getattr(command, "commands", None)
        for one in inner.values() if inner else [command]:
            yield name, one.help or ""


@pytest.mark.servers
def test_the_version_is_told() -> None:
    told = subprocess.run(stayline("--version"), capture_output=True, text=True, check=True)
    assert told.stdout == f"stayline {version('stayline')}\n"


@pytest.mark.servers
@pytest.mark.parametrize("module", ["streams.command.app", "typer", "streams.settings", "confluent_kafka"])
def test_ctrl_c_while_modules_are_imported_ends_it_with_130_and_without_a_word(module: str) -> None:
    ended = subprocess.run([sys.executable, "-c", PRESSES_CTRL_C, module], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, "", "")


@pytest.mark.parametrize(("name", "text"), list(_commands()))
def test_the_help_of_every_command_has_an_example_of_it(name: str, text: str) -> None:
    assert re.search(rf"For example: `(\S+=\S+ )*stayline {name}\b", text), text
