from datetime import UTC, datetime

import pytest

from bench.engines.contest import Risks, difference, learnt_model
from bench.engines.work import PlainWork, Step, WholeWork, decode_plain_score
from bench.purchases import Load, Purchase, purchases_of

PURCHASES = list(purchases_of(Load(events=400, customers=60, days=30.0, seed=1)))


def test_a_peer_gives_the_same_risks_as_all_that_the_worker_does_at_a_purchase() -> None:
    model = learnt_model(1)
    assert risks_by(PlainWork(model), PURCHASES) == risks_by(WholeWork(model), PURCHASES)


def test_a_risk_other_than_the_workers_ends_the_contest() -> None:
    with pytest.raises(RuntimeError, match="other risks than the worker"):
        difference("an engine", 2, risks(0.25, 0.51), risks(0.25, 0.5))


def test_a_purchase_that_an_engine_left_out_ends_the_contest() -> None:
    with pytest.raises(RuntimeError, match="scored 1 purchases, not the first 2"):
        difference("an engine", 2, risks(0.25), risks(0.25, 0.5))


def risks_by(step: Step, purchases: list[Purchase]) -> list[float]:
    kept: dict[str, bytes] = {}
    given = []
    for purchase in purchases:
        kept[purchase.customer_id], score = step(kept.get(purchase.customer_id), purchase.flat)
        given.append(decode_plain_score(score).risk)
    return given


def risks(*given: float) -> Risks:
    return {(f"customer-{number}", datetime(2026, 3, 2, tzinfo=UTC)): risk for number, risk in enumerate(given)}
