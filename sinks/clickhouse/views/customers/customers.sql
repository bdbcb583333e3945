-- The latest profile of every customer.
CREATE OR REPLACE VIEW customers
(
    customer_id String COMMENT 'Who',
    first_seen DateTime64(3, 'UTC') COMMENT 'First interaction',
    last_seen DateTime64(3, 'UTC') COMMENT 'Last interaction',
    first_purchase_at Nullable(DateTime64(3, 'UTC')) COMMENT 'First purchase, NULL if none',
    last_purchase_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Last purchase, NULL if none',
    usual_gap_days Nullable(Float64) COMMENT 'Mean days between purchases, NULL before the second; compare the silence with it',
    purchases UInt64 COMMENT 'Purchases; the events of an order are one',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    units UInt64 COMMENT 'Units bought',
    returns UInt64 COMMENT 'Returns',
    refunds Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    contacts UInt64 COMMENT 'Support contacts',
    unresolved UInt64 COMMENT 'Contacts that did not end well',
    last_satisfaction Nullable(UInt8) COMMENT 'Last answer, 1 (worst) to 5, NULL if never asked',
    scored_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Moment of the latest score, which everything below holds as of; NULL if none',
    risk Nullable(Float64) COMMENT 'Probability of buying nothing within the horizon after that',
    value_at_risk Nullable(Float64) COMMENT 'Risk times the margin expected in a year, reporting currency',
    segment LowCardinality(String) COMMENT 'What to do, empty if never scored',
    reasons Array(Tuple(feature LowCardinality(String), effect Float64, text String))
        COMMENT 'Why, the strongest first: feature, added log-odds of leaving, a sentence that names days and so does not age',
    model_version LowCardinality(String) COMMENT 'Which model answered, empty if none',
    life_cycle LowCardinality(String)
        COMMENT 'new, growing, steady, slipping, gone or won_back by the latest score; empty if never bought or scored',
    value_tier LowCardinality(String)
        COMMENT 'high, middle or low: what a year is worth, set against other customers; empty likewise',
    alert_state LowCardinality(String) COMMENT 'State of the latest alert of their risk: raised or cleared, empty if there never was one',
    alert_changed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When that state was reached, NULL if never'
)
AS SELECT
    seen.customer_id AS customer_id, first_seen, last_seen, first_purchase_at, last_purchase_at, usual_gap_days,
    purchases, revenue, units, returns, refunds, contacts, unresolved, last_satisfaction, scored_at, risk, value_at_risk, segment, reasons, model_version,
    life_cycle, value_tier, alert_state, alert_changed_at
FROM
(
    SELECT
        customer_id,
        min(occurred_at) AS first_seen,
        max(occurred_at) AS last_seen,
        minIf(toNullable(occurred_at), type = 'purchase') AS first_purchase_at,
        maxIf(toNullable(occurred_at), type = 'purchase') AS last_purchase_at,
        uniqExactIf(order_id, type = 'purchase') AS purchases,
        if(purchases > 1,
            dateDiff('millisecond', first_purchase_at, last_purchase_at) / 86400000 / (purchases - 1), NULL) AS usual_gap_days,
        sumIf(amount, type = 'purchase') AS revenue,
        sumIf(interactions.units, type = 'purchase') AS units,
        countIf(type = 'return') AS returns,
        sumIf(amount, type = 'return') AS refunds,
        countIf(type = 'support_contact') AS contacts,
        countIf(resolved = false) AS unresolved,
        argMaxIf(satisfaction, (occurred_at, event_id), satisfaction IS NOT NULL) AS last_satisfaction
    FROM interactions FINAL
    GROUP BY customer_id
) AS seen
LEFT JOIN
(
    SELECT
        customer_id, toNullable(scored_at) AS scored_at, toNullable(risk) AS risk,
        toNullable(value_at_risk) AS value_at_risk, segment, reasons, model_version,
        life_cycle, value_tier
    FROM risk_scores FINAL
    ORDER BY customer_id, risk_scores.scored_at DESC, cause = 'interaction' DESC
    LIMIT 1 BY customer_id
) AS scored ON scored.customer_id = seen.customer_id
LEFT JOIN
(
    SELECT customer_id, state AS alert_state, toNullable(changed_at) AS alert_changed_at
    FROM alerts FINAL
    WHERE decision_id = ''
    ORDER BY customer_id, changed_at DESC, alert_id DESC, state = 'cleared' DESC
    LIMIT 1 BY customer_id
) AS alerted ON alerted.customer_id = seen.customer_id
COMMENT 'Latest profile of every customer, one row each';
