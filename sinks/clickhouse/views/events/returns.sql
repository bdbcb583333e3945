-- Returns of interactions, one row an event.
CREATE OR REPLACE VIEW returns
(
    event_id String COMMENT 'Upstream''s own name of the event',
    customer_id String COMMENT 'Who sent something back',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When',
    order_id String COMMENT 'The order returned from, empty if unknown',
    currency String COMMENT 'ISO 4217 code',
    original_amount Decimal(38, 9) COMMENT 'Refund in that currency',
    amount Decimal(38, 9) COMMENT 'The same in the reporting currency',
    units UInt64 COMMENT 'Units returned',
    items Array(Tuple(
        sku String,
        quantity UInt32,
        unit_price Decimal(38, 9),
        amount Decimal(38, 9),
        discount Decimal(38, 9),
        category String)) COMMENT 'The lines; unit_price is the refund for a unit',
    reason String COMMENT 'Why, empty if unknown',
    extra Map(String, String) COMMENT 'Whatever else upstream gave',
    stamped_at DateTime64(3, 'UTC') COMMENT 'When Kafka took the raw message'
)
AS SELECT
    event_id, customer_id, occurred_at, order_id, currency, original_amount, amount, units, items, reason, extra,
    stamped_at
FROM interactions FINAL
WHERE type = 'return'
COMMENT 'Returns, one row an event';
