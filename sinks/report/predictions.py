"""Quality of the risks, by the questions that are settled."""

from datetime import date
from typing import Final

import msgspec
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.ask import ask


class Tenth(msgspec.Struct, frozen=True):
    """A tenth of the answers by predicted risk: the mean risk, and the share who left."""

    answers: int
    predicted: float
    observed: float


class MonthlyQuality(msgspec.Struct, frozen=True):
    """Mean log-loss of a month's answers, and that of predicting the share of leavers known before."""

    month: date
    answers: int
    log_loss: float
    prior_log_loss: float


_TENTHS: Final = """
SELECT count() AS answers, avg(risk) AS predicted, avg(has_left) AS observed
FROM
(
    SELECT risk, `left` AS has_left, ntile(10) OVER (ORDER BY risk, customer_id, asked_at) AS tenth
    FROM training_examples FINAL
    WHERE NOT void AND NOT startsWith(model_version, 'rule')
)
GROUP BY tenth
ORDER BY tenth
"""

_MONTHS: Final = """
SELECT
    toStartOfMonth(day) AS month,
    sum(labels) AS answers,
    sum(model_quality.log_loss * labels) / answers AS log_loss,
    sum(model_quality.prior_log_loss * labels) / answers AS prior_log_loss
FROM model_quality
GROUP BY month
ORDER BY month
"""


def tenths(client: Client) -> list[Tenth]:
    """Return predicted and observed shares, from the lowest risks to the highest; without the rule's risks."""
    return ask(client, _TENTHS, Tenth)


def months(client: Client) -> list[MonthlyQuality]:
    """Return the quality by month in which questions were settled."""
    return ask(client, _MONTHS, MonthlyQuality)
