-- Effects of actions, by the formulas of retention.effects: intervals, few_buyers and verdict.
--
-- Only first decisions of a season are an experiment (0 < held_out_probability < 1). Errors are clustered by customer.
-- The always-valid interval is that of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit theory
-- and asymptotic confidence sequences", Annals of Statistics 2024, theorem 2.2, with alpha 0.05, narrowest at 2,000
-- customers. ClickHouse has no Lambert W: the mixture's variance times 2,000 is -W₋₁(-0.05² / e) - 1, by scipy.special.lambertw.
CREATE OR REPLACE VIEW retention_effects
(
    action LowCardinality(String) COMMENT 'The action',
    scope LowCardinality(String) COMMENT 'Which decisions: all, those of one segment, or those of one week',
    segment LowCardinality(String) COMMENT 'The segment; empty for other scopes',
    week Nullable(Date) COMMENT 'Monday of the week (UTC) of the decisions; NULL for other scopes',
    treated UInt64 COMMENT 'Decisions that were told',
    held_out UInt64 COMMENT 'Decisions that were held out',
    customers UInt64 COMMENT 'Their customers',
    effect Float64 COMMENT 'What deciding the action brought a decision within its horizon, margin in reporting currency',
    low Nullable(Float64) COMMENT 'Lower end of the 95 % interval for a single look, after Agresti and Caffo; NULL with one customer, or if nobody bought',
    high Nullable(Float64) COMMENT 'Its upper end',
    always_low Nullable(Float64) COMMENT 'Lower end of the 95 % interval that holds at all looks, and that verdicts follow; NULL without support',
    always_high Nullable(Float64) COMMENT 'Its upper end',
    cost Nullable(Float64) COMMENT 'What a decision that was told has cost on average, reporting currency; NULL if none was',
    verdict LowCardinality(String) COMMENT 'helps, harms, cannot_tell or no_support (under 30 customers in an arm who bought)',
    more UInt64 COMMENT 'About how many more decisions a verdict takes if the effect is what it seems; 1000000000 if for ever, 0 if there is one'
)
AS
WITH
    8.211968062068253 / 2000 AS mixture,
    (n -> sqrt((n * mixture + 1) / (n * mixture) * (log(n * mixture + 1) - 2 * log(0.05)))) AS always_valid_factor,
    experiments AS
    (
        SELECT
            customer_id,
            action,
            outcomes.held_out AS is_ghost,
            outcomes.cost AS spent,
            bought,
            margin,
            held_out_probability,
            assumeNotNull(gain_score) AS gain,
            arrayJoin([
                ('all', '', NULL::Nullable(Date)),
                ('segment', outcomes.segment::String, NULL),
                ('week', '', toMonday(decided_at)::Nullable(Date))]) AS part
        FROM outcomes FINAL
        WHERE NOT void AND action != 'none' AND held_out_probability > 0 AND held_out_probability < 1
            AND gain_score IS NOT NULL
    ),
    by_customer AS
    (
        SELECT
            action, part, customer_id,
            count() AS decisions,
            countIf(NOT is_ghost) AS told,
            countIf(bought AND NOT is_ghost) AS told_bought,
            countIf(bought AND is_ghost) AS ghosts_bought,
            sumIf(spent, NOT is_ghost) AS spent_in_all,
            countIf(bought) AS purchases,
            sumIf(margin, bought) AS amounts,
            sumIf(margin * margin, bought) AS squared_amounts,
            sum(1 / held_out_probability) AS ghost_weights,
            sum(1 / (1 - held_out_probability)) AS told_weights,
            sum(1 / pow(held_out_probability, 2) + 1 / pow(1 - held_out_probability, 2)) AS squared_weights,
            sum(gain) AS total
        FROM experiments
        GROUP BY action, part, customer_id
    ),
    centred AS
    (
        SELECT *, sum(total) OVER whole / sum(decisions) OVER whole AS mean
        FROM by_customer
        WINDOW whole AS (PARTITION BY action, part)
    ),
    estimated AS
    (
        SELECT
            action, part,
            sum(told) AS treated,
            sum(decisions) AS number,
            count() AS customers,
            any(mean) AS effect,
            if(customers > 1,
                sqrt(sum(pow(total - decisions * mean, 2)) * customers / (customers - 1)) / number, NULL) AS error,
            -- One customer who bought the mean amount and one who bought nothing, in each arm (Agresti and Caffo 2000).
            effect - sum(amounts) / nullIf(sum(purchases), 0) * (sum(ghost_weights) - sum(told_weights)) / pow(number, 2)
                AS centre,
            sqrt(pow(error, 2) + sum(squared_amounts) / nullIf(sum(purchases), 0) * sum(squared_weights) / pow(number, 3))
                AS single_look_error,
            sum(spent_in_all) / nullIf(treated, 0) AS cost,
            least(countIf(told_bought > 0), countIf(ghosts_bought > 0)) AS fewest,
            always_valid_factor(customers) AS factor,
            -- The fewest customers with whom the always-valid interval excludes zero, by halving from 1 to 10⁹.
            arrayFold(
                (bounds, step) -> if(
                    bounds.2 - bounds.1 <= 1, bounds,
                    if(
                        assumeNotNull(error) * sqrt(customers) / sqrt(intDiv(bounds.1 + bounds.2, 2))
                            * always_valid_factor(intDiv(bounds.1 + bounds.2, 2)) <= abs(effect),
                        (bounds.1, intDiv(bounds.1 + bounds.2, 2)),
                        (intDiv(bounds.1 + bounds.2, 2), bounds.2))),
                range(31),
                (toUInt64(1), toUInt64(1000000000))).2 AS enough
        FROM centred
        GROUP BY action, part
    )
SELECT
    action,
    part.1 AS scope,
    part.2 AS segment,
    part.3 AS week,
    treated,
    number - treated AS held_out,
    customers,
    effect,
    centre - 1.959963984540054 * single_look_error AS low,
    centre + 1.959963984540054 * single_look_error AS high,
    if(fewest < 30, NULL, effect - factor * error) AS always_low,
    if(fewest < 30, NULL, effect + factor * error) AS always_high,
    cost,
    multiIf(
        fewest < 30, 'no_support',
        always_low > 0, 'helps',
        always_high < 0, 'harms',
        'cannot_tell') AS verdict,
    multiIf(
        verdict IN ('helps', 'harms'), 0,
        error IS NULL OR effect = 0, 1000000000,
        least(greatest(round((toInt64(enough) - toInt64(customers)) * number / customers), 0), 1000000000))::UInt64 AS more
FROM estimated
COMMENT 'What deciding each action brought, against those held out from it; verdicts hold however often they are looked at';
