-- Risks by day of the score (UTC) and risk band.
CREATE OR REPLACE VIEW daily_risk
(
    day Date COMMENT 'Day of the scores, UTC',
    segment LowCardinality(String) COMMENT 'What to do with these customers',
    band LowCardinality(String) COMMENT 'Risk: low (under 0.3), middle (under 0.7) or high',
    customers UInt64 COMMENT 'Customers scored that day, each with the last score of the day',
    mean_risk Float64 COMMENT 'Their mean probability of leaving',
    value_at_risk Float64 COMMENT 'Sum of their value at risk, reporting currency',
    moved_up UInt64 COMMENT 'How many of them were in a lower band when scored last',
    moved_down UInt64 COMMENT 'How many were in a higher one'
)
AS
WITH
    last_of_day AS
    (
        SELECT customer_id, toDate(scored_at) AS day, segment, risk, value_at_risk, (risk >= 0.3) + (risk >= 0.7) AS place
        FROM risk_scores FINAL
        ORDER BY customer_id, scored_at DESC, cause = 'interaction' DESC
        LIMIT 1 BY customer_id, day
    ),
    moved AS
    (
        SELECT
            *,
            lagInFrame(toNullable(place)) OVER
                (PARTITION BY customer_id ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS place_before
        FROM last_of_day
    )
SELECT
    day,
    segment,
    ['low', 'middle', 'high'][place + 1] AS band,
    count() AS customers,
    avg(risk) AS mean_risk,
    sum(moved.value_at_risk) AS value_at_risk,
    countIf(place > place_before) AS moved_up,
    countIf(place < place_before) AS moved_down
FROM moved
GROUP BY day, segment, place
COMMENT 'Risk of the customers scored each day, by segment and band';
