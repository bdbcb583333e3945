-- Contacts of customers within 30 days, counted as the playbook's limit of contacts counts them: a decision that was told
-- at its result, or at the end of its time where none was reported; and what people did without being asked, if they
-- tried. What was held out is no contact here.
CREATE OR REPLACE VIEW contact_pressure
(
    contacts UInt64 COMMENT 'Number of contacts in the 30 days before the last event',
    customers UInt64 COMMENT 'Customers with exactly so many',
    share Float64 COMMENT 'Their share of all customers',
    over UInt64 COMMENT 'Customers with more: those over the limit if so many are allowed'
)
AS
WITH
    (SELECT max(stamped_at) FROM interactions) AS as_of,
    told AS
    (
        SELECT decision_id, customer_id, action, decided_at, due_by
        FROM decisions FINAL
        WHERE NOT held_out AND action != 'none'
    ),
    reported AS
    (
        SELECT
            done.event_id AS event_id,
            done.customer_id AS customer_id,
            any(done.occurred_at) AS occurred_at,
            any(done.result) AS result,
            anyIf(told.decision_id, told.decision_id = done.decision_id
                OR (done.decision_id = '' AND told.action = done.action
                    AND done.occurred_at BETWEEN told.decided_at AND told.due_by)) AS decision_id
        FROM
        (
            SELECT event_id, customer_id, action, occurred_at, result, decision_id
            FROM interactions FINAL
            WHERE type = 'action_taken'
        ) AS done
        LEFT JOIN told ON told.customer_id = done.customer_id
        GROUP BY event_id, customer_id
    ),
    ended AS
    (
        SELECT decision_id, max(occurred_at) AS ended_at
        FROM reported
        WHERE decision_id != '' AND result IN ('done', 'refused', 'accepted', 'not_done', 'dismissed')
        GROUP BY decision_id
    ),
    moments AS
    (
        SELECT told.customer_id AS customer_id, if(ended.decision_id = '', told.due_by, ended.ended_at) AS contacted_at
        FROM told
        LEFT JOIN ended ON ended.decision_id = told.decision_id
        UNION ALL
        SELECT customer_id, occurred_at AS contacted_at
        FROM reported
        WHERE decision_id = '' AND result IN ('done', 'no_answer', 'refused', 'accepted')
    ),
    contacted AS
    (
        SELECT customer_id, count() AS contacts
        FROM moments
        WHERE contacted_at > as_of - INTERVAL 30 DAY AND contacted_at <= as_of
        GROUP BY customer_id
    ),
    counted AS
    (
        SELECT contacted.contacts AS contacts, count() AS customers
        FROM (SELECT DISTINCT customer_id FROM interactions) AS known
        LEFT JOIN contacted ON contacted.customer_id = known.customer_id
        GROUP BY contacts
    )
SELECT
    contacts,
    customers,
    customers / sum(customers) OVER () AS share,
    sum(customers) OVER (ORDER BY contacts DESC ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) - customers AS over
FROM counted
COMMENT 'How many customers had how many contacts within 30 days';
