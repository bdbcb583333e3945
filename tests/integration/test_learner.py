"""The learner as a process: killed and started again, it has learnt every answer once and in order."""

import random

import pytest

from customers.features import FEATURE_NAMES, FEATURE_SET
from risk.learning.learner import Learner
from schemas.model import Model, decode_model
from schemas.moments import from_ms
from schemas.records import TrainingExample, encode_record
from tests.integration.stack import Company

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("learning"), pytest.mark.takes(20)]

EXAMPLES = 6_000
HORIZON_DAYS = 90.0


def example(number: int) -> TrainingExample:
    """An answer that depends on the features, so that there is something to learn."""
    drawn = random.Random(number)  # noqa: S311 - no secret
    features = tuple(round(drawn.gauss(0.0, 1.0), 6) for _ in FEATURE_NAMES)
    return TrainingExample(
        customer_id=f"c-{number}",
        asked_at=from_ms(number * 1_000),
        settled_at=from_ms(number * 1_000 + 91 * 86_400_000),
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


@pytest.fixture(scope="module")
def models(company: Company) -> list[Model]:
    """All models that a learner published which was killed twice on its way."""
    examples = [encode_record(example(number)) for number in range(EXAMPLES)]
    for run in range(3):
        company.produce("training_examples", examples[run * EXAMPLES // 3 : (run + 1) * EXAMPLES // 3])
        wanted = EXAMPLES // 3 * run + (EXAMPLES // 6 if run < 2 else EXAMPLES // 3)
        learner = company.start("learner", f"learner-{run}", LEARNER__PUBLISH_EXAMPLES="250")
        assert company.wait_until(lambda wanted=wanted: _newest(company) >= wanted)  # type: ignore[misc]
        learner.kill() if run < 2 else learner.stop()
        company.forget(learner)
    return [decode_model(value) for _, value in company.read("model_epochs")]


def _newest(company: Company) -> int:
    return max((decode_model(value).examples for _, value in company.read("model_epochs")), default=0)


def test_the_last_model_has_learnt_every_example_once_and_in_order(models: list[Model]) -> None:
    alone = Learner(HORIZON_DAYS)
    for number in range(EXAMPLES):
        alone.learn(example(number))
    expected = alone.publish(models[-1].learnt_until, models[-1].published_at)
    assert expected == models[-1]


def test_no_model_goes_back_behind_one_published_before(models: list[Model]) -> None:
    learnt = [model.examples for model in models]
    assert learnt == sorted(learnt)
