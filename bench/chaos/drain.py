"""Waits until every process has read everything that was published, and stops them in order."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from confluent_kafka import KafkaException

from bench.chaos.checks.reading import Group, has_open_transactions, read_topic
from bench.chaos.stack import ChaosStack
from schemas.events.raw_events import RAW_TOPICS
from schemas.moments import to_ms
from schemas.records.learner_notes import BORDER, decode_border_marker
from schemas.records.model import decode_model
from schemas.topics import INTERACTIONS, MODEL_EPOCHS, STORED_TOPICS, TRAINING_EXAMPLES

_PATIENCE_SECONDS: Final = 240.0
_ROUND_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.5


@dataclass
class Drained:
    """Result of draining.

    Attributes:
        seconds: From the last fault's end to the last commit.
        stuck: What was not read to its end, in words.
        slow: Processes that did not end by themselves in time.
    """

    seconds: float = 0.0
    stuck: list[str] = field(default_factory=list)
    slow: list[str] = field(default_factory=list)


def drain(stack: ChaosStack, ends_within: float) -> Drained:
    """Let each step finish what the one before has left, then end it.

    Args:
        stack: All faults are over.
        ends_within: Seconds that a process may take to end.
    """
    drained = Drained()
    began = time.monotonic()
    steps: list[tuple[str, Callable[[], bool]]] = [
        ("intake", lambda: _read_to_the_end(stack, "stayline-intake", RAW_TOPICS)),
        ("worker", lambda: _read_to_the_end(stack, "stayline", (INTERACTIONS,))),
        ("learner", lambda: _learnt_all(stack)),
        ("sink", lambda: _read_to_the_end(stack, "stayline-sink", STORED_TOPICS)),
        ("notifier", lambda: _read_to_the_end(stack, "stayline-notifier", ("alerts",))),
    ]
    for kind, finished in steps:
        if not _wait(finished):
            drained.stuck.append(f"{kind} has not read to the end within {_PATIENCE_SECONDS:.0f} s")
        for process in stack.supervisor.of(kind):
            if not stack.supervisor.stop(process.instance, ends_within):
                drained.slow.append(process.instance)
    drained.seconds = time.monotonic() - began
    return drained


def _wait(finished: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with suppress(KafkaException):  # a partition has no leader for a while after a broker was lost
            if finished():
                return True
        time.sleep(_LOOK_SECONDS)
    return False


def _read_to_the_end(stack: ChaosStack, name: str, topics: tuple[str, ...]) -> bool:
    """Return True if a group has committed past the last record of every partition; markers do not count."""
    if has_open_transactions(stack.kafka, topics):
        return False
    last: dict[tuple[str, int], int] = {}
    for topic in topics:
        last |= {(topic, record.partition): record.offset for record in read_topic(stack.kafka, topic)}
    group = Group(stack.kafka, name, topics)
    deadline = time.monotonic() + _ROUND_SECONDS
    try:
        while time.monotonic() < deadline:
            committed = group.committed()
            if all(committed.get(place, 0) > offset for place, offset in last.items()):
                return True
            time.sleep(_LOOK_SECONDS)
    finally:
        group.close()
    return False


def _learnt_all(stack: ChaosStack) -> bool:
    """Return True if there is a model of the last border that every customer partition has passed."""
    passed = [0] * stack.kafka.interactions_partitions
    for record in read_topic(stack.kafka, TRAINING_EXAMPLES):
        if BORDER in record.headers:
            marker = decode_border_marker(record.value)
            passed[marker.partition] = to_ms(marker.border)
    models = (decode_model(record.value) for record in read_topic(stack.kafka, MODEL_EPOCHS))
    return max((to_ms(model.border) for model in models), default=0) >= min(passed)
