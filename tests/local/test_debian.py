"""Programs of Debian's packages, installed or not."""

import subprocess
from pathlib import Path

import pytest

from deploy.local.debian import debian_program
from deploy.local.process import ServerFailed

# A fake apt-get that puts a package where it is called, as the real one does, and says that it was called.
FETCH = """#!/bin/sh
mkdir -p package/DEBIAN package/usr/bin
printf 'Package: hello\\nVersion: 1\\nArchitecture: all\\nMaintainer: a <a@example.com>\\nDescription: a\\n' \
    > package/DEBIAN/control
printf '#!/bin/sh\\necho hello\\n' > package/usr/bin/hello
chmod 755 package/usr/bin/hello
dpkg-deb --build package hello.deb > /dev/null
echo called >> {calls}
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file in which calls of apt-get are counted."""
    tools, calls = tmp_path / "tools", tmp_path / "calls"
    tools.mkdir()
    (tools / "apt-get").write_text(FETCH.format(calls=calls))
    (tools / "apt-get").chmod(0o755)
    monkeypatch.setenv("PATH", str(tools), prepend=":")
    return calls


def test_an_installed_program_is_taken_as_it_is() -> None:
    assert debian_program("dash", "sh").endswith("/sh")


def test_a_package_that_is_not_installed_is_unpacked_once(tmp_path: Path, calls: Path) -> None:
    paths = {debian_program("hello", "hello", tmp_path / "cache") for _ in range(2)}

    assert [subprocess.check_output([path], text=True) for path in paths] == ["hello\n"]
    assert calls.read_text() == "called\n"


@pytest.mark.usefixtures("calls")
def test_a_program_that_is_not_in_its_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServerFailed, match="hello has no program nobody-has-it"):
        debian_program("hello", "nobody-has-it", tmp_path / "cache")


def test_a_package_that_cannot_be_fetched_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ServerFailed, match="the package hello is not installed and cannot be fetched"):
        debian_program("hello", "hello", tmp_path / "cache")
