"""Comparison of fingerprints, without any server."""

from collections.abc import Iterator

import numpy as np
import pytest
from clickhouse_connect.driver.client import Client
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry

from deploy.local.clickhouse import ClickHouse
from schemas.settings.connections import ClickHouseSettings
from sinks.clickhouse.client import open_client
from sinks.queries.checksums import FINGERPRINT
from sinks.queries.sample_ratio import StoredRatio
from streams.audit.compare import NO_GAP, Gap, compare_states, locate
from streams.audit.fingerprint import Mask, Numbers, Prints, fingerprints
from streams.audit.index import CustomerCounts, FingerprintIndex, Lines, Total, join
from streams.audit.metrics import AuditMetrics
from streams.audit.result import Comparison, Names, Round, not_compared
from streams.intake.partition import partition_of_key

NAMES = ["", "e-1", "ann é [x]", "x" * 128, "客户"]
NOBODY: Names = ((), (), ())
ALL_SETTLED = np.array([2**62], np.int64)


def prints(*numbers: int) -> Prints:
    return np.array(numbers, np.uint64)


def lines(*numbers: int, owner: int = 1, offsets: list[int] | None = None) -> Lines:
    """Events of one customer from one raw partition."""
    columns: Numbers = np.array(offsets or [0] * len(numbers), np.int64)
    return Lines(prints(*numbers), prints(*[owner] * len(numbers)), np.zeros(len(numbers), np.int64), columns, columns)


def counts(**numbers: int) -> CustomerCounts:
    """Numbers by customer; customers are named a1, a2 and so on."""
    known = CustomerCounts()
    known.put(prints(*(int(name[1:]) for name in numbers)), np.array(list(numbers.values()), np.int64))
    return known


def nowhere(asked: Prints) -> Mask:
    return np.zeros(len(asked), np.bool_)


@pytest.fixture(scope="module")
def client(clickhouse: ClickHouse) -> Iterator[Client]:
    """A connection without any table."""
    with open_client(ClickHouseSettings(url=clickhouse.url), database="") as opened:
        yield opened


@pytest.mark.servers
@pytest.mark.parametrize("name", NAMES)
def test_a_name_has_one_fingerprint_here_and_in_clickhouse(client: Client, name: str) -> None:
    asked = f"SELECT {FINGERPRINT.format(name='{name:String}')}"
    there = client.query(asked, parameters={"name": name}).result_rows[0][0]

    assert fingerprints([name.encode()]).tolist() == [there]


@pytest.mark.servers
@pytest.mark.parametrize("name", NAMES[1:])
@pytest.mark.parametrize("partitions", [1, 7, 12, 1000])
def test_a_customer_has_one_partition_in_kafka_and_in_clickhouse(client: Client, name: str, partitions: int) -> None:
    asked = "SELECT kafkaMurmurHash({name:String}) % {partitions:UInt32}"
    there = client.query(asked, parameters={"name": name, "partitions": partitions}).result_rows[0][0]

    assert partition_of_key(name, partitions) == there


@given(st.lists(st.lists(st.integers(0, 2**64 - 1), max_size=20), max_size=5))
def test_a_total_depends_neither_on_order_nor_on_repetition(batches: list[list[int]]) -> None:
    one, other = FingerprintIndex(), FingerprintIndex()
    for batch in batches:
        one.take(lines(*batch))
    for batch in reversed(batches):
        other.take(lines(*reversed(batch), *batch))
    for index in (one, other):
        index.settle_below(ALL_SETTLED)
    distinct = {number for batch in batches for number in batch}

    assert one.total() == other.total() == Total(len(distinct), sum(distinct) % 2**64)


def test_what_lies_above_the_cut_is_not_expected_until_the_cut_has_passed_it() -> None:
    index = FingerprintIndex()
    index.take(lines(10, 20, 30, offsets=[1, 2, 3]))
    index.settle_below(np.array([2], np.int64))
    early = index.expected().tolist()
    index.settle_below(np.array([4], np.int64))

    assert (early, index.expected().tolist()) == ([10], [10, 20, 30])


def test_taking_returns_what_is_new() -> None:
    index = FingerprintIndex()
    index.take(lines(5, 6))

    assert index.take(lines(7, 6, 7)).prints.tolist() == [7]


def test_missing_and_extra_things_are_told_apart() -> None:
    stored = prints(2, 9, 8)
    gap = locate(prints(1, 2), prints(1, 2, 3), stored, np.array([True, True, False]), nowhere)

    assert (gap.missing_prints.tolist(), gap.extra_prints.tolist()) == ([1], [9])


def test_a_row_above_the_cut_makes_its_event_not_missing() -> None:
    gap = locate(prints(1), prints(1), prints(1), np.array([False]), nowhere)

    assert (gap.missing, gap.extra) == (0, 0)


def test_a_name_that_two_customers_share_is_no_difference_and_is_told() -> None:
    gap = locate(prints(1), prints(1), prints(2), np.array([True]), lambda asked: np.ones(len(asked), np.bool_))

    assert (gap.missing, gap.extra, gap.shared_prints.tolist()) == (0, 0, [1, 2])


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(1, 3)), max_size=20), st.integers(1, 5))
def test_the_things_of_several_owners_are_known_however_they_are_read(read: list[tuple[int, int]], step: int) -> None:
    index = FingerprintIndex()
    for start in range(0, len(read), step):
        some = [lines(number, owner=owner) for number, owner in read[start : start + step]]
        index.take(join(some))
    owners = {number: {owner for other, owner in read if other == number} for number, _ in read}

    assert index.shared.tolist() == sorted(number for number, found in owners.items() if len(found) > 1)


@pytest.mark.parametrize(
    ("found", "gap", "verdict"),
    [
        (5, NO_GAP, "no difference"),
        (6, NO_GAP, "nothing is missing or too many, though counts differ, as the remarks say"),
        (4, Gap(1, 0, prints(1), prints()), "1 parts differ"),
        (4, Gap(0, 0, prints(), prints(), prints(7)), "1 event ids of several customers, of which"),
    ],
)
def test_no_difference_is_said_only_where_the_counts_are_equal(found: int, gap: Gap, verdict: str) -> None:
    done = Round((Comparison.of("kafka_clickhouse", "3", 5, found, gap, NOBODY, ""),), 5, 0.1)

    assert done.verdict.startswith(verdict)


@pytest.mark.parametrize(("seen", "missing", "extra"), [(1, 1, 0), (2, 0, 0), (3, 0, 0), (4, 0, 1), (0, 2, 0)])
def test_a_state_has_seen_at_least_the_distinct_events_and_at_most_all_lines(
    seen: int, missing: int, extra: int
) -> None:
    gap = compare_states(counts(a1=2), counts(a1=3), counts(a1=seen), prints())

    assert (gap.missing, gap.extra) == (missing, extra)


def test_one_customer_too_many_does_not_make_up_for_one_too_few() -> None:
    gap = compare_states(counts(a1=2, a2=2), counts(a1=2, a2=2), counts(a1=1, a2=3), prints())

    assert (gap.missing_prints.tolist(), gap.extra_prints.tolist()) == ([1], [2])


def test_a_state_without_any_event_in_the_log_is_found() -> None:
    assert compare_states(counts(), counts(), counts(a5=2), prints()).extra == 2


def test_a_state_that_cannot_be_read_is_one_missing_whatever_it_has_seen() -> None:
    gap = compare_states(counts(a1=3, a2=2), counts(a1=3, a2=2), counts(a1=0, a2=2), prints(), unreadable=[1])

    assert (gap.missing, gap.extra, gap.missing_prints.tolist()) == (1, 0, [])


def test_customers_with_newer_events_are_left_out() -> None:
    gap = compare_states(counts(a1=2), counts(a1=2), counts(a1=1), prints(1))

    assert (gap.missing, gap.extra) == (0, 0)


@given(st.lists(st.integers(0, 5), max_size=30))
def test_counts_count(keys: list[int]) -> None:
    known = CustomerCounts()
    for key in keys:
        known.add(prints(key, key))

    assert known.of(prints(*range(6))).tolist() == [2 * keys.count(key) for key in range(6)]


@given(st.lists(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 9)), max_size=9), max_size=5))
def test_the_latest_number_of_a_customer_counts(batches: list[list[tuple[int, int]]]) -> None:
    known = CustomerCounts()
    for batch in batches:
        known.put(prints(*(key for key, _ in batch)), np.array([number for _, number in batch], np.int64))
    latest = {key: number for batch in batches for key, number in batch}

    assert known.of(prints(*range(6))).tolist() == [latest.get(key, 0) for key in range(6)]


def test_the_measure_keeps_what_was_known_of_a_part_that_was_not_compared() -> None:
    registry = CollectorRegistry()
    metrics = AuditMetrics(registry)
    differing = Comparison.of("kafka_state", "3", 5, 4, Gap(1, 0, prints(1), prints()), (("ann",), (), ()), "")
    metrics.show(Round((differing,), 5, 0.1))
    metrics.show(Round((not_compared("kafka_state", "3", "late"),), 5, 0.1))
    labels = {"between": "kafka_state", "partition": "3"}

    assert registry.get_sample_value("stayline_audit_difference", labels) == 1


def test_a_part_that_is_gone_from_both_sides_differs_no_more() -> None:
    registry = CollectorRegistry()
    metrics = AuditMetrics(registry)
    metrics.show(
        Round((Comparison.of("dead_letters", "mine", 0, 1, Gap(0, 1, prints(), prints(1)), NOBODY, ""),), 5, 0.1)
    )
    metrics.show(Round((), 5, 0.1))
    labels = {"between": "dead_letters", "partition": "mine"}

    assert registry.get_sample_value("stayline_audit_difference", labels) is None


def test_only_a_round_that_compared_everything_is_a_success() -> None:
    registry = CollectorRegistry()
    metrics = AuditMetrics(registry)
    metrics.show(Round((not_compared("kafka_state", "3", "late"),), 5, 0.1))
    partly = registry.get_sample_value("stayline_audit_last_success_timestamp_seconds")
    metrics.show(Round((Comparison.of("kafka_state", "3", 5, 5, NO_GAP, NOBODY, ""),), 5, 0.1))
    wholly = registry.get_sample_value("stayline_audit_last_success_timestamp_seconds")

    assert (partly, bool(wholly)) == (0, True)


def test_a_share_held_out_that_is_not_the_one_that_was_set_is_shown_by_action() -> None:
    registry = CollectorRegistry()
    ratios = [
        StoredRatio("call", 2_000, 0.3, 0.2, is_mismatch=True),
        StoredRatio("remind", 90, 0.3, 0.31, is_mismatch=False),
    ]
    AuditMetrics(registry).show(Round((), 5, 0.1, ratios))
    values = {
        (name, action): registry.get_sample_value(f"stayline_audit_{name}", {"action": action})
        for name in ("held_out_share", "held_out_share_expected", "sample_ratio_mismatch")
        for action in ("call", "remind")
    }

    assert [values[name, "call"] for name, action in values if action == "call"] == [0.2, 0.3, 1.0]
    assert [values[name, "remind"] for name, action in values if action == "remind"] == [0.31, 0.3, 0.0]
    assert str(ratios[0]) == "call: 20.00% of 2,000 decisions are held out, not 30.00%"
