-- The latest outlook of every customer.
CREATE OR REPLACE VIEW outlooks
(
    customer_id String COMMENT 'Who',
    scored_at DateTime64(3, 'UTC') COMMENT 'The moment that it holds as of',
    nothing Float64 COMMENT 'Probability of buying nothing within the horizon: the risk',
    less Float64 COMMENT 'Of buying for less than usual',
    usual Float64 COMMENT 'Of buying for about as much as usual',
    more Float64 COMMENT 'Of buying for more than usual',
    expected_at DateTime64(3, 'UTC') COMMENT 'When the next purchase comes, if within the horizon: as likely before as after. Of a passed day: when it was expected',
    earliest_at DateTime64(3, 'UTC') COMMENT 'One in ten buys before',
    latest_at DateTime64(3, 'UTC') COMMENT 'One in ten buys after. Where it has passed, the purchase was expected by then'
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
