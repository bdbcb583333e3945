"""Topics and tables for those who only learn."""

from collections.abc import Iterator

import pytest

from schemas.topics import MODEL_EPOCHS, TRAINING_EXAMPLES
from tests.integration.stack import LocalPipeline, local_pipeline
from tests.kit.servers import SharedServers
from tests.kit.topics import delete


@pytest.fixture(scope="package")
def founded(servers: SharedServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPipeline]:
    """Topics and tables as they should be; no process yet."""
    with local_pipeline(servers, tmp_path_factory.mktemp("learning")) as pipeline:
        yield pipeline


@pytest.fixture(scope="module")
def pipeline(founded: LocalPipeline) -> Iterator[LocalPipeline]:
    """A pipeline that has learnt nothing; what a file sets is forgotten after it."""
    delete(founded.kafka.bootstrap_servers, [MODEL_EPOCHS, TRAINING_EXAMPLES])
    founded.prepare()
    as_founded = dict(founded.environment)
    yield founded
    founded.stop_all()
    founded.environment = as_founded
