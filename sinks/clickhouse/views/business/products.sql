-- How each article sells, comes back, and does with its buyers.
--
-- Events are numbers (README.md), articles too, so that they fit into the arrays. The lowest three bits of an event
-- say what it was: purchase (0), contact (1), end of the 14 days after a purchase (2), answer (4: stayed, 5: left).
-- Contacts are numbered in order: those that follow a purchase have the numbers from the count before it to the count
-- at the end of its 14 days.
CREATE OR REPLACE VIEW products
(
    sku String COMMENT 'The article',
    units UInt64 COMMENT 'Units sold',
    revenue Decimal(38, 9) COMMENT 'What they came to, reporting currency',
    returned_units UInt64 COMMENT 'Units sent back',
    return_rate Nullable(Float64) COMMENT 'Units sent back a unit sold, NULL if none was sold',
    return_reason String COMMENT 'Reason given most often for it, the first by name of equals; empty if none was given',
    return_reasons Array(Tuple(reason String, times UInt64)) COMMENT 'All reasons given for it, and in how many returns each, the most frequent first',
    buyers UInt64 COMMENT 'Customers who bought it',
    contacts UInt64 COMMENT 'Support contacts of its buyers within 14 days after buying it',
    answered UInt64 COMMENT 'Buyers of whom a question is settled that was asked at their first purchase of it or later',
    left_share Nullable(Float64) COMMENT 'Share of these who left, by the first such question; NULL if there is none'
)
AS
WITH
    (SELECT arraySort(groupUniqArrayArray(items.sku)) FROM interactions) AS skus,
    numbered AS (SELECT sku, number FROM (SELECT 1) ARRAY JOIN skus AS sku, arrayEnumerate(skus) AS number),
    sold AS
    (
        SELECT
            sku,
            sumIf(quantity, type = 'purchase') AS units,
            sumIf(item_amount, type = 'purchase') AS revenue,
            sumIf(quantity, type = 'return') AS returned_units,
            sumMapIf([reason], [1], type = 'return' AND reason != '') AS reasons
        FROM interactions FINAL
        ARRAY JOIN items.sku AS sku, items.quantity AS quantity, items.amount AS item_amount
        WHERE type IN ('purchase', 'return')
        GROUP BY sku
    ),
    happened AS
    (
        SELECT customer_id, toUnixTimestamp64Milli(occurred_at) * 8 + (type = 'support_contact') AS event, number
        FROM
        (
            SELECT customer_id, occurred_at, type, sku
            FROM interactions FINAL
            LEFT ARRAY JOIN items.sku AS sku
            WHERE type = 'support_contact' OR (type = 'purchase' AND notEmpty(items.sku))
        ) AS line
        LEFT JOIN numbered ON numbered.sku = line.sku
        UNION ALL
        SELECT customer_id, toUnixTimestamp64Milli(asked_at) * 8 + if(`left`, 5, 4), 0
        FROM training_examples FINAL
        WHERE NOT void
    ),
    lives AS
    (
        SELECT
            groupArray(event) AS events,
            countIf(bitAnd(event, 7) = 1) > 0 AS asks,
            arrayFilter(event -> bitAnd(event, 7) = 0, events) AS bought,
            groupArrayIf(toUInt64(number), bitAnd(event, 7) = 0) AS numbers,
            arraySort((number, event) -> event, numbers, bought) AS articles,
            arraySort(
                arrayConcat(events, if(asks, arrayMap(event -> event + 14 * 86400000 * 8 + 2, bought), []))) AS steps,
            arrayFilter(
                (next, event) -> bitAnd(event, 7) = 0, arrayReverseFill(event -> bitAnd(event, 7) > 3, steps), steps)
                AS answers,
            arrayCumSum(event -> bitAnd(event, 7) = 1, steps) AS contacts,
            arrayFilter((contact, event) -> bitAnd(event, 7) = 0, contacts, steps) AS contacts_before,
            arrayFilter((contact, event) -> bitAnd(event, 7) = 2, contacts, steps) AS contacts_until
        FROM happened
        GROUP BY customer_id
        HAVING notEmpty(numbers)
    ),
    buying AS
    (
        SELECT
            bitShiftRight(code, 3) AS number,
            countIf(bitAnd(code, 1) = 1) AS buyers,
            countIf(bitAnd(code, 2) = 2) AS answered,
            countIf(bitAnd(code, 4) = 4) AS gone,
            countIf(bitAnd(code, 7) = 0) AS contacts
        FROM lives
        ARRAY JOIN arrayConcat(
            arrayFilter(
                (code, nth) -> nth = 1,
                arrayMap(
                    (number, answer) -> number * 8 + multiIf(bitAnd(answer, 7) = 5, 7, bitAnd(answer, 7) = 4, 3, 1),
                    articles, answers),
                arrayEnumerateUniq(articles)),
            arrayMap(
                pair -> bitShiftRight(pair, 32) * 8,
                arrayDistinct(arrayFlatten(arrayMap(
                    (number, before, until) -> arrayMap(nth -> number * 4294967296 + nth, range(before, until)),
                    if(asks, articles, []), if(asks, contacts_before, []), contacts_until))))) AS code
        GROUP BY number
    )
SELECT
    sold.sku AS sku,
    sold.units AS units,
    sold.revenue AS revenue,
    sold.returned_units AS returned_units,
    returned_units / nullIf(units, 0) AS return_rate,
    return_reasons[1].1 AS return_reason,
    arraySort(counted -> (-toInt64(counted.2), counted.1), arrayZip(reasons.1, reasons.2)) AS return_reasons,
    buying.buyers AS buyers,
    buying.contacts AS contacts,
    buying.answered AS answered,
    gone / nullIf(answered, 0) AS left_share
FROM sold
LEFT JOIN numbered ON numbered.sku = sold.sku
LEFT JOIN buying ON buying.number = numbered.number
COMMENT 'How each article sells, comes back, and does with its buyers';
