"""The running pipeline and those who watch it, for all who look at it or ask it something."""

from collections.abc import Iterator

import pytest

from tests.observability.watched import Watched, watched_in


@pytest.fixture(scope="package")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    """Everything, after a history and live events."""
    with watched_in(tmp_path_factory.mktemp("watched")) as running:
        yield running
