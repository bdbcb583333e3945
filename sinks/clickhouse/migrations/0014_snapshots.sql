-- The views that take seconds at millions of interactions, as they were a few minutes ago: for questions about all
-- customers. A snapshot is its view stored, so it has nothing to define, and nothing to get wrong, of its own; as_of says
-- up to when it speaks. One thread each, so that computing them leaves a processor to the sink. Who is forgotten leaves
-- the three that name customers at once (sinks/load/erase.py).

CREATE MATERIALIZED VIEW IF NOT EXISTS customers_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE
(
    customer_id String COMMENT 'Who',
    first_seen DateTime64(3, 'UTC') COMMENT 'First interaction',
    last_seen DateTime64(3, 'UTC') COMMENT 'Last interaction',
    last_purchase_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Last purchase, NULL if none',
    purchases UInt64 COMMENT 'Purchases',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    units UInt64 COMMENT 'Units bought',
    returns UInt64 COMMENT 'Returns',
    refunds Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    contacts UInt64 COMMENT 'Support contacts',
    unresolved UInt64 COMMENT 'Contacts that did not end well',
    last_satisfaction Nullable(UInt8) COMMENT 'Last answer, 1 (worst) to 5, NULL if never asked',
    scored_at Nullable(DateTime64(3, 'UTC')) COMMENT 'Moment of the latest score, NULL if none',
    risk Nullable(Float64) COMMENT 'Probability of buying nothing within the horizon after that',
    value_at_risk Nullable(Float64) COMMENT 'Risk times the margin expected in a year, reporting currency',
    segment LowCardinality(String) COMMENT 'What to do, empty if never scored',
    reasons Array(Tuple(feature LowCardinality(String), effect Float64, text String))
        COMMENT 'Why, the strongest first: feature, added log-odds of leaving, a sentence',
    model_version LowCardinality(String) COMMENT 'Which model answered, empty if none',
    life_cycle LowCardinality(String)
        COMMENT 'new, growing, steady, slipping, gone or won_back by the latest score; empty if never bought or scored',
    value_tier LowCardinality(String)
        COMMENT 'high, middle or low: what a year is worth, set against other customers; empty likewise',
    alert_state LowCardinality(String) COMMENT 'raised or cleared, empty if there never was an alert',
    alert_changed_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When that state was reached, NULL if never',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
ENGINE = MergeTree
ORDER BY customer_id
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM customers
SETTINGS max_threads = 1
COMMENT 'Latest profile of every customer, one row each: as customers was at as_of, computed anew ten minutes after the last time';

CREATE MATERIALIZED VIEW IF NOT EXISTS lost_customers_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE
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
ENGINE = MergeTree
ORDER BY customer_id
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM lost_customers
SETTINGS max_threads = 1
COMMENT 'Customers who have left, what was lost with each, and what went before: as lost_customers was at as_of, computed anew ten minutes after the last time';

CREATE MATERIALIZED VIEW IF NOT EXISTS segment_moves_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE
(
    customer_id String COMMENT 'Who moved',
    day Date COMMENT 'Day of the score that shows it, UTC',
    moved_at DateTime64(3, 'UTC') COMMENT 'Moment of that score; the silent are looked at some times a horizon',
    kind LowCardinality(String) COMMENT 'What changed: segment, life_cycle or value_tier',
    before LowCardinality(String) COMMENT 'What it was by the score before',
    after LowCardinality(String) COMMENT 'What it is now',
    cause LowCardinality(String)
        COMMENT 'What the customer did: purchase, return, contact, or silence; interaction where its row is gone',
    risk Float64 COMMENT 'Probability of leaving by the new score',
    value_at_risk Float64 COMMENT 'Risk times the margin expected in a year, reporting currency',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
ENGINE = MergeTree
ORDER BY (customer_id, moved_at, kind)
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM segment_moves
SETTINGS max_threads = 1
COMMENT 'Every move of a customer to another segment, stage of life or value tier, with the day and the cause: as segment_moves was at as_of, computed anew ten minutes after the last time';

CREATE MATERIALIZED VIEW IF NOT EXISTS daily_activity_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE
(
    day Date COMMENT 'Day on which it happened, UTC',
    channel String COMMENT 'Sales or support channel, empty if unknown and for returns',
    currency String COMMENT 'Currency of the events, empty for contacts',
    purchases UInt64 COMMENT 'Purchases',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    units UInt64 COMMENT 'Units bought',
    returns UInt64 COMMENT 'Returns',
    refunds Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    contacts UInt64 COMMENT 'Support contacts',
    unresolved UInt64 COMMENT 'Contacts that did not end well',
    mean_satisfaction Nullable(Float64) COMMENT 'Mean of the answers, 1 (worst) to 5, NULL if none',
    discounts Float64 COMMENT 'Given on the purchases, reporting currency; 0 where all of them were free',
    returned_units UInt64 COMMENT 'Units sent back',
    return_rate Nullable(Float64)
        COMMENT 'Units sent back a unit sold on this day in this currency over all channels, NULL if none was sold',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
ENGINE = MergeTree
ORDER BY (day, channel, currency)
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM daily_activity
SETTINGS max_threads = 1
COMMENT 'What happened each day, by channel and currency: as daily_activity was at as_of, computed anew ten minutes after the last time';

CREATE MATERIALIZED VIEW IF NOT EXISTS cohorts_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE
(
    cohort Date COMMENT 'First day of the month of the first purchase, UTC',
    months UInt16 COMMENT 'Months since then; 0 is that month itself',
    customers UInt64 COMMENT 'Customers of the cohort',
    retained UInt64 COMMENT 'How many of them bought in this month',
    revenue Decimal(38, 9) COMMENT 'What they bought in this month, reporting currency',
    returns UInt64 COMMENT 'Returns in this month',
    refunds Decimal(38, 9) COMMENT 'What these came to, reporting currency',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
ENGINE = MergeTree
ORDER BY (cohort, months)
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM cohorts
SETTINGS max_threads = 1
COMMENT 'Customers by month of first purchase, and what they did in each month since: as cohorts was at as_of, computed anew ten minutes after the last time';

CREATE MATERIALIZED VIEW IF NOT EXISTS campaigns_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE
(
    campaign String COMMENT 'The campaign; empty for purchases without one',
    orders UInt64 COMMENT 'Purchases under it',
    customers UInt64 COMMENT 'Who made them',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    followed UInt64 COMMENT 'Customers whose first purchase under it is 90 days past by the last stamp in the log',
    bought_again_share Nullable(Float64)
        COMMENT 'Share of the followed who made any other purchase within 90 days after it, NULL if none is followed',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
ENGINE = MergeTree
ORDER BY campaign
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM campaigns
SETTINGS max_threads = 1
COMMENT 'What each campaign brought, and who bought again: as campaigns was at as_of, computed anew ten minutes after the last time';

CREATE MATERIALIZED VIEW IF NOT EXISTS products_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE
(
    sku String COMMENT 'The article',
    units UInt64 COMMENT 'Units sold',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    returned_units UInt64 COMMENT 'Units sent back',
    return_rate Nullable(Float64) COMMENT 'Units sent back a unit sold, NULL if none was sold',
    return_reason String COMMENT 'Reason given most often for it, the first by name of equals; empty if none was given',
    buyers UInt64 COMMENT 'Customers who bought it',
    contacts UInt64 COMMENT 'Support contacts of its buyers within 14 days after buying it',
    answered UInt64 COMMENT 'Buyers of whom a question is settled that was asked at their first purchase of it or later',
    left_share Nullable(Float64) COMMENT 'Share of these who left, by the first such question; NULL if there is none',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
ENGINE = MergeTree
ORDER BY sku
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM products
SETTINGS max_threads = 1
COMMENT 'How each article sells, comes back, and does with its buyers: as products was at as_of, computed anew ten minutes after the last time';

CREATE MATERIALIZED VIEW IF NOT EXISTS contact_drivers_snapshot
REFRESH AFTER 10 MINUTE RANDOMIZE FOR 2 MINUTE
(
    topic String COMMENT 'What the contacts were about, empty if unknown',
    contacts UInt64 COMMENT 'Support contacts',
    unresolved_share Nullable(Float64) COMMENT 'Share that did not end well, of those of which it is known',
    mean_satisfaction Nullable(Float64) COMMENT 'Mean of the answers, 1 (worst) to 5, NULL if none',
    followed UInt64 COMMENT 'Contacts that are 90 days past by the last stamp in the log',
    repurchased_share Nullable(Float64) COMMENT 'Share of the followed after which the customer bought within 90 days',
    returned_share Nullable(Float64) COMMENT 'Share of the followed after which something came back within 90 days',
    answered UInt64 COMMENT 'Contacts with a settled question that was asked within 90 days after them',
    left_share Nullable(Float64) COMMENT 'Share of these that the customer left after, by the first such question',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
ENGINE = MergeTree
ORDER BY topic
AS SELECT *, (SELECT max(stamped_at) FROM interactions) AS as_of
FROM contact_drivers
SETTINGS max_threads = 1
COMMENT 'What customers get in touch about, and what follows: as contact_drivers was at as_of, computed anew ten minutes after the last time';
