"""The growth alone: a changelog, the offsets beside it, and nothing else of a pipeline."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from threading import Event

import pytest
from confluent_kafka import Producer

from deploy.local.kafka import KafkaCluster
from runtime.kafka import batch_producer as kit
from runtime.kafka.admin import TopicClient
from runtime.kafka.offsets import CommittedOffset, OffsetClient
from runtime.kafka.options import producer_options
from schemas.errors import FatalError, ServerUnreachableError, UsageError
from schemas.pages.watermark import PartitionProgress, pack_progress, unpack_progress
from schemas.settings.connections import KafkaSettings
from schemas.settings.processes import WorkerSettings
from schemas.topics import INTERACTIONS, changelog_topic
from streams.grow import changelog
from streams.grow.grow import Grower
from streams.grow.positions import CommittedPositions
from streams.intake.partition import partition_of_key
from streams.topics import all_topics, create_topics
from streams.worker.commit.provenance import GROWING, mark
from tests.kit.servers import clear_kafka
from tests.kit.silence import acting_at_commit
from tests.kit.topics import delete
from tests.kit.waiting import PATIENCE_SECONDS, PROMPTLY_SECONDS, wait_until

pytestmark = [pytest.mark.servers, pytest.mark.takes(30)]

CUSTOMERS = {f"customer-{number}".encode(): b"state %d" % number for number in range(400)}
TRANSACTION_SECONDS = 2
INTERNAL = {"__consumer_offsets", "__transaction_state"}
ORIGIN = {"horizon_days": "90", "interactions_partitions": "4"}


class GrowthScenario:
    """Topics of a broker that has no others, four customer partitions each, and what is done with them."""

    def __init__(self, cluster: KafkaCluster) -> None:
        """Make the topics."""
        self.kafka = KafkaSettings(
            bootstrap_servers=cluster.bootstrap_servers,
            interactions_partitions=4,
            raw_partitions=1,
            transaction_timeout_seconds=TRANSACTION_SECONDS,
        )
        self.worker = WorkerSettings()
        self.topics, self.offsets = TopicClient(self.kafka), OffsetClient(self.kafka, patience_seconds=30)
        made = set(create_topics(self.kafka, self.worker))
        wait_until(lambda: made <= set(self.topics.partition_counts()))

    def put(self, states: Mapping[bytes, bytes], partition: int | None = None) -> None:
        """Write states where they belong, or elsewhere."""
        producer = Producer(producer_options(self.kafka, None))
        for key, state in states.items():
            home = partition_of_key(key.decode(), 4) if partition is None else partition
            producer.produce(changelog_topic(self.worker.application_id), state, key, home)
        assert producer.flush(PATIENCE_SECONDS) == 0

    def write_page(self, customer: str, partition: int) -> None:
        """Write a page as an intake would, were the customer at home there."""
        producer = Producer(producer_options(self.kafka, None))
        producer.produce(INTERACTIONS, b'{"customer_id":"%s"}\n' % customer.encode(), partition=partition)
        assert producer.flush(PATIENCE_SECONDS) == 0

    def commit(self) -> None:
        """Commit offsets as workers do."""
        committed = {
            (INTERACTIONS, number): CommittedOffset(0, mark(self.report(number), ORIGIN)) for number in range(4)
        }
        self.offsets.set_committed(self.worker.application_id, committed)

    @staticmethod
    def report(number: int) -> str:
        """Return the progress of the raw partitions as a partition knows it."""
        return pack_progress({"purchases": [PartitionProgress(100 + number, idle=False)]})

    def grower(self, to: int, stop: Event | None = None) -> Grower:
        """A growth that is about to begin."""
        return Grower(self.kafka, self.worker, to, stop or Event())

    def grow(self, to: int) -> int:
        """Grow, and say how many customers were moved."""
        grower = self.grower(to)
        return grower.grow(grower.plan(), lambda _moved: None)

    def die(self, to: int) -> int:
        """Begin to grow in a process that is killed in the middle of a transaction."""
        variables = {
            "STAYLINE_KAFKA__BOOTSTRAP_SERVERS": self.kafka.bootstrap_servers,
            "STAYLINE_KAFKA__INTERACTIONS_PARTITIONS": "4",
            "STAYLINE_KAFKA__TRANSACTION_TIMEOUT_SECONDS": str(TRANSACTION_SECONDS),
        }
        command = [sys.executable, "-m", "tests.grow.killed_growth", str(to)]
        return subprocess.run(command, env={**os.environ, **variables}, check=False).returncode

    def clear(self) -> None:
        """Delete the topics, and with them what is committed on them."""
        delete(self.kafka.bootstrap_servers, [topic.name for topic in all_topics(self.kafka, self.worker)])
        wait_until(lambda: set(self.topics.partition_counts()) <= INTERNAL)

    def states(self, partitions: int) -> dict[int, dict[bytes, bytes]]:
        """Return the states on each partition."""
        return dict(self.grower(partitions).changelog.partitions(partitions))

    def places(self, partitions: int) -> CommittedPositions:
        """Return the committed positions."""
        asked = [(INTERACTIONS, number) for number in range(partitions)]
        found = self.offsets.stable(self.worker.application_id, asked)
        return CommittedPositions.of({number: one for (_, number), one in found.items()})


@pytest.fixture(scope="module")
def cluster(kafka: KafkaCluster) -> KafkaCluster:
    clear_kafka(kafka)
    return kafka


@pytest.fixture
def scenario(cluster: KafkaCluster) -> Iterator[GrowthScenario]:
    scenario = GrowthScenario(cluster)
    yield scenario
    scenario.clear()


def _homes(states: Mapping[bytes, bytes], partitions: int) -> dict[int, dict[bytes, bytes]]:
    homes: dict[int, dict[bytes, bytes]] = {number: {} for number in range(partitions)}
    for key, state in states.items():
        homes[partition_of_key(key.decode(), partitions)][key] = state
    return homes


def test_a_growth_that_is_killed_keeps_workers_away_and_is_finished_by_another(scenario: GrowthScenario) -> None:
    scenario.put(CUSTOMERS)
    scenario.commit()

    assert scenario.die(7) == -signal.SIGKILL
    assert {GROWING in provenance for provenance in scenario.places(7).provenances.values()} == {True}
    with pytest.raises(UsageError, match="finish it first: stayline grow --partitions 7"):
        scenario.grower(8).plan()

    moving = sum(partition_of_key(key.decode(), 4) != partition_of_key(key.decode(), 7) for key in CUSTOMERS)
    assert 0 < scenario.grow(7) < moving
    assert scenario.states(7) == _homes(CUSTOMERS, 7)
    places = scenario.places(7)
    assert dict(places.offsets) == dict.fromkeys(range(7), 0)
    assert list(places.provenances.values()) == [{**ORIGIN, "interactions_partitions": "7"}] * 7
    furthest = {"purchases": [PartitionProgress(103, idle=False)]}
    assert [unpack_progress(report) for report in places.reports.values()] == [furthest] * 7
    assert scenario.grower(7).plan().done
    assert scenario.grow(9) > 0
    assert scenario.states(9) == _homes(CUSTOMERS, 9)


def test_an_empty_installation_gets_partitions_and_nothing_else(scenario: GrowthScenario) -> None:
    assert scenario.grow(6) == 0
    counts = scenario.topics.partition_counts()
    assert {
        counts[topic]
        for topic in (INTERACTIONS, changelog_topic(scenario.worker.application_id), "risk_scores", "alerts")
    } == {6}
    assert dict(scenario.places(6).offsets) == {}
    assert scenario.grower(6).plan().done


def test_a_customer_that_lies_where_it_does_not_belong_is_named_and_nothing_is_moved(scenario: GrowthScenario) -> None:
    scenario.put(CUSTOMERS)
    scenario.put({b"customer-stray": b"state"}, (partition_of_key("customer-stray", 4) + 1) % 4)
    scenario.commit()
    with pytest.raises(FatalError, match="customer-stray"):
        scenario.grower(7).plan()
    assert scenario.topics.partition_counts()[INTERACTIONS] == 4


def test_told_to_end_it_moves_no_more_and_the_next_run_goes_on(scenario: GrowthScenario) -> None:
    scenario.put(CUSTOMERS)
    scenario.commit()
    stop = Event()
    grower = scenario.grower(7, stop)
    plan = grower.plan()
    stop.set()
    with pytest.raises(FatalError, match="goes on from here"):
        grower.grow(plan, lambda _moved: None)
    scenario.grow(7)
    assert scenario.states(7) == _homes(CUSTOMERS, 7)


def test_told_to_end_while_the_broker_is_silent_it_does_not_wait_for_it(
    scenario: GrowthScenario, cluster: KafkaCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.put(CUSTOMERS)
    scenario.commit()
    stop = Event()
    grower = scenario.grower(7, stop)
    plan = grower.plan()

    def fall_silent() -> None:
        cluster.pause(1)
        stop.set()

    monkeypatch.setattr(kit, "Producer", acting_at_commit(fall_silent))
    began = time.monotonic()
    try:
        with pytest.raises(FatalError, match="told to end before all was done"):
            grower.grow(plan, lambda _moved: None)
        assert time.monotonic() - began < PROMPTLY_SECONDS
    finally:
        cluster.resume(1)
    monkeypatch.undo()
    scenario.grow(7)
    assert scenario.states(7) == _homes(CUSTOMERS, 7)


def test_a_broker_that_does_not_answer_in_time_is_unreachable_and_the_same_command_goes_on(
    scenario: GrowthScenario, cluster: KafkaCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    scenario.put(CUSTOMERS)
    scenario.commit()
    grower = scenario.grower(7, Event())
    plan = grower.plan()
    monkeypatch.setattr(changelog, "_TRANSACTION_SECONDS", 0.1)
    monkeypatch.setattr(kit, "Producer", acting_at_commit(lambda: cluster.pause(1)))
    try:
        with pytest.raises(ServerUnreachableError, match=r"customers could not be moved: .* goes on from here"):
            grower.grow(plan, lambda _moved: None)
    finally:
        cluster.resume(1)
    monkeypatch.undo()
    scenario.grow(7)
    assert scenario.states(7) == _homes(CUSTOMERS, 7)


def test_pages_written_by_the_new_number_do_not_keep_a_growth_from_being_finished(scenario: GrowthScenario) -> None:
    scenario.put(CUSTOMERS)
    scenario.commit()
    scenario.die(7)
    scenario.write_page("customer-1", partition_of_key("customer-1", 7))
    scenario.grow(7)
    assert scenario.states(7) == _homes(CUSTOMERS, 7)


def test_a_page_written_by_the_old_number_meanwhile_is_named(scenario: GrowthScenario) -> None:
    scenario.put(CUSTOMERS)
    scenario.commit()
    scenario.die(7)
    scenario.write_page("customer-1", (partition_of_key("customer-1", 7) + 1) % 7)
    with pytest.raises(FatalError, match="an intake with the old setting wrote interactions"):
        scenario.grow(7)


def test_pages_that_nobody_has_folded_keep_a_growth_from_beginning(scenario: GrowthScenario) -> None:
    scenario.put(CUSTOMERS)
    scenario.commit()
    scenario.write_page("customer-1", partition_of_key("customer-1", 4))
    with pytest.raises(UsageError, match="pages wait on interactions"):
        scenario.grow(7)
    assert scenario.topics.partition_counts()[INTERACTIONS] == 4
    assert {GROWING in provenance for provenance in scenario.places(4).provenances.values()} == {False}
