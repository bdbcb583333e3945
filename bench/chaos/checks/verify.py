"""Compares what is stored with what was acknowledged: items, not counts."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final, TypeVar

import msgspec
from clickhouse_connect.driver.client import Client

from bench.chaos.checks.consistency import ConsistencyCheck, none_of, same_multiset, same_values
from bench.chaos.checks.deliveries import Decided, check_deliveries
from bench.chaos.checks.reading import TopicRecord, read_topic
from bench.chaos.checks.refold import Refolded, refold
from bench.chaos.checks.stored import daily_activity, expected_activity, rows
from bench.chaos.stack import RETENTION, RISK, ChaosStack
from bench.chaos.traffic import AcknowledgedMessages
from customers.questions.label_horizon import settles_at
from retention.catalogue.playbook import NONE
from schemas.events.dead_letter import decode_dead_letter
from schemas.events.raw_events import RAW_TOPICS
from schemas.moments import to_ms
from schemas.pages.page import decode_lines
from schemas.records.learner_notes import BORDER, LEARNER_NOTES
from schemas.records.model import Model, decode_model
from schemas.records.training_example import TrainingExample, decode_training_example
from schemas.settings.processes import LearnerSettings
from schemas.topics import INTERACTIONS, MODEL_EPOCHS, TRAINING_EXAMPLES
from sinks.clickhouse.client import open_client
from streams.learner.trainer import Trainer
from streams.retention_file import load_playbook, playbook_of
from tests.kit.equality import Knowledge, first_difference, worked_out

_Value = TypeVar("_Value")
_SOME_TIME: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CHANGELOG: Final = "stayline-customers-changelog"


def verify(stack: ChaosStack, acknowledged: AcknowledgedMessages) -> Iterator[ConsistencyCheck]:
    """Compare everything; all processes have ended.

    Args:
        stack: Its servers still run.
        acknowledged: By the brokers.
    """
    strangers = _strangers(stack, acknowledged)
    missing = (f"{value!r} was acknowledged and is not on {topic}" for topic, _, value in acknowledged.unplaced)
    published = len(acknowledged.good) + len(acknowledged.bad)
    yield none_of("every message was acknowledged, and is there", published, [*acknowledged.lost, *missing])
    yield strangers
    log = list(read_topic(stack.kafka, INTERACTIONS))
    yield _log_is_whole(acknowledged, log)
    yield _letters_are_whole(stack, acknowledged)
    models = [decode_model(record.value) for record in read_topic(stack.kafka, MODEL_EPOCHS)]
    expected = refold(log, models)
    answers = list(read_topic(stack.kafka, TRAINING_EXAMPLES))
    examples = [record for record in answers if LEARNER_NOTES.isdisjoint(record.headers)]
    yield from _states_equal(stack, expected, examples)
    yield from _questions_are_answered(expected, examples)
    yield _models_equal(models, answers)
    with open_client(stack.clickhouse) as client:
        yield from _events_are_stored(client, acknowledged)
        yield from _results_are_stored(client, expected, examples)
    decided = [Decided(*decision[:5]) for decision in expected.decisions]
    yield from check_deliveries(stack.receiver.delivered, decided, load_playbook(RETENTION.playbook))
    code, said = stack.audit()
    yield none_of("`stayline audit --once` finds no difference", 1, [f"exit code {code}: {said}"] if code else [])


def _strangers(stack: ChaosStack, acknowledged: AcknowledgedMessages) -> ConsistencyCheck:
    raw = [(topic, record) for topic in RAW_TOPICS for record in read_topic(stack.kafka, topic)]
    strange = (
        f"{topic}, partition {record.partition}, offset {record.offset}"
        for topic, record in raw
        if not acknowledged.add_repetition((topic, record.partition, record.offset), record.key, record.value)
    )
    return none_of("every message on the raw topics was sent", len(raw), strange)


def _log_is_whole(acknowledged: AcknowledgedMessages, log: list[TopicRecord]) -> ConsistencyCheck:
    lines = (line for record in log for line in decode_lines(record.value))
    found = ((line.source_topic, line.source_partition, line.source_offset) for line in lines)
    return same_multiset("every good message is in the log of interactions once", acknowledged.good, found)


def _letters_are_whole(stack: ChaosStack, acknowledged: AcknowledgedMessages) -> ConsistencyCheck:
    letters = (decode_dead_letter(record.value) for record in read_topic(stack.kafka, "dead_letters"))
    found = ((letter.topic, letter.partition, letter.offset, letter.reason) for letter in letters)
    bad = ((*place, reason) for place, reason in acknowledged.bad.items())
    return same_multiset("every bad message is one dead letter, with its reason", bad, found)


def _states_equal(stack: ChaosStack, expected: Refolded, examples: list[TopicRecord]) -> Iterator[ConsistencyCheck]:
    states = {record.key: record.value for record in read_topic(stack.kafka, _CHANGELOG)}
    found = worked_out(states.items(), (record.value for record in examples))
    customers = {*expected.knowledge.customers, *found.customers}
    wrong = (_first(expected.knowledge, found, name) for name in sorted(customers))
    what = "every customer's state is the fold of the log"
    yield none_of(what, len(customers), (said for said in wrong if said))
    asked = {*expected.knowledge.examples, *found.examples}
    wrong = (_first_answer(expected.knowledge, found, name) for name in sorted(asked))
    what = "every customer's answered questions are those of the fold"
    yield none_of(what, len(asked), (said for said in wrong if said))


def _first(expected: Knowledge, found: Knowledge, name: str) -> str | None:
    return first_difference(*(Knowledge(_only(one.customers, name), {}) for one in (expected, found)))


def _first_answer(expected: Knowledge, found: Knowledge, name: str) -> str | None:
    return first_difference(*(Knowledge({}, _only(one.examples, name)) for one in (expected, found)))


def _questions_are_answered(expected: Refolded, records: list[TopicRecord]) -> Iterator[ConsistencyCheck]:
    examples = [decode_training_example(record.value) for record in records]
    names = [_name(example) for example in examples]
    yield same_multiset("no question is answered twice", set(names), names)
    early = (
        f"{_name(example)} was answered at {record.timestamp}"
        for example, record in zip(examples, records, strict=True)
        if record.timestamp < to_ms(example.settled_at)
    )
    yield none_of("no question is answered before its time", len(examples), early)
    due = (
        f"{name} is owed an answer to the question of {question.asked_at}"
        for name, customer in expected.knowledge.customers.items()
        for question in customer.questions
        if settles_at(customer, question) <= expected.clocks[expected.partition_of[name]]
    )
    yield none_of("no question that is due is open", len(expected.knowledge.customers), due)


def _models_equal(models: list[Model], answers: list[TopicRecord]) -> ConsistencyCheck:
    """Compare the model of every border with that of a learner which was never disturbed."""
    alone = Trainer(RISK, LearnerSettings(), playbook_of(RETENTION))
    expected: dict[datetime, Model] = {}
    for record in answers:
        alone.read(record.headers, record.value, record.offset)
        if BORDER in record.headers:
            expected |= {model.border: _comparable(model) for model in alone.close(_SOME_TIME)}
    found = {model.border: _comparable(model) for model in models}
    what = "the model of every border is the one learnt from the answers before it"
    return same_values(what, expected, found)


def _comparable(model: Model) -> Model:
    return msgspec.structs.replace(model, published_at=_SOME_TIME, learnt_until=0)


def _events_are_stored(client: Client, acknowledged: AcknowledgedMessages) -> Iterator[ConsistencyCheck]:
    found = (row[0] for row in rows(client, "SELECT event_id FROM interactions FINAL"))
    yield same_multiset("every event is in ClickHouse once", list(acknowledged.events), found)
    letters = rows(client, "SELECT topic, partition, offset, reason FROM dead_letters FINAL")
    bad = ((*place, reason) for place, reason in acknowledged.bad.items())
    yield same_multiset("every dead letter is in ClickHouse once", bad, letters)
    expected = expected_activity(acknowledged.events.values())
    yield same_values("the daily sums are those of the events", expected, daily_activity(client))


def _results_are_stored(client: Client, expected: Refolded, records: list[TopicRecord]) -> Iterator[ConsistencyCheck]:
    query = "SELECT customer_id, toUnixTimestamp64Milli(asked_at) FROM training_examples FINAL"
    names = (_name(decode_training_example(record.value)) for record in records)
    yield same_multiset("every answer is in ClickHouse once", names, rows(client, query))
    query = (
        "SELECT customer_id, toUnixTimestamp64Milli(scored_at), cause, risk, model_version, model_pinned "
        "FROM risk_scores FINAL"
    )
    what = "every score of the fold is in ClickHouse once, with its risk and model"
    yield same_multiset(what, expected.scores, rows(client, query))
    unpinned = (f"{score[0]} at {score[1]}" for score in expected.scores if not score[-1])
    yield none_of("every score has the model of its epoch", len(expected.scores), unpinned)
    query = "SELECT alert_id, state, toUnixTimestamp64Milli(changed_at), risk FROM alerts FINAL"
    what = "every alert of the fold is in ClickHouse once, with its risk"
    yield same_multiset(what, expected.alerts, rows(client, query))
    yield from _decisions_are_stored(client, expected)


def _decisions_are_stored(client: Client, expected: Refolded) -> Iterator[ConsistencyCheck]:
    query = (
        "SELECT decision_id, customer_id, toUnixTimestamp64Milli(decided_at), action, held_out, expected_gain "
        "FROM decisions FINAL"
    )
    what = "every decision of the fold is in ClickHouse once, with its action and gain"
    yield same_multiset(what, expected.decisions, rows(client, query))
    query = (
        "SELECT decision_id, customer_id, toUnixTimestamp64Milli(settled_at), result, purchases, margin, cost "
        "FROM outcomes FINAL"
    )
    what = "every outcome of the fold is in ClickHouse once, with what followed"
    yield same_multiset(what, expected.outcomes, rows(client, query))
    ghosts = {decision[0] for decision in expected.decisions if decision[4] or decision[3] == NONE}
    told = rows(client, "SELECT alert_id FROM alerts FINAL WHERE decision_id != ''")
    wrong = (f"alert {alert_id} is of a ghost" for (alert_id,) in told if alert_id in ghosts)
    yield none_of("nobody is told of a ghost decision", len(told), wrong)


def _name(example: TrainingExample) -> tuple[str, int]:
    return example.customer_id, to_ms(example.asked_at)


def _only(values: Mapping[str, _Value], name: str) -> dict[str, _Value]:
    return {name: values[name]} if name in values else {}
