"""Keep the tests of a file on one pytest worker, and begin with what takes longest.

A file, or all files with one ``xdist_group``, are a group: what its fixtures set up is set up once. Several workers are
done at about the same time only if the longest groups begin first, so a file that takes long says so beside its tests:
``pytest.mark.takes(seconds)``. Marks need be right only roughly; a run ends by naming those that are far off.
"""

from collections import defaultdict
from typing import Final

import pytest
from _pytest.nodeid import NodeId

_WORTH_A_MARK: Final = 15.0
"""Seconds; a shorter group fills the gaps."""

_FAR_OFF: Final = 3.0
"""Factor by which a mark may be wrong, so that a busy machine complains of none."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Name every test's group, and sort by groups: the longest first, then what needs servers, then the rest."""
    seconds: dict[str, dict[str, float]] = defaultdict(dict)
    with_servers: set[str] = set()
    for item in items:
        group, file = _group_of(item), _file_of(item)
        seconds[group][file] = float(str(_argument(item, "takes", 0.0)))
        if item.get_closest_marker("servers") is not None:
            with_servers.add(group)
    total = {group: sum(files.values()) for group, files in seconds.items()}
    items.sort(key=lambda item: (-total[_group_of(item)], _group_of(item) not in with_servers))
    for item in items:
        group = _group_of(item)
        item.user_properties += [("group", group), ("takes", total[group])]
        _name_group(item, group)


def pytest_configure(config: pytest.Config) -> None:
    """Time groups where reports arrive."""
    config.pluginmanager.register(Groups())


class Groups:
    """Seconds of every group of a run."""

    def __init__(self) -> None:
        """Begin a run."""
        self._taken: dict[str, float] = defaultdict(float)
        self._marked: dict[str, float] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Add what a test took."""
        of = dict(report.user_properties)
        if "group" in of:
            self._taken[str(of["group"])] += report.duration
            self._marked[str(of["group"])] = float(str(of["takes"]))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name the groups whose mark is far off."""
        for group, taken in sorted(self._taken.items(), key=lambda one: -one[1]):
            marked = self._marked[group]
            if taken > _FAR_OFF * max(marked, _WORTH_A_MARK) or marked > _FAR_OFF * max(taken, _WORTH_A_MARK):
                terminalreporter.line(f"{group} took {taken:.0f} s and is marked takes({marked:.0f})")


def _name_group(item: pytest.Item, group: str) -> None:
    """Tell xdist the group of a test, which it reads from the end of the test's id.

    xdist 3.8 would do so itself for a mark, but writes to an attribute that pytest 9.2 no longer has, and then scatters
    the tests of a file over all workers.
    """
    if hasattr(item.config, "workerinput"):
        item._id = NodeId.parse(f"{item.nodeid}@{group}")  # noqa: SLF001
        assert item.nodeid.endswith(f"@{group}")


def _group_of(item: pytest.Item) -> str:
    return str(_argument(item, "xdist_group", _file_of(item)))


def _file_of(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


def _argument(item: pytest.Item, mark: str, default: object) -> object:
    found = item.get_closest_marker(mark)
    return default if found is None else found.args[0]
