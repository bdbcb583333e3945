-- Why articles come back: the most frequent reason alone hides the one that can be mended.

CREATE OR REPLACE VIEW products
(
    sku String COMMENT 'The article',
    units UInt64 COMMENT 'Units sold',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    returned_units UInt64 COMMENT 'Units sent back',
    return_rate Nullable(Float64) COMMENT 'Units sent back a unit sold, NULL if none was sold',
    return_reason String COMMENT 'Reason given most often for it, the first by name of equals; empty if none was given',
    return_reasons Array(Tuple(reason String, times UInt64)) COMMENT 'All reasons given for it, and in how many returns each, the most frequent first',
    buyers UInt64 COMMENT 'Customers who bought it',
    contacts UInt64 COMMENT 'Support contacts of its buyers within 14 days after buying it',
    answered UInt64 COMMENT 'Buyers of whom a question is settled that was asked at their first purchase of it or later',
    left_share Nullable(Float64) COMMENT 'Share of these who left, by the first such question; NULL if there is none'
)
AS
WITH
    bought AS
    (
        SELECT
            customer_id,
            item.sku AS sku,
            sumIf(item.quantity, type = 'purchase') AS units,
            sumIf(item.amount, type = 'purchase') AS revenue,
            sumIf(item.quantity, type = 'return') AS returned_units,
            groupArrayIf(reason, type = 'return' AND reason != '') AS reasons,
            groupUniqArrayIf(occurred_at, type = 'purchase') AS moments,
            minIf(occurred_at, type = 'purchase') AS first_at
        FROM interactions FINAL
        ARRAY JOIN items AS item
        WHERE type IN ('purchase', 'return')
        GROUP BY customer_id, sku
    ),
    asking AS
    (
        SELECT customer_id, groupArray(occurred_at) AS contacts
        FROM support_contacts
        GROUP BY customer_id
    ),
    answers AS (SELECT customer_id, asked_at, `left` AS has_left, true AS is_settled FROM training_examples FINAL)
SELECT
    sku,
    sum(bought.units) AS units,
    sum(bought.revenue) AS revenue,
    sum(bought.returned_units) AS returned_units,
    returned_units / nullIf(units, 0) AS return_rate,
    return_reasons[1].1 AS return_reason,
    arraySort(
        counted -> (-counted.2, counted.1),
        arrayMap(reason -> (reason, countEqual(groupArrayArray(reasons), reason)), groupUniqArrayArray(reasons)))
        AS return_reasons,
    countIf(notEmpty(moments)) AS buyers,
    sum(arrayCount(
        contact -> arrayExists(moment -> contact BETWEEN moment AND moment + INTERVAL 14 DAY, moments), asking.contacts))
        AS contacts,
    countIf(is_settled AND notEmpty(moments)) AS answered,
    countIf(has_left AND notEmpty(moments)) / nullIf(answered, 0) AS left_share
FROM bought
LEFT JOIN asking ON asking.customer_id = bought.customer_id
ASOF LEFT JOIN answers ON answers.customer_id = bought.customer_id AND answers.asked_at >= bought.first_at
GROUP BY sku
COMMENT 'How each article sells, comes back, and does with its buyers';

-- A snapshot has the columns of its view, and is computed anew as soon as it is there.
DROP VIEW IF EXISTS products_snapshot SYNC;

CREATE MATERIALIZED VIEW IF NOT EXISTS products_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE
(
    sku String COMMENT 'The article',
    units UInt64 COMMENT 'Units sold',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    returned_units UInt64 COMMENT 'Units sent back',
    return_rate Nullable(Float64) COMMENT 'Units sent back a unit sold, NULL if none was sold',
    return_reason String COMMENT 'Reason given most often for it, the first by name of equals; empty if none was given',
    return_reasons Array(Tuple(reason String, times UInt64)) COMMENT 'All reasons given for it, and in how many returns each, the most frequent first',
    buyers UInt64 COMMENT 'Customers who bought it',
    contacts UInt64 COMMENT 'Support contacts of its buyers within 14 days after buying it',
    answered UInt64 COMMENT 'Buyers of whom a question is settled that was asked at their first purchase of it or later',
    left_share Nullable(Float64) COMMENT 'Share of these who left, by the first such question; NULL if there is none',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
ENGINE = MergeTree
ORDER BY sku
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM products
SETTINGS max_threads = 1
COMMENT 'How each article sells, comes back, and does with its buyers: as products was at as_of, computed anew ten minutes after the last time';
