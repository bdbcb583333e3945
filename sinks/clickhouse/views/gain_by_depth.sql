-- Gain by depth, by the formulas of retention.policy.depth: money for every thousand customers, never a normalised Qini.
--
-- Customers are those of first decisions of a season. A ranking acts on the highest first; equal ones share what is left.
-- The cost is what a decision that was told has cost on average.
CREATE OR REPLACE VIEW gain_by_depth
(
    action LowCardinality(String) COMMENT 'The action',
    ranking LowCardinality(String) COMMENT 'Who comes first: by expected_gain, by value_at_risk, by risk, or at random',
    depth Float64 COMMENT 'Share of the customers who may get the action that get it',
    gain Float64 COMMENT 'Margin less cost that this brings for every thousand customers, acted on or not, reporting currency',
    low Nullable(Float64) COMMENT 'Lower end of its 95 % interval for a single look, NULL with one customer',
    high Nullable(Float64) COMMENT 'Its upper end',
    decisions UInt64 COMMENT 'Decisions from which it is estimated'
)
AS
WITH
    scored AS
    (
        SELECT
            customer_id,
            action,
            assumeNotNull(gain_score) - ifNotFinite(avgIf(cost, NOT held_out) OVER (PARTITION BY action), 0) AS net,
            arrayJoin([
                ('expected_gain', expected_gain),
                ('value_at_risk', value_at_risk),
                ('risk', risk),
                ('random', 0.)]) AS rank
        FROM outcomes FINAL
        WHERE NOT void AND action != 'none' AND held_out_probability > 0 AND held_out_probability < 1
            AND gain_score IS NOT NULL
    ),
    ranked AS
    (
        SELECT
            action,
            rank.1 AS ranking,
            customer_id,
            net,
            count() OVER (PARTITION BY action, rank.1) AS number,
            count() OVER (PARTITION BY action, rank.1, rank.2) AS equal_ones,
            count() OVER (PARTITION BY action, rank.1 ORDER BY rank.2 DESC RANGE UNBOUNDED PRECEDING) - equal_ones AS before
        FROM scored
    ),
    by_customer AS
    (
        SELECT
            action, ranking, customer_id,
            arrayJoin(range(1, 21)) / 20 AS depth,
            any(number) AS number,
            count() AS decisions,
            1000 * sum(net * least(greatest((depth * ranked.number - before) / equal_ones, 0), 1)) AS total
        FROM ranked
        GROUP BY action, ranking, customer_id, depth
    ),
    centred AS
    (
        SELECT *, sum(total) OVER (PARTITION BY action, ranking, depth) / number AS mean
        FROM by_customer
    ),
    estimated AS
    (
        SELECT
            action, ranking, depth,
            any(mean) AS gain,
            any(number) AS number,
            count() AS customers,
            if(customers > 1,
                sqrt(sum(pow(total - centred.decisions * mean, 2)) * customers / (customers - 1)) / number, NULL) AS error
        FROM centred
        GROUP BY action, ranking, depth
    )
SELECT
    action,
    ranking,
    depth,
    gain,
    gain - 1.959963984540054 * error AS low,
    gain + 1.959963984540054 * error AS high,
    number AS decisions
FROM estimated
COMMENT 'What acting brings at each capacity, by one ranking of customers or another, in money for every thousand';
