-- What recommending brought, by action: the purchases of others that name the customer within the action's horizon.
--
-- Told and held-out decisions are compared as in retention_effects: only first decisions of a season, each weighted by
-- the inverse of the probability of its arm (Hájek's estimator), with a fixed-sample interval. A purchase belongs to
-- every decision for the customer in whose horizon it lies, so that both arms are measured alike.
CREATE OR REPLACE VIEW referral_effects
(
    action LowCardinality(String) COMMENT 'The action',
    told UInt64 COMMENT 'Settled decisions that were told',
    held_out UInt64 COMMENT 'Settled decisions that were held out',
    referrals UInt64 COMMENT 'Purchases recommended by the customers who were told, within the action''s horizon',
    referrals_held_out UInt64 COMMENT 'The same of those who were held out',
    revenue Decimal(38, 9) COMMENT 'What the first came to, reporting currency',
    revenue_held_out Decimal(38, 9) COMMENT 'What the second came to, reporting currency',
    brought Nullable(Float64) COMMENT 'Recommended revenue that telling added a decision, reporting currency; NULL without both arms',
    low Nullable(Float64) COMMENT 'Lower end of its 95 % interval, NULL below 30 decisions in an arm',
    high Nullable(Float64) COMMENT 'Its upper end'
)
AS
WITH
    experiments AS
    (
        SELECT
            decision_id, customer_id, action, outcomes.held_out AS is_ghost, decided_at,
            decided_at + toIntervalMillisecond(round(horizon_days * 86400000)) AS closes_at,
            1 / if(is_ghost, held_out_probability, 1 - held_out_probability) AS weight
        FROM outcomes FINAL
        WHERE NOT void AND action != 'none' AND held_out_probability > 0 AND held_out_probability < 1
    ),
    recommended AS
    (
        SELECT extra['referred_by'] AS referred_by, groupArray((occurred_at, amount)) AS purchases
        FROM interactions FINAL
        WHERE type = 'purchase' AND referred_by != '' AND referred_by != customer_id
        GROUP BY referred_by
    ),
    followed AS
    (
        SELECT
            experiments.action AS action, is_ghost, weight,
            arrayFilter(
                purchase -> purchase.1 > experiments.decided_at AND purchase.1 <= experiments.closes_at,
                recommended.purchases) AS brought_in,
            arraySum(purchase -> purchase.2, brought_in) AS worth,
            toFloat64(worth) AS value
        FROM experiments
        LEFT JOIN recommended ON recommended.referred_by = experiments.customer_id
    ),
    arms AS
    (
        SELECT
            *,
            sum(weight * value) OVER arm / sum(weight) OVER arm AS mean
        FROM followed
        WINDOW arm AS (PARTITION BY action, is_ghost)
    ),
    compared AS
    (
        SELECT
            action,
            countIf(NOT is_ghost) AS told,
            countIf(is_ghost) AS held_out,
            sumIf(length(brought_in), NOT is_ghost) AS referrals,
            sumIf(length(brought_in), is_ghost) AS referrals_held_out,
            sumIf(worth, NOT is_ghost) AS revenue,
            sumIf(worth, is_ghost) AS revenue_held_out,
            anyIf(mean, NOT is_ghost) - anyIf(mean, is_ghost) AS difference,
            sqrt(
                sumIf(pow(weight * (value - mean), 2), NOT is_ghost) / pow(sumIf(weight, NOT is_ghost), 2)
                + sumIf(pow(weight * (value - mean), 2), is_ghost) / pow(sumIf(weight, is_ghost), 2)) AS deviation
        FROM arms
        GROUP BY action
    )
SELECT
    action,
    told,
    held_out,
    referrals,
    referrals_held_out,
    revenue,
    revenue_held_out,
    if(least(told, held_out) > 0, difference, NULL) AS brought,
    if(least(told, held_out) >= 30, difference - 1.959963984540054 * deviation, NULL) AS low,
    if(least(told, held_out) >= 30, difference + 1.959963984540054 * deviation, NULL) AS high
FROM compared
COMMENT 'What customers who were told recommended beyond those who were held out, by action';
