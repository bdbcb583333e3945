"""Programs of Debian's packages, installed or not."""

import subprocess
from pathlib import Path

import pytest

from deploy.local.debian import debian_program, relocate
from deploy.local.server import LocalServerError

pytestmark = pytest.mark.servers

# A fake apt-get that puts a package where it is called, as the real one does, and says that it was called.
FETCH = """#!/bin/sh
echo "called $*" >> {calls}
case "$*" in
    *update) exit 0 ;;
    download*) [ -z "{unlisted}" ] || exit 100 ;;
esac
mkdir -p package/DEBIAN package/usr/bin package/usr/share/hello
printf 'Package: hello\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@example.com>\\nDescription: a\\n' \
    > package/DEBIAN/control
printf '#!/bin/sh\\ncat /usr/share/hello/greeting\\n' > package/usr/bin/hello
echo hello > package/usr/share/hello/greeting
chmod 755 package/usr/bin/hello
dpkg-deb --build package hello.deb > /dev/null
"""


def _install(folder: Path, monkeypatch: pytest.MonkeyPatch, *, unlisted: str = "") -> Path:
    """Put the fake apt-get first on the PATH, and return the file in which its calls are noted."""
    calls = folder / "calls"
    (folder / "apt-get").write_text(FETCH.format(calls=calls, unlisted=unlisted))
    (folder / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    return calls


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which calls of apt-get are noted."""
    return _install(tmp_path, monkeypatch)


def test_an_installed_program_is_taken_as_it_is() -> None:
    assert debian_program("dash", "sh").name == "sh"


def test_a_package_that_is_not_installed_is_unpacked_once(tmp_path: Path, calls: Path) -> None:
    paths = {debian_program("hello", "hello", tmp_path / "cache") for _ in range(2)}

    assert [path.is_file() for path in paths] == [True]
    assert calls.read_text() == "called download hello\n"


def test_lists_of_packages_are_read_where_the_machine_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = _install(tmp_path, monkeypatch, unlisted="yes")

    assert debian_program("hello", "hello", tmp_path / "cache").is_file()
    assert [line.split()[-1] for line in calls.read_text().splitlines()] == ["hello", "update", "hello"]


@pytest.mark.usefixtures("calls")
def test_a_relocated_program_finds_its_data_where_nothing_is_installed(tmp_path: Path) -> None:
    program = debian_program("hello", "hello", tmp_path / "cache")
    copy = tmp_path / "relocated"
    folder = relocate(program, "/usr/share/hello", copy)

    assert subprocess.check_output([copy], cwd=folder, text=True) == "hello\n"


@pytest.mark.usefixtures("calls")
def test_data_that_no_package_has_is_named(tmp_path: Path) -> None:
    program = debian_program("hello", "hello", tmp_path / "cache")

    with pytest.raises(LocalServerError, match="hello needs /usr/share/nothing"):
        relocate(program, "/usr/share/nothing", tmp_path / "relocated")


@pytest.mark.usefixtures("calls")
def test_a_program_that_is_not_in_its_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(LocalServerError, match="hello has no program nobody-has-it"):
        debian_program("hello", "nobody-has-it", tmp_path / "cache")


def test_a_package_that_cannot_be_fetched_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(LocalServerError, match="the package hello is not installed and cannot be fetched"):
        debian_program("hello", "hello", tmp_path / "cache")
