"""The learner as a process: killed and started again, each border has one model, of every answer once."""

import random

import msgspec
import pytest
from confluent_kafka import Producer

from customers.features.feature_names import FEATURE_NAMES, FEATURE_SET
from retention.catalogue.compiled import compile_playbook
from retention.learning.policy_learner import PolicyLearner
from risk.learning.epoch_learner import EpochLearner
from risk.learning.learner import Learner
from risk.scoring.epochs import Epochs
from runtime.kafka.options import IDEMPOTENT, client_options
from schemas.moments import DAY_MS, from_ms, to_ms
from schemas.records.decisions import BidCounts, DecisionOutcome
from schemas.records.encode import encode_record
from schemas.records.learner_notes import BIDS, BORDER, OUTCOME, BorderMarker
from schemas.records.model import Model, decode_model
from schemas.records.training_example import TrainingExample
from schemas.settings.risk import RiskSettings
from schemas.trace import Header
from streams.retention_file import load_playbook
from tests.integration.stack import LocalPipeline
from tests.kit.waiting import PATIENCE_SECONDS
from tests.retention.learning.decided import SHARE, outcome_of

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("learning"), pytest.mark.takes(20)]

EXAMPLES = 6_000
TOGETHER = 250
APART_MS = 10 * 60_000
HORIZON_DAYS = 90.0
EPOCHS = Epochs.of(RiskSettings(horizon_days=HORIZON_DAYS))
PARTITIONS = 3


def example(number: int) -> TrainingExample:
    """An answer that depends on the features, so that there is something to learn."""
    drawn = random.Random(number)  # noqa: S311 - no secret
    features = tuple(round(drawn.gauss(0.0, 1.0), 6) for _ in FEATURE_NAMES)
    return TrainingExample(
        customer_id=f"c-{number}",
        asked_at=from_ms(number * APART_MS),
        settled_at=from_ms(number * APART_MS + 91 * DAY_MS),
        cause="review",
        horizon_days=HORIZON_DAYS,
        left=features[0] + drawn.gauss(0.0, 1.0) > 0.0,
        purchases=0,
        amount=0.0,
        risk=0.5,
        model_version="rule-1",
        feature_set=FEATURE_SET,
        features=features,
    )


def outcome(number: int) -> DecisionOutcome:
    """Outcome of a call, settled with an answer; half of the margin depends on the call."""
    drawn = random.Random(-number)  # noqa: S311 - no secret
    held_out, settled_at = drawn.random() < SHARE, example(number).settled_at
    margin = drawn.gauss(15.0, 5.0) + (0.0 if held_out else 15.0)
    return outcome_of(
        decision_id=f"d-{number}",
        decided_at=from_ms(to_ms(settled_at) - 91 * DAY_MS),
        settled_at=settled_at,
        held_out=held_out,
        margin=margin,
        horizon_days=HORIZON_DAYS,
        gain_score=10.0 - (margin - 15.0) / SHARE if held_out else 10.0 + (margin - 25.0) / (1.0 - SHARE),
        features=example(number).features,
    )


def bids(number: int) -> BidCounts:
    """More bids for calls than there are, at the time of an answer."""
    epoch = from_ms(EPOCHS.start(to_ms(example(number).settled_at)))
    return BidCounts(epoch=epoch, counts={"call": {number % 100: 100}})


def border_before(number: int) -> int:
    """The last border before an answer, ms since 1970."""
    return EPOCHS.start(to_ms(example(number).settled_at))


def records_of(numbers: range) -> list[tuple[bytes, list[Header]]]:
    """Answers, outcomes and bids in disorder, then the notice of every customer partition that a border is passed."""
    answers: list[tuple[bytes, list[Header]]] = [(encode_record(example(number)), []) for number in numbers]
    answers += [(encode_record(outcome(number)), [(OUTCOME, b"")]) for number in numbers if number % 4 == 0]
    answers += [(encode_record(bids(number)), [(BIDS, b"")]) for number in numbers if number % 50 == 0]
    random.Random(numbers.start).shuffle(answers)  # noqa: S311 - no secret
    border = from_ms(border_before(numbers[-1]))
    markers = [BorderMarker(partition=one, partitions=PARTITIONS, border=border) for one in range(PARTITIONS)]
    header: Header = (BORDER, b"")
    return answers + [(encode_record(marker), [header]) for marker in markers]


@pytest.fixture(scope="module")
def models(pipeline: LocalPipeline) -> list[Model]:
    """All models that a learner published which was killed twice on its way."""
    producer = Producer({**client_options(pipeline.kafka), **IDEMPOTENT})
    for run in range(3):
        for first in range(run * EXAMPLES // 3, (run + 1) * EXAMPLES // 3, TOGETHER):
            for value, headers in records_of(range(first, first + TOGETHER)):
                producer.produce("training_examples", value, headers=headers)
        assert producer.flush(PATIENCE_SECONDS) == 0
        wanted = border_before(EXAMPLES // 3 * run + (EXAMPLES // 6 if run < 2 else EXAMPLES // 3) - 1)
        learner = pipeline.start("learner", f"learner-{run}")
        assert pipeline.wait_until(lambda wanted=wanted: _newest(pipeline) >= wanted)  # type: ignore[misc]
        learner.kill() if run < 2 else learner.stop()
        pipeline.forget(learner)
    return _published(pipeline)


def _published(pipeline: LocalPipeline) -> list[Model]:
    return [decode_model(value) for _, value in pipeline.read("model_epochs")]


def _newest(pipeline: LocalPipeline) -> int:
    return max((to_ms(model.border) for model in _published(pipeline)), default=0)


def test_every_border_has_the_model_that_one_learner_alone_learns(models: list[Model]) -> None:
    policy = PolicyLearner(compile_playbook(load_playbook()), EPOCHS)
    alone = EpochLearner(Learner(HORIZON_DAYS), EPOCHS, companion=policy)
    for number in range(EXAMPLES):
        alone.add(example(number))
        if number % 4 == 0:
            policy.add_outcome(outcome(number))
        if number % 50 == 0:
            policy.add_bids(bids(number))
    expected = {model.border: model for model in alone.close(border_before(EXAMPLES - 1), models[0].published_at)}

    found = {
        one.border: msgspec.structs.replace(one, published_at=models[0].published_at, learnt_until=0) for one in models
    }

    assert found == expected


def test_what_was_learnt_of_decisions_is_published_with_the_models(models: list[Model]) -> None:
    policy = models[-1].policy

    assert policy is not None
    assert policy.prices["call"] > 0.0
    assert policy.evidence["call"].finding == "pays"
    assert policy.corrections is not None
    assert policy.corrections.actions == ("call",)


def test_no_model_goes_back_behind_one_published_before(models: list[Model]) -> None:
    assert [model.border for model in models] == sorted({model.border for model in models})
