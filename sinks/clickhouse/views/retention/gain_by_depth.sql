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
            cityHash64(customer_id) AS customer,
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
            customer,
            net,
            count() OVER (PARTITION BY action, rank.1) AS number,
            count() OVER (PARTITION BY action, rank.1, rank.2) AS equal_ones,
            count() OVER (PARTITION BY action, rank.1 ORDER BY rank.2 DESC RANGE UNBOUNDED PRECEDING) - equal_ones AS before
        FROM scored
    ),
    by_customer AS
    (
        SELECT
            action, ranking,
            any(ranked.number) AS number,
            count() AS decisions,
            sumForEach(arrayMap(
                twentieth -> 1000 * net * least(greatest((twentieth / 20 * ranked.number - before) / equal_ones, 0), 1),
                range(1, 21))) AS totals
        FROM ranked
        GROUP BY action, ranking, customer
    ),
    summed AS
    (
        SELECT
            action, ranking,
            any(by_customer.number) AS number,
            count() AS customers,
            sum(decisions * decisions) AS pairs,
            sumForEach(totals) AS sums,
            sumForEach(arrayMap(total -> total * total, totals)) AS squares,
            sumForEach(arrayMap(total -> total * decisions, totals)) AS products
        FROM by_customer
        GROUP BY action, ranking
    ),
    by_depth AS
    (
        SELECT
            action, ranking, number, customers,
            arrayJoin(arrayZip(range(1, 21), sums, squares, products)) AS at,
            at.1 / 20 AS depth,
            at.2 / number AS gain,
            -- Sum over customers of (total - decisions * gain) squared, without reading them once more.
            greatest(at.3 - 2 * gain * at.4 + gain * gain * pairs, 0) AS spread,
            if(customers > 1, sqrt(spread * customers / (customers - 1)) / number, NULL) AS error
        FROM summed
    )
SELECT
    action,
    ranking,
    depth,
    gain,
    gain - 1.959963984540054 * error AS low,
    gain + 1.959963984540054 * error AS high,
    number AS decisions
FROM by_depth
COMMENT 'What acting brings at each capacity, by one ranking of customers or another, in money for every thousand';
