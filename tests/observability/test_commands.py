"""Commands as a person types them, with their output and exit codes."""

import json
import subprocess
from datetime import UTC, datetime

import pytest

from schemas.events.raw_events import RAW_TOPICS
from sinks.clickhouse.client import open_client
from sinks.queries.row_counts import counts
from tests.integration.stack import LocalPipeline
from tests.observability.watched import Watched

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("watched"), pytest.mark.takes(30)]

Ended = subprocess.CompletedProcess[str]

GOOD = 20
CUSTOMER = "ann [x]"
BAD = (b"{", b'{"event_id": 1}', None)


def purchase(number: int, currency: str = "USD") -> bytes:
    """A purchase of this very moment."""
    event = {
        "type": "purchase",
        "event_id": f"e-{number}",
        "customer_id": CUSTOMER,
        "occurred_at": datetime.now(UTC).isoformat(),
        "order_id": f"o-{number}",
        "currency": currency,
        "items": [{"sku": "mug", "quantity": 2, "unit_price": "7.50"}],
        "channel": "web",
    }
    return json.dumps(event).encode()


@pytest.fixture(scope="module")
def pipeline(watched: Watched) -> LocalPipeline:
    """Good events from standard input and bad ones beside them, where every process runs."""
    pipeline = watched.pipeline
    pipeline.run("publish", "-", text=b"\n".join(purchase(number) for number in range(GOOD)))
    pipeline.produce("returns", BAD)
    pipeline.produce("purchases", [purchase(GOOD, "XTS")])
    assert pipeline.wait_until(lambda: _arrived(pipeline))
    return pipeline


def _arrived(pipeline: LocalPipeline) -> bool:
    asked = (
        "SELECT count() FROM interactions FINAL WHERE customer_id = {id:String}",
        "SELECT count() > 0 FROM risk_scores WHERE customer_id = {id:String}",
        "SELECT count() FROM dead_letters FINAL WHERE topic IN ('purchases', 'returns')",
    )
    with open_client(pipeline.clickhouse) as client:
        return [client.command(one, {"id": CUSTOMER}) for one in asked] == [GOOD, 1, len(BAD) + 1]


@pytest.fixture(scope="module")
def checked(pipeline: LocalPipeline) -> Ended:
    """Output of ``stayline check``."""
    return pipeline.run("check", check=False)


def test_check_finds_everything_as_it_should_be(checked: Ended) -> None:
    assert (checked.returncode, "no  " in checked.stdout) == (0, False), checked.stdout


@pytest.mark.parametrize("topic", RAW_TOPICS)
def test_check_names_every_raw_topic(checked: Ended, topic: str) -> None:
    assert f"topic {topic}" in checked.stdout


def test_customer_shows_the_profile_the_reasons_and_the_interactions(pipeline: LocalPipeline) -> None:
    shown = pipeline.run("customer", CUSTOMER).stdout
    assert all(part in shown for part in ("ann [x]", "20 for 300.00 USD", "Risk", "15.00 USD", "2 units, web")), shown


def test_a_customer_nobody_knows_is_wrong_use(pipeline: LocalPipeline) -> None:
    unknown = pipeline.run("customer", "nobody", check=False)
    assert (unknown.returncode, unknown.stderr.count("\n")) == (2, 1)


def test_dead_letters_are_listed_with_their_reasons(pipeline: LocalPipeline) -> None:
    listed = pipeline.run("dead-letters", "list").stdout
    assert all(reason in listed for reason in ("not_json", "invalid", "unknown_currency")), listed


def test_a_dead_letter_is_listed_with_its_event_its_customer_and_the_field_at_80_columns(
    pipeline: LocalPipeline,
) -> None:
    listed = pipeline.run("dead-letters", "list", variables={"COLUMNS": "80"}).stdout
    assert all(part in listed for part in ("what is wrong", "event", "customer")), listed


def test_a_dry_run_sends_nothing_back(pipeline: LocalPipeline) -> None:
    dry = pipeline.run("dead-letters", "redrive", "--reason", "unknown_currency", "--dry-run").stdout
    assert dry.startswith("would send purchases")


def test_a_letter_that_is_still_bad_comes_back_as_another(pipeline: LocalPipeline) -> None:
    pipeline.run("dead-letters", "redrive", "--reason", "unknown_currency")

    def came_back() -> bool:
        with open_client(pipeline.clickhouse) as client:
            return counts(client).dead_letters["unknown_currency"] == 2

    assert pipeline.wait_until(came_back)


def test_settings_shows_every_setting_with_its_meaning(pipeline: LocalPipeline) -> None:
    shown = " ".join(pipeline.run("settings").stdout.split())
    assert "STAYLINE_RISK__HORIZON_DAYS" in shown


def test_a_wrong_setting_stops_the_start_with_its_name_and_value(pipeline: LocalPipeline) -> None:
    stopped = pipeline.run("worker", check=False, variables={"STAYLINE_RISK__HORIZON_DAYS": "soon"})
    assert (stopped.returncode, "STAYLINE_RISK__HORIZON_DAYS is 'soon'" in stopped.stderr) == (2, True)
