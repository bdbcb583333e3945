"""Hashes of passwords by scrypt (RFC 7914), with cost parameters that OWASP's Password Storage Cheat Sheet lists."""

import hashlib
import hmac
from base64 import b64decode, b64encode
from secrets import token_bytes
from typing import Final

from schemas.errors import UsageError

SHORTEST: Final = 12
"""Fewest characters of a password."""

_LONGEST: Final = 1024
_SCHEME: Final = "scrypt"
_COST, _BLOCK, _PARALLEL = 2**14, 8, 5
_MEMORY: Final = 64 * 1024 * 1024
_SALT_BYTES: Final = 16
_PARTS: Final = 6


def hash_password(password: str) -> str:
    """Return a salted hash that says how it was made.

    Args:
        password: In clear.

    Raises:
        UsageError: It is too short or too long.
    """
    if not SHORTEST <= len(password) <= _LONGEST:
        raise UsageError(f"a password has {SHORTEST} to {_LONGEST} characters, not {len(password)}")
    salt = token_bytes(_SALT_BYTES)
    digest = _digest(password, salt, _COST, _BLOCK, _PARALLEL)
    return "$".join([_SCHEME, str(_COST), str(_BLOCK), str(_PARALLEL), _text(salt), _text(digest)])


def is_password(password: str, stored: str) -> bool:
    """Return True if a password is the one that was hashed; it takes as long where there is none.

    Args:
        password: In clear.
        stored: Hash as ``hash_password`` returned it; empty for a person without a password.
    """
    parts = stored.split("$")
    if len(parts) != _PARTS or parts[0] != _SCHEME or len(password) > _LONGEST:
        _digest(password[:_LONGEST], b"\0" * _SALT_BYTES, _COST, _BLOCK, _PARALLEL)
        return False
    cost, block, parallel = (int(part) for part in parts[1:4])
    digest = _digest(password, b64decode(parts[4]), cost, block, parallel)
    return hmac.compare_digest(digest, b64decode(parts[5]))


def _digest(password: str, salt: bytes, cost: int, block: int, parallel: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=cost, r=block, p=parallel, maxmem=_MEMORY)


def _text(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")
