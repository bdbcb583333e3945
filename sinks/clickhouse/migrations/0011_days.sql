-- Activity with discounts and returned units, and risk by band.

-- Returns name no channel, so that the rate is one of a day and a currency. Discounts are in the event's currency and
-- are converted as the purchases of their row were on the whole.
CREATE OR REPLACE VIEW daily_activity
(
    day Date COMMENT 'Day on which it happened, UTC',
    channel String COMMENT 'Sales or support channel, empty if unknown and for returns',
    currency String COMMENT 'Currency of the events, empty for contacts',
    purchases UInt64 COMMENT 'Purchases',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    units UInt64 COMMENT 'Units bought',
    returns UInt64 COMMENT 'Returns',
    refunds Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    contacts UInt64 COMMENT 'Support contacts',
    unresolved UInt64 COMMENT 'Contacts that did not end well',
    mean_satisfaction Nullable(Float64) COMMENT 'Mean of the answers, 1 (worst) to 5, NULL if none',
    discounts Float64 COMMENT 'Given on the purchases, reporting currency; 0 where all of them were free',
    returned_units UInt64 COMMENT 'Units sent back',
    return_rate Nullable(Float64)
        COMMENT 'Units sent back a unit sold on this day in this currency over all channels, NULL if none was sold'
)
AS
WITH by_channel AS
(
    SELECT
        toDate(occurred_at) AS day,
        channel,
        currency,
        countIf(type = 'purchase') AS purchases,
        sumIf(amount, type = 'purchase') AS revenue,
        sumIf(original_amount, type = 'purchase') AS original_revenue,
        sumIf(
            arraySum(item -> toFloat64(item.discount) * item.quantity, interactions.items), type = 'purchase')
            AS original_discounts,
        sumIf(interactions.units, type = 'purchase') AS units,
        countIf(type = 'return') AS returns,
        sumIf(amount, type = 'return') AS refunds,
        sumIf(interactions.units, type = 'return') AS returned_units,
        countIf(type = 'support_contact') AS contacts,
        countIf(resolved = false) AS unresolved,
        avg(satisfaction) AS mean_satisfaction
    FROM interactions FINAL
    GROUP BY day, channel, currency
)
SELECT
    day,
    channel,
    currency,
    purchases,
    revenue,
    units,
    returns,
    refunds,
    contacts,
    unresolved,
    mean_satisfaction,
    ifNull(original_discounts * toFloat64(revenue) / nullIf(toFloat64(original_revenue), 0), 0) AS discounts,
    returned_units,
    sum(returned_units) OVER (PARTITION BY day, currency) / nullIf(sum(units) OVER (PARTITION BY day, currency), 0)
        AS return_rate
FROM by_channel AS counted
COMMENT 'What happened each day, by channel and currency';

CREATE OR REPLACE VIEW daily_risk
(
    day Date COMMENT 'Day of the scores, UTC',
    segment LowCardinality(String) COMMENT 'What to do with these customers',
    band LowCardinality(String) COMMENT 'Risk: low (under 0.3), middle (under 0.7) or high',
    customers UInt64 COMMENT 'Customers scored that day, each with the last score of the day',
    mean_risk Float64 COMMENT 'Their mean probability of leaving',
    value_at_risk Float64 COMMENT 'Sum of their value at risk, reporting currency',
    moved_up UInt64 COMMENT 'How many of them were in a lower band when scored last',
    moved_down UInt64 COMMENT 'How many were in a higher one'
)
AS
WITH
    last_of_day AS
    (
        SELECT customer_id, toDate(scored_at) AS day, segment, risk, value_at_risk, (risk >= 0.3) + (risk >= 0.7) AS place
        FROM risk_scores FINAL
        ORDER BY customer_id, scored_at DESC, cause = 'interaction' DESC
        LIMIT 1 BY customer_id, day
    ),
    moved AS
    (
        SELECT
            *,
            lagInFrame(toNullable(place)) OVER
                (PARTITION BY customer_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS place_before
        FROM last_of_day
    )
SELECT
    day,
    segment,
    ['low', 'middle', 'high'][place + 1] AS band,
    count() AS customers,
    avg(risk) AS mean_risk,
    sum(moved.value_at_risk) AS value_at_risk,
    countIf(place > place_before) AS moved_up,
    countIf(place < place_before) AS moved_down
FROM moved
GROUP BY day, segment, place
COMMENT 'Risk of the customers scored each day, by segment and band';
