-- Who is right about who leaves: people who judge, or the model.
--
-- A judgement is right if the customer bought within the horizon of the last settled question exactly where it said that
-- they would stay. The model's word is the last risk before the judgement came in, since later ones have learnt of it; a
-- risk of a half or more says that the customer leaves. Judgements whose horizon is not over by the last stamp in the
-- log wait; those with more than a tenth of it in holes of the purchases count nowhere, as for questions. The interval
-- is Wilson's (Journal of the American Statistical Association 1927), at 95 %.
CREATE OR REPLACE VIEW judgement_hits
(
    by String COMMENT 'Who judged; empty for everybody together',
    judgements UInt64 COMMENT 'Judgements that said that the customer would leave or stay, and whose horizon is over',
    waiting UInt64 COMMENT 'Such judgements whose horizon is not over yet',
    right_share Nullable(Float64) COMMENT 'Share of the judgements that were right, NULL if there is none',
    compared UInt64 COMMENT 'Judgements of a customer who had been scored before',
    model_right_share Nullable(Float64) COMMENT 'Share of these of which the model was right, NULL if there is none',
    disagreements UInt64 COMMENT 'Compared judgements in which person and model disagreed',
    person_right UInt64 COMMENT 'Disagreements in which the person was right; in the others the model was',
    person_right_share Nullable(Float64) COMMENT 'Share of the disagreements, NULL if there is none',
    person_right_low Nullable(Float64) COMMENT 'Lower end of its 95 % interval',
    person_right_high Nullable(Float64) COMMENT 'Its upper end',
    verdict LowCardinality(String)
        COMMENT 'Who is right where they disagree: person or model, by whether the interval lies above or below a half; else cannot_tell'
)
AS
WITH
    (SELECT max(stamped_at) FROM interactions FINAL) AS clock,
    (SELECT if(count() = 0, 90., max((settled_at, horizon_days)).2) FROM training_examples FINAL) AS days,
    (SELECT groupArray((starts_at, ends_at)) FROM holes FINAL WHERE topic = 'purchases') AS silences,
    assumeNotNull(round(days * 86400000)) AS horizon_ms,
    judged AS
    (
        SELECT
            customer_id,
            by,
            stamped_at,
            assumeNotNull(likely_to_leave) AS expects_leaving,
            occurred_at,
            occurred_at + toIntervalMillisecond(horizon_ms) AS closes_at,
            arraySum(
                silence -> greatest(
                    dateDiff('millisecond', greatest(silence.1, occurred_at), least(silence.2, closes_at)), 0),
                silences) AS silent_ms
        FROM interactions FINAL
        WHERE type = 'judgement' AND likely_to_leave IS NOT NULL AND silent_ms <= horizon_ms / 10
    ),
    scores AS
    (
        SELECT customer_id, scored_at, toNullable(risk) AS risk
        FROM risk_scores FINAL
        WHERE customer_id IN (SELECT customer_id FROM judged)
        ORDER BY customer_id, scored_at, cause = 'interaction' DESC
        LIMIT 1 BY customer_id, scored_at
    ),
    bought AS
    (
        SELECT customer_id, groupArray(occurred_at) AS moments
        FROM interactions FINAL
        WHERE type = 'purchase' AND customer_id IN (SELECT customer_id FROM judged)
        GROUP BY customer_id
    ),
    answered AS
    (
        SELECT
            judged.by AS by,
            judged.closes_at <= clock AS is_over,
            NOT arrayExists(at -> at > judged.occurred_at AND at <= judged.closes_at, bought.moments) AS has_left,
            judged.expects_leaving = has_left AS is_right,
            is_over AND scores.risk IS NOT NULL AS is_compared,
            (ifNull(scores.risk, 0) >= 0.5) = has_left AS model_is_right
        FROM judged
        ASOF LEFT JOIN scores ON scores.customer_id = judged.customer_id AND scores.scored_at < judged.stamped_at
        LEFT JOIN bought ON bought.customer_id = judged.customer_id
    ),
    counted AS
    (
        SELECT
            by,
            countIf(is_over) AS judgements,
            countIf(NOT is_over) AS waiting,
            countIf(is_over AND is_right) AS is_right_times,
            countIf(is_compared) AS compared,
            countIf(is_compared AND model_is_right) AS model_right_times,
            countIf(is_compared AND is_right != model_is_right) AS disagreements,
            countIf(is_compared AND is_right AND NOT model_is_right) AS person_right
        FROM answered
        GROUP BY by WITH ROLLUP
        HAVING judgements + waiting > 0
    )
SELECT
    by,
    judgements,
    waiting,
    is_right_times / nullIf(judgements, 0) AS right_share,
    compared,
    model_right_times / nullIf(compared, 0) AS model_right_share,
    disagreements,
    person_right,
    person_right / nullIf(disagreements, 0) AS person_right_share,
    (person_right_share + 1.920729410347062 / disagreements
        - 1.959963984540054 * sqrt(
            person_right_share * (1 - person_right_share) / disagreements + 0.960364705173531 / pow(disagreements, 2)))
        / (1 + 3.841458820694124 / disagreements) AS person_right_low,
    (person_right_share + 1.920729410347062 / disagreements
        + 1.959963984540054 * sqrt(
            person_right_share * (1 - person_right_share) / disagreements + 0.960364705173531 / pow(disagreements, 2)))
        / (1 + 3.841458820694124 / disagreements) AS person_right_high,
    multiIf(person_right_low > 0.5, 'person', person_right_high < 0.5, 'model', 'cannot_tell') AS verdict
FROM counted
COMMENT 'How often people who judge, and the model, are right about who leaves, and who is where they disagree';
