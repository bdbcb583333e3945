"""A real history through everything, under changes of who reads it, against the same history in one process.

One intake starts late and another is paused, a worker leaves, the learner is killed.
"""

from contextlib import closing
from dataclasses import dataclass
from typing import Final

import pytest

from bench.replay.progress import RecordCounter
from deploy.demo.play.cdnow import cdnow_events
from deploy.demo.play.sources import encode_event
from deploy.local.process import ServerProcess
from runtime.kafka.offsets import OffsetClient
from schemas.events.history import decode_history
from schemas.events.interaction import Interaction
from schemas.settings.risk import MoneySettings, RiskSettings
from schemas.topics import INTERACTIONS, intake_group
from sinks.clickhouse.client import open_client
from sinks.queries.row_counts import RowCounts, counts
from tests.integration.stack import LocalPipeline, local_pipeline, results_of
from tests.kit.equality import Knowledge, first_difference, worked_out
from tests.kit.results import Results, first_difference_of_results, run_whole
from tests.kit.servers import SharedServers
from tests.kit.suite.cases import cases
from tests.kit.waiting import PATIENCE_SECONDS

pytestmark = [pytest.mark.servers, pytest.mark.takes(40)]

ONE_CUSTOMER_IN = cases(12, usual=24)
"""Enough to have every kind of customer, few enough to be quick."""

RISK: Final = RiskSettings(epoch_hours=96.0)
"""Epochs of four days, each of which has its model: a quarter of the round trips of the default."""

SOON_GIVEN_UP: Final = {"KAFKA__SESSION_TIMEOUT_SECONDS": "6"}


@dataclass(frozen=True)
class Played:
    """Results of a history through Kafka, and in one process."""

    history: list[Interaction]
    through_kafka: Knowledge
    in_one_process: Knowledge
    counts: RowCounts
    exit_codes: dict[str, int | None]
    records: Results
    records_in_one_process: Results


@pytest.fixture(scope="module")
def played(servers: SharedServers, tmp_path_factory: pytest.TempPathFactory) -> Played:
    """One intake starts late, the other is paused meanwhile; pages differ; a worker ends and another takes over."""
    lines = [encode_event(event) for event in cdnow_events() if int(str(event["customer_id"])) % ONE_CUSTOMER_IN == 0]
    history = [one for one in decode_history(lines, MoneySettings().rates, 10**6) if isinstance(one, Interaction)]
    expected, records = run_whole(history, RISK)
    with local_pipeline(servers, tmp_path_factory.mktemp("replay")) as pipeline:
        pipeline.environment["STAYLINE_RISK__EPOCH_HOURS"] = str(RISK.epoch_hours)
        pipeline.environment["STAYLINE_RISK__MODEL_WAIT_SECONDS"] = str(PATIENCE_SECONDS)
        leaving, early = _play(pipeline, lines)
        _wait_for(pipeline, records)
        pipeline.wait_until(lambda: first_difference(expected, _found(pipeline)) is None)
        found = _found(pipeline)
        with open_client(pipeline.clickhouse) as client:
            pipeline.wait_until(lambda: counts(client).training_examples >= len(pipeline.examples()))
            stored = counts(client)
        early.stop()
        exit_codes = {"worker-leaving": leaving.exit_code}
        return Played(history, found, expected, stored, exit_codes, results_of(pipeline), records)


def _play(pipeline: LocalPipeline, lines: list[bytes]) -> tuple[ServerProcess, ServerProcess]:
    """Publish a history in three parts, with a change of who reads it after each; return who left, and who slept."""
    early = pipeline.start("intake", "intake-early", INTAKE__PAGE_LINES="37", **SOON_GIVEN_UP)
    leaving = pipeline.start("worker", "worker-leaving", WORKER__DATA_FOLDER=str(pipeline.folder / "leaving"))
    pipeline.start("worker", "worker-staying", WORKER__DATA_FOLDER=str(pipeline.folder / "staying"))
    pipeline.start("learner", "learner-1")
    pipeline.start("sink", "sink-1")
    third = len(lines) // 3
    pipeline.publish(lines[:third], "event")
    assert pipeline.wait_until(lambda: any(pipeline.read(INTERACTIONS)))
    pipeline.start("intake", "intake-late", INTAKE__PAGE_LINES="500", INTAKE__PAGE_MILLISECONDS="50")
    pipeline.publish(lines[third : 2 * third], "event")
    assert pipeline.wait_until(lambda: _intakes(pipeline) == 2)
    early.pause()
    pipeline.kill("learner-1")
    pipeline.start("learner", "learner-2")
    pipeline.publish(lines[2 * third :], "event")
    assert pipeline.wait_until(lambda: _intakes(pipeline) == 1)
    early.resume()
    pipeline.forget(early)  # which may have slept past its transaction's time: it ends then, and the other reads on
    leaving.stop(PATIENCE_SECONDS)
    return leaving, early


def _wait_for(pipeline: LocalPipeline, records: Results) -> None:
    """Return once there are as many records as there should be, each read once."""
    wanted = sum(map(len, records.values()))
    with closing(RecordCounter(pipeline.kafka)) as counter:
        pipeline.wait_until(lambda: counter.count() >= wanted)


def _found(pipeline: LocalPipeline) -> Knowledge:
    return worked_out(pipeline.states().items(), pipeline.examples())


def _intakes(pipeline: LocalPipeline) -> int:
    """Return how many intakes share the raw partitions; one that is paused counts until it is given up."""
    return OffsetClient(pipeline.kafka).members(intake_group("stayline"))


def test_the_same_history_gives_the_same_states_questions_and_answers_as_a_backtest(played: Played) -> None:
    assert first_difference(played.in_one_process, played.through_kafka) is None


def test_every_score_alert_and_answer_is_that_of_a_backtest_byte_for_byte(played: Played) -> None:
    assert first_difference_of_results(played.records_in_one_process, played.records) is None


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
