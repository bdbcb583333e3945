"""The running pipeline and those who watch it, for all who look at it or ask it something."""

from collections.abc import Iterator

import pytest

from tests.kit.servers import SharedServers
from tests.observability.watched import Watched, watched_on


@pytest.fixture(scope="package")
def watched(servers: SharedServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Everything, after a history and live events."""
    with watched_on(servers, tmp_path_factory.mktemp("watched")) as running:
        yield running
