-- Who comes back: recomputed at each read and so exact under duplicates, late events and replays.

-- A month in which nobody of a cohort did anything has its row, so that means over cohorts count it.
CREATE OR REPLACE VIEW cohorts
(
    cohort Date COMMENT 'First day of the month of the first purchase, UTC',
    months UInt16 COMMENT 'Months since then; 0 is that month itself',
    customers UInt64 COMMENT 'Customers of the cohort',
    retained UInt64 COMMENT 'How many of them bought in this month',
    revenue Decimal(38, 9) COMMENT 'What they bought in this month, reporting currency',
    returns UInt64 COMMENT 'Returns in this month',
    refunds Decimal(38, 9) COMMENT 'What these came to, reporting currency'
)
AS
WITH
    customer_months AS
    (
        SELECT
            customer_id,
            toStartOfMonth(occurred_at) AS month,
            countIf(type = 'purchase') AS purchases,
            sumIf(amount, type = 'purchase') AS revenue,
            countIf(type = 'return') AS returns,
            sumIf(amount, type = 'return') AS refunds
        FROM interactions FINAL
        WHERE type IN ('purchase', 'return')
        GROUP BY customer_id, month
    ),
    begun AS
    (
        SELECT
            minIf(month, purchases > 0) AS cohort,
            groupArray((month, purchases > 0, revenue, returns, refunds)) AS seen
        FROM customer_months
        GROUP BY customer_id
        HAVING max(purchases) > 0
    ),
    cohort_months AS
    (
        SELECT
            cohort,
            did.1 AS month,
            sum(did.2) AS retained,
            sum(did.3) AS revenue,
            sum(did.4) AS returns,
            sum(did.5) AS refunds,
            max(month) OVER () AS latest
        FROM begun
        ARRAY JOIN seen AS did
        WHERE month >= cohort
        GROUP BY cohort, month
    ),
    whole AS
    (
        SELECT
            cohort,
            sumIf(retained, month = cohort) AS customers,
            groupArray(dateDiff('month', cohort, month)) AS known,
            groupArray((retained, revenue, returns, refunds)) AS figures,
            range(dateDiff('month', cohort, any(latest)) + 1) AS every_month
        FROM cohort_months
        GROUP BY cohort
    )
SELECT
    cohort,
    months,
    customers,
    figures[indexOf(known, months)].1 AS retained,
    figures[indexOf(known, months)].2 AS revenue,
    figures[indexOf(known, months)].3 AS returns,
    figures[indexOf(known, months)].4 AS refunds
FROM whole
ARRAY JOIN every_month AS months
COMMENT 'Customers by month of first purchase, and what they did in each month since';

-- Whether someone bought again is known after 90 days, so the share speaks of those whose 90 days are over by the last
-- stamp in the log: the quick answers alone would be a biased sample.
CREATE OR REPLACE VIEW campaigns
(
    campaign String COMMENT 'The campaign; empty for purchases without one',
    orders UInt64 COMMENT 'Purchases under it',
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
        SELECT campaign, customer_id, count() AS orders, sum(amount) AS revenue, min(occurred_at) AS first_at
        FROM purchases
        GROUP BY campaign, customer_id
    ),
    next AS (SELECT customer_id, occurred_at AS next_at FROM purchases)
SELECT
    campaign,
    sum(reached.orders) AS orders,
    count() AS customers,
    sum(reached.revenue) AS revenue,
    countIf(first_at + INTERVAL 90 DAY <= clock) AS followed,
    countIf(first_at + INTERVAL 90 DAY <= clock AND next_at > first_at AND next_at <= first_at + INTERVAL 90 DAY)
        / nullIf(followed, 0) AS bought_again_share
FROM reached
ASOF LEFT JOIN next ON next.customer_id = reached.customer_id AND next.next_at > reached.first_at
GROUP BY campaign
COMMENT 'What each campaign brought, and who bought again';
