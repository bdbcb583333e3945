"""Settled decisions with what was known when they were made, for the estimates of other policies."""

from typing import Final

from clickhouse_connect.driver.client import Client

from schemas.records.logged_decision import LoggedDecision
from sinks.clickhouse.ask import ask

ALL_DECISIONS: Final = 2**63
"""A number of decisions that no log has."""

_LOGGED: Final = """
SELECT
    settled.customer_id AS customer_id,
    settled.decided_at AS decided_at,
    settled.action AS action,
    settled.held_out AS held_out,
    decided.propensity AS propensity,
    settled.probability AS probability,
    settled.policy_version AS policy_version,
    settled.rule AS rule,
    settled.margin AS margin,
    settled.cost AS spent,
    decided.cost AS cost,
    settled.horizon_days AS horizon_days,
    settled.expected_margin AS expected_margin,
    settled.risk AS risk,
    settled.value_at_risk AS value_at_risk,
    settled.segment AS segment,
    decided.reasons.feature AS reasons,
    settled.feature_set AS feature_set,
    settled.features AS features,
    scored.yearly_margin AS yearly_margin,
    scored.life_cycle AS life_cycle,
    scored.value_tier AS value_tier
FROM
(
    SELECT * FROM outcomes FINAL WHERE NOT void ORDER BY decided_at DESC, decision_id DESC LIMIT {latest:UInt64}
) AS settled
INNER JOIN (SELECT decision_id, propensity, cost, reasons FROM decisions FINAL) AS decided USING (decision_id)
LEFT JOIN
(
    SELECT customer_id, scored_at, toNullable(risk_scores.yearly_margin) AS yearly_margin, life_cycle, value_tier
    FROM risk_scores FINAL
    WHERE (customer_id, scored_at) IN (SELECT customer_id, decided_at FROM outcomes)
    ORDER BY customer_id, scored_at, cause = 'interaction' DESC
    LIMIT 1 BY customer_id, scored_at
) AS scored ON scored.customer_id = settled.customer_id AND scored.scored_at = settled.decided_at
ORDER BY decided_at, decision_id
"""


def logged_decisions(client: Client, latest: int = ALL_DECISIONS) -> list[LoggedDecision]:
    """Return the settled decisions that count, in the order of time.

    Args:
        client: A connection to the database.
        latest: So many at most, the latest ones.
    """
    return ask(client, _LOGGED, LoggedDecision, latest=latest)
