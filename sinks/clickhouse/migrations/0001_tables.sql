-- The tables. Each is keyed by the record's own name, so that a repeated insert changes nothing under FINAL. No table is
-- partitioned: duplicates merge only within a partition.

-- What arrives, as it arrives.
-- Plain strings where LowCardinality would do: that took 0.38 instead of 0.26 processor seconds for an insert of 100,000
-- rows, and this is the table that must take them fast.
-- Parts up to 64 MiB keep their columns in one file: what the sink inserts at once while it is behind, up to 46 MB in
-- columns, was stored as 136 files before, and making them took a tenth of the processor time from Kafka into the table.
-- Merges make larger parts, which have a file a column.
-- trace_id is empty where a publisher gives none and takes no room then; trace is computed instead.
CREATE TABLE IF NOT EXISTS interactions
(
    event_id String COMMENT 'Upstream''s own name of the event; one row each under FINAL',
    customer_id String COMMENT 'Whose it is',
    type String COMMENT 'purchase, return or support_contact',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When it happened' CODEC(Delta, ZSTD),
    stamped_at DateTime64(3, 'UTC') COMMENT 'When Kafka took the raw message' CODEC(Delta, ZSTD),
    source_topic String COMMENT 'Raw topic',
    source_partition UInt16 COMMENT 'Raw partition',
    source_offset UInt64 COMMENT 'Raw offset' CODEC(T64, ZSTD),
    order_id String COMMENT 'Order bought or returned from, empty if unknown',
    currency String COMMENT 'ISO 4217 code of the event, empty for contacts',
    original_amount Decimal(38, 9) COMMENT 'Total after discounts, or refunded, in the event''s currency' CODEC(ZSTD),
    amount Decimal(38, 9) COMMENT 'The same in the reporting currency' CODEC(ZSTD),
    units UInt64 COMMENT 'Units bought or returned' CODEC(T64, ZSTD),
    items Array(Tuple(
        sku String,
        quantity UInt32,
        unit_price Decimal(38, 9),
        amount Decimal(38, 9),
        discount Decimal(38, 9),
        category String)) COMMENT 'The lines: prices in the event''s currency, amount in the reporting currency' CODEC(ZSTD),
    channel String COMMENT 'Sales or support channel, empty if unknown',
    campaign String COMMENT 'What brought the customer, empty if unknown',
    reason String COMMENT 'Why it was returned, empty if unknown',
    topic String COMMENT 'What a contact was about, empty if unknown',
    direction String COMMENT 'Who began a contact: inbound or outbound',
    resolved Nullable(Bool) COMMENT 'Whether a contact ended well, NULL if unknown',
    wait_seconds Nullable(Float64) COMMENT 'How long the customer waited, NULL if unknown',
    satisfaction Nullable(UInt8) COMMENT '1 (worst) to 5, NULL if not asked',
    sentiment Nullable(Int8) COMMENT 'The agent''s impression, -2 to 2, NULL if none',
    likely_to_leave Nullable(Bool) COMMENT 'The agent''s guess, NULL if none',
    note String COMMENT 'The agent''s words' CODEC(ZSTD),
    extra Map(String, String) COMMENT 'Whatever else upstream gave',
    trace_id String COMMENT 'Trace id of W3C Trace Context that the publisher gave, empty if none' CODEC(ZSTD),
    precedence UInt128 MATERIALIZED
        bitShiftLeft(toUInt128(281474976710655 - toUInt64(toUnixTimestamp64Milli(stamped_at))), 80)
        + bitShiftLeft(toUInt128(18446744073709551615 - source_offset), 16)
        + source_partition * 4 + indexOf(['purchases', 'returns', 'support_contacts'], source_topic)
        COMMENT 'Highest for the copy stamped first, so that it survives whatever order copies are inserted in',
    trace String
        ALIAS if(trace_id != '', trace_id, lower(hex(MD5(concat(
            source_topic, '/', toString(source_partition), '/', toString(source_offset))))))
        COMMENT 'Trace id: the publisher''s, or one made of where the raw message lies',
    stored_at DateTime64(3, 'UTC') MATERIALIZED now64(3, 'UTC')
        COMMENT 'When the row was stored; 1970 where that was not kept yet' CODEC(Delta, ZSTD),
    INDEX by_customer customer_id TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = ReplacingMergeTree(precedence)
ORDER BY event_id
SETTINGS index_granularity = 8192, min_bytes_for_wide_part = 67108864
COMMENT 'Every validated purchase, return and support contact; read it with FINAL';

-- The rule, which scores until a model has learnt enough, gives no outlook and no next purchase: NULLs there.
CREATE TABLE IF NOT EXISTS risk_scores
(
    customer_id String COMMENT 'Whose score it is',
    scored_at DateTime64(3, 'UTC') COMMENT 'The moment that it speaks of' CODEC(DoubleDelta, ZSTD),
    cause LowCardinality(String) COMMENT 'interaction, or review of a silent customer',
    risk Float64 COMMENT 'Probability of buying nothing within the horizon after scored_at',
    reasons Array(Tuple(feature LowCardinality(String), effect Float64, text String))
        COMMENT 'At most three, the strongest first: feature, added log-odds of leaving, a sentence' CODEC(ZSTD),
    value_at_risk Float64 COMMENT 'How much of the margin expected in a year the outlook puts at risk, reporting currency',
    segment LowCardinality(String) COMMENT 'What to do: keep_at_all_costs, win_back, look_after or let_be',
    model_version LowCardinality(String) COMMENT 'Which model answered; rule… has not learnt enough yet',
    outlook Tuple(
        nothing Nullable(Float64),
        less Nullable(Float64),
        usual Nullable(Float64),
        more Nullable(Float64))
        COMMENT 'Probabilities of buying nothing (the risk), less than usual, as usual, more, within the horizon; NULLs while the rule answers'
        CODEC(ZSTD),
    next_purchase Tuple(
        expected_at Nullable(DateTime64(3, 'UTC')),
        earliest_at Nullable(DateTime64(3, 'UTC')),
        latest_at Nullable(DateTime64(3, 'UTC')))
        COMMENT 'When the next purchase comes, if within the horizon: the median; one in ten buys before earliest_at, one in ten after latest_at; NULLs while the rule answers'
        CODEC(ZSTD),
    stored_at DateTime64(3, 'UTC') MATERIALIZED now64(3, 'UTC')
        COMMENT 'When the row was stored; 1970 where that was not kept yet' CODEC(Delta, ZSTD),
    life_cycle LowCardinality(String)
        COMMENT 'new, growing, steady, slipping, gone or won_back; empty if never bought, or given before there were stages',
    value_tier LowCardinality(String)
        COMMENT 'high, middle or low: what a year is worth, set against other customers; empty likewise',
    yearly_margin Float64
        COMMENT 'What a year would bring at the decayed rate of spending, reporting currency; 0 before the first purchase or before scores told it'
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, scored_at, cause)
COMMENT 'Every score ever given; read it with FINAL';

CREATE TABLE IF NOT EXISTS training_examples
(
    customer_id String COMMENT 'Who was asked about',
    asked_at DateTime64(3, 'UTC') COMMENT 'When; with the customer it names the question' CODEC(DoubleDelta, ZSTD),
    settled_at DateTime64(3, 'UTC') COMMENT 'When the answer was final' CODEC(DoubleDelta, ZSTD),
    cause LowCardinality(String) COMMENT 'Whether an interaction or a review led to the question',
    horizon_days Float64 COMMENT 'Will this customer buy within so many days?',
    left Bool COMMENT 'The answer: true where nothing was bought',
    purchases UInt32 COMMENT 'How many purchases fell into the horizon',
    amount Float64 COMMENT 'What they came to, reporting currency',
    risk Float64 COMMENT 'Probability of leaving that was given when it was asked',
    model_version LowCardinality(String) COMMENT 'Who gave it',
    feature_set LowCardinality(String) COMMENT 'Name of the list of features that features follows',
    features Array(Float64) COMMENT 'The features of that moment' CODEC(ZSTD),
    bought_after_days Nullable(Float64)
        COMMENT 'Days from asked_at to the first purchase within the horizon, NULL if there was none' CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree
ORDER BY (customer_id, asked_at)
COMMENT 'Settled questions with the prediction made before the answer was known; read it with FINAL';

CREATE TABLE IF NOT EXISTS alerts
(
    alert_id String COMMENT 'The same for the raising and the clearing',
    customer_id String COMMENT 'Who',
    raised_at DateTime64(3, 'UTC') COMMENT 'When it was raised; kept when it is cleared',
    changed_at DateTime64(3, 'UTC') COMMENT 'When this state was reached',
    state LowCardinality(String) COMMENT 'raised or cleared',
    risk Float64 COMMENT 'Probability of leaving at changed_at',
    value_at_risk Float64 COMMENT 'What that would cost, reporting currency',
    segment LowCardinality(String) COMMENT 'What to do: keep_at_all_costs, win_back, look_after or let_be',
    reasons Array(Tuple(feature LowCardinality(String), effect Float64, text String))
        COMMENT 'Why, the strongest first: feature, added log-odds of leaving, a sentence' CODEC(ZSTD)
)
ENGINE = ReplacingMergeTree
ORDER BY (alert_id, state)
COMMENT 'Customers who must be kept, and no longer; one row a state; read it with FINAL';

CREATE TABLE IF NOT EXISTS dead_letters
(
    topic LowCardinality(String) COMMENT 'Where it was read',
    partition UInt16 COMMENT 'Its partition there',
    offset UInt64 COMMENT 'Its offset there; the three together name the letter' CODEC(Delta, ZSTD),
    reason LowCardinality(String)
        COMMENT 'not_json, invalid, from_the_future, too_old, too_large, unknown_currency, or unprocessable for a whole page',
    detail String COMMENT 'What exactly is wrong' CODEC(ZSTD),
    refused_at DateTime64(3, 'UTC') COMMENT 'When Kafka says that it was published' CODEC(Delta, ZSTD),
    original_base64 String COMMENT 'The message''s bytes in base64' CODEC(ZSTD),
    original_size UInt64 COMMENT 'Their number before any cut',
    key_base64 String COMMENT 'The message''s key in base64, empty where it had none',
    original String ALIAS base64Decode(original_base64) COMMENT 'The message''s bytes'
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, offset)
COMMENT 'What was refused, why, and where it lies; read it with FINAL';

-- That a customer was forgotten, and where in the log it says so; not who.
CREATE TABLE IF NOT EXISTS forgotten
(
    source_topic LowCardinality(String) COMMENT 'Topic of the record that asked for it; rows were deleted in the table of that name',
    source_partition UInt16 COMMENT 'Its partition there',
    source_offset UInt64 COMMENT 'Its offset there; the three together name it',
    forgotten_at DateTime64(3, 'UTC') COMMENT 'When Kafka took that record',
    deleted_rows UInt64 COMMENT 'Rows deleted; the most, where the record was read again'
)
ENGINE = ReplacingMergeTree(deleted_rows)
ORDER BY (source_topic, source_partition, source_offset)
COMMENT 'That a customer was forgotten, how much and when, without saying who; read it with FINAL';
