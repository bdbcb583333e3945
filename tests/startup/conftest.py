"""One set of servers for all wrong starts."""

from collections.abc import Iterator

import pytest

from tests.integration.stack import Company, company_in


@pytest.fixture(scope="package")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Topics and tables as they should be; no process yet."""
    folder = tmp_path_factory.mktemp("startup")
    with company_in(folder) as company:
        yield company
