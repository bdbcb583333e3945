-- Customers by month of the first purchase, and what they did in each month since.
--
-- A month in which a cohort did nothing has its row, so that means over cohorts count it. Events are numbers
-- (README.md): moments twofold, purchases of a month even and returns odd.
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
    lives AS
    (
        SELECT
            minIf(month, type = 'purchase') AS cohort,
            groupArray(toUInt32(month) * 2 + (type = 'return')) AS deeds,
            groupArray(reinterpret(amount, 'Int128')) AS amounts
        FROM
        (
            SELECT customer_id, type, amount, toUInt16(toStartOfMonth(occurred_at)) AS month
            FROM interactions FINAL
            WHERE type IN ('purchase', 'return')
        )
        GROUP BY customer_id
        HAVING countIf(type = 'purchase') > 0
    ),
    deeds_of_months AS
    (
        SELECT cohort, deed, count() AS times, countIf(nth = 1) AS customers, sum(amount) AS worth
        FROM lives
        ARRAY JOIN deeds AS deed, arrayEnumerateUniq(deeds) AS nth, amounts AS amount
        GROUP BY cohort, deed
    ),
    cohort_months AS
    (
        SELECT
            toDate(deeds_of_months.cohort) AS cohort,
            toDate(toUInt16(intDiv(deed, 2))) AS month,
            sumIf(customers, deed % 2 = 0) AS retained,
            reinterpret(sumIf(worth, deed % 2 = 0), 'Decimal(38, 9)') AS revenue,
            sumIf(times, deed % 2 = 1) AS returns,
            reinterpret(sumIf(worth, deed % 2 = 1), 'Decimal(38, 9)') AS refunds,
            max(month) OVER () AS latest
        FROM deeds_of_months
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
