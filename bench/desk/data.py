"""Customers, decisions and alerts for the desk, generated inside ClickHouse."""

from typing import Final

from clickhouse_connect.driver.client import Client

from bench.sink.questions import fill

TEAM: Final = "care"
_INTERACTIONS_A_CUSTOMER: Final = 10
_DECISIONS_SHARE: Final = 2
"""Customers for each decision of the past."""

# The first ones are open, of customers all over; those of the past have ended, as nearly all have.
_DECISIONS: Final = """
INSERT INTO decisions (decision_id, customer_id, decided_at, action, held_out, propensity, policy_version, rule,
    expected_gain, interval, cost, risk, value_at_risk, reasons, what_changed, do_after, due_by, team, channel,
    template, segment)
SELECT
    lower(hex(sipHash64(number))), concat('customer-', toString(cityHash64(number) % {customers:UInt64})),
    now64(3, 'UTC') - if(number < {open:UInt64}, toIntervalMinute(number % 1440), toIntervalMinute(20000 + number))
        AS moment,
    'call', rand(1) % 5 = 0, map('call', 0.75, 'none', 0.25), 'p1', 'rescue', rand(2) % 1000 / 10, (1., 20.), 4.,
    rand(3) / 4294967296, rand(4) % 500, [('recency', 0.8, 'bought 40 days ago, usually every 20')],
    ['second return in three weeks'], moment, moment + toIntervalDay(7), {team:String}, 'phone', '',
    'keep_at_all_costs'
FROM numbers({decisions:UInt64})
"""

_ALERTS: Final = """
INSERT INTO alerts (alert_id, customer_id, raised_at, changed_at, state, risk, value_at_risk, segment, reasons,
    decision_id, action, team)
SELECT decision_id, customer_id, decided_at, decided_at + toIntervalHour(ended), if(ended, 'cleared', 'raised'), risk,
    value_at_risk, segment, reasons, decision_id, action, team
FROM decisions
ARRAY JOIN if(due_by < now64(3, 'UTC'), [false, true], [false]) AS ended
WHERE NOT held_out
"""


def fill_tables(client: Client, customers: int, open_decisions: int) -> None:
    """Make up customers with all that the sink stores of them.

    Args:
        client: A connection to a database with our tables, empty.
        customers: How many, with ten interactions each on average.
        open_decisions: Number of decisions that stand; a fifth of them is held out.
    """
    fill(client, customers * _INTERACTIONS_A_CUSTOMER, _INTERACTIONS_A_CUSTOMER)
    numbers = {"customers": customers, "open": open_decisions, "team": TEAM}
    client.command(_DECISIONS, parameters={**numbers, "decisions": customers // _DECISIONS_SHARE + open_decisions})
    client.command(_ALERTS)
