-- What customers may do beside leaving, and when. Records of before have none of it, and neither have those that the
-- rule gives before a model has learnt enough: NULL there.

ALTER TABLE risk_scores
    ADD COLUMN IF NOT EXISTS outlook Tuple(
        nothing Nullable(Float64),
        less Nullable(Float64),
        usual Nullable(Float64),
        more Nullable(Float64))
        COMMENT 'Probabilities of buying nothing (the risk), less than usual, as usual, more, within the horizon; NULLs while the rule answers'
        CODEC(ZSTD),
    ADD COLUMN IF NOT EXISTS next_purchase Tuple(
        expected_at Nullable(DateTime64(3, 'UTC')),
        earliest_at Nullable(DateTime64(3, 'UTC')),
        latest_at Nullable(DateTime64(3, 'UTC')))
        COMMENT 'When the next purchase comes, if within the horizon: the median; one in ten buys before earliest_at, one in ten after latest_at; NULLs while the rule answers'
        CODEC(ZSTD),
    COMMENT COLUMN value_at_risk 'How much of the margin expected in a year the outlook puts at risk, reporting currency';

ALTER TABLE training_examples
    ADD COLUMN IF NOT EXISTS bought_after_days Nullable(Float64)
        COMMENT 'Days from asked_at to the first purchase within the horizon, NULL if there was none' CODEC(ZSTD);

-- Recomputed at each read, and so exact under duplicates and replays.
CREATE OR REPLACE VIEW outlooks
(
    customer_id String COMMENT 'Who',
    scored_at DateTime64(3, 'UTC') COMMENT 'The moment that it speaks of',
    nothing Float64 COMMENT 'Probability of buying nothing within the horizon: the risk',
    less Float64 COMMENT 'Of buying for less than usual',
    usual Float64 COMMENT 'Of buying for about as much as usual',
    more Float64 COMMENT 'Of buying for more than usual',
    expected_at DateTime64(3, 'UTC') COMMENT 'When the next purchase comes, if within the horizon: as likely before as after',
    earliest_at DateTime64(3, 'UTC') COMMENT 'One in ten buys before',
    latest_at DateTime64(3, 'UTC') COMMENT 'One in ten buys after'
)
AS SELECT
    customer_id,
    scored_at,
    assumeNotNull(outlook.nothing) AS nothing,
    assumeNotNull(outlook.less) AS less,
    assumeNotNull(outlook.usual) AS usual,
    assumeNotNull(outlook.more) AS more,
    assumeNotNull(next_purchase.expected_at) AS expected_at,
    assumeNotNull(next_purchase.earliest_at) AS earliest_at,
    assumeNotNull(next_purchase.latest_at) AS latest_at
FROM
(
    SELECT customer_id, scored_at, outlook, next_purchase
    FROM risk_scores FINAL
    ORDER BY customer_id, scored_at DESC, cause = 'interaction' DESC
    LIMIT 1 BY customer_id
)
WHERE outlook.nothing IS NOT NULL
COMMENT 'The latest outlook of every customer who has one: what they may buy within the horizon, and when';
