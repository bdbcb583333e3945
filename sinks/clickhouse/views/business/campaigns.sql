-- What campaigns bring, and whether those customers buy again.
--
-- Whether someone bought again is known after 90 days, so the share is of those whose 90 days are over by the last
-- stamp in the log: the quick answers alone would be a biased sample. Events are numbers (README.md): purchases even,
-- the first purchase under a campaign odd.
CREATE OR REPLACE VIEW campaigns
(
    campaign String COMMENT 'The campaign; empty for purchases without one',
    orders UInt64 COMMENT 'Purchases under it; the events of an order are one',
    customers UInt64 COMMENT 'Who made them',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    followed UInt64 COMMENT 'Customers whose first purchase under it is 90 days past by the last stamp in the log',
    bought_again_share Nullable(Float64)
        COMMENT 'Share of the followed who made any other purchase within 90 days after it, NULL if none is followed'
)
AS
WITH
    (SELECT max(stamped_at) FROM interactions FINAL) AS clock,
    reached AS
    (
        SELECT
            customer_id, campaign, count() AS orders, sum(worth) AS revenue,
            groupArray(toUnixTimestamp64Milli(ordered_at) * 2) AS moments, arrayMin(moments) AS first
        FROM
        (
            SELECT customer_id, campaign, min(occurred_at) AS ordered_at, sum(amount) AS worth
            FROM purchases
            GROUP BY customer_id, campaign, order_id
        )
        GROUP BY customer_id, campaign
    ),
    lives AS
    (
        SELECT
            arraySort(reach -> reach.1, groupArray((first, campaign, orders, revenue))) AS reaches,
            arraySort(arrayConcat(groupArrayArray(moments), arrayMap(reach -> reach.1 + 1, reaches))) AS steps
        FROM reached
        GROUP BY customer_id
    ),
    followed_up AS
    (
        SELECT
            reach.2 AS campaign,
            reach.3 AS orders,
            reach.4 AS revenue,
            reach.1 + 2 * 90 * 86400000 AS until,
            until <= toUnixTimestamp64Milli(clock) * 2 AS is_over,
            bitAnd(purchase, 1) = 0 AND purchase <= until AS has_bought
        FROM lives
        ARRAY JOIN
            reaches AS reach,
            arrayFilter(
                (next, step) -> bitAnd(step, 1) = 1, arrayReverseFill(step -> bitAnd(step, 1) = 0, steps), steps)
                AS purchase
    )
SELECT
    campaign,
    sum(followed_up.orders) AS orders,
    count() AS customers,
    sum(followed_up.revenue) AS revenue,
    countIf(is_over) AS followed,
    countIf(is_over AND has_bought) / nullIf(followed, 0) AS bought_again_share
FROM followed_up
GROUP BY campaign
COMMENT 'What each campaign brought, and who bought again';
