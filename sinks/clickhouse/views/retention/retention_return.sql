-- What acting brought beside what it cost, by the formulas of retention.effects.
--
-- The effect of an action is measured on the first decisions of a season and taken for all that were told. Customers kept
-- are measured likewise: the doubly robust score of having bought, with one minus the risk as what was expected. Errors are
-- clustered by customer over all actions, and intervals hold at all looks (see retention_effects).
CREATE OR REPLACE VIEW retention_return
(
    action LowCardinality(String) COMMENT 'The action; empty for all together',
    told UInt64 COMMENT 'Decisions that were told and are settled',
    held_out UInt64 COMMENT 'Decisions that were held out and are settled',
    measured UInt64 COMMENT 'Decisions of both kinds from which the effect is known: the first ones of a season',
    cost Float64 COMMENT 'What was spent on those that were told, reporting currency',
    margin Nullable(Float64) COMMENT 'Margin that they brought which would not have come otherwise, reporting currency; NULL if not measured',
    margin_low Nullable(Float64) COMMENT 'Lower end of its 95 % interval, which holds at all looks; NULL with one customer',
    margin_high Nullable(Float64) COMMENT 'Its upper end',
    return_on_spend Nullable(Float64) COMMENT 'margin for each unit of cost; below 1 it costs more than it brings; NULL if nothing was spent',
    return_low Nullable(Float64) COMMENT 'Lower end of its interval',
    return_high Nullable(Float64) COMMENT 'Its upper end',
    kept Nullable(Float64) COMMENT 'Customers who bought within the horizon and would not have otherwise',
    kept_low Nullable(Float64) COMMENT 'Lower end of its 95 % interval, which holds at all looks',
    kept_high Nullable(Float64) COMMENT 'Its upper end',
    cost_to_keep Nullable(Float64) COMMENT 'cost for each customer kept, reporting currency; NULL if none was',
    cost_of_losing Nullable(Float64) COMMENT 'Beside it: margin of a year that goes with each customer who leaves, by the value at risk'
)
AS
WITH
    8.211968062068253 / 2000 AS mixture,
    (n -> sqrt((n * mixture + 1) / (n * mixture) * (log(n * mixture + 1) - 2 * log(0.05)))) AS always_valid_factor,
    settled AS
    (
        SELECT
            customer_id,
            action,
            outcomes.held_out AS is_ghost,
            outcomes.cost AS spent,
            risk,
            value_at_risk,
            gain_score IS NOT NULL AND held_out_probability > 0 AND held_out_probability < 1 AS is_first,
            ifNull(gain_score, 0) AS gain,
            (bought - (1 - risk))
                * if(is_ghost, -1 / held_out_probability, 1 / (1 - held_out_probability)) AS kept_by_it
        FROM outcomes FINAL
        WHERE NOT void AND action != 'none'
    ),
    by_action AS
    (
        SELECT
            action,
            countIf(NOT is_ghost) AS told,
            countIf(is_ghost) AS ghosts,
            countIf(is_first) AS measured,
            sum(spent) AS cost,
            sum(risk) AS leavers,
            sum(settled.value_at_risk) AS at_risk,
            if(measured > 0, told / measured, NULL) AS weight,
            avgIf(gain, is_first) AS mean_gain,
            avgIf(kept_by_it, is_first) AS mean_kept
        FROM settled
        GROUP BY action
    ),
    by_customer AS
    (
        SELECT
            arrayJoin([settled.action::String, '']) AS scope,
            customer_id,
            sum(assumeNotNull(weight) * (gain - mean_gain)) AS gain_off,
            sum(assumeNotNull(weight) * (kept_by_it - mean_kept)) AS kept_off
        FROM settled
        INNER JOIN by_action ON by_action.action = settled.action
        WHERE is_first
        GROUP BY scope, customer_id
    ),
    errors AS
    (
        SELECT
            scope,
            count() AS customers,
            if(customers > 1, sqrt(sum(pow(gain_off, 2)) * customers / (customers - 1)), NULL) AS gain_error,
            if(customers > 1, sqrt(sum(pow(kept_off, 2)) * customers / (customers - 1)), NULL) AS kept_error,
            always_valid_factor(customers) AS factor
        FROM by_customer
        GROUP BY scope
    ),
    by_scope AS
    (
        SELECT
            arrayJoin([action::String, '']) AS scope,
            sum(by_action.told) AS told,
            sum(ghosts) AS held_out,
            sum(by_action.measured) AS measured,
            sum(by_action.cost) AS cost,
            sumOrNull(if(by_action.measured > 0, by_action.told * mean_gain, NULL)) AS margin,
            sumOrNull(if(by_action.measured > 0, by_action.told * mean_kept, NULL)) AS kept,
            sum(at_risk) / nullIf(sum(leavers), 0) AS cost_of_losing
        FROM by_action
        GROUP BY scope
    )
SELECT
    by_scope.scope AS action,
    told,
    held_out,
    measured,
    cost,
    margin,
    margin - factor * gain_error AS margin_low,
    margin + factor * gain_error AS margin_high,
    margin / nullIf(cost, 0) AS return_on_spend,
    margin_low / nullIf(cost, 0) AS return_low,
    margin_high / nullIf(cost, 0) AS return_high,
    kept,
    kept - factor * kept_error AS kept_low,
    kept + factor * kept_error AS kept_high,
    if(kept > 0, cost / kept, NULL) AS cost_to_keep,
    cost_of_losing
FROM by_scope
LEFT JOIN errors ON errors.scope = by_scope.scope
COMMENT 'What acting brought beside what it cost, by action and for all together';
