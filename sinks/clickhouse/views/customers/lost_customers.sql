-- Customers who have left, what was lost with each, and what went before.
--
-- The first question asked at the last purchase or later is the one that shows the loss first. A customer who buys
-- again is not lost, even where that purchase arrives late. The segment is that of the last score at which something
-- could still be done: every later score of a customer who is gone says win_back. The few lost customers are kept in
-- memory and all scores are read past them (README.md).
CREATE OR REPLACE VIEW lost_customers
(
    customer_id String COMMENT 'Who has left: a question asked since the last purchase was settled without another one',
    last_purchase_at DateTime64(3, 'UTC') COMMENT 'Last purchase',
    lost_at DateTime64(3, 'UTC') COMMENT 'When the first such question was settled, and so the loss was certain',
    segment LowCardinality(String) COMMENT 'What was to be done by the last score before the customer was gone, empty if there is none',
    value_lost Float64 COMMENT 'Margin that was expected of a year when it was asked, reporting currency; 0 if that score is missing or older than yearly_margin',
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
            groupArrayIf(toUnixTimestamp64Milli(occurred_at), resolved = false) AS unresolved,
            groupArrayIf(toUnixTimestamp64Milli(occurred_at), type = 'return') AS returned
        FROM interactions FINAL
        GROUP BY customer_id
        HAVING countIf(type = 'purchase') > 0
    ),
    answers AS
    (
        SELECT customer_id, asked_at, settled_at
        FROM training_examples FINAL
        WHERE `left` AND NOT void
    ),
    scores AS
    (
        SELECT customer_id, scored_at, segment, life_cycle, yearly_margin AS margin
        FROM risk_scores FINAL
        ORDER BY customer_id, scored_at, cause
        LIMIT 1 BY customer_id, scored_at
    ),
    lost AS
    (
        SELECT
            lives.customer_id AS customer_id,
            lives.last_purchase_at AS last_purchase_at,
            answers.asked_at AS asked_at,
            answers.settled_at AS lost_at,
            toUnixTimestamp64Milli(last_purchase_at - INTERVAL 30 DAY) AS since,
            toUnixTimestamp64Milli(lost_at) AS until,
            multiIf(
                arrayExists(at -> at BETWEEN since AND until, unresolved), 'unresolved contact',
                arrayExists(at -> at BETWEEN since AND until, returned), 'return',
                'silence') AS before
        FROM lives
        ASOF INNER JOIN answers ON answers.customer_id = lives.customer_id AND answers.asked_at >= lives.last_purchase_at
    )
SELECT
    lost.customer_id AS customer_id,
    any(lost.last_purchase_at) AS last_purchase_at,
    any(lost.lost_at) AS lost_at,
    argMaxIf(scores.segment, scored_at, life_cycle != 'gone' AND scored_at <= lost.lost_at) AS segment,
    round(anyIf(margin, scored_at = asked_at), 2) AS value_lost,
    any(lost.before) AS before
FROM scores
RIGHT JOIN lost ON lost.customer_id = scores.customer_id
GROUP BY lost.customer_id
COMMENT 'Customers who have left, what was lost with each, and what went before';
