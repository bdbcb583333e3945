"""An installation of a version that knew fewer raw topics goes on once ``stayline topics`` has made the others."""

import json
from datetime import UTC, datetime

import pytest

from customers.encoding.encode import decode_customer
from customers.state import Customer
from sinks.clickhouse.client import open_client
from streams.intake.partition import partition_of_key
from tests.integration.stack import CUSTOMER_PARTITIONS, Company
from tests.kit.topics import delete
from tests.startup.written_pages import CUSTOMERS, PARTITION, write_page

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("startup"), pytest.mark.takes(30)]

NEWER = ["actions_taken", "judgements"]
JUDGED = next(
    name for name in map("c{}".format, range(CUSTOMERS)) if partition_of_key(name, CUSTOMER_PARTITIONS) == PARTITION
)
JUDGEMENT = {"type": "judgement", "event_id": "j-1", "customer_id": JUDGED, "by": "ann", "likely_to_leave": True}


@pytest.fixture
def company(company: Company) -> Company:
    """Without pages and rows, and without the topics that the earlier version did not know."""
    delete(company.kafka.bootstrap_servers, ["interactions"])
    with open_client(company.clickhouse) as client:
        client.command("TRUNCATE TABLE interactions")
    company.prepare()
    delete(company.kafka.bootstrap_servers, NEWER)
    return company


def _customers(company: Company) -> dict[str, Customer]:
    return {key.decode(): decode_customer(state) for key, state in company.states().items()}


def test_intake_names_the_missing_topics_and_goes_on_from_committed_progress_once_they_are_made(
    company: Company,
) -> None:
    write_page(company, 1)  # with the progress of one raw topic alone
    worker = company.start("worker", "upgraded", WORKER__ACCEPT_CHANGES="true")
    assert company.wait_until(lambda: sum(one.purchases for one in _customers(company).values()) >= CUSTOMERS)

    early = company.start("intake", "early")
    company.forget(early)
    assert company.wait_until(lambda: early.exit_code is not None)
    line = early.log.read_text().splitlines()[-1]
    assert (early.exit_code, "Kafka has no topic actions_taken, judgements; create" in line) == (2, True), line

    assert company.run("topics").stdout == "created actions_taken, judgements\n"
    bought = _customers(company)[JUDGED].purchases
    intake = company.start("intake", "late")
    event = {**JUDGEMENT, "occurred_at": datetime.now(UTC).isoformat()}
    company.publish([json.dumps(event).encode()], "now")

    assert company.wait_until(lambda: _customers(company)[JUDGED].told == 1)
    judged = _customers(company)[JUDGED]
    assert (judged.purchases, judged.leaving, judged.judged_by) == (bought, True, "ann")
    for process in (worker, intake):
        process.stop()
        company.forget(process)
