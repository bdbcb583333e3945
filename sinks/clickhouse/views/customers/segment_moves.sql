-- Every move of a customer from one segment or stage of life to another, and what caused it.
--
-- The cause is read off the interactions stamped at the moment of the score; of several, the one that says most. A
-- score without any interaction was given at a review: the move was caused by silence.
CREATE OR REPLACE VIEW segment_moves
(
    customer_id String COMMENT 'Who moved',
    day Date COMMENT 'Day of the score that shows it, UTC',
    moved_at DateTime64(3, 'UTC') COMMENT 'Moment of that score; the silent are looked at some times a horizon',
    kind LowCardinality(String) COMMENT 'What changed: segment, life_cycle or value_tier',
    before LowCardinality(String) COMMENT 'What it was by the score before',
    after LowCardinality(String) COMMENT 'What it is now',
    cause LowCardinality(String)
        COMMENT 'What happened: purchase, return, contact, judgement, action, or silence; interaction where its row is gone',
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
            multiIf(
                countIf(type = 'purchase') > 0, 'purchase',
                countIf(type = 'return') > 0, 'return',
                countIf(type = 'support_contact') > 0, 'contact',
                countIf(type = 'judgement') > 0, 'judgement',
                'action') AS deed
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
