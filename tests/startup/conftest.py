"""Topics and tables for all wrong starts."""

from collections.abc import Iterator

import pytest

from tests.integration.stack import Company, company_on
from tests.kit.servers import SharedServers


@pytest.fixture(scope="package")
def company(servers: SharedServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Topics and tables as they should be; no process yet."""
    folder = tmp_path_factory.mktemp("startup")
    with company_on(servers, folder) as company:
        yield company
