"""Mark tests that need servers, and refuse a process to those that are not marked."""

import subprocess
from collections.abc import Generator
from typing import Any, Final

import pytest

_SERVER_FIXTURES: Final = frozenset({"kafka", "clickhouse"})


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test ``servers`` that asks for a server, directly or through another fixture."""
    for item in items:
        if not _SERVER_FIXTURES.isdisjoint(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.servers)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let a test that is not marked ``servers`` start no process."""
    if item.get_closest_marker("servers") is not None:
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess.Popen, "__init__", _refuse)
        return (yield)


def _refuse(_process: object, command: Any, *_arguments: Any, **_options: Any) -> None:  # noqa: ANN401 - as Popen's
    raise AssertionError(f"a test that starts a process is marked servers: {command}")
