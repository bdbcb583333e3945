"""The state as bytes and back. The first eight say when the customer is due, readable without the rest."""

from typing import Final

import msgspec

from customers.state import STATE_VERSION, Customer

_DUE_BYTES: Final = 8
_encoder: Final = msgspec.msgpack.Encoder()
_decoder: Final = msgspec.msgpack.Decoder(Customer)


class StateError(ValueError):
    """Bytes are not a state that this program can read."""


def encode_customer(customer: Customer, due_at: int) -> bytes:
    """Write a state, with the instant when it is due again."""
    return due_at.to_bytes(_DUE_BYTES, "big") + _encoder.encode(customer)


def decode_customer(encoded: bytes) -> Customer:
    """Read a state.

    Raises:
        StateError: The bytes are no state, or one of a newer version.
    """
    try:
        customer = _decoder.decode(memoryview(encoded)[_DUE_BYTES:])
    except msgspec.DecodeError as error:
        raise StateError(f"not a customer's state: {error}") from None
    if customer.version > STATE_VERSION:
        raise StateError(f"state version {customer.version} is newer than {STATE_VERSION}; upgrade this process first")
    return customer


def due_of(encoded: bytes) -> int:
    """When an encoded customer is due, without decoding the rest."""
    return int.from_bytes(encoded[:_DUE_BYTES], "big")
