"""Compressed answers: what a client accepts, chosen and applied as clickhouse-server does."""

import gzip
import zlib
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

import lz4.frame  # type: ignore[import-untyped]
from backports import zstd

ENCODERS: Final[Mapping[str, Callable[[bytes], bytes]]] = MappingProxyType(
    {
        "zstd": zstd.compress,
        "lz4": lz4.frame.compress,
        "gzip": lambda data: gzip.compress(data, compresslevel=3, mtime=0),
        "deflate": zlib.compress,
    }
)
"""By name of HTTP's `Content-Encoding`; the first that a client accepts is taken."""


def accepted_encoding(accept: str, *, enabled: bool) -> str | None:
    """Choose how an answer is compressed.

    Args:
        accept: Value of the header `Accept-Encoding`; empty where it is missing.
        enabled: Whether the request has `enable_http_compression=1`, without which answers are plain.

    Returns:
        A name of :data:`ENCODERS`; None for a plain answer.
    """
    if not enabled:
        return None
    accepted = set()
    for part in accept.lower().split(","):
        name, _, quality = part.partition(";")
        if quality.replace(" ", "") not in {"q=0", "q=0.0"}:
            accepted.add(name.strip())
    return next((name for name in ENCODERS if name in accepted), None)
