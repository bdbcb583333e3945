from collections import defaultdict
from datetime import UTC, datetime

import pytest

from bench.engines.comparison import learnt_model
from bench.engines.peer_work import PlainWork, decode_plain_score
from bench.engines.plain_python import predictor_of
from bench.engines.risks import Risks, difference, risks_of
from bench.kit.purchases import GeneratedPurchase, Load, purchases_of
from customers.advance import advance, receive
from customers.fact_line import decode_line
from customers.facts import fact_of
from customers.policy import policy_of
from customers.state import Customer
from risk.learning.learner import Learner
from risk.scoring.scorer import RiskScorer
from schemas.records.model import Model, decode_model
from schemas.settings.risk import RiskSettings, SegmentSettings

PURCHASES = list(purchases_of(Load(events=400, customers=60, days=30.0, seed=1)))


@pytest.mark.parametrize("arithmetic", [False, True], ids=["River's pipeline", "numbers written out"])
def test_a_peer_gives_the_same_risks_as_the_worker(arithmetic: bool) -> None:
    model = decode_model(learnt_model(1))
    step = PlainWork(model, predictor_of(model) if arithmetic else Learner.resume(model).predict)
    assert risks_by(step, PURCHASES) == pytest.approx(risks_of_the_worker(model, PURCHASES), abs=1e-6)


def test_a_risk_other_than_the_workers_ends_the_contest() -> None:
    with pytest.raises(RuntimeError, match="other risks than the worker"):
        difference("an engine", risks(0.25, 0.51), risks(0.25, 0.5))


def test_a_purchase_that_an_engine_left_out_ends_the_contest() -> None:
    with pytest.raises(RuntimeError, match="scored 0 purchases, not the 1 that it was given"):
        risks_of("an engine", [], 1)


def test_a_purchase_that_the_worker_did_not_score_ends_the_contest() -> None:
    with pytest.raises(RuntimeError, match="scored other purchases than the worker"):
        difference("an engine", risks(0.25, 0.5), risks(0.25))


def risks_by(step: PlainWork, purchases: list[GeneratedPurchase]) -> list[float]:
    kept: dict[str, bytes] = {}
    given = []
    for purchase in purchases:
        kept[purchase.customer_id], score = step(kept.get(purchase.customer_id), purchase.flat)
        given.append(decode_plain_score(score).risk)
    return given


def risks_of_the_worker(model: Model, purchases: list[GeneratedPurchase]) -> list[float]:
    judge, policy = RiskScorer(RiskSettings(), SegmentSettings(), "USD"), policy_of(RiskSettings())
    judge.load(model)
    customers: dict[str, Customer] = defaultdict(Customer)
    given = []
    for purchase in purchases:
        customer, fact = customers[purchase.customer_id], fact_of(decode_line(purchase.line))
        receive(customer, fact)
        outcome = advance(customer, purchase.customer_id, fact.stamp, policy, judge)
        given.append(outcome.scored[-1].score.risk)
    return given


def risks(*given: float) -> Risks:
    return {(f"customer-{number}", datetime(2026, 3, 2, tzinfo=UTC)): risk for number, risk in enumerate(given)}
