-- What is bought, sent back and asked about: recomputed from the events and so exact under duplicates, late events and
-- replays; also_bought an hour after the last time, since that takes too long to be waited for.

CREATE OR REPLACE VIEW products
(
    sku String COMMENT 'The article',
    units UInt64 COMMENT 'Units sold',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    returned_units UInt64 COMMENT 'Units sent back',
    return_rate Nullable(Float64) COMMENT 'Units sent back a unit sold, NULL if none was sold',
    return_reason String COMMENT 'Reason given most often for it, the first by name of equals; empty if none was given',
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
    arraySort(reason -> (-countEqual(groupArrayArray(reasons), reason), reason), groupUniqArrayArray(reasons))[1]
        AS return_reason,
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

-- Only what was kept counts: a line of an order of which more was bought than returned from that order, of an article of
-- which the customer has not sent back everything, whatever order the returns name. Customers with more than 200
-- articles are left out: what resellers buy together says nothing of taste, and their pairs would be most of the work.
CREATE MATERIALIZED VIEW IF NOT EXISTS also_bought
REFRESH AFTER 1 HOUR
(
    sku String COMMENT 'Whoever buys this',
    other String COMMENT 'also buys this, at most 90 days before or after',
    buyers UInt64 COMMENT 'Customers who did and kept both, at least 5',
    support Float64 COMMENT 'Their share of all who ever bought anything',
    confidence Float64 COMMENT 'Their share of those who bought and kept sku',
    lift Float64 COMMENT 'Confidence over the share of all customers who bought and kept other: 1 where they have nothing to do with one another',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
ENGINE = MergeTree
ORDER BY (sku, other)
AS
WITH
    (SELECT uniqExact(customer_id) FROM purchases) AS everyone,
    (SELECT max(stamped_at) FROM interactions FINAL) AS clock,
    order_lines AS
    (
        SELECT
            customer_id,
            order_id,
            item.sku AS sku,
            sumIf(toInt64(item.quantity), type = 'purchase') AS bought,
            sumIf(toInt64(item.quantity), type = 'return') AS returned,
            groupArrayIf(occurred_at, type = 'purchase') AS moments
        FROM interactions FINAL
        ARRAY JOIN items AS item
        WHERE type IN ('purchase', 'return')
        GROUP BY customer_id, order_id, sku
    ),
    kept AS
    (
        SELECT customer_id, sku, groupArrayArrayIf(moments, bought > returned) AS moments
        FROM order_lines
        GROUP BY customer_id, sku
        HAVING sum(bought) > sum(returned) AND notEmpty(moments)
    ),
    shelves AS
    (
        SELECT groupArray((sku, moments)) AS shelf
        FROM kept
        GROUP BY customer_id
        HAVING count() <= 200
    ),
    firsts AS (SELECT shelf, one FROM shelves ARRAY JOIN shelf AS one),
    pairs AS
    (
        SELECT one.1 AS former, another.1 AS latter, count() AS buyers
        FROM firsts
        ARRAY JOIN shelf AS another
        WHERE former <= latter AND arrayExists(
            at -> arrayExists(also -> also BETWEEN at - INTERVAL 90 DAY AND at + INTERVAL 90 DAY, another.2), one.2)
        GROUP BY former, latter
        HAVING buyers >= 5
    ),
    both_ways AS
    (
        SELECT direction.1 AS sku, direction.2 AS other, buyers
        FROM pairs
        ARRAY JOIN arrayDistinct([(former, latter), (latter, former)]) AS direction
    ),
    rated AS
    (
        SELECT
            *,
            maxIf(buyers, sku = other) OVER (PARTITION BY sku) AS buyers_of_sku,
            maxIf(buyers, sku = other) OVER (PARTITION BY other) AS buyers_of_other
        FROM both_ways
    )
SELECT
    sku,
    other,
    buyers,
    buyers / everyone AS support,
    buyers / buyers_of_sku AS confidence,
    confidence * everyone / buyers_of_other AS lift,
    clock AS as_of
FROM rated
WHERE sku != other
ORDER BY sku, lift DESC, buyers DESC, other
LIMIT 10 BY sku
COMMENT 'What is bought by the same customers, the ten others of highest lift an article; computed anew an hour after the last time';
