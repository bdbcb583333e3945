-- The wide table, by type of event.

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

CREATE OR REPLACE VIEW support_contacts
(
    event_id String COMMENT 'Upstream''s own name of the event',
    customer_id String COMMENT 'Who was spoken with',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When',
    channel String COMMENT 'Support channel',
    topic String COMMENT 'What it was about, empty if unknown',
    direction String COMMENT 'Who began it: inbound or outbound',
    resolved Nullable(Bool) COMMENT 'Whether it ended well, NULL if unknown',
    wait_seconds Nullable(Float64) COMMENT 'How long the customer waited, NULL if unknown',
    satisfaction Nullable(UInt8) COMMENT '1 (worst) to 5, NULL if not asked',
    sentiment Nullable(Int8) COMMENT 'The agent''s impression, -2 to 2, NULL if none',
    likely_to_leave Nullable(Bool) COMMENT 'The agent''s guess, NULL if none',
    note String COMMENT 'The agent''s words',
    extra Map(String, String) COMMENT 'Whatever else upstream gave',
    stamped_at DateTime64(3, 'UTC') COMMENT 'When Kafka took the raw message'
)
AS SELECT
    event_id, customer_id, occurred_at, channel, topic, direction, resolved, wait_seconds, satisfaction, sentiment,
    likely_to_leave, note, extra, stamped_at
FROM interactions FINAL
WHERE type = 'support_contact'
COMMENT 'Support contacts, one row an event';
