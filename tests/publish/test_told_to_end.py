"""``stayline publish`` told to end says what is there, with exit code 1 and no traceback."""

import os
import re
import signal
import time
from collections.abc import Iterator
from itertools import count, islice
from threading import Timer

import pytest

from runtime.service.signals import Interrupts
from streams.publish.publish import Published, publish
from tests.kit.waiting import PATIENCE_SECONDS, PROMPTLY_SECONDS
from tests.publish.scenario import PublishScenario, line, lines

pytestmark = [pytest.mark.servers, pytest.mark.xdist_group("publish"), pytest.mark.takes(15)]

BOTH = (signal.SIGINT, signal.SIGTERM)
SAID = re.compile(r"stayline: told to end; ([\d,]+) events are there(?:, the next ([\d,]+) may be)?; sending all of .*")


@pytest.fixture
def interrupts() -> Iterator[Interrupts]:
    """Those of this process, which has its own back afterwards."""
    before = {number: signal.getsignal(number) for number in BOTH}
    yield Interrupts().listen()
    for number, handler in before.items():
        signal.signal(number, handler)


def _numbers(said: list[str]) -> tuple[int, int]:
    (only,) = said
    found = SAID.fullmatch(only)
    assert found is not None, only
    there, unsure = (int((one or "0").replace(",", "")) for one in found.groups())
    return there, unsure


@pytest.mark.parametrize("number", BOTH)
def test_it_ends_while_it_waits_for_lines_and_says_how_many_are_there(
    scenario: PublishScenario, number: signal.Signals
) -> None:
    child = scenario.start()
    scenario.feed(child, 2_500)
    code, said = scenario.end(child, number)
    assert (code, _numbers(said)) == (1, (2_000, 0))
    assert scenario.settled() == 2_000


def test_it_ends_although_the_broker_is_silent_and_says_what_is_unsure(scenario: PublishScenario) -> None:
    child = scenario.start()
    scenario.feed(child, 2_500)
    with scenario.silent(PATIENCE_SECONDS):
        scenario.write(child, 1_600)
        time.sleep(1)  # by now it sends its second batch
        asked = time.monotonic()
        code, said = scenario.end(child, signal.SIGINT)
        seconds = time.monotonic() - asked
    assert (code, seconds < PROMPTLY_SECONDS) == (1, True)
    assert _numbers(said)[0] == 2_000


@pytest.mark.parametrize("transactions", [True, False])
def test_no_signal_is_lost_or_leaves_a_call_of_librdkafka_by_an_exception(
    scenario: PublishScenario, interrupts: Interrupts, transactions: bool
) -> None:
    publisher = scenario.publisher(interrupts, transactions=transactions)
    batches = count()

    def soon(_published: Published) -> None:
        # Each at another moment of a batch, which takes some hundredths of a second.
        if next(batches) == 2:
            Timer(0.02, os.kill, (os.getpid(), signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt):
        publish(publisher, map(line, islice(count(), 400_000)), progress=soon)
    done = publisher.published
    assert done.events <= scenario.settled() <= done.events + done.unsure


def test_a_batch_that_a_silent_broker_keeps_is_unsure(scenario: PublishScenario, interrupts: Interrupts) -> None:
    publisher = scenario.publisher(interrupts)
    publisher.send(lines(10))
    with scenario.silent(PATIENCE_SECONDS):
        Timer(1, os.kill, (os.getpid(), signal.SIGTERM)).start()
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            publisher.send(lines(20))
        assert time.monotonic() - began < PROMPTLY_SECONDS
    assert publisher.published.so_far().startswith("10 events are there, the next 20 may be; ")


def test_who_has_published_nothing_says_so() -> None:
    assert Published().so_far() == "nothing was published"
