-- The same views for half of the processor time or less: their columns and rows are those of before.
--
-- What takes long is joining millions of rows by name, and keeping a state for each customer and article. Both go where
-- each customer becomes a row of arrays of numbers, and what follows what is read off the sorted array. An event is its
-- moment in milliseconds, eightfold (or twofold), and in the lowest bits what it was, which also orders those of one
-- moment; the next event of a kind is filled in from behind. Numbers, since groupArray keeps those in plain memory, and
-- moments and decimals in objects, for twice the time.

-- At one moment: purchase (0), return (1), contact (2), answer (4: stayed, 5: left), so that what follows a contact is
-- later than it, and an answer may be as early. What follows a contact is known after 90 days, so the shares speak of
-- contacts whose 90 days are over by the last stamp in the log: the quick answers alone would be a biased sample.
CREATE OR REPLACE VIEW contact_drivers
(
    topic String COMMENT 'What the contacts were about, empty if unknown',
    contacts UInt64 COMMENT 'Support contacts',
    unresolved_share Nullable(Float64) COMMENT 'Share that did not end well, of those of which it is known',
    mean_satisfaction Nullable(Float64) COMMENT 'Mean of the answers, 1 (worst) to 5, NULL if none',
    followed UInt64 COMMENT 'Contacts that are 90 days past by the last stamp in the log',
    repurchased_share Nullable(Float64) COMMENT 'Share of the followed after which the customer bought within 90 days',
    returned_share Nullable(Float64) COMMENT 'Share of the followed after which something came back within 90 days',
    answered UInt64 COMMENT 'Contacts with a settled question that was asked within 90 days after them',
    left_share Nullable(Float64) COMMENT 'Share of these that the customer left after, by the first such question'
)
AS
WITH
    (SELECT max(stamped_at) FROM interactions FINAL) AS clock,
    lives AS
    (
        SELECT
            arraySort(groupArray(moment * 8 + kind)) AS events,
            arraySort(contact -> contact.1, groupArrayIf((moment, topic, resolved, satisfaction), kind = 2)) AS contacts
        FROM
        (
            SELECT
                customer_id, toUnixTimestamp64Milli(occurred_at) AS moment,
                multiIf(type = 'purchase', 0, type = 'return', 1, 2) AS kind, topic, resolved, satisfaction
            FROM interactions FINAL
            UNION ALL
            SELECT customer_id, toUnixTimestamp64Milli(asked_at), if(`left`, 5, 4), '', NULL, NULL
            FROM training_examples FINAL
        )
        GROUP BY customer_id
        HAVING notEmpty(contacts)
    ),
    after AS
    (
        SELECT
            contact.2 AS topic,
            contact.3 AS resolved,
            contact.4 AS satisfaction,
            contact.1 + 90 * 86400000 AS closes_at,
            closes_at <= toUnixTimestamp64Milli(clock) AS is_over,
            bitAnd(purchase, 7) = 0 AND purchase <= closes_at * 8 AS has_bought,
            bitAnd(sent_back, 7) = 1 AND sent_back <= closes_at * 8 + 1 AS has_returned,
            bitAnd(answer, 7) > 3 AND answer <= closes_at * 8 + 5 AS is_answered,
            bitAnd(answer, 7) = 5 AS has_left
        FROM lives
        ARRAY JOIN
            contacts AS contact,
            arrayFilter(
                (next, event) -> bitAnd(event, 7) = 2,
                arrayReverseFill(event -> bitAnd(event, 7) = 0, events), events) AS purchase,
            arrayFilter(
                (next, event) -> bitAnd(event, 7) = 2,
                arrayReverseFill(event -> bitAnd(event, 7) = 1, events), events) AS sent_back,
            arrayFilter(
                (next, event) -> bitAnd(event, 7) = 2,
                arrayReverseFill(event -> bitAnd(event, 7) > 3, events), events) AS answer
    )
SELECT
    topic,
    count() AS contacts,
    countIf(resolved = false) / nullIf(countIf(resolved IS NOT NULL), 0) AS unresolved_share,
    avg(satisfaction) AS mean_satisfaction,
    countIf(is_over) AS followed,
    countIf(has_bought AND is_over) / nullIf(followed, 0) AS repurchased_share,
    countIf(has_returned AND is_over) / nullIf(followed, 0) AS returned_share,
    countIf(is_answered) AS answered,
    countIf(is_answered AND has_left) / nullIf(answered, 0) AS left_share
FROM after
GROUP BY topic
COMMENT 'What customers get in touch about, and what follows';

-- Whether someone bought again is known after 90 days, so the share speaks of those whose 90 days are over by the last
-- stamp in the log: the quick answers alone would be a biased sample.
-- Purchases are even, the first under a campaign odd.
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
        SELECT
            customer_id, campaign, count() AS orders, sum(amount) AS revenue,
            groupArray(toUnixTimestamp64Milli(occurred_at) * 2) AS moments, arrayMin(moments) AS first
        FROM purchases
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

-- A month in which nobody of a cohort did anything has its row, so that means over cohorts count it. Purchases of a
-- month are even, returns odd.
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
