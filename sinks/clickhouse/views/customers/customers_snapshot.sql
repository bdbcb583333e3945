-- The view customers, stored: see ../README.md.
DROP VIEW IF EXISTS customers_snapshot SYNC;

CREATE OR REPLACE TABLE customers_snapshot_rows AS customers
ENGINE = MergeTree
ORDER BY customer_id
COMMENT 'What customers_snapshot stores; ask customers_snapshot';

ALTER TABLE customers_snapshot_rows ADD COLUMN IF NOT EXISTS as_of DateTime64(3, 'UTC')
    COMMENT 'Last stamp in the log when this was computed';

CREATE MATERIALIZED VIEW IF NOT EXISTS customers_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE TO customers_snapshot_rows
(
    customer_id String COMMENT 'Who',
    first_seen DateTime64(3, 'UTC') COMMENT 'First interaction',
    last_seen DateTime64(3, 'UTC') COMMENT 'Last interaction',
    first_purchase_at Nullable(DateTime64(3, 'UTC')) COMMENT 'First purchase, NULL if none',
    last_purchase_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Last purchase, NULL if none',
    usual_gap_days Nullable(Float64) COMMENT 'Mean days between purchases, NULL before the second; compare the silence with it',
    purchases UInt64 COMMENT 'Purchases; the events of an order are one',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    units UInt64 COMMENT 'Units bought',
    returns UInt64 COMMENT 'Returns',
    refunds Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    contacts UInt64 COMMENT 'Support contacts',
    unresolved UInt64 COMMENT 'Contacts that did not end well',
    last_satisfaction Nullable(UInt8) COMMENT 'Last answer, 1 (worst) to 5, NULL if never asked',
    scored_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Moment of the latest score, which everything below holds as of; NULL if none',
    risk Nullable(Float64) COMMENT 'Probability of buying nothing within the horizon after that',
    value_at_risk Nullable(Float64) COMMENT 'Risk times the margin expected in a year, reporting currency',
    segment LowCardinality(String) COMMENT 'What to do, empty if never scored',
    reasons Array(Tuple(feature LowCardinality(String), effect Float64, text String))
        COMMENT 'Why, the strongest first: feature, added log-odds of leaving, a sentence that names days and so does not age',
    model_version LowCardinality(String) COMMENT 'Which model answered, empty if none',
    life_cycle LowCardinality(String)
        COMMENT 'new, growing, steady, slipping, gone or won_back by the latest score; empty if never bought or scored',
    value_tier LowCardinality(String)
        COMMENT 'high, middle or low: what a year is worth, set against other customers; empty likewise',
    alert_state LowCardinality(String) COMMENT 'State of the latest alert of their risk: raised or cleared, empty if there never was one',
    alert_changed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When that state was reached, NULL if never',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM customers
SETTINGS max_threads = 1
COMMENT 'Latest profile of every customer, one row each: as customers was at as_of, computed anew ten minutes after the last time';
