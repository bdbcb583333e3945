"""A watermark's progress as text, small enough to lie beside a committed offset."""

from base64 import b64decode, b64encode
from zlib import compress, decompress

from schemas.watermark import Progress, decode_progress, encode_progress


def pack_progress(progress: Progress) -> str:
    """Write a progress; Kafka keeps 4,096 bytes, and plain, sixty partitions of each raw topic would fill them."""
    return b64encode(compress(encode_progress(progress))).decode()


def unpack_progress(text: str) -> Progress:
    """Read it back.

    Raises:
        ValueError: It is none.
        zlib.error: Likewise.
    """
    return decode_progress(decompress(b64decode(text)))
