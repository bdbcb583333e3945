-- Contacts of customers within 30 days. A decision that was told counts as one at the end of its time, as in the playbook's
-- limit of contacts; what was held out does not.
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
    contacted AS
    (
        SELECT customer_id, count() AS contacts
        FROM decisions FINAL
        WHERE NOT held_out AND action != 'none' AND due_by > as_of - INTERVAL 30 DAY AND due_by <= as_of
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
