"""Set-up of producers (decision 18)."""

import pytest

from runtime.kafka.options import producer_options
from schemas.settings.connections import KafkaSettings

IN_FLIGHT = "max.in.flight.requests.per.connection"


@pytest.mark.parametrize(
    ("transactional_id", "transactions"), [(None, True), ("intake-1", False)], ids=["no id", "a broker without them"]
)
def test_a_producer_without_transactions_has_one_request_under_way(
    transactional_id: str | None, transactions: bool
) -> None:
    options = producer_options(KafkaSettings(transactions=transactions), transactional_id)
    assert options["enable.idempotence"]
    assert options[IN_FLIGHT] == 1
    assert "transactional.id" not in options


def test_a_transactional_producer_may_have_several() -> None:
    options = producer_options(KafkaSettings(), "intake-1")
    assert options["transactional.id"] == "intake-1"
    assert IN_FLIGHT not in options
