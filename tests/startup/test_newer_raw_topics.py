"""An installation of a version that knew fewer raw topics goes on once ``stayline topics`` has made the others."""

import json
from datetime import UTC, datetime

import pytest

from customers.encoding.encode import decode_customer
from customers.state import Customer
from sinks.clickhouse.client import open_client
from streams.intake.partition import partition_of_key
from tests.integration.stack import CUSTOMER_PARTITIONS, LocalPipeline
from tests.kit.topics import delete
from tests.startup.written_pages import CUSTOMERS, PARTITION, write_page

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("startup"), pytest.mark.takes(30)]

NEWER = ["actions_taken", "judgements"]
JUDGED = next(
    name for name in map("c{}".format, range(CUSTOMERS)) if partition_of_key(name, CUSTOMER_PARTITIONS) == PARTITION
)
JUDGEMENT = {"type": "judgement", "event_id": "j-1", "customer_id": JUDGED, "by": "ann", "likely_to_leave": True}


@pytest.fixture
def pipeline(pipeline: LocalPipeline) -> LocalPipeline:
    """Without pages and rows, and without the topics that the earlier version did not know."""
    delete(pipeline.kafka.bootstrap_servers, ["interactions"])
    with open_client(pipeline.clickhouse) as client:
        client.command("TRUNCATE TABLE interactions")
    pipeline.prepare()
    delete(pipeline.kafka.bootstrap_servers, NEWER)
    return pipeline


def _customers(pipeline: LocalPipeline) -> dict[str, Customer]:
    return {key.decode(): decode_customer(state) for key, state in pipeline.states().items()}


def test_intake_names_the_missing_topics_and_goes_on_from_committed_progress_once_they_are_made(
    pipeline: LocalPipeline,
) -> None:
    write_page(pipeline, 1)  # with the progress of one raw topic alone
    worker = pipeline.start("worker", "upgraded", WORKER__ACCEPT_CHANGES="true")
    assert pipeline.wait_until(lambda: sum(one.purchases for one in _customers(pipeline).values()) >= CUSTOMERS)

    early = pipeline.start("intake", "early")
    pipeline.forget(early)
    assert pipeline.wait_until(lambda: early.exit_code is not None)
    line = early.log.read_text().splitlines()[-1]
    assert (early.exit_code, "Kafka has no topic actions_taken, judgements; create" in line) == (2, True), line

    assert pipeline.run("topics").stdout == "created actions_taken, judgements\n"
    bought = _customers(pipeline)[JUDGED].purchases
    intake = pipeline.start("intake", "late")
    event = {**JUDGEMENT, "occurred_at": datetime.now(UTC).isoformat()}
    pipeline.publish([json.dumps(event).encode()], "now")

    assert pipeline.wait_until(lambda: _customers(pipeline)[JUDGED].told == 1)
    judged = _customers(pipeline)[JUDGED]
    assert (judged.purchases, judged.leaving, judged.judged_by) == (bought, True, "ann")
    for process in (worker, intake):
        process.stop()
        pipeline.forget(process)
