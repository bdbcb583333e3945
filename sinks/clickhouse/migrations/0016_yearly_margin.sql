-- What a lost customer was worth is told with the score. Value at risk and risk do not give it back: who may go on buying
-- for less puts value at risk, too, at however small a risk of leaving.

ALTER TABLE risk_scores
    ADD COLUMN IF NOT EXISTS yearly_margin Float64
        COMMENT 'What a year would bring at the decayed rate of spending, reporting currency; 0 before the first purchase or before scores told it';

-- The first question asked at the last purchase or later is the one that shows the loss first. Whoever buys again is
-- lost no more, even where that purchase comes late. The segment is the one in which something could still be done: of
-- who is gone, every later score says that they must be won back.
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
        SELECT customer_id, scored_at, segment, life_cycle, yearly_margin AS margin
        FROM risk_scores FINAL
        ORDER BY customer_id, scored_at, cause = 'interaction' DESC
        LIMIT 1 BY customer_id, scored_at
    ),
    in_time AS (SELECT customer_id, scored_at, segment FROM scores WHERE life_cycle != 'gone'),
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
ASOF LEFT JOIN in_time AS latest ON latest.customer_id = lost.customer_id AND latest.scored_at <= lost.lost_at
COMMENT 'Customers who have left, what was lost with each, and what went before';
