"""``stayline learn`` told to end while it publishes: it says so, and no call of librdkafka is left by an exception."""

import os
import signal
import time
from collections.abc import Iterator
from threading import Timer

import pytest

from risk.learning.learner import Learner
from runtime.service.signals import Interrupts
from schemas.errors import FatalError
from schemas.moments import from_ms
from schemas.settings import KafkaSettings
from schemas.topics import MODEL_EPOCHS
from streams.command.history import learn_history
from streams.learner.from_history import publish_unless_told_to_end
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
