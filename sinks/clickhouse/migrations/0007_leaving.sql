-- What goes before leaving, and what leaving costs: recomputed at each read and so exact under duplicates, late events
-- and replays.

-- What follows a contact is known after 90 days, so the shares speak of contacts whose 90 days are over by the last
-- stamp in the log: the quick answers alone would be a biased sample.
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
    buying AS (SELECT customer_id, occurred_at AS bought_at FROM purchases),
    sending AS (SELECT customer_id, occurred_at AS returned_at FROM returns),
    answers AS (SELECT customer_id, asked_at, `left` AS has_left FROM training_examples FINAL),
    after AS
    (
        SELECT
            topic, resolved, satisfaction,
            occurred_at + INTERVAL 90 DAY AS closes_at,
            bought_at > occurred_at AND bought_at <= closes_at AS has_bought,
            returned_at > occurred_at AND returned_at <= closes_at AS has_returned,
            asked_at >= occurred_at AND asked_at <= closes_at AS is_answered,
            has_left
        FROM support_contacts AS contact
        ASOF LEFT JOIN buying ON buying.customer_id = contact.customer_id AND buying.bought_at > contact.occurred_at
        ASOF LEFT JOIN sending ON sending.customer_id = contact.customer_id AND sending.returned_at > contact.occurred_at
        ASOF LEFT JOIN answers ON answers.customer_id = contact.customer_id AND answers.asked_at >= contact.occurred_at
    )
SELECT
    topic,
    count() AS contacts,
    countIf(resolved = false) / nullIf(countIf(resolved IS NOT NULL), 0) AS unresolved_share,
    avg(satisfaction) AS mean_satisfaction,
    countIf(closes_at <= clock) AS followed,
    countIf(has_bought AND closes_at <= clock) / nullIf(followed, 0) AS repurchased_share,
    countIf(has_returned AND closes_at <= clock) / nullIf(followed, 0) AS returned_share,
    countIf(is_answered) AS answered,
    countIf(is_answered AND has_left) / nullIf(answered, 0) AS left_share
FROM after
GROUP BY topic
COMMENT 'What customers get in touch about, and what follows';

-- The first question asked at the last purchase or later is the one that shows the loss first. Whoever buys again is
-- lost no more, even where that purchase comes late.
CREATE OR REPLACE VIEW lost_customers
(
    customer_id String COMMENT 'Who has left: a question asked since the last purchase was settled without another one',
    last_purchase_at DateTime64(3, 'UTC') COMMENT 'Last purchase',
    lost_at DateTime64(3, 'UTC') COMMENT 'When the first such question was settled, and so the loss was certain',
    segment LowCardinality(String) COMMENT 'What was to be done by the last score until lost_at, empty if there is none',
    value_lost Float64 COMMENT 'Margin that was expected of a year when it was asked, reporting currency; 0 if that score is missing',
    before LowCardinality(String)
        COMMENT 'What there was from 30 days before the last purchase until lost_at: unresolved contact, else return, else silence'
)
AS
WITH
    lives AS
    (
        SELECT
            customer_id,
            maxIf(occurred_at, type = 'purchase') AS last_purchase_at,
            groupArrayIf(occurred_at, resolved = false) AS unresolved,
            groupArrayIf(occurred_at, type = 'return') AS returned
        FROM interactions FINAL
        GROUP BY customer_id
        HAVING countIf(type = 'purchase') > 0
    ),
    answers AS
    (
        SELECT customer_id, asked_at, settled_at
        FROM training_examples FINAL
        WHERE `left`
    ),
    scores AS
    (
        SELECT customer_id, scored_at, segment, value_at_risk / nullIf(risk, 0) AS margin
        FROM risk_scores FINAL
        ORDER BY customer_id, scored_at, cause = 'interaction' DESC
        LIMIT 1 BY customer_id, scored_at
    ),
    lost AS
    (
        SELECT lives.*, answers.asked_at AS asked_at, answers.settled_at AS lost_at
        FROM lives
        ASOF INNER JOIN answers ON answers.customer_id = lives.customer_id AND answers.asked_at >= lives.last_purchase_at
    )
SELECT
    lost.customer_id AS customer_id,
    lost.last_purchase_at AS last_purchase_at,
    lost.lost_at AS lost_at,
    latest.segment AS segment,
    round(ifNull(asked.margin, 0), 2) AS value_lost,
    multiIf(
        arrayExists(at -> at BETWEEN last_purchase_at - INTERVAL 30 DAY AND lost_at, unresolved), 'unresolved contact',
        arrayExists(at -> at BETWEEN last_purchase_at - INTERVAL 30 DAY AND lost_at, returned), 'return',
        'silence') AS before
FROM lost
LEFT JOIN scores AS asked ON asked.customer_id = lost.customer_id AND asked.scored_at = lost.asked_at
ASOF LEFT JOIN scores AS latest ON latest.customer_id = lost.customer_id AND latest.scored_at <= lost.lost_at
COMMENT 'Customers who have left, what was lost with each, and what went before';

CREATE OR REPLACE VIEW daily_risk
(
    day Date COMMENT 'Day of the scores, UTC',
    segment LowCardinality(String) COMMENT 'What to do with these customers',
    customers UInt64 COMMENT 'Customers scored that day, each with the last score of the day',
    mean_risk Float64 COMMENT 'Their mean probability of leaving',
    value_at_risk Float64 COMMENT 'Sum of their value at risk, reporting currency',
    moved_up UInt64 COMMENT 'How many of them are in a higher band (under 0.3, under 0.7, above) than when scored last',
    moved_down UInt64 COMMENT 'How many are in a lower one'
)
AS
WITH
    last_of_day AS
    (
        SELECT customer_id, toDate(scored_at) AS day, segment, risk, value_at_risk, (risk >= 0.3) + (risk >= 0.7) AS band
        FROM risk_scores FINAL
        ORDER BY customer_id, scored_at DESC, cause = 'interaction' DESC
        LIMIT 1 BY customer_id, day
    ),
    moved AS
    (
        SELECT
            *,
            lagInFrame(toNullable(band)) OVER
                (PARTITION BY customer_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS band_before
        FROM last_of_day
    )
SELECT
    day,
    segment,
    count() AS customers,
    avg(risk) AS mean_risk,
    sum(moved.value_at_risk) AS value_at_risk,
    countIf(band > band_before) AS moved_up,
    countIf(band < band_before) AS moved_down
FROM moved
GROUP BY day, segment
COMMENT 'Risk of the customers scored each day, by segment';
