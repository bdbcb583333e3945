"""Reads how far risks can be trusted at present, and who is right where people and the model disagree."""

from datetime import date
from typing import Final, Literal

import msgspec

from sinks.clickhouse.ask import Connection, ask


class QualityDay(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``model_quality``: predictions whose questions were settled on one day.

    Attributes:
        day: The day, UTC.
        labels: Number of questions settled.
        base_rate: Share in which the customer had left.
        log_loss: Mean log-loss of the risks given when they were asked.
        calibration_error: Mean distance of risk and share of leavers over the tenths by risk.
        prior_log_loss: Log-loss of saying the share of leavers of the days before.
        auc: Area under the ROC curve; None if all or none had left.
        by_rule: How many of the risks the rule had given, before the model had learnt enough.
    """

    day: date
    labels: int
    base_rate: float
    log_loss: float
    calibration_error: float
    prior_log_loss: float
    auc: float | None
    by_rule: int


class JudgementHits(msgspec.Struct, frozen=True, kw_only=True):
    """A row of ``judgement_hits``: how often a person was right about who leaves, beside the model.

    Attributes:
        by: Who judged; empty for everybody together.
        judgements: Number of judgements whose horizon is over.
        waiting: Number of those whose is not.
        right_share: Share of the judgements that were right; None if there is none.
        model_right_share: Share of the same of which the model was right.
        disagreements: Number of judgements in which person and model disagreed.
        person_right: How many of these the person was right about.
        verdict: Who is right where they disagree.
    """

    by: str
    judgements: int
    waiting: int
    right_share: float | None
    model_right_share: float | None
    disagreements: int
    person_right: int
    verdict: Literal["person", "model", "cannot_tell"]


_DAYS: Final = f"""
SELECT {", ".join(QualityDay.__struct_fields__)}
FROM model_quality
ORDER BY day DESC
LIMIT {{limit:UInt32}}
"""  # noqa: S608 - names of ours

_HITS: Final = f"SELECT {', '.join(JudgementHits.__struct_fields__)} FROM judgement_hits ORDER BY by"  # noqa: S608


def quality_days(client: Connection, limit: int = 90) -> list[QualityDay]:
    """Return the quality of the predictions by day, the latest day first.

    Args:
        client: A connection to the database.
        limit: Largest number of days with settled questions.
    """
    return ask(client, _DAYS, QualityDay, limit=limit)


def judgement_hits(client: Connection) -> list[JudgementHits]:
    """Return how often people were right, everybody together first.

    Args:
        client: A connection to the database.
    """
    return ask(client, _HITS, JudgementHits)
