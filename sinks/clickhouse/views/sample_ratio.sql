-- Share of first decisions of a season that were held out beside the share that was set, by retention.effects.sample_ratio.
--
-- The interval holds at all looks with alpha 0.001 (see retention_effects); the mixture's variance times 2,000 is
-- -W₋₁(-0.001² / e) - 1, by scipy.special.lambertw.
CREATE OR REPLACE VIEW sample_ratio
(
    action LowCardinality(String) COMMENT 'The action',
    decisions UInt64 COMMENT 'Settled decisions of which it was open if they would be held out',
    expected Float64 COMMENT 'Share of them that should have been held out, by the known probabilities',
    found Float64 COMMENT 'Share that was held out',
    p_value Float64 COMMENT 'Probability of a difference at least as large by chance, for a single look',
    is_mismatch Bool COMMENT 'True if the difference is none of chance (wrong once in a thousand, over all time): decisions or outcomes are lost on one side, and no effect can be trusted'
)
AS
WITH
    16.68842079085992 / 2000 AS mixture,
    by_customer AS
    (
        SELECT
            action,
            customer_id,
            count() AS decisions,
            sum(held_out) AS ghosts,
            sum(held_out_probability) AS due,
            sum(held_out_probability * (1 - held_out_probability)) AS spread,
            sum(held_out - held_out_probability) AS off
        FROM outcomes FINAL
        WHERE NOT void AND action != 'none' AND held_out_probability > 0 AND held_out_probability < 1
        GROUP BY action, customer_id
    ),
    centred AS
    (
        SELECT *, sum(off) OVER (PARTITION BY action) / sum(decisions) OVER (PARTITION BY action) AS mean
        FROM by_customer
    ),
    estimated AS
    (
        SELECT
            action,
            sum(centred.decisions) AS number,
            sum(ghosts) / number AS found,
            sum(due) / number AS expected,
            any(mean) AS difference,
            sum(off) AS off_in_all,
            sqrt(sum(spread)) AS deviation,
            count() AS customers,
            if(customers > 1,
                sqrt(sum(pow(off - centred.decisions * mean, 2)) * customers / (customers - 1)) / number, NULL) AS error,
            customers * mixture AS scaled,
            sqrt((scaled + 1) / scaled * (log(scaled + 1) - 2 * log(0.001))) AS factor
        FROM centred
        GROUP BY action
    )
SELECT
    action,
    number AS decisions,
    expected,
    found,
    erfc(abs(off_in_all) / deviation / sqrt(2)) AS p_value,
    ifNull(abs(difference) > factor * error, false)::Bool AS is_mismatch
FROM estimated
COMMENT 'Whether as many are held out as were set: the condition for every effect';
