-- Share of first decisions of a season that were held out beside the share that was set, by retention.effects.sample_ratio.
--
-- The interval holds at all looks with alpha 0.001 (see retention_effects), and has the variance of the known
-- probabilities: none held out among the first few is no proof. The mixture's variance times 2,000 is
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
    counted AS
    (
        SELECT
            action,
            count() AS decisions,
            avg(held_out_probability) AS expected,
            avg(held_out) AS found,
            abs(sum(held_out - held_out_probability)) AS off_by,
            sqrt(sum(held_out_probability * (1 - held_out_probability))) AS spread,
            decisions * mixture AS scaled,
            sqrt((scaled + 1) / scaled * (log(scaled + 1) - 2 * log(0.001))) AS factor
        FROM outcomes FINAL
        WHERE NOT void AND action != 'none' AND held_out_probability > 0 AND held_out_probability < 1
        GROUP BY action
    )
SELECT
    action,
    decisions,
    expected,
    found,
    erfc(off_by / spread / sqrt(2)) AS p_value,
    (off_by > factor * spread)::Bool AS is_mismatch
FROM counted
COMMENT 'Whether as many are held out as were set: the condition for every effect';
