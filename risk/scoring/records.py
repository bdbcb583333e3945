"""Outcomes as the records that are published."""

from collections.abc import Sequence
from typing import Final

from customers.advance import Scored
from customers.feature_snapshot import decode_features
from customers.features import FEATURE_SET
from customers.settle import Settled
from customers.state import NEVER, Customer
from risk.scoring.alert import alert_id, change_alert
from risk.scoring.outlook import Answer
from schemas.moments import DAY_MS, from_ms
from schemas.records import Alert, RiskScore, TrainingExample
from schemas.settings import AlertSettings

_DIGITS: Final = 6


def score_of(customer_id: str, scored: Scored) -> RiskScore:
    """A judgement as it goes to ``risk_scores``."""
    judgement = scored.judgement
    return RiskScore(
        customer_id=customer_id,
        scored_at=from_ms(scored.now),
        cause=scored.cause,
        risk=round(judgement.risk, 6),
        reasons=judgement.reasons,
        value_at_risk=judgement.value_at_risk,
        segment=judgement.segment,
        model_version=judgement.model_version,
        outlook=judgement.outlook,
        next_purchase=judgement.next_purchase,
        life_cycle=judgement.life_cycle,
        value_tier=judgement.value_tier,
        yearly_margin=judgement.yearly_margin,
    )


def examples_of(settled: Sequence[tuple[str, Settled]]) -> list[TrainingExample]:
    """Settled questions as they go to ``training_examples``.

    Args:
        settled: Whose each is, and the question.
    """
    if not settled:
        return []
    horizons = [(question.closes_at - question.asked_at) / DAY_MS for _, question in settled]
    columns = decode_features([question.features for _, question in settled], horizons).T.tolist()
    answers = [answer_of(question) for _, question in settled]
    return [
        TrainingExample(
            customer_id=customer_id,
            asked_at=from_ms(question.asked_at),
            settled_at=from_ms(question.settles_at),
            cause="interaction" if question.bought else "review",
            horizon_days=horizon,
            left=question.purchases == 0,
            purchases=answer.purchases,
            amount=answer.amount,
            risk=question.risk,
            model_version=question.model_version,
            feature_set=FEATURE_SET,
            features=tuple(features),
            bought_after_days=answer.bought_after_days,
        )
        for (customer_id, question), horizon, features, answer in zip(settled, horizons, columns, answers, strict=True)
    ]


def answer_of(question: Settled) -> Answer:
    """What a settled question was answered by; a question asked before first purchases were kept may lack that one."""
    amount = round(question.amount, _DIGITS)
    if question.first_bought == NEVER:
        return Answer(question.purchases, amount, None)
    return Answer(question.purchases, amount, round((question.first_bought - question.asked_at) / DAY_MS, _DIGITS))


def alert_of(customer: Customer, customer_id: str, scored: Scored, settings: AlertSettings) -> Alert | None:
    """The alert that a judgement raises or clears, noted in the state; None where nothing changes."""
    change = change_alert(customer, scored.judgement, scored.now, settings)
    if change is None:
        return None
    raised_at = customer.alert_raised
    if change == "cleared":
        customer.alert_raised = NEVER
    judgement = scored.judgement
    return Alert(
        alert_id=alert_id(customer_id, raised_at),
        customer_id=customer_id,
        raised_at=from_ms(raised_at),
        changed_at=from_ms(scored.now),
        state=change,
        risk=round(judgement.risk, 6),
        value_at_risk=judgement.value_at_risk,
        segment=judgement.segment,
        reasons=judgement.reasons,
    )
