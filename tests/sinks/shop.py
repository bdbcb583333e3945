"""A year and a half of the simulated shop as everything that the sink writes of it, the same every time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from random import Random
from typing import Final, NamedTuple, cast

import msgspec
from clickhouse_connect.driver.client import Client

from customers.advance import advance_all, receive
from customers.case import Case, TimePassed
from customers.facts import fact_of
from customers.policy import policy_of
from customers.questions.settle import Settled
from customers.state import Customer
from deploy.simulator.simulate import simulate_shop
from retention.catalogue.compiled import compile_playbook
from retention.policy.deciding import planner_of
from risk.learning.learner import Learner
from risk.scoring.records import alert_of, examples_of, score_of
from risk.scoring.scorer import RiskScorer
from schemas.events.decode import decode
from schemas.events.interaction import Interaction, Origin, encode_interaction
from schemas.events.raw_events import TOPIC_OF_TYPE, EventType
from schemas.moments import DAY_MS, from_ms, to_ms
from schemas.pages.page import encode_lines
from schemas.records.alert import Alert
from schemas.records.decisions import DecisionOutcome, RetentionDecision
from schemas.records.encode import encode_record
from schemas.records.score import RiskScore
from schemas.records.training_example import TrainingExample
from schemas.settings.connections import ClickHouseSettings
from schemas.settings.processes import IntakeSettings
from schemas.settings.risk import AlertSettings, MoneySettings, RiskSettings, SegmentSettings
from sinks.clickhouse.snapshots import refresh_snapshots
from sinks.load.insert import insert
from streams.retention_file import load_playbook
from tests.sinks.told import with_words

START: Final = datetime(2025, 1, 1, tzinfo=UTC)
SEED: Final = 7
CUSTOMERS: Final = 500
DAYS: Final = 540


class Records(NamedTuple):
    """Records in the tables, each once."""

    interactions: list[Interaction]
    risk_scores: list[RiskScore]
    training_examples: list[TrainingExample]
    alerts: list[Alert]
    decisions: list[RetentionDecision]
    outcomes: list[DecisionOutcome]


def play() -> Records:
    """The shop's events decoded as intake does, and what a worker and a learner make of them, a day at a time."""
    interactions = list(_decoded())
    days = defaultdict(list)
    for interaction in interactions:
        days[to_ms(interaction.stamped_at) // DAY_MS].append(interaction)
    records = Records(interactions, [], [], [], [], [])
    company = _Company(records)
    for day in range(min(days), max(days) + 1):
        company.live_through(days[day], until=(day + 1) * DAY_MS - 1)
    return records


def put(client: Client, database: ClickHouseSettings, records: Records) -> None:
    """Insert all of it as the sink does, and compute what is computed from time to time."""
    for table, rows in encoded(records).items():
        insert(client, database, table, encode_lines(rows))
    refresh_snapshots(client)


def encoded(records: Records) -> Mapping[str, Sequence[bytes]]:
    """The lines of each table."""
    return {
        "interactions": [encode_interaction(line) for line in records.interactions],
        "risk_scores": [encode_record(score) for score in records.risk_scores],
        "training_examples": [encode_record(example) for example in records.training_examples],
        "alerts": [encode_record(alert) for alert in records.alerts],
        "decisions": [encode_record(decision) for decision in records.decisions],
        "outcomes": [encode_record(outcome) for outcome in records.outcomes],
    }


def _decoded() -> Iterator[Interaction]:
    shop = simulate_shop(seed=SEED, customers=CUSTOMERS, start=START, days=DAYS)
    rates, longest = MoneySettings().rates, IntakeSettings().max_event_bytes
    events = with_words([dict(event) for event in shop.events()], Random(SEED))  # noqa: S311 - drawn anew in the same way
    for offset, fields in enumerate(events):
        topic = TOPIC_OF_TYPE[cast("EventType", fields.pop("type"))]
        stamped_at = datetime.fromisoformat(str(fields["occurred_at"]))
        line = decode(msgspec.json.encode(fields), Origin(topic, 0, offset, stamped_at), rates, longest)
        assert isinstance(line, Interaction), line
        yield line


class _Company:
    """The pure steps of worker and learner in one process: everyone is advanced, then the day's answers are learnt."""

    def __init__(self, records: Records) -> None:
        risk = RiskSettings()
        self._records = records
        self._policy = policy_of(risk)
        self._judge = RiskScorer(risk, SegmentSettings(), MoneySettings().reporting_currency)
        decides = planner_of(compile_playbook(load_playbook()), AlertSettings(), risk.margin)
        self._planner = decides(self._policy, lambda _: self._judge)
        self._learner = Learner(risk.horizon_days)
        self._customers: dict[str, Customer] = {}

    def live_through(self, events: Iterable[Interaction], until: int) -> None:
        for event in events:
            receive(self._customers.setdefault(event.customer_id, Customer()), fact_of(event))
        cases = [Case(customer_id, customer) for customer_id, customer in self._customers.items()]
        advance_all(cases, until, self._policy, self._judge, planner=self._planner)
        settled = [(case.customer_id, question) for case in cases for question in case.result.settled]
        for case in cases:
            self._write_down(case)
        if settled:
            self._learn(sorted(settled, key=_when_and_whose))

    def _write_down(self, case: Case) -> None:
        for one in case.result.in_order:
            self._records.alerts.extend(one.planned.notices)
            self._records.outcomes.extend(one.planned.outcomes)
            if one.planned.decision is not None:
                self._records.decisions.append(one.planned.decision)
            if isinstance(one, TimePassed):
                continue
            self._records.risk_scores.append(score_of(case.customer_id, one))
            alert = alert_of(case.customer_id, one)
            if alert is not None:
                self._records.alerts.append(alert)

    def _learn(self, settled: Sequence[tuple[str, Settled]]) -> None:
        examples = examples_of(settled)
        self._records.training_examples.extend(examples)
        for example in examples:
            self._learner.learn(example)
        self._judge.load(self._learner.publish(self._learner.examples, from_ms(0)))


def _when_and_whose(answer: tuple[str, Settled]) -> tuple[int, str]:
    customer_id, question = answer
    return question.settles_at, customer_id
