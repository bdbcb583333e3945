"""The state as bytes and back. The first eight say when the customer is due, readable without the rest."""

from contextlib import suppress
from typing import Final

import msgspec

from customers.state import STATE_VERSION, SUM_HALF_LIVES, Customer

_DUE_BYTES: Final = 8
_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Customer)


class _Versioned(msgspec.Struct, array_like=True):
    version: int


_version_decoder: Final = msgspec.msgpack.Decoder(_Versioned)


class StateError(ValueError):
    """Bytes are not a state that this program can read."""


def encode_customer(customer: Customer, due_at: int) -> bytes:
    """Write a state, with the instant when it is due again."""
    return due_at.to_bytes(_DUE_BYTES, "big") + _encoder.encode(customer)


def decode_customer(encoded: bytes | memoryview) -> Customer:
    """Read a state.

    Raises:
        StateError: The bytes are no state, or one of a newer version.
    """
    state = memoryview(encoded)[_DUE_BYTES:]
    try:
        customer = _decoder.decode(state)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        _check_version(state)
        raise StateError(f"not a customer's state: {error}") from None
    if customer.version != STATE_VERSION:
        _check_version(state)
    if len(customer.sums) != len(SUM_HALF_LIVES):
        raise StateError(f"not a customer's state: {len(customer.sums)} sums, not {len(SUM_HALF_LIVES)}")
    return customer


def _check_version(state: memoryview) -> None:
    """A newer layout may not be readable as this one; its version still is."""
    with suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        version = _version_decoder.decode(state).version
        if version > STATE_VERSION:
            raise StateError(f"state version {version} is newer than {STATE_VERSION}; upgrade this process first")


def due_of(encoded: bytes | memoryview) -> int:
    """When an encoded customer is due, without decoding the rest.

    Raises:
        StateError: There are fewer bytes than that takes.
    """
    if len(encoded) < _DUE_BYTES:
        raise StateError(f"not a customer's state: {len(encoded)} bytes")
    return int.from_bytes(encoded[:_DUE_BYTES], "big")
