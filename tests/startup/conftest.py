"""Topics and tables for all wrong starts."""

from collections.abc import Iterator

import pytest

from tests.integration.stack import LocalPipeline, local_pipeline
from tests.kit.servers import SharedServers


@pytest.fixture(scope="package")
def pipeline(servers: SharedServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPipeline]:
    """Topics and tables as they should be; no process yet."""
    folder = tmp_path_factory.mktemp("startup")
    with local_pipeline(servers, folder) as pipeline:
        yield pipeline
