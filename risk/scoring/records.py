"""Scores, changes of alerts and answered questions as the records that are published."""

from collections.abc import Sequence
from hashlib import blake2b

from msgspec.structs import asdict

from customers.case import Scored
from customers.features.feature_names import FEATURE_SET
from customers.features.feature_snapshot import decode_features
from customers.questions.settle import Settled
from customers.state import NEVER
from risk.scoring.outlook import Answer
from schemas.moments import DAY_MS, from_ms
from schemas.records.alert import Alert
from schemas.records.encode import PUBLISHED_DIGITS
from schemas.records.score import RiskScore
from schemas.records.training_example import TrainingExample


def score_of(customer_id: str, scored: Scored) -> RiskScore:
    """Return the record of a score for ``risk_scores``."""
    numbers = asdict(scored.score)
    numbers["risk"] = round(scored.score.risk, PUBLISHED_DIGITS)
    return RiskScore(customer_id, from_ms(scored.now), scored.cause, **numbers)


def examples_of(settled: Sequence[tuple[str, Settled]]) -> list[TrainingExample]:
    """Return the records of settled questions for ``training_examples``.

    Args:
        settled: Pairs of a customer id and a question.
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
            void=question.void,
        )
        for (customer_id, question), horizon, features, answer in zip(settled, horizons, columns, answers, strict=True)
    ]


def answer_of(question: Settled) -> Answer:
    """Return the answer to a settled question.

    Old questions were asked before first purchases were kept; their answers lack ``bought_after_days``.
    """
    amount = round(question.amount, PUBLISHED_DIGITS)
    if question.first_bought == NEVER:
        return Answer(question.purchases, amount, None)
    after_days = round((question.first_bought - question.asked_at) / DAY_MS, PUBLISHED_DIGITS)
    return Answer(question.purchases, amount, after_days)


def alert_of(customer_id: str, scored: Scored) -> Alert | None:
    """Return the record for ``alerts`` of the change that a score made; None if it made none."""
    score, change = scored.score, scored.alert
    if change is None:
        return None
    return Alert(
        alert_id=alert_id(customer_id, change.raised_at),
        customer_id=customer_id,
        raised_at=from_ms(change.raised_at),
        changed_at=from_ms(scored.now),
        state=change.state,
        risk=round(score.risk, PUBLISHED_DIGITS),
        value_at_risk=score.value_at_risk,
        segment=score.segment,
        reasons=score.reasons,
    )


def alert_id(customer_id: str, raised_at: int) -> str:
    """Return the id of the alert raised for a customer at an instant, ms since 1970; the same in every replay."""
    return blake2b(f"{raised_at}/{customer_id}".encode(), digest_size=12).hexdigest()
