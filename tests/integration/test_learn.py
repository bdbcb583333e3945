"""Production that starts with a model learnt from a history."""

import json
from datetime import UTC, datetime
from pathlib import Path
from subprocess import CompletedProcess

import msgspec
import pytest
from confluent_kafka import Producer

from customers.features.feature_names import FEATURE_SET
from deploy.simulator import shop_events
from risk.evaluation.decision_schedule import DecisionSchedule
from runtime.kafka.options import client_options
from schemas.moments import from_ms
from schemas.records.encode import encode_record
from schemas.records.model import Model, decode_model
from schemas.records.score import decode_risk_score
from schemas.settings.risk import RiskSettings
from tests.integration.stack import LocalPipeline
from tests.kit.waiting import PATIENCE_SECONDS
from tests.risk.histories import START, play, shop_history

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("learning"), pytest.mark.takes(40)]

HORIZON_DAYS = 20.0
MIN_EXAMPLES = 300


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("history") / "shop.ndjson"
    events = shop_events(seed=11, customers=60, start=START, days=250.0)
    file.write_text("".join(json.dumps(event) + "\n" for event in events))
    return file


@pytest.fixture(scope="module")
def learnt(pipeline: LocalPipeline, history: Path) -> Model:
    """The model that was published where there was none."""
    pipeline.environment["STAYLINE_RISK__HORIZON_DAYS"] = str(HORIZON_DAYS)
    pipeline.environment["STAYLINE_RISK__MIN_EXAMPLES"] = str(MIN_EXAMPLES)
    done = pipeline.run("learn", str(history))
    (model,) = _models(pipeline)
    assert f"published {model.version}" in done.stdout
    return model


def _models(pipeline: LocalPipeline) -> list[Model]:
    return [decode_model(value) for _, value in pipeline.read("model_epochs")]


def _refused(pipeline: LocalPipeline, *words: str, **variables: str) -> str:
    before = len(_models(pipeline))
    done: CompletedProcess[str] = pipeline.run("learn", *words, check=False, variables=variables)
    assert done.returncode == 2
    assert len(_models(pipeline)) == before
    return " ".join(done.stderr.split())


def test_what_is_published_is_what_a_backtest_learns(learnt: Model) -> None:
    settings = RiskSettings(horizon_days=HORIZON_DAYS, min_examples=MIN_EXAMPLES)
    backtest, _ = play(shop_history(seed=11, customers=60, days=250.0), DecisionSchedule(), settings)

    assert backtest.model is not None
    first = {"first_border": from_ms(0), "published_at": learnt.published_at}

    assert learnt == msgspec.structs.replace(backtest.model, **first)
    assert (learnt.feature_set, learnt.horizon_days) == (FEATURE_SET, HORIZON_DAYS)


def test_a_model_that_is_there_is_not_replaced_unasked(pipeline: LocalPipeline, history: Path, learnt: Model) -> None:
    said = _refused(pipeline, str(history))

    assert f"model {learnt.version} is there" in said
    assert "--replace" in said


def test_another_horizon_than_that_of_the_model_that_is_there_is_told(
    pipeline: LocalPipeline, history: Path, learnt: Model
) -> None:
    said = _refused(pipeline, str(history), STAYLINE_RISK__HORIZON_DAYS="30")

    assert f"model {learnt.version} is there, for 20 days, not 30" in said


def test_a_history_with_too_few_answers_is_refused(
    pipeline: LocalPipeline, tmp_path: Path, history: Path, learnt: Model
) -> None:
    assert learnt
    short = tmp_path / "short.ndjson"
    short.write_text("".join(history.read_text().splitlines(keepends=True)[:60]))

    assert "a model is trusted from 300 on" in _refused(pipeline, str(short))


def test_a_worker_started_afterwards_scores_its_first_event_with_the_model(
    pipeline: LocalPipeline, learnt: Model
) -> None:
    pipeline.start("intake", "intake-1")
    pipeline.start("worker", "worker-1", RISK__MODEL_WAIT_SECONDS="60")
    pipeline.start("learner", "learner-1")
    event = next(iter(shop_events(seed=12, customers=1, start=datetime.now(UTC), days=1.0)))
    now = datetime.now(UTC).isoformat()
    pipeline.publish([json.dumps({**event, "occurred_at": now}).encode()], "now")

    assert pipeline.wait_until(lambda: any(pipeline.read("risk_scores")))
    pipeline.stop_all()

    scores = [decode_risk_score(value) for _, value in pipeline.read("risk_scores")]
    assert {score.model_version for score in scores} == {learnt.version}


def test_asked_to_it_replaces_a_model_of_other_features(pipeline: LocalPipeline, history: Path, learnt: Model) -> None:
    other = msgspec.structs.replace(learnt, feature_set="00000000")
    producer = Producer(client_options(pipeline.kafka))
    producer.produce("model_epochs", encode_record(other), other.feature_set)
    assert producer.flush(PATIENCE_SECONDS) == 0
    assert "of features 00000000" in _refused(pipeline, str(history))

    pipeline.run("learn", str(history), "--replace")

    assert _models(pipeline)[-1].weights == learnt.weights
