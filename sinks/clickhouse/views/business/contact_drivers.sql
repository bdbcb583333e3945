-- What customers get in touch about, and what follows.
--
-- Events are numbers (README.md). Their lowest three bits say what they were: purchase (0), return (1), contact (2),
-- answer (4: stayed, 5: left); so what follows a contact at the same moment is an answer only. What follows a contact
-- is known after 90 days, so the shares are of contacts whose 90 days are over by the last stamp in the log: the
-- quick answers alone would be a biased sample.
CREATE OR REPLACE VIEW contact_drivers
(
    topic String COMMENT 'What the contacts were about, empty if unknown',
    contacts UInt64 COMMENT 'Support contacts',
    unresolved_share Nullable(Float64) COMMENT 'Share that did not end well, of those of which it is known',
    mean_satisfaction Nullable(Float64) COMMENT 'Mean of the answers, 1 (worst) to 5, NULL if none',
    followed UInt64 COMMENT 'Contacts that are 90 days past by the last stamp in the log',
    repurchased_share Nullable(Float64) COMMENT 'Share of the followed after which the customer bought within 90 days',
    returned_share Nullable(Float64) COMMENT 'Share of the followed after which something came back within 90 days',
    answered UInt64 COMMENT 'Contacts with a settled question that was asked within 90 days after them',
    left_share Nullable(Float64) COMMENT 'Share of these that the customer left after, by the first such question'
)
AS
WITH
    (SELECT max(stamped_at) FROM interactions FINAL) AS clock,
    lives AS
    (
        SELECT
            arraySort(groupArray(moment * 8 + kind)) AS events,
            arraySort(contact -> contact.1, groupArrayIf((moment, topic, resolved, satisfaction), kind = 2)) AS contacts
        FROM
        (
            SELECT
                customer_id, toUnixTimestamp64Milli(occurred_at) AS moment,
                multiIf(type = 'purchase', 0, type = 'return', 1, 2) AS kind, topic, resolved, satisfaction
            FROM interactions FINAL
            WHERE type IN ('purchase', 'return', 'support_contact')
            UNION ALL
            SELECT customer_id, toUnixTimestamp64Milli(asked_at), if(`left`, 5, 4), '', NULL, NULL
            FROM training_examples FINAL
            WHERE NOT void
        )
        GROUP BY customer_id
        HAVING notEmpty(contacts)
    ),
    after AS
    (
        SELECT
            contact.2 AS topic,
            contact.3 AS resolved,
            contact.4 AS satisfaction,
            contact.1 + 90 * 86400000 AS closes_at,
            closes_at <= toUnixTimestamp64Milli(clock) AS is_over,
            bitAnd(purchase, 7) = 0 AND purchase <= closes_at * 8 AS has_bought,
            bitAnd(sent_back, 7) = 1 AND sent_back <= closes_at * 8 + 1 AS has_returned,
            bitAnd(answer, 7) > 3 AND answer <= closes_at * 8 + 5 AS is_answered,
            bitAnd(answer, 7) = 5 AS has_left
        FROM lives
        ARRAY JOIN
            contacts AS contact,
            arrayFilter(
                (next, event) -> bitAnd(event, 7) = 2,
                arrayReverseFill(event -> bitAnd(event, 7) = 0, events), events) AS purchase,
            arrayFilter(
                (next, event) -> bitAnd(event, 7) = 2,
                arrayReverseFill(event -> bitAnd(event, 7) = 1, events), events) AS sent_back,
            arrayFilter(
                (next, event) -> bitAnd(event, 7) = 2,
                arrayReverseFill(event -> bitAnd(event, 7) > 3, events), events) AS answer
    )
SELECT
    topic,
    count() AS contacts,
    countIf(resolved = false) / nullIf(countIf(resolved IS NOT NULL), 0) AS unresolved_share,
    avg(satisfaction) AS mean_satisfaction,
    countIf(is_over) AS followed,
    countIf(has_bought AND is_over) / nullIf(followed, 0) AS repurchased_share,
    countIf(has_returned AND is_over) / nullIf(followed, 0) AS returned_share,
    countIf(is_answered) AS answered,
    countIf(is_answered AND has_left) / nullIf(answered, 0) AS left_share
FROM after
GROUP BY topic
COMMENT 'What customers get in touch about, and what follows';
