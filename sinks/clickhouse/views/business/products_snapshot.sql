-- The view products, stored: see ../README.md.
DROP VIEW IF EXISTS products_snapshot SYNC;

CREATE OR REPLACE TABLE products_snapshot_rows AS products
ENGINE = MergeTree
ORDER BY sku
COMMENT 'What products_snapshot stores; ask products_snapshot';

ALTER TABLE products_snapshot_rows ADD COLUMN IF NOT EXISTS as_of DateTime64(3, 'UTC')
    COMMENT 'Last stamp in the log when this was computed';

CREATE MATERIALIZED VIEW IF NOT EXISTS products_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE TO products_snapshot_rows
(
    sku String COMMENT 'The article',
    units UInt64 COMMENT 'Units sold',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    returned_units UInt64 COMMENT 'Units sent back',
    return_rate Nullable(Float64) COMMENT 'Units sent back a unit sold, NULL if none was sold',
    return_reason String COMMENT 'Reason given most often for it, the first by name of equals; empty if none was given',
    return_reasons Array(Tuple(reason String, times UInt64)) COMMENT 'All reasons given for it, and in how many returns each, the most frequent first',
    buyers UInt64 COMMENT 'Customers who bought it',
    contacts UInt64 COMMENT 'Support contacts of its buyers within 14 days after buying it',
    answered UInt64 COMMENT 'Buyers of whom a question is settled that was asked at their first purchase of it or later',
    left_share Nullable(Float64) COMMENT 'Share of these who left, by the first such question; NULL if there is none',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM products
SETTINGS max_threads = 1
COMMENT 'How each article sells, comes back, and does with its buyers: as products was at as_of, computed anew ten minutes after the last time';
