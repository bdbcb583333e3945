-- Where in life a customer is, what they are worth among all, and every move from one to another.

ALTER TABLE risk_scores
    ADD COLUMN IF NOT EXISTS life_cycle LowCardinality(String)
        COMMENT 'new, growing, steady, slipping, gone or won_back; empty if never bought, or given before there were stages',
    ADD COLUMN IF NOT EXISTS value_tier LowCardinality(String)
        COMMENT 'high, middle or low: what a year is worth, set against other customers; empty likewise';

CREATE OR REPLACE VIEW customers
(
    customer_id String COMMENT 'Who',
    first_seen DateTime64(3, 'UTC') COMMENT 'First interaction',
    last_seen DateTime64(3, 'UTC') COMMENT 'Last interaction',
    last_purchase_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Last purchase, NULL if none',
    purchases UInt64 COMMENT 'Purchases',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    units UInt64 COMMENT 'Units bought',
    returns UInt64 COMMENT 'Returns',
    refunds Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    contacts UInt64 COMMENT 'Support contacts',
    unresolved UInt64 COMMENT 'Contacts that did not end well',
    last_satisfaction Nullable(UInt8) COMMENT 'Last answer, 1 (worst) to 5, NULL if never asked',
    scored_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Moment of the latest score, NULL if none',
    risk Nullable(Float64) COMMENT 'Probability of buying nothing within the horizon after that',
    value_at_risk Nullable(Float64) COMMENT 'Risk times the margin expected in a year, reporting currency',
    segment LowCardinality(String) COMMENT 'What to do, empty if never scored',
    reasons Array(Tuple(feature LowCardinality(String), effect Float64, text String))
        COMMENT 'Why, the strongest first: feature, added log-odds of leaving, a sentence',
    model_version LowCardinality(String) COMMENT 'Which model answered, empty if none',
    life_cycle LowCardinality(String)
        COMMENT 'new, growing, steady, slipping, gone or won_back by the latest score; empty if never bought or scored',
    value_tier LowCardinality(String)
        COMMENT 'high, middle or low: what a year is worth, set against other customers; empty likewise',
    alert_state LowCardinality(String) COMMENT 'raised or cleared, empty if there never was an alert',
    alert_changed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When that state was reached, NULL if never'
)
AS SELECT
    seen.customer_id AS customer_id, first_seen, last_seen, last_purchase_at, purchases, revenue, units, returns,
    refunds, contacts, unresolved, last_satisfaction, scored_at, risk, value_at_risk, segment, reasons, model_version,
    life_cycle, value_tier, alert_state, alert_changed_at
FROM
(
    SELECT
        customer_id,
        min(occurred_at) AS first_seen,
        max(occurred_at) AS last_seen,
        maxIf(toNullable(occurred_at), type = 'purchase') AS last_purchase_at,
        countIf(type = 'purchase') AS purchases,
        sumIf(amount, type = 'purchase') AS revenue,
        sumIf(interactions.units, type = 'purchase') AS units,
        countIf(type = 'return') AS returns,
        sumIf(amount, type = 'return') AS refunds,
        countIf(type = 'support_contact') AS contacts,
        countIf(resolved = false) AS unresolved,
        argMaxIf(satisfaction, (occurred_at, event_id), satisfaction IS NOT NULL) AS last_satisfaction
    FROM interactions FINAL
    GROUP BY customer_id
) AS seen
LEFT JOIN
(
    SELECT
        customer_id, toNullable(scored_at) AS scored_at, toNullable(risk) AS risk,
        toNullable(value_at_risk) AS value_at_risk, segment, reasons, model_version,
        life_cycle, value_tier
    FROM risk_scores FINAL
    ORDER BY customer_id, risk_scores.scored_at DESC, cause = 'interaction' DESC
    LIMIT 1 BY customer_id
) AS scored ON scored.customer_id = seen.customer_id
LEFT JOIN
(
    SELECT customer_id, state AS alert_state, toNullable(changed_at) AS alert_changed_at
    FROM alerts FINAL
    ORDER BY customer_id, changed_at DESC, alert_id DESC, state = 'cleared' DESC
    LIMIT 1 BY customer_id
) AS alerted ON alerted.customer_id = seen.customer_id
COMMENT 'Latest profile of every customer, one row each';

-- The cause is read off the interactions stamped at the moment of the score, of several the one that says most: whoever
-- is judged without any moved by being silent.
CREATE OR REPLACE VIEW segment_moves
(
    customer_id String COMMENT 'Who moved',
    day Date COMMENT 'Day of the score that shows it, UTC',
    moved_at DateTime64(3, 'UTC') COMMENT 'Moment of that score; the silent are looked at some times a horizon',
    kind LowCardinality(String) COMMENT 'What changed: segment, life_cycle or value_tier',
    before LowCardinality(String) COMMENT 'What it was by the score before',
    after LowCardinality(String) COMMENT 'What it is now',
    cause LowCardinality(String)
        COMMENT 'What the customer did: purchase, return, contact, or silence; interaction where its row is gone',
    risk Float64 COMMENT 'Probability of leaving by the new score',
    value_at_risk Float64 COMMENT 'Risk times the margin expected in a year, reporting currency'
)
AS
WITH
    scores AS
    (
        SELECT customer_id, scored_at, cause, risk, value_at_risk, (segment, life_cycle, value_tier) AS place
        FROM risk_scores FINAL
        ORDER BY customer_id, scored_at, cause = 'interaction' DESC
        LIMIT 1 BY customer_id, scored_at
    ),
    followed AS
    (
        SELECT
            *,
            lagInFrame(place) OVER
                (PARTITION BY customer_id ORDER BY scored_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS place_before
        FROM scores
    ),
    moves AS
    (
        SELECT
            customer_id, scored_at, cause, risk, value_at_risk,
            move.1 AS kind, move.2 AS before, move.3 AS after
        FROM followed
        ARRAY JOIN
        [
            ('segment', place_before.1, place.1),
            ('life_cycle', place_before.2, place.2),
            ('value_tier', place_before.3, place.3)
        ] AS move
        WHERE before != '' AND after != '' AND before != after
    ),
    deeds AS
    (
        SELECT
            customer_id,
            stamped_at,
            multiIf(countIf(type = 'purchase') > 0, 'purchase', countIf(type = 'return') > 0, 'return', 'contact') AS deed
        FROM interactions FINAL
        WHERE (customer_id, stamped_at) IN (SELECT customer_id, scored_at FROM moves WHERE cause = 'interaction')
        GROUP BY customer_id, stamped_at
    )
SELECT
    moves.customer_id AS customer_id,
    toDate(moves.scored_at) AS day,
    moves.scored_at AS moved_at,
    kind,
    before,
    after,
    multiIf(moves.cause = 'review', 'silence', deed = '', 'interaction', deed) AS cause,
    moves.risk AS risk,
    moves.value_at_risk AS value_at_risk
FROM moves
LEFT JOIN deeds ON deeds.customer_id = moves.customer_id AND deeds.stamped_at = moves.scored_at
COMMENT 'Every move of a customer to another segment, stage of life or value tier, with the day and the cause';

-- The first question asked at the last purchase or later is the one that shows the loss first. Whoever buys again is
-- lost no more, even where that purchase comes late. The segment is the one in which something could still be done: of
-- who is gone, every later score says that they must be won back.
CREATE OR REPLACE VIEW lost_customers
(
    customer_id String COMMENT 'Who has left: a question asked since the last purchase was settled without another one',
    last_purchase_at DateTime64(3, 'UTC') COMMENT 'Last purchase',
    lost_at DateTime64(3, 'UTC') COMMENT 'When the first such question was settled, and so the loss was certain',
    segment LowCardinality(String) COMMENT 'What was to be done by the last score before the customer was gone, empty if there is none',
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
        SELECT customer_id, scored_at, segment, life_cycle, value_at_risk / nullIf(risk, 0) AS margin
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
