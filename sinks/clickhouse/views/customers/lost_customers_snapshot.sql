-- The view lost_customers, stored: see ../README.md.
DROP VIEW IF EXISTS lost_customers_snapshot SYNC;

CREATE OR REPLACE TABLE lost_customers_snapshot_rows AS lost_customers
ENGINE = MergeTree
ORDER BY customer_id
COMMENT 'What lost_customers_snapshot stores; ask lost_customers_snapshot';

ALTER TABLE lost_customers_snapshot_rows ADD COLUMN IF NOT EXISTS as_of DateTime64(3, 'UTC')
    COMMENT 'Last stamp in the log when this was computed';

CREATE MATERIALIZED VIEW IF NOT EXISTS lost_customers_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE TO lost_customers_snapshot_rows
(
    customer_id String COMMENT 'Who has left: a question asked since the last purchase was settled without another one',
    last_purchase_at DateTime64(3, 'UTC') COMMENT 'Last purchase',
    lost_at DateTime64(3, 'UTC') COMMENT 'When the first such question was settled, and so the loss was certain',
    segment LowCardinality(String) COMMENT 'What was to be done by the last score before the customer was gone, empty if there is none',
    value_lost Float64 COMMENT 'Margin that was expected of a year when it was asked, reporting currency; 0 if that score is missing',
    before LowCardinality(String)
        COMMENT 'What there was from 30 days before the last purchase until lost_at: unresolved contact, else return, else silence',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM lost_customers
SETTINGS max_threads = 1
COMMENT 'Customers who have left, what was lost with each, and what went before: as lost_customers was at as_of, computed anew ten minutes after the last time';
