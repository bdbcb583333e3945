-- Activity by day (UTC), channel and currency.
--
-- A return names no channel, so the return rate is one of a day and a currency. Discounts are in the event's currency
-- and are converted at the rate at which the purchases of their row were converted as a whole.
CREATE OR REPLACE VIEW daily_activity
(
    day Date COMMENT 'Day on which it happened, UTC',
    channel String COMMENT 'Sales or support channel, empty if unknown and for returns',
    currency String COMMENT 'Currency of the events, empty for contacts',
    purchases UInt64 COMMENT 'Purchases; the events of an order are one, on each day that has any',
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
        uniqExactIf(sipHash64(customer_id, order_id), type = 'purchase') AS purchases,
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
    WHERE type IN ('purchase', 'return', 'support_contact')
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
