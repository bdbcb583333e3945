"""What a person types, and what comes back: words on the screen and an exit code."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from schemas.events import RAW_TOPICS
from sinks.clickhouse import open_client
from sinks.totals import counts
from tests.integration.company import Company, company_in

GOOD = 20
BAD = (b"{", b'{"event_id": 1}', None)


def purchase(number: int, currency: str = "USD") -> bytes:
    """A purchase of this very moment."""
    event = {
        "type": "purchase",
        "event_id": f"e-{number}",
        "customer_id": "ann [x]",
        "occurred_at": datetime.now(UTC).isoformat(),
        "order_id": f"o-{number}",
        "currency": currency,
        "items": [{"sku": "mug", "quantity": 2, "unit_price": "7.50"}],
        "channel": "web",
    }
    return json.dumps(event).encode()


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Good events from standard input, bad ones beside them, and every process."""
    folder = tmp_path_factory.mktemp("commands")
    with company_in(folder) as company:
        for kind in ("intake", "worker", "learner", "sink", "notifier"):
            company.start(kind, f"{kind}-1")
        company.run("publish", "-", text=b"\n".join(purchase(number) for number in range(GOOD)))
        company.produce("returns", BAD)
        company.produce("purchases", [purchase(GOOD, "XTS")])
        assert company.wait_until(lambda: _arrived(company))
        yield company


def _arrived(company: Company) -> bool:
    with open_client(company.clickhouse) as client:
        stored = counts(client)
    letters = sum(stored.dead_letters.values())
    return stored.interactions == GOOD and letters == len(BAD) + 1 and stored.risk_scores > 0


def test_check_finds_everything_as_it_should_be(company: Company) -> None:
    checked = company.run("check", check=False)
    assert (checked.returncode, "no  " in checked.stdout) == (0, False), checked.stdout


@pytest.mark.parametrize("topic", RAW_TOPICS)
def test_check_names_every_raw_topic(company: Company, topic: str) -> None:
    assert f"topic {topic}" in company.run("check").stdout


def test_customer_shows_the_profile_the_reasons_and_the_interactions(company: Company) -> None:
    shown = company.run("customer", "ann [x]").stdout
    assert all(part in shown for part in ("ann [x]", "20 for 300.00 USD", "Risk", "15.00 USD", "2 units, web")), shown


def test_a_customer_nobody_knows_is_wrong_use(company: Company) -> None:
    unknown = company.run("customer", "nobody", check=False)
    assert (unknown.returncode, unknown.stderr.count("\n")) == (2, 1)


def test_dead_letters_are_listed_with_their_reasons(company: Company) -> None:
    listed = company.run("dead-letters", "list").stdout
    assert all(reason in listed for reason in ("not_json", "invalid", "unknown_currency")), listed


def test_a_dry_run_sends_nothing_back(company: Company) -> None:
    dry = company.run("dead-letters", "redrive", "--reason", "unknown_currency", "--dry-run").stdout
    assert dry.startswith("would send purchases")


def test_a_letter_that_is_still_bad_comes_back_as_another(company: Company) -> None:
    company.run("dead-letters", "redrive", "--reason", "unknown_currency")

    def came_back() -> bool:
        with open_client(company.clickhouse) as client:
            return counts(client).dead_letters["unknown_currency"] == 2

    assert company.wait_until(came_back)


def test_settings_shows_every_setting_with_its_meaning(company: Company) -> None:
    shown = " ".join(company.run("settings").stdout.split())
    assert "STAYLINE_RISK__HORIZON_DAYS" in shown


def test_a_wrong_setting_stops_the_start_with_its_name_and_value(company: Company) -> None:
    stopped = company.run("worker", check=False, variables={"STAYLINE_RISK__HORIZON_DAYS": "soon"})
    assert (stopped.returncode, "STAYLINE_RISK__HORIZON_DAYS is 'soon'" in stopped.stderr) == (2, True)


def test_every_command_says_with_exit_code_3_that_the_broker_does_not_answer(company: Company) -> None:
    commands = [["intake"], ["worker"], ["learner"], ["sink"], ["notifier"], ["topics"], ["check"]]
    codes = _exit_codes(company, commands, {"STAYLINE_KAFKA__BOOTSTRAP_SERVERS": "127.0.0.1:1"})
    assert codes == [3] * len(commands)


def test_every_command_says_with_exit_code_3_that_the_database_does_not_answer(company: Company) -> None:
    commands = [["migrate"], ["customer", "ann"], ["sink"], ["dead-letters", "list"], ["check"]]
    codes = _exit_codes(company, commands, {"STAYLINE_CLICKHOUSE__URL": "http://127.0.0.1:1"})
    assert codes == [3] * len(commands)


def _exit_codes(company: Company, commands: list[list[str]], variables: dict[str, str]) -> list[int]:
    with ThreadPoolExecutor(len(commands)) as threads:
        ended = threads.map(lambda words: company.run(*words, check=False, variables=variables), commands)
        return [one.returncode for one in ended]
