-- Quality of the predictions whose questions were settled on each day (UTC); void questions do not count.
--
-- The area under the ROC curve is the rank sum of Mann and Whitney: the share of pairs of one who left and one who
-- stayed in which the one who left had the higher risk, ties counting half.
CREATE OR REPLACE VIEW model_quality
(
    day Date COMMENT 'Day on which the questions were settled, UTC',
    labels UInt64 COMMENT 'Questions settled',
    base_rate Float64 COMMENT 'Share of them in which the customer had left',
    log_loss Float64 COMMENT 'Mean log-loss of the risks given when they were asked',
    brier Float64 COMMENT 'Mean squared error of those risks',
    calibration_error Float64 COMMENT 'Mean distance of mean risk and share of leavers over the tenths by risk',
    prior_log_loss Float64 COMMENT 'Log-loss of saying the share of leavers settled on the days before',
    auc Nullable(Float64) COMMENT 'Area under the ROC curve, NULL if all or none had left',
    by_rule UInt64 COMMENT 'How many of the risks the rule had given, before the model had learnt enough'
)
AS
WITH
    ranked AS
    (
        SELECT
            toDate(settled_at) AS day,
            `left` AS has_left,
            risk,
            startsWith(model_version, 'rule') AS ruled,
            least(greatest(risk, 1e-15), 1 - 1e-15) AS clipped,
            ntile(10) OVER (PARTITION BY day ORDER BY risk, customer_id, asked_at) AS tenth,
            countIf(NOT has_left) OVER (PARTITION BY day ORDER BY risk RANGE UNBOUNDED PRECEDING) AS stayed_up_to,
            countIf(NOT has_left) OVER (PARTITION BY day, risk) AS stayed_equal
        FROM training_examples FINAL
        WHERE NOT void
    ),
    by_tenth AS
    (
        SELECT
            day,
            tenth,
            count() AS asked,
            countIf(has_left) AS leavers,
            countIf(ruled) AS by_rule,
            abs(sum(risk) - leavers) AS miscalibration,
            -sum(if(has_left, log(clipped), log(1 - clipped))) AS loss,
            sum(pow(risk - has_left, 2)) AS squares,
            sumIf(stayed_up_to - stayed_equal / 2, has_left) AS pairs_won
        FROM ranked
        GROUP BY day, tenth
    ),
    by_day AS
    (
        SELECT
            day,
            sum(asked) AS labels,
            sum(leavers) AS gone,
            sum(by_tenth.by_rule) AS by_rule,
            sum(miscalibration) / labels AS calibration_error,
            sum(loss) / labels AS log_loss,
            sum(squares) / labels AS brier,
            sum(pairs_won) / nullIf(gone * (labels - gone), 0) AS auc
        FROM by_tenth
        GROUP BY day
    ),
    with_prior AS
    (
        SELECT
            *,
            (sum(gone) OVER earlier + 1) / (sum(labels) OVER earlier + 2) AS prior
        FROM by_day
        WINDOW earlier AS (ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    )
SELECT
    day,
    labels,
    gone / labels AS base_rate,
    log_loss,
    brier,
    calibration_error,
    -(gone * log(prior) + (labels - gone) * log(1 - prior)) / labels AS prior_log_loss,
    auc,
    by_rule
FROM with_prior AS rated
COMMENT 'How good the predictions settled each day turned out to be';
