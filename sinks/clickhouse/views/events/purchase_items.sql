-- Lines of purchases, one row a line.
CREATE OR REPLACE VIEW purchase_items
(
    event_id String COMMENT 'The purchase''s event',
    customer_id String COMMENT 'Who bought',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When',
    order_id String COMMENT 'The order',
    currency String COMMENT 'ISO 4217 code',
    channel String COMMENT 'Sales channel, empty if unknown',
    campaign String COMMENT 'What brought the customer, empty if unknown',
    sku String COMMENT 'What was bought',
    category String COMMENT 'Its category, empty if unknown',
    quantity UInt32 COMMENT 'Units of it',
    unit_price Decimal(38, 9) COMMENT 'Price of a unit before discount, event''s currency',
    discount Decimal(38, 9) COMMENT 'Discount on a unit, event''s currency',
    amount Decimal(38, 9) COMMENT 'What the line comes to, reporting currency'
)
AS SELECT
    event_id, customer_id, occurred_at, order_id, currency, channel, campaign,
    item.sku AS sku, item.category AS category, item.quantity AS quantity, item.unit_price AS unit_price,
    item.discount AS discount, item.amount AS amount
FROM purchases
ARRAY JOIN items AS item
COMMENT 'Lines of purchases, one row a line';
