"""``stayline learn``: what its model keeps, and being told to end while it publishes."""

import os
import signal
import time
from collections.abc import Iterator
from threading import Timer

import msgspec
import pytest

from risk.learning.learner import Learner
from runtime.service.signals import Interrupts
from schemas.errors import FatalError
from schemas.moments import from_ms
from schemas.records.learnt_policy import LearntPolicy
from schemas.settings.connections import KafkaSettings
from schemas.topics import MODEL_EPOCHS
from streams.command.history import learn_history
from streams.learner.from_history import first_epoch, publish_unless_told_to_end
from tests.kit.waiting import PROMPTLY_SECONDS

NOWHERE = KafkaSettings(bootstrap_servers="127.0.0.1:1")
BOTH = (signal.SIGINT, signal.SIGTERM)


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    """Those of this process, which has its own back afterwards."""
    before = {number: signal.getsignal(number) for number in BOTH}
    yield Interrupts().listen()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", BOTH)
def test_it_ends_promptly_while_no_broker_takes_the_model(interrupts: Interrupts, number: signal.Signals) -> None:
    Timer(0.2, os.kill, (os.getpid(), number)).start()
    began = time.monotonic()
    with pytest.raises(FatalError, match="told to end; the model may be there"):
        publish_unless_told_to_end(NOWHERE, Learner(90.0).publish(0, from_ms(0)), interrupts)
    assert time.monotonic() - began < PROMPTLY_SECONDS


def test_its_help_names_the_topic_of_the_models() -> None:
    assert MODEL_EPOCHS in (learn_history.__doc__ or "")


def test_what_was_learnt_of_actions_is_kept_where_a_model_is_replaced() -> None:
    learnt = Learner(90.0).publish(0, from_ms(0))
    there = msgspec.structs.replace(learnt, policy=LearntPolicy(version="v1", switched_off=("remind",)))

    assert first_epoch(learnt, there, from_ms(1)).policy == there.policy
    assert first_epoch(learnt, None, from_ms(1)).policy is None
