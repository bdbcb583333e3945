"""Publishing that Kafka refuses or does not answer: it ends with a clear line, or goes on."""

from threading import Timer

import pytest

from runtime.kafka import batch_producer as kit
from schemas.errors import FatalError, ServerUnreachableError
from schemas.events.history import HistoryLine
from tests.kit.silence import acting_at_commit, silence
from tests.kit.waiting import PATIENCE_SECONDS
from tests.publish.scenario import TOPIC, TRANSACTION_SECONDS, PublishScenario, line, lines

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("publish"), pytest.mark.takes(30)]

SILENT_SECONDS = 5.0
"""More than one call waits, less than a transaction lasts."""

BROKER_TAKES = 2 * 1024 * 1024
CLIENT_TAKES = 4 * 1024 * 1024


def test_a_broker_that_goes_away_is_unreachable_and_no_refusal(scenario: PublishScenario) -> None:
    publisher = scenario.publisher(transaction_timeout_seconds=2)
    publisher.send(lines(10))
    with scenario.silent(PATIENCE_SECONDS), pytest.raises(ServerUnreachableError) as ended:
        publisher.send(lines(20))
    assert "Purged" not in str(ended.value)
    assert "10 events are there, the next 20 may be" in str(ended.value)


@pytest.mark.parametrize("transactions", [True, False])
@pytest.mark.parametrize("size", [BROKER_TAKES, CLIENT_TAKES])
def test_an_event_that_is_too_large_is_refused_for_good(
    scenario: PublishScenario, transactions: bool, size: int
) -> None:
    publisher = scenario.publisher(transactions=transactions)
    large = HistoryLine(TOPIC, line(0, size), None)
    with pytest.raises(FatalError, match=f"refuses messages on topic '{TOPIC}' for good"):
        publisher.send([*lines(5), large])


def test_a_broker_that_falls_silent_during_a_commit_is_asked_again(
    scenario: PublishScenario, monkeypatch: pytest.MonkeyPatch
) -> None:
    silenced: list[Timer] = []
    producer = acting_at_commit(lambda: silenced.append(silence(scenario.cluster, SILENT_SECONDS)))
    monkeypatch.setattr(kit, "Producer", producer)
    assert SILENT_SECONDS < TRANSACTION_SECONDS
    scenario.publisher().send(lines(10))
    assert (bool(silenced), scenario.settled()) == (True, 10)
