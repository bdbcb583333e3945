"""Customers lie where Kafka's own Java client would put them."""

import pytest
from aiokafka.partitioner import murmur2
from hypothesis import given
from hypothesis import strategies as st

from streams.intake.partition import caching_partitioner, partition_of_key, split_by_customer

# From Kafka's own UtilsTest.testMurmur2.
JAVA_HASHES = {
    "21": -973932308,
    "foobar": -790332482,
    "a-little-bit-long-string": -985981536,
    "a-little-bit-longer-string": -1486304829,
    "lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
    "abc": 479470107,
}


@pytest.mark.parametrize("key", JAVA_HASHES)
def test_the_hash_is_that_of_the_java_client(key: str) -> None:
    assert murmur2(key.encode()) == JAVA_HASHES[key] % 2**32


@pytest.mark.parametrize("key", JAVA_HASHES)
def test_the_partition_is_that_of_the_java_client(key: str) -> None:
    assert partition_of_key(key, 12) == (JAVA_HASHES[key] & 0x7FFFFFFF) % 12


@given(st.text(), st.integers(1, 1000))
def test_every_customer_has_one_partition_of_those_there_are(key: str, partitions: int) -> None:
    partition = partition_of_key(key, partitions)
    assert 0 <= partition < partitions
    assert partition == caching_partitioner(partitions)(key)


def test_forgetting_customers_moves_none() -> None:
    partition_of = caching_partitioner(12, cached=2)
    keys = [f"customer-{number}" for number in range(10)]
    assert [partition_of(key) for key in keys] == [partition_of(key) for key in keys]


def test_a_page_is_cut_into_one_for_each_partition_its_customers_belong_to_now() -> None:
    lines = [b'{"customer_id":"customer-%d"}\n' % number for number in range(40)]
    cut = dict(split_by_customer(b"".join(lines), 7))
    assert cut == {
        home: b"".join(line for number, line in enumerate(lines) if partition_of_key(f"customer-{number}", 7) == home)
        for home in cut
    }
    assert sorted(b"".join(cut.values()).splitlines(keepends=True)) == sorted(lines)
