"""Topics and tables for those who only learn."""

from collections.abc import Iterator

import pytest

from schemas.topics import MODEL_EPOCHS, TRAINING_EXAMPLES
from tests.integration.stack import Company, company_on
from tests.kit.servers import SharedServers
from tests.kit.topics import delete


@pytest.fixture(scope="package")
def founded(servers: SharedServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Topics and tables as they should be; no process yet."""
    with company_on(servers, tmp_path_factory.mktemp("learning")) as company:
        yield company


@pytest.fixture(scope="module")
def company(founded: Company) -> Iterator[Company]:
    """A company that has learnt nothing; what a file sets is forgotten after it."""
    delete(founded.kafka.bootstrap_servers, [MODEL_EPOCHS, TRAINING_EXAMPLES])
    founded.prepare()
    as_founded = dict(founded.environment)
    yield founded
    founded.stop_all()
    founded.environment = as_founded
