"""Quality of the predictions whose questions are settled."""

from typing import Final

import msgspec
from clickhouse_connect.driver.client import Client

from sinks.clickhouse.ask import ask


class Quality(msgspec.Struct, frozen=True, kw_only=True):
    """Quality of the predictions, over all questions settled so far.

    Attributes:
        labels: Questions settled.
        base_rate: Share of them in which the customer had left; None without any.
        log_loss: Mean log-loss of the risks predicted when they were asked.
        base_log_loss: Log-loss of always predicting ``base_rate``: the best constant.
        brier: Mean squared error of those risks.
        calibration_error: Mean distance of mean risk and share of leavers over the tenths by risk.
        auc: Area under the ROC curve; None if all or none had left.
    """

    labels: int
    base_rate: float | None
    log_loss: float | None
    base_log_loss: float | None
    brier: float | None
    calibration_error: float | None
    auc: float | None


_QUALITY: Final = """
WITH
    ranked AS
    (
        SELECT
            `left` AS has_left,
            risk,
            least(greatest(risk, 1e-15), 1 - 1e-15) AS clipped,
            ntile(10) OVER (ORDER BY risk, customer_id, asked_at) AS tenth,
            countIf(NOT has_left) OVER (ORDER BY risk RANGE UNBOUNDED PRECEDING) AS stayed_up_to,
            countIf(NOT has_left) OVER (PARTITION BY risk) AS stayed_equal
        FROM training_examples FINAL
        WHERE NOT void AND ({with_rule:Bool} OR NOT startsWith(model_version, 'rule'))
    ),
    by_tenth AS
    (
        SELECT
            count() AS asked,
            countIf(has_left) AS leavers,
            abs(sum(risk) - leavers) AS miscalibration,
            -sum(if(has_left, log(clipped), log(1 - clipped))) AS loss,
            sum(pow(risk - has_left, 2)) AS squares,
            sumIf(stayed_up_to - stayed_equal / 2, has_left) AS pairs_won
        FROM ranked
        GROUP BY tenth
    )
SELECT
    sum(asked) AS labels,
    sum(leavers) / nullIf(labels, 0) AS base_rate,
    sum(loss) / nullIf(labels, 0) AS log_loss,
    -(if(base_rate = 0, 0, base_rate * log(base_rate)) + if(base_rate = 1, 0, (1 - base_rate) * log(1 - base_rate)))
        AS base_log_loss,
    sum(squares) / nullIf(labels, 0) AS brier,
    sum(miscalibration) / nullIf(labels, 0) AS calibration_error,
    sum(pairs_won) / nullIf(sum(leavers) * (labels - sum(leavers)), 0) AS auc
FROM by_tenth
"""


def quality(client: Client, *, with_rule: bool = True) -> Quality:
    """Return the quality of the predictions; only settled questions count.

    Args:
        client: A connection to the database.
        with_rule: True to count risks of the rule, which scores until a model has learnt enough.
    """
    return ask(client, _QUALITY, Quality, with_rule=with_rule)[0]
