"""Encodes states as bytes and back. The first eight hold the due instant, readable without the rest."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from customers.encoding.upgrade import UPGRADES, Upgrade, upgraded
from customers.state import STATE_VERSION, SUM_HALF_LIVES, Customer

_DUE_BYTES: Final = 8
_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Customer)


class _Versioned(msgspec.Struct, array_like=True):
    version: int


class _Clocked(msgspec.Struct, array_like=True):
    version: int
    clock: int


_version_decoder: Final = msgspec.msgpack.Decoder(_Versioned)
_clock_decoder: Final = msgspec.msgpack.Decoder(_Clocked)
_layout_decoder: Final = msgspec.msgpack.Decoder(list[Any])
_UNREADABLE: Final = (
    msgspec.DecodeError,
    RecursionError,
    # Raised by an upgrade of bytes that only look like a state of an older version.
    LookupError,
    TypeError,
    ValueError,
    ArithmeticError,
)


class StateError(ValueError):
    """Bytes are not a state that this program can read."""


class NewerStateError(StateError):
    """Bytes are a state of a newer version; only an upgrade of this program helps."""


def encode_customer(customer: Customer, due_at: int) -> bytes:
    """Encode a state.

    Args:
        customer: The state; integral zeros replace floating ones in it.
        due_at: Instant at which it is due again, ms since 1970.
    """
    # Most customers never return or complain: an integral zero takes one byte, a floating one nine.
    customer.sums = [total or 0 for total in customer.sums]
    customer.refunds = customer.refunds or 0
    for question in customer.questions:
        question.amount = question.amount or 0
    return due_at.to_bytes(_DUE_BYTES, "big") + _encoder.encode(customer)


def postpone(encoded: bytes, due_at: int) -> bytes:
    """Replace the due instant, ms since 1970, of a state that may be unreadable; it catches up once it is readable."""
    return due_at.to_bytes(_DUE_BYTES, "big") + encoded[_DUE_BYTES:]


def decode_customer(encoded: bytes | memoryview, upgrades: Mapping[int, Upgrade] = UPGRADES) -> Customer:
    """Decode a state of this version or an older one.

    Args:
        encoded: Output of ``encode_customer``.
        upgrades: Upgrade of each older version to the next.

    Raises:
        StateError: The bytes are no state, or of a version older than any known.
        NewerStateError: The bytes are a state of a newer version.
    """
    state = memoryview(encoded)[_DUE_BYTES:]
    try:
        customer = _decoder.decode(state)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        customer = _of_another_version(state, upgrades, error)
    if customer.version != STATE_VERSION:
        customer = _of_another_version(state, upgrades, None)
    if len(customer.sums) != len(SUM_HALF_LIVES):
        raise StateError(f"not a customer's state: {len(customer.sums)} sums, not {len(SUM_HALF_LIVES)}")
    return customer


def _of_another_version(state: memoryview, upgrades: Mapping[int, Upgrade], problem: Exception | None) -> Customer:
    """Decode a state of another version; it may be unreadable as this one, but its version is readable."""
    try:
        version = _version_decoder.decode(state).version
        if version < STATE_VERSION:
            return msgspec.convert(upgraded(_layout_decoder.decode(state), STATE_VERSION, upgrades), Customer)
    except _UNREADABLE as error:
        raise StateError(f"not a customer's state: {problem or error}") from None
    if version > STATE_VERSION:
        raise NewerStateError(f"state version {version} is newer than {STATE_VERSION}; upgrade this process first")
    raise StateError(f"not a customer's state: {problem}")


def due_of(encoded: bytes | memoryview) -> int:
    """Return the due instant of an encoded state, ms since 1970, without decoding the rest.

    Raises:
        StateError: There are fewer than eight bytes.
    """
    if len(encoded) < _DUE_BYTES:
        raise StateError(f"not a customer's state: {len(encoded)} bytes")
    return int.from_bytes(encoded[:_DUE_BYTES], "big")


def clock_of(encoded: bytes | memoryview) -> int:
    """Return the clock of an encoded state of any version, ms since 1970, without decoding the rest.

    Raises:
        StateError: The bytes are no state.
    """
    try:
        return _clock_decoder.decode(memoryview(encoded)[_DUE_BYTES:]).clock
    except _UNREADABLE as error:
        raise StateError(f"not a customer's state: {error}") from None
