"""One set of servers for those who only learn; whoever plays a history has servers of its own."""

from collections.abc import Iterator

import pytest

from streams.topics import MODELS, TRAINING_EXAMPLES
from tests.integration.stack import Company, company_in
from tests.kit.topics import delete


@pytest.fixture(scope="package")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Topics and tables as they should be; no process yet."""
    with company_in(tmp_path_factory.mktemp("learning")) as company:
        yield company


@pytest.fixture(scope="module")
def company(founded: Company) -> Iterator[Company]:
    """A company that has learnt nothing; what a file sets is forgotten after it."""
    delete(founded.kafka.bootstrap_servers, [MODELS, TRAINING_EXAMPLES])
    founded.prepare()
    as_founded = dict(founded.environment)
    yield founded
    founded.stop_all()
    founded.environment = as_founded
