"""The wheel works in an environment of its own, with the source folder out of reach."""

import json
import os
import site
import subprocess
import sys
import venv
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from zipfile import ZipFile

import pytest

from deploy.simulator import shop_events
from tests.kit.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.servers, pytest.mark.takes(30)]

ROOT = Path(__file__).parents[2]
PACKAGES = ("runtime", "schemas", "customers", "risk", "retention", "streams", "sinks", "desk", "deploy")


@dataclass(frozen=True)
class Installed:
    """An environment with nothing of ours but the wheel."""

    wheel: Path
    folder: Path

    def run(self, *command: str) -> str:
        """Run a command of the environment in an empty folder, and return what it prints."""
        executable = self.folder / "bin" / command[0]
        ended = subprocess.run(
            [executable, *command[1:]],
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE_SECONDS,
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """The wheel, built as a release is, and installed beside the lock's packages."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "dist"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=PATIENCE_SECONDS,
    )
    (wheel,) = (folder / "dist").glob("*.whl")
    home = folder / "environment"
    venv.create(home, symlinks=True)
    (packages,) = home.glob("lib/python*/site-packages")
    target = ["--python", str(home / "bin" / "python")]
    install = ["pip", *target, "install", "--no-deps", "--no-index", "--quiet", str(wheel)]
    subprocess.run([sys.executable, "-m", *install], check=True, capture_output=True, timeout=PATIENCE_SECONDS)
    # The folder itself, not its .pth files: one of those leads to the sources.
    (packages / "lock.pth").write_text("\n".join(site.getsitepackages()) + "\n")
    return Installed(wheel, home)


def test_the_sources_are_out_of_reach(installed: Installed) -> None:
    places = installed.run(
        "python", "-c", f"import {', '.join(PACKAGES)}; print({'.__file__, '.join(PACKAGES)}.__file__)"
    )
    assert all(place.startswith(str(installed.folder)) for place in places.split()), places


def test_every_file_of_the_packages_is_in_the_wheel(installed: Installed) -> None:
    files = {path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.is_file()}
    wanted = {str(path.relative_to(ROOT)) for path in files if "__pycache__" not in path.parts}
    assert wanted <= set(ZipFile(installed.wheel).namelist())


def test_help_names_every_command(installed: Installed) -> None:
    shown = installed.run("stayline", "--help")
    assert all(command in shown for command in ("demo", "intake", "worker", "learner", "sink", "backtest"))


def test_settings_are_all_there(installed: Installed) -> None:
    assert "STAYLINE_RISK__HORIZON_DAYS" in "".join(installed.run("stayline", "settings").split())


def test_a_backtest_writes_its_report(installed: Installed) -> None:
    events = shop_events(seed=3, customers=30, start=datetime(2024, 1, 1, tzinfo=UTC), days=200)
    (installed.folder / "history.ndjson").write_text("\n".join(map(json.dumps, events)) + "\n")
    installed.run("stayline", "backtest", "history.ndjson", "--horizon", "30", "--report", "report.html")
    assert "<svg" in (installed.folder / "report.html").read_text()


def test_the_migrations_and_the_local_servers_are_there(installed: Installed) -> None:
    program = (
        "from deploy.local.servers import LocalServers; "
        "from sinks.clickhouse.sql_files import known_migrations, known_views; "
        "print(len(known_migrations()) + len(known_views()))"
    )
    folders = (ROOT / "sinks" / "clickhouse" / folder for folder in ("migrations", "views"))
    expected = sum(len(list(folder.rglob("*.sql"))) for folder in folders)
    assert int(installed.run("python", "-c", program)) == expected
