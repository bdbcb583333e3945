-- Purchases of interactions, one row an event.
CREATE OR REPLACE VIEW purchases
(
    event_id String COMMENT 'Upstream''s own name of the event',
    customer_id String COMMENT 'Who bought',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When',
    order_id String COMMENT 'The order',
    currency String COMMENT 'ISO 4217 code',
    original_amount Decimal(38, 9) COMMENT 'Total after discounts in that currency',
    amount Decimal(38, 9) COMMENT 'The same in the reporting currency',
    units UInt64 COMMENT 'Units bought',
    items Array(Tuple(
        sku String,
        quantity UInt32,
        unit_price Decimal(38, 9),
        amount Decimal(38, 9),
        discount Decimal(38, 9),
        category String)) COMMENT 'The lines; purchase_items has them as rows',
    channel String COMMENT 'Sales channel, empty if unknown',
    campaign String COMMENT 'What brought the customer, empty if unknown',
    extra Map(String, String) COMMENT 'Whatever else upstream gave',
    stamped_at DateTime64(3, 'UTC') COMMENT 'When Kafka took the raw message'
)
AS SELECT
    event_id, customer_id, occurred_at, order_id, currency, original_amount, amount, units, items, channel, campaign,
    extra, stamped_at
FROM interactions FINAL
WHERE type = 'purchase'
COMMENT 'Purchases, one row an event';
