"""Analysts' questions to ten million interactions, and how long each takes."""
# ruff: noqa: S608 - the statements are made of constants

import re
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from clickhouse_connect.driver.client import Client

from deploy.local.server import Progress
from sinks.clickhouse.snapshots import refresh_snapshots
from sinks.queries.customers import recent_interactions

_CUSTOMERS_SHARE: Final = 20
"""Interactions a customer, on average."""

_SCORES_SHARE: Final = 4
_EXAMPLES_SHARE: Final = 20
_REPETITIONS: Final = 3
_LARGE_PARTS: Final = {"min_insert_block_size_rows": 2_500_000, "min_insert_block_size_bytes": 0}
"""As after days of merging; by default ten times as many parts would be merged while questions are asked."""

_DRAWN: Final = {
    # Customers buy as a power law says: few very often, most seldom.
    "customer": "toUInt64(pow(rand64(1) / pow(2, 64), 2) * {customers:UInt64})",
    "moment": "toDateTime64('2024-01-01', 3, 'UTC') + toIntervalSecond(rand(2) % 63072000)",
    "kind": "if(rand(3) % 100 < 85, 'purchase', if(rand(3) % 100 < 93, 'return', 'support_contact'))",
    "price": "toDecimal128(exp(randNormal(3, 0.7)), 2)",
    # What a customer is called changes once in a while, not from score to score.
    "kept": "cityHash64(customer) + (rand(7) % 20 = 0)",
}

_INTERACTIONS: Final = f"""
INSERT INTO interactions (event_id, customer_id, type, occurred_at, stamped_at, source_topic, source_partition,
    source_offset, order_id, currency, original_amount, amount, units, items, channel, reason, topic, direction,
    resolved, wait_seconds, satisfaction)
SELECT concat('event-', toString(number)), concat('customer-', toString(customer)), kind, moment, moment,
    concat(kind, 's'), number % 12, intDiv(number, 12), if(sold, concat('order-', toString(number)), ''),
    if(sold, 'USD', ''), if(sold, price, 0), if(sold, price, 0), sold ? 1 : 0,
    if(sold, [(concat('sku-', toString(rand(5) % 5000)), 1, price, price, 0, 'home')], []),
    if(kind = 'return', '', ['web', 'app', 'store'][rand(6) % 3 + 1]), if(kind = 'return', 'defective', ''),
    if(sold, '', 'delivery'), if(sold, '', 'inbound'), if(sold, NULL, rand(7) % 4 > 0), if(sold, NULL, rand(8) % 600),
    if(sold, NULL, rand(9) % 5 + 1)
FROM
(
    SELECT number, {_DRAWN["customer"]} AS customer, {_DRAWN["moment"]} AS moment, {_DRAWN["kind"]} AS kind,
        {_DRAWN["price"]} AS price, kind != 'support_contact' AS sold
    FROM numbers_mt({{rows:UInt64}})
)
"""

_SCORES: Final = f"""
INSERT INTO risk_scores (customer_id, scored_at, cause, risk, reasons, value_at_risk, segment, model_version,
    life_cycle, value_tier, yearly_margin)
SELECT concat('customer-', toString(customer)), {_DRAWN["moment"]},
    if(rand(4) % 3 = 0, 'review', 'interaction'), rand(5) / 4294967296,
    [('days_since_purchase', 0.8, 'bought 40 days ago, usually every 20')], rand(6) % 500,
    ['keep_at_all_costs', 'win_back', 'look_after', 'let_be'][kept % 4 + 1], 'linear-1',
    ['new', 'growing', 'steady', 'slipping', 'gone', 'won_back'][kept % 6 + 1],
    ['high', 'middle', 'low'][kept % 3 + 1], rand(6) % 1000
FROM (SELECT {_DRAWN["customer"]} AS customer, {_DRAWN["kept"]} AS kept FROM numbers_mt({{rows:UInt64}}))
"""

_EXAMPLES: Final = f"""
INSERT INTO training_examples (customer_id, asked_at, settled_at, cause, horizon_days, left, purchases, amount, risk,
    model_version, feature_set, features)
SELECT concat('customer-', toString({_DRAWN["customer"]})), {_DRAWN["moment"]} AS moment,
    moment + toIntervalDay(90), 'interaction', 90, rand(5) % 10 < 4, 1, 20, rand(6) / 4294967296, 'linear-1', 'one',
    arrayMap(at -> rand(8) / 4294967296 * at, range(40))
FROM numbers_mt({{rows:UInt64}})
"""

_ALERTS: Final = """
INSERT INTO alerts (alert_id, customer_id, raised_at, changed_at, state, risk, value_at_risk, segment, reasons)
SELECT concat('alert-', customer_id), customer_id, scored_at, scored_at, 'raised', risk, value_at_risk, segment, reasons
FROM risk_scores WHERE risk > 0.98
"""

_CUSTOMER: Final = "customer-1001"
_OF_ONE_CUSTOMER: Final = {
    "The profile of one customer": f"SELECT * FROM customers WHERE customer_id = '{_CUSTOMER}'",
    "How has one customer's risk moved?": "SELECT scored_at, cause, risk, segment FROM risk_scores FINAL "
    f"WHERE customer_id = '{_CUSTOMER}' ORDER BY scored_at",
}

Question = Callable[[Client], object]
"""Puts a question to a database and reads the answer."""

_PAGE: Final = Path(__file__).parents[2] / "docs" / "analysts.md"
_QUESTION: Final = re.compile(r"^### (.+?)\n+```sql\n(.*?)```", re.MULTILINE | re.DOTALL)


def questions() -> dict[str, Question]:
    """Each question of docs/analysts.md, and some about one customer."""
    recent: dict[str, Question] = {
        "The last 20 interactions of one customer": lambda client: recent_interactions(client, _CUSTOMER)
    }
    statements = _OF_ONE_CUSTOMER | dict(_QUESTION.findall(_PAGE.read_text("utf-8")))
    return recent | {question: _asking(statement) for question, statement in statements.items()}


def _asking(statement: str) -> Question:
    return lambda client: client.query(statement)


def fill(client: Client, interactions: int, customers_share: int = _CUSTOMERS_SHARE) -> None:
    """Make up interactions, and scores, answers and alerts to go with them, inside ClickHouse.

    Args:
        client: A connection to a database with our tables, empty.
        interactions: How many.
        customers_share: Interactions a customer, on average.
    """
    customers = interactions // customers_share
    for statement, share in ((_INTERACTIONS, 1), (_SCORES, _SCORES_SHARE), (_EXAMPLES, _EXAMPLES_SHARE)):
        # By default one thread alone would draw and insert.
        client.command(
            statement,
            parameters={"rows": interactions // share, "customers": customers},
            settings={"max_insert_threads": 2, "optimize_on_insert": 0, **_LARGE_PARTS},
        )
    client.command(_ALERTS)


def ask(client: Client, tell: Progress) -> dict[str, float]:
    """The median seconds of each question; of three times, the first finds nothing in memory.

    Args:
        client: A connection to the filled database.
        tell: Told what is being asked.
    """
    medians: dict[str, float] = {}
    for question, asked in questions().items():
        tell(question)
        medians[question] = statistics.median(_seconds(client, asked) for _ in range(_REPETITIONS))
    return medians


def compute_snapshots(client: Client) -> float:
    """Compute what ClickHouse keeps of the views; seconds.

    Args:
        client: A connection to the filled database.
    """
    began = time.monotonic()
    refresh_snapshots(client, together=2)
    return time.monotonic() - began


def _seconds(client: Client, asked: Question) -> float:
    began = time.monotonic()
    asked(client)
    return time.monotonic() - began
