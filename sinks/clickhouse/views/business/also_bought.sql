-- What is bought by the same customers: for every article the ten others of highest lift. A snapshot without a view.
--
-- Only what was kept counts: a line of an order of which more was bought than returned from that order, of an article
-- of which the customer has not sent back everything, whatever order the returns name. Customers with more than 200
-- articles are left out: what resellers buy together says nothing of taste, and their pairs would be most of the
-- work.
--
-- Events are numbers (README.md). A line's place is its article and a hash of its order: lines sorted by it lie
-- together by article and by order, and what was kept of either is a difference of running totals. Moments are
-- twofold, odd for purchases.
DROP VIEW IF EXISTS also_bought SYNC;

CREATE OR REPLACE TABLE also_bought_rows
(
    sku String COMMENT 'Whoever buys this',
    other String COMMENT 'also buys this, at most 90 days before or after',
    buyers UInt64 COMMENT 'Customers who did and kept both, at least 5',
    support Float64 COMMENT 'Their share of all who ever bought anything',
    confidence Float64 COMMENT 'Their share of those who bought and kept sku',
    lift Float64 COMMENT 'Confidence over the share of all customers who bought and kept other: 1 where they have nothing to do with one another',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
ENGINE = MergeTree
ORDER BY (sku, other)
COMMENT 'What also_bought stores; ask also_bought';

CREATE MATERIALIZED VIEW IF NOT EXISTS also_bought
REFRESH AFTER 1 HOUR TO also_bought_rows
(
    sku String COMMENT 'Whoever buys this',
    other String COMMENT 'also buys this, at most 90 days before or after',
    buyers UInt64 COMMENT 'Customers who did and kept both, at least 5',
    support Float64 COMMENT 'Their share of all who ever bought anything',
    confidence Float64 COMMENT 'Their share of those who bought and kept sku',
    lift Float64 COMMENT 'Confidence over the share of all customers who bought and kept other: 1 where they have nothing to do with one another',
    as_of DateTime64(3, 'UTC') COMMENT 'Last stamp in the log when this was computed'
)
AS
WITH
    (SELECT (max(stamped_at), uniqExactIf(customer_id, type = 'purchase')) FROM interactions FINAL) AS known,
    (SELECT arraySort(groupUniqArrayArray(items.sku)) FROM interactions) AS skus,
    numbered AS (SELECT sku, number FROM (SELECT 1) ARRAY JOIN skus AS sku, arrayEnumerate(skus) AS number),
    lines AS
    (
        SELECT
            customer_id,
            bitShiftLeft(toUInt128(number), 64) + sipHash64(order_id) AS place,
            if(type = 'purchase', toInt64(quantity), -toInt64(quantity)) AS quantity,
            toUnixTimestamp64Milli(occurred_at) * 2 + (type = 'purchase') AS moment
        FROM
        (
            SELECT customer_id, order_id, type, occurred_at, sku, quantity
            FROM interactions FINAL
            ARRAY JOIN items.sku AS sku, items.quantity AS quantity
            WHERE type IN ('purchase', 'return')
        ) AS line
        INNER JOIN numbered ON numbered.sku = line.sku
    ),
    lives AS
    (
        SELECT
            groupArray(place) AS all_places,
            arraySort(all_places) AS places,
            arraySort((quantity, place) -> place, groupArray(quantity), all_places) AS quantities,
            arraySort((moment, place) -> place, groupArray(moment), all_places) AS moments
        FROM lines
        GROUP BY customer_id
    ),
    totals AS
    (
        SELECT
            arrayMap(place -> toUInt64(bitShiftRight(place, 64)), places) AS numbers,
            moments,
            arrayCumSum(quantities) AS upto,
            arrayMap((total, quantity) -> total - quantity, upto, quantities) AS before,
            arrayMap((one, next) -> one != next, numbers, arrayPushBack(arrayPopFront(numbers), 0)) AS ends,
            arrayMap((one, former) -> one != former, numbers, arrayPushFront(arrayPopBack(numbers), 0)) AS begins,
            arrayMap((one, next) -> one != next, places, arrayPushBack(arrayPopFront(places), 0)) AS order_ends,
            arrayMap((one, former) -> one != former, places, arrayPushFront(arrayPopBack(places), 0)) AS order_begins,
            arrayMap(
                (moment, end, begin, order_end, order_begin) ->
                    bitAnd(moment, 1) = 1 AND end > begin AND order_end > order_begin,
                moments,
                arrayReverseFill((total, is_end) -> is_end, upto, ends),
                arrayFill((total, is_begin) -> is_begin, before, begins),
                arrayReverseFill((total, is_end) -> is_end, upto, order_ends),
                arrayFill((total, is_begin) -> is_begin, before, order_begins)) AS kept
        FROM lives
    ),
    shelves AS
    (
        SELECT
            arrayFilter((number, is_kept) -> is_kept, numbers, kept) AS articles,
            arrayFilter((moment, is_kept) -> is_kept, moments, kept) AS times
        FROM totals
        WHERE arrayUniq(articles) <= 200
    ),
    firsts AS
    (
        SELECT articles, times, article, at
        FROM shelves
        ARRAY JOIN
            arrayDistinct(articles) AS article,
            arraySplit((time, nth) -> nth = 1, times, arrayEnumerateUniq(articles)) AS at
    ),
    pairs AS
    (
        SELECT bitShiftLeft(article, 32) + another AS pair, count() AS buyers
        FROM firsts
        ARRAY JOIN arrayDistinct(arrayFlatten(arrayMap(
            moment -> arrayFilter(
                (other, time) -> other >= article AND abs(time - moment) <= 2 * 90 * 86400000, articles, times),
            at))) AS another
        GROUP BY pair
        HAVING buyers >= 5
    ),
    both_ways AS
    (
        SELECT direction.1 AS former, direction.2 AS latter, buyers
        FROM (SELECT bitShiftRight(pair, 32) AS one, bitAnd(pair, 4294967295) AS two, buyers FROM pairs)
        ARRAY JOIN arrayDistinct([(one, two), (two, one)]) AS direction
    ),
    rated AS
    (
        SELECT
            *,
            maxIf(buyers, former = latter) OVER (PARTITION BY former) AS buyers_of_former,
            maxIf(buyers, former = latter) OVER (PARTITION BY latter) AS buyers_of_latter
        FROM both_ways
    ),
    best AS
    (
        SELECT
            former,
            latter,
            buyers,
            buyers / known.2 AS support,
            buyers / buyers_of_former AS confidence,
            confidence * known.2 / buyers_of_latter AS lift
        FROM rated
        WHERE former != latter
        ORDER BY former, lift DESC, buyers DESC, latter
        LIMIT 10 BY former
    )
SELECT
    one.sku AS sku,
    two.sku AS other,
    best.buyers AS buyers,
    support,
    confidence,
    lift,
    known.1 AS as_of
FROM best
INNER JOIN numbered AS one ON one.number = best.former
INNER JOIN numbered AS two ON two.number = best.latter
SETTINGS max_threads = 1
COMMENT 'What is bought by the same customers, the ten others of highest lift an article; computed anew an hour after the last time';
