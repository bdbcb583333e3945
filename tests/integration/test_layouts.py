"""One log in two layouts: partitions, workers, pages and kills change no score, decision or answer by a single byte."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from bench.replay.progress import RecordCounter
from deploy.demo.play.sources import encode_event
from deploy.simulator import shop_events
from schemas.events.history import decode_history
from schemas.events.interaction import Interaction
from schemas.records.score import decode_risk_score
from schemas.settings.risk import MoneySettings, RiskSettings
from schemas.topics import ALERTS, DECISIONS, OUTCOMES, RISK_SCORES, TRAINING_EXAMPLES
from tests.integration.stack import LocalPipeline, local_pipeline, results_of
from tests.kit.results import RESULT_TOPICS, Results, first_difference_of_results, results_of_backtest
from tests.kit.servers import SharedServers
from tests.kit.waiting import PATIENCE_SECONDS
from tests.risk.histories import START

pytestmark = [pytest.mark.servers, pytest.mark.takes(70)]

CUSTOMERS: Final = 1_200
DAYS: Final = 300.0
RISK: Final = RiskSettings(epoch_hours=96.0, model_wait_seconds=PATIENCE_SECONDS)
"""Epochs of four days, each of which has its model: a quarter of the round trips of the default."""

SETTINGS: Final = {
    "STAYLINE_RISK__EPOCH_HOURS": str(RISK.epoch_hours),
    "STAYLINE_RISK__MODEL_WAIT_SECONDS": str(RISK.model_wait_seconds),
    "STAYLINE_WORKER__COMMIT_MILLISECONDS": "400",
}


@dataclass(frozen=True, repr=False)
class Played:
    """Results of one log.

    Attributes:
        events: Their number.
        calm: Results of one worker over three customer partitions.
        troubled: Results of three workers over twelve, with smaller pages; a worker and the learner are killed midway.
        backtested: Results in one process.
    """

    events: int
    calm: Results
    troubled: Results
    backtested: Results


@pytest.fixture(scope="module")
def played(servers: SharedServers, tmp_path_factory: pytest.TempPathFactory) -> Played:
    lines = [encode_event(event) for event in shop_events(seed=5, customers=CUSTOMERS, start=START, days=DAYS)]
    read = decode_history(lines, MoneySettings().rates, 10**6)
    expected = results_of_backtest((one for one in read if isinstance(one, Interaction)), RISK)
    counts = counts_of(expected)
    calm = _play_calmly(servers, tmp_path_factory.mktemp("calm"), lines, counts)
    return Played(
        len(lines), calm, _play_troubled(servers, tmp_path_factory.mktemp("troubled"), lines, counts), expected
    )


def _play_calmly(servers: SharedServers, folder: Path, lines: list[bytes], counts: Mapping[str, int]) -> Results:
    with local_pipeline(servers, folder, customer_partitions=3) as pipeline:
        pipeline.environment |= SETTINGS
        for kind in ("intake", "worker", "learner"):
            pipeline.start(kind, f"{kind}-1")
        pipeline.publish(lines, "event")
        return _finished(pipeline, counts)


def _play_troubled(servers: SharedServers, folder: Path, lines: list[bytes], counts: Mapping[str, int]) -> Results:
    """Kill when the first half is under way, and the second has only just been published."""
    with local_pipeline(servers, folder, customer_partitions=12) as pipeline:
        pipeline.environment |= SETTINGS
        pipeline.start("intake", "intake-1", INTAKE__PAGE_LINES="37")
        for instance in ("worker-1", "worker-2", "worker-3", "learner-1"):
            _start(pipeline, instance)
        half = len(lines) // 2
        pipeline.publish(lines[:half], "event")
        assert pipeline.wait_until(lambda: any(pipeline.read(TRAINING_EXAMPLES)))
        pipeline.publish(lines[half:], "event")
        for instance in ("worker-2", "learner-1"):
            pipeline.kill(instance)
        assert len(pipeline.examples()) < counts[TRAINING_EXAMPLES]
        for instance in ("worker-2", "learner-1"):
            _start(pipeline, instance)
        return _finished(pipeline, counts)


def _start(pipeline: LocalPipeline, instance: str) -> None:
    folder = str(pipeline.folder / instance)
    pipeline.start(instance.partition("-")[0], instance, WORKER__DATA_FOLDER=folder)


def _finished(pipeline: LocalPipeline, counts: Mapping[str, int]) -> Results:
    """Return the results once there are as many as a backtest gives, and processes have ended that might write more."""
    with closing(RecordCounter(pipeline.kafka)) as counter:
        pipeline.wait_until(lambda: counter.count() >= sum(counts.values()))
    pipeline.stop_all()
    return results_of(pipeline)


def counts_of(results: Results) -> dict[str, int]:
    """Return how many records each topic has."""
    counts = dict.fromkeys(RESULT_TOPICS, 0)
    for (topic, _), records in results.items():
        counts[topic] += len(records)
    return counts


def test_two_layouts_give_the_same_results_byte_for_byte(played: Played) -> None:
    assert first_difference_of_results(played.calm, played.troubled) is None


def test_a_backtest_gives_them_too(played: Played) -> None:
    assert first_difference_of_results(played.backtested, played.calm) is None


def test_there_are_scores_alerts_decisions_and_answers_of_many_events(played: Played) -> None:
    counts = counts_of(played.calm)

    assert played.events >= 13_000
    assert counts[RISK_SCORES] >= played.events
    assert counts[ALERTS] >= 500
    assert counts[DECISIONS] >= 1_000
    assert counts[OUTCOMES] >= 500
    assert counts[TRAINING_EXAMPLES] >= played.events // 2


def test_every_score_is_of_the_model_of_its_epoch(played: Played) -> None:
    scores = [
        decode_risk_score(record)
        for (topic, _), records in played.troubled.items()
        for record in records
        if topic == RISK_SCORES
    ]

    assert all(score.model_pinned for score in scores)
    assert len({score.model_version for score in scores}) > 40
