"""Forgettings: events of forgotten customers below their offsets are left out, and nothing else."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from schemas.events.forgetting import Forgetting, Forgettings, customers_named_in, digest_of

SALT = "00" * 16
NAMES = st.text(min_size=1, max_size=8)
OFFSETS = st.integers(0, 50)


def forgetting(customer_id: str, cut: int, *, salt: str = SALT, topic_id: str = "") -> Forgetting:
    return Forgetting(
        digest=digest_of(customer_id, salt),
        salt=salt,
        asked_at=datetime(2024, 1, 1, tzinfo=UTC),
        below={"purchases": [0, cut]},
        topic_ids={"purchases": topic_id} if topic_id else {},
    )


@given(NAMES, NAMES, OFFSETS, OFFSETS)
def test_exactly_the_customers_own_messages_below_the_cut_are_left_out(
    forgotten: str, asked: str, cut: int, offset: int
) -> None:
    known = Forgettings([forgetting(forgotten, cut)])
    assert known.covers([asked], "purchases", 1, offset) == (asked == forgotten and offset < cut)


@given(NAMES, OFFSETS, OFFSETS)
def test_every_covered_message_may_be_covered(forgotten: str, cut: int, offset: int) -> None:
    known = Forgettings([forgetting(forgotten, cut)])
    assert known.may_cover("purchases", 1, offset) or not known.covers([forgotten], "purchases", 1, offset)


@given(NAMES, OFFSETS, OFFSETS, OFFSETS)
def test_of_two_forgettings_the_later_counts(forgotten: str, cut: int, more: int, offset: int) -> None:
    known = Forgettings([forgetting(forgotten, cut), forgetting(forgotten, cut + more)])
    assert known.covers([forgotten], "purchases", 1, offset) == (offset < cut + more)


def test_other_partitions_and_topics_are_not_left_out() -> None:
    known = Forgettings([forgetting("ann", 10)])
    assert not known.covers(["ann"], "purchases", 0, 5)
    assert not known.covers(["ann"], "returns", 1, 5)


def test_records_of_several_salts_all_count() -> None:
    known = Forgettings([forgetting("ann", 10), forgetting("bob", 10, salt="01" * 16)])
    assert known.covers(["ann"], "purchases", 1, 5)
    assert known.covers(["bob"], "purchases", 1, 5)


def test_offsets_of_a_recreated_topic_are_ignored() -> None:
    records = [forgetting("ann", 10, topic_id="first")]
    assert Forgettings(records, {"purchases": "first"}).covers(["ann"], "purchases", 1, 5)
    assert not Forgettings(records, {"purchases": "second"}).may_cover("purchases", 1, 5)


def test_a_digest_tells_nothing_without_its_salt() -> None:
    assert digest_of("ann", SALT) != digest_of("ann", "01" * 16)


def test_a_refused_message_names_its_key_and_its_customer() -> None:
    assert customers_named_in(b"k", b'{"customer_id": "ann", "nonsense": 1}') == {"k", "ann"}
    assert customers_named_in(b"k", b"{") == {"k"}
