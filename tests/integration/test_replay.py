"""A real history through everything, under changes of who reads it, against the same history in one process.

One intake starts late and another is paused, a worker leaves, the learner is killed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from deploy.demo.cdnow import cdnow_events
from deploy.demo.sources import encode_event
from runtime.kafka.offsets import OffsetClient
from schemas.history import decode_history
from schemas.interaction import Interaction
from schemas.settings import MoneySettings, RiskSettings
from schemas.topics import INTERACTIONS, intake_group
from sinks.clickhouse.client import open_client
from sinks.queries.row_counts import RowCounts, counts
from tests.integration.stack import Company, company_on, results_of
from tests.kit.equality import Knowledge, backtested, first_difference, worked_out
from tests.kit.results import Results, first_difference_of_results, results_of_backtest
from tests.kit.servers import SharedServers
from tests.kit.suite.cases import cases
from tests.kit.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.servers, pytest.mark.takes(40)]

ONE_CUSTOMER_IN = cases(12, usual=24)
"""Enough to have every kind of customer, few enough to be quick."""

SOON_GIVEN_UP = {"KAFKA__SESSION_TIMEOUT_SECONDS": "6"}


@dataclass(frozen=True)
class Played:
    """Results of a history through Kafka, and in one process."""

    history: list[Interaction]
    through_kafka: Knowledge
    in_one_process: Knowledge
    counts: RowCounts
    exit_codes: dict[str, int | None]
    records: Results


@pytest.fixture(scope="module")
def played(servers: SharedServers, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """One intake starts late, the other is paused meanwhile; pages differ; a worker ends and another takes over."""
    folder = tmp_path_factory.mktemp("replay")
    lines = [encode_event(event) for event in cdnow_events() if int(str(event["customer_id"])) % ONE_CUSTOMER_IN == 0]
    history = [one for one in decode_history(lines, MoneySettings().rates, 10**6) if isinstance(one, Interaction)]
    expected = backtested(history, RiskSettings())
    answers = sum(map(len, expected.examples.values()))
    with company_on(servers, folder) as company:
        company.environment["STAYLINE_RISK__MODEL_WAIT_SECONDS"] = str(PATIENCE_SECONDS)
        yield _play(company, lines, history, expected, answers)


def _play(
    company: Company, lines: list[bytes], history: list[Interaction], expected: Knowledge, answers: int
) -> Played:
    early = company.start("intake", "intake-early", INTAKE__PAGE_LINES="37", **SOON_GIVEN_UP)
    leaving = company.start("worker", "worker-leaving", WORKER__DATA_FOLDER=str(company.folder / "leaving"))
    company.start("worker", "worker-staying", WORKER__DATA_FOLDER=str(company.folder / "staying"))
    learner = company.start("learner", "learner-1")
    company.start("sink", "sink-1")
    third = len(lines) // 3
    company.publish(lines[:third], "event")
    assert company.wait_until(lambda: any(company.read(INTERACTIONS)))
    company.start("intake", "intake-late", INTAKE__PAGE_LINES="500", INTAKE__PAGE_MILLISECONDS="50")
    company.publish(lines[third : 2 * third], "event")
    assert company.wait_until(lambda: _intakes(company) == 2)
    early.pause()
    learner.kill()
    company.forget(learner)
    company.start("learner", "learner-2")
    company.publish(lines[2 * third :], "event")
    assert company.wait_until(lambda: _intakes(company) == 1)
    early.resume()
    company.forget(early)  # which may have slept past its transaction's time: it ends then, and the other reads on
    leaving.stop(PATIENCE_SECONDS)
    company.wait_until(lambda: sum(1 for _ in company.read("training_examples")) >= answers)
    company.wait_until(lambda: first_difference(expected, _found(company)) is None)
    knowledge = _found(company)
    with open_client(company.clickhouse) as client:
        company.wait_until(lambda: counts(client).training_examples >= answers)
        stored = counts(client)
    early.stop()
    ended = {"worker-leaving": leaving.exit_code}
    return Played(history, knowledge, expected, stored, ended, results_of(company))


def _intakes(company: Company) -> int:
    """Return how many intakes share the raw partitions; one that is paused counts until it is given up."""
    return OffsetClient(company.kafka).members(intake_group("stayline"))


def _found(company: Company) -> Knowledge:
    return worked_out(company.states().items(), company.examples())


def test_the_same_history_gives_the_same_states_questions_and_answers_as_a_backtest(played: Played) -> None:
    assert first_difference(played.in_one_process, played.through_kafka) is None


def test_every_score_alert_and_answer_is_that_of_a_backtest_byte_for_byte(played: Played) -> None:
    expected = results_of_backtest(played.history, RiskSettings())

    assert first_difference_of_results(expected, played.records) is None


def test_every_event_is_in_clickhouse_exactly_once(played: Played) -> None:
    stored = played.counts
    published = (len(played.history), len(played.history), sum(one.amount for one in played.history))
    assert (stored.interactions, stored.distinct_events, stored.amount) == published


def test_every_customer_has_a_row(played: Played) -> None:
    assert played.counts.customers == len({one.customer_id for one in played.history})


def test_a_valid_history_leaves_no_dead_letter(played: Played) -> None:
    assert played.counts.dead_letters == {}


def test_a_worker_that_is_told_to_stop_ends_well(played: Played) -> None:
    assert played.exit_codes == {"worker-leaving": 0}
