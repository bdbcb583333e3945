-- Purchases that name who recommended them (`extra.referred_by`), with the last decision for whoever did.
CREATE OR REPLACE VIEW referrals
(
    event_id String COMMENT 'Upstream''s own name of the purchase',
    customer_id String COMMENT 'Who bought',
    occurred_at DateTime64(3, 'UTC') COMMENT 'When',
    amount Decimal(38, 9) COMMENT 'What it came to, reporting currency',
    is_first Bool COMMENT 'True for the customer''s first purchase: the recommendation brought a customer',
    referred_by String COMMENT 'The customer who recommended it',
    decision_id String COMMENT 'Last decision for that customer in the 90 days before, empty if there is none',
    action LowCardinality(String) COMMENT 'Its action, empty if there is none',
    held_out Nullable(Bool) COMMENT 'True if it was held out: the recommendation came unasked; NULL if there is no decision'
)
AS
WITH
    referred AS
    (
        SELECT event_id, customer_id, occurred_at, amount, extra['referred_by'] AS referred_by
        FROM interactions FINAL
        WHERE type = 'purchase' AND referred_by != '' AND referred_by != customer_id
    ),
    firsts AS
    (
        SELECT customer_id, min(occurred_at) AS first_at
        FROM interactions FINAL
        WHERE type = 'purchase' AND customer_id IN (SELECT customer_id FROM referred)
        GROUP BY customer_id
    ),
    decided AS
    (
        SELECT customer_id, decided_at, decision_id, action, toNullable(held_out) AS held_out
        FROM decisions FINAL
        WHERE action != 'none' AND customer_id IN (SELECT referred_by FROM referred)
    )
SELECT
    referred.event_id AS event_id,
    referred.customer_id AS customer_id,
    referred.occurred_at AS occurred_at,
    referred.amount AS amount,
    referred.occurred_at = firsts.first_at AS is_first,
    referred.referred_by AS referred_by,
    if(decided.decided_at >= referred.occurred_at - INTERVAL 90 DAY, decided.decision_id, '') AS decision_id,
    if(decision_id = '', '', decided.action::String) AS action,
    if(decision_id = '', NULL, decided.held_out) AS held_out
FROM referred
ASOF LEFT JOIN decided ON decided.customer_id = referred.referred_by AND decided.decided_at < referred.occurred_at
LEFT JOIN firsts ON firsts.customer_id = referred.customer_id
COMMENT 'Purchases that were recommended by another customer, one row each';
