"""Signatures of webhooks by the Standard Webhooks specification: HMAC-SHA256 over id, time and body.

The receiver computes the same over what it got, compares in constant time, and refuses what is older than a few
minutes. Libraries do that in most languages.

Source: https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import hmac
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from schemas.errors import UsageError

_PREFIX: Final = "whsec_"
_SHORTEST, _LONGEST = 24, 64


def read_secrets(text: str) -> tuple[bytes, ...]:
    """Return the keys of a secret; while it is changed there are two, separated by a space.

    Args:
        text: ``whsec_`` and 24 to 64 bytes in base64, once or several times.

    Raises:
        UsageError: It is something else; the message does not show it.
    """
    return tuple(_key_of(word) for word in text.split())


def _key_of(word: str) -> bytes:
    try:
        key = b64decode(word.removeprefix(_PREFIX), validate=True) if word.startswith(_PREFIX) else b""
    except (Base64Error, ValueError):
        key = b""
    if not _SHORTEST <= len(key) <= _LONGEST:
        raise UsageError(
            "STAYLINE_NOTIFIER__WEBHOOK_SECRET is wrong: expected whsec_ and 24 to 64 random bytes in base64, such as "
            'from: echo "whsec_$(openssl rand -base64 32)"'
        )
    return key


def signed_headers(keys: Sequence[bytes], message_id: str, at_seconds: int, body: bytes) -> dict[str, str]:
    """Return the headers that let a receiver know who sent a message, and when.

    Args:
        keys: One signature is made with each; without any there are no headers.
        message_id: Id of the message, the same when it is sent again.
        at_seconds: Time of this attempt, seconds since 1970.
        body: The message as it is sent.
    """
    if not keys:
        return {}
    signed = f"{message_id}.{at_seconds}.".encode() + body
    signatures = (b64encode(hmac.new(key, signed, sha256).digest()).decode("ascii") for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_seconds),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
