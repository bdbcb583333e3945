"""Forgettings (erasures): salted hashes of customer ids, and the raw offsets below which their events are left out."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b
from typing import Final

import msgspec

from schemas.events.raw_events import customer_id_of

TOPIC: Final = "forgotten"
"""Topic, compacted, of one partition; keys are the digests."""

_DIGEST_BYTES: Final = 16


class Forgetting(msgspec.Struct, frozen=True, kw_only=True):
    """Erasure of one customer.

    Attributes:
        digest: Salted hash of the customer id.
        salt: Salt of the hash, in hexadecimal.
        asked_at: Time of the request, wall clock, UTC.
        below: For each raw topic, the offset of each partition below which the customer's events are left out.
        topic_ids: Ids of these topics, since offsets mean nothing on a recreated topic. Empty if there are none.
    """

    digest: str
    salt: str
    asked_at: datetime
    below: dict[str, list[int]]
    topic_ids: dict[str, str]


def digest_of(customer_id: str, salt: str) -> str:
    """Return the salted hash of a customer id: 128 bits in hexadecimal."""
    return blake2b(customer_id.encode(), digest_size=_DIGEST_BYTES, salt=bytes.fromhex(salt)).hexdigest()


class Forgettings:
    """Index of all forgettings, to leave out events when raw topics are read again."""

    def __init__(self, records: Iterable[Forgetting] = (), topic_ids: Mapping[str, str] | None = None) -> None:
        """Index records; of two about one customer the later one counts.

        Args:
            records: Records of the topic, in order.
            topic_ids: Present ids of the raw topics; offsets of a topic with another id are ignored.
        """
        present = topic_ids or {}
        self._highest: dict[tuple[str, int], int] = {}
        self._below: dict[str, dict[str, dict[tuple[str, int], int]]] = {}
        for record in records:
            cut = {
                (topic, partition): offset
                for topic, offsets in record.below.items()
                if present.get(topic, "") in {"", record.topic_ids.get(topic, "")}
                for partition, offset in enumerate(offsets)
            }
            self._below.setdefault(record.salt, {})[record.digest] = cut
            for where, offset in cut.items():
                self._highest[where] = max(self._highest.get(where, 0), offset)

    @property
    def salts(self) -> list[str]:
        """Salts in use."""
        return list(self._below)

    def may_cover(self, topic: str, partition: int, offset: int) -> bool:
        """Return True if a message may be about a forgotten customer; a fast check that is False for all new messages.

        Args:
            topic: Raw topic.
            partition: Raw partition.
            offset: Raw offset.
        """
        return offset < self._highest.get((topic, partition), 0)

    def covers(self, customer_ids: Iterable[str], topic: str, partition: int, offset: int) -> bool:
        """Return True if a message is about a customer who was forgotten after it was published.

        Args:
            customer_ids: Customers that it names.
            topic: Raw topic.
            partition: Raw partition.
            offset: Raw offset.
        """
        return any(
            offset < cuts.get(digest_of(customer_id, salt), {}).get((topic, partition), 0)
            for customer_id in customer_ids
            for salt, cuts in self._below.items()
        )


def customers_named_in(key: bytes, value: bytes) -> set[str]:
    """Return the customers that an unreadable message may be about: its key, and its field ``customer_id``.

    Args:
        key: The message's key.
        value: The message's bytes.
    """
    named = {key.decode("utf-8", "replace")}
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        named.add(customer_id_of(value))
    return named


encode_forgetting: Final = msgspec.json.Encoder().encode
decode_forgetting: Final = msgspec.json.Decoder(Forgetting).decode
