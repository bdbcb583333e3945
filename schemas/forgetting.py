"""Who was forgotten, without saying who: salted hashes, and up to which raw offsets nothing of theirs is taken in."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime
from hashlib import blake2b
from typing import Final

import msgspec

TOPIC: Final = "forgotten"
"""Compacted, one partition; keys are the digests."""

_DIGEST_BYTES: Final = 16


class Forgetting(msgspec.Struct, frozen=True, kw_only=True):
    """One forgetting.

    Attributes:
        digest: Stands for the customer.
        salt: What the customer id was hashed with, in hexadecimal.
        asked_at: When, wall clock, UTC.
        below: For each raw topic, the offset of each partition before which everything is forgotten.
        topic_ids: Ids of these topics; offsets mean nothing on a topic that was made anew. Empty where there are none.
    """

    digest: str
    salt: str
    asked_at: datetime
    below: dict[str, list[int]]
    topic_ids: dict[str, str]


def digest_of(customer_id: str, salt: str) -> str:
    """What stands for a customer: 128 bits in hexadecimal, the same for the same salt."""
    return blake2b(customer_id.encode(), digest_size=_DIGEST_BYTES, salt=bytes.fromhex(salt)).hexdigest()


class Forgettings:
    """All that is to be left out when raw topics are read again."""

    def __init__(self, records: Iterable[Forgetting] = (), topic_ids: Mapping[str, str] | None = None) -> None:
        """Take the records in; of two about one customer the later goes further.

        Args:
            records: As they lie on the topic, in order.
            topic_ids: Present ids of the raw topics; a cut on a topic of another id is void.
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
            for place, offset in cut.items():
                self._highest[place] = max(self._highest.get(place, 0), offset)

    @property
    def salts(self) -> list[str]:
        """What customer ids were hashed with."""
        return list(self._below)

    def reach(self, topic: str, partition: int, offset: int) -> bool:
        """Whether a message may be about somebody who was forgotten; a quick no for all that is new.

        Args:
            topic: Raw topic.
            partition: Raw partition.
            offset: Raw offset.
        """
        return offset < self._highest.get((topic, partition), 0)

    def cover(self, customer_ids: Iterable[str], topic: str, partition: int, offset: int) -> bool:
        """Whether a message is about somebody who was forgotten after it was published.

        Args:
            customer_ids: Whom it names.
            topic: Raw topic.
            partition: Raw partition.
            offset: Raw offset.
        """
        return any(
            offset < cuts.get(digest_of(customer_id, salt), {}).get((topic, partition), 0)
            for customer_id in customer_ids
            for salt, cuts in self._below.items()
        )


class _Owner(msgspec.Struct):
    customer_id: str


_decode_owner: Final = msgspec.json.Decoder(_Owner).decode


def named_in(key: bytes, value: bytes) -> set[str]:
    """Customers whom a message may be about that could not be read as an event: its key, and what it says itself."""
    named = {key.decode("utf-8", "replace")}
    with suppress(msgspec.DecodeError, UnicodeDecodeError):
        named.add(_decode_owner(value).customer_id)
    return named


encode_forgetting: Final = msgspec.json.Encoder().encode
decode_forgetting: Final = msgspec.json.Decoder(Forgetting).decode
