"""One set of servers for all wrong starts."""

from collections.abc import Iterator

import pytest

from deploy.local.servers import LocalServers
from tests.integration.company import Company


@pytest.fixture(scope="package")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Topics and tables as they should be; no process yet."""
    folder = tmp_path_factory.mktemp("startup")
    with LocalServers(folder, broker="kafka") as servers:
        company = Company(servers, folder)
        try:
            yield company
        finally:
            company.stop()
