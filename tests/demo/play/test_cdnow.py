import subprocess
import sys
from collections.abc import Mapping
from decimal import Decimal
from importlib.metadata import distribution
from typing import Any

import pytest

from deploy.demo.play.cdnow import LOG, cdnow_events, cdnow_totals


@pytest.fixture(scope="module")
def events() -> list[Mapping[str, Any]]:
    return list(cdnow_events())


@pytest.fixture(scope="module")
def dollars_in_the_file() -> dict[int, Decimal]:
    """The amount of every row, read apart from the code under test."""
    lines = str(distribution("lifetimes").read_text(f"../{LOG}")).splitlines()[1:]
    return {number: Decimal(line.split()[3]) for number, line in enumerate(lines, start=1)}


def _amount(event: Mapping[str, Any]) -> Decimal:
    return sum((item["quantity"] * Decimal(item["unit_price"]) for item in event["items"]), Decimal(0))


def test_the_log_has_the_published_size() -> None:
    totals = cdnow_totals()

    assert (totals.rows, totals.customers) == (69_659, 23_570)


def test_the_events_add_up_to_the_file(events: list[Mapping[str, Any]]) -> None:
    totals = cdnow_totals()

    assert len(events) == totals.rows
    assert len({event["customer_id"] for event in events}) == totals.customers
    assert sum(map(_amount, events)) == totals.dollars


def test_every_transaction_is_exact_to_the_cent(
    events: list[Mapping[str, Any]], dollars_in_the_file: dict[int, Decimal]
) -> None:
    assert {int(event["event_id"][-6:]): _amount(event) for event in events} == dollars_in_the_file


def test_every_line_holds_at_least_one_disc(events: list[Mapping[str, Any]]) -> None:
    assert all(event["items"] and all(item["quantity"] >= 1 for item in event["items"]) for event in events)


def test_event_and_order_ids_are_unique(events: list[Mapping[str, Any]]) -> None:
    assert len({event["event_id"] for event in events}) == len(events)
    assert len({event["order_id"] for event in events}) == len(events)


def test_events_come_by_day_then_customer_then_row(events: list[Mapping[str, Any]]) -> None:
    order = [(event["occurred_at"], event["customer_id"], event["event_id"]) for event in events]

    assert order == sorted(order)


@pytest.mark.servers
def test_the_package_that_carries_the_log_is_not_imported() -> None:
    code = "import sys, deploy.demo.play.cdnow as log; next(log.cdnow_events()); print('lifetimes' in sys.modules)"

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout == "False\n"
