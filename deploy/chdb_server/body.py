"""A request's body: decompressed as it comes, its statement kept, its rows put into a file that cleans itself up."""

import zlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO, Protocol, Self

from backports.zstd import ZstdDecompressor, ZstdError
from lz4.frame import LZ4FrameDecompressor  # type: ignore[import-untyped]

from deploy.chdb_server.errors import (
    CANNOT_DECOMPRESS,
    NOT_ENOUGH_SPACE,
    TOO_LARGE,
    UNKNOWN_FORMAT_OF_BODY,
    refusal,
)
from deploy.chdb_server.statement import InlineInsert, inline_insert

STATEMENT_BYTES = 256 * 1024
"""A statement before rows is no longer than this, as by clickhouse-server's `max_query_size`."""

PIECE_BYTES = 1024 * 1024


class Decompressor(Protocol):
    """A decompressor, as all compression libraries have it."""

    @property
    def eof(self) -> bool:
        """Return True at the end of a frame."""

    @property
    def unused_data(self) -> bytes:
        """Return the bytes after that end."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Give up to so many bytes of what the data holds."""


class Rows:
    """Rows on their way into the engine, in a file without a name: it is gone when its process is."""

    def __init__(self) -> None:
        memory = Path("/dev/shm")  # noqa: S108 -- the file has no name there
        self._file: IO[bytes] = TemporaryFile(dir=memory if memory.is_dir() else None)  # noqa: SIM115 -- closed by `with`

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, piece: bytes | bytearray) -> None:
        """Append bytes.

        Raises:
            QueryError: there is no room for them.
        """
        try:
            self._file.write(piece)
        except OSError as error:
            message = f"Rows could not be kept: {error.strerror}"
            raise refusal(NOT_ENOUGH_SPACE, "NOT_ENOUGH_SPACE", message) from error

    def path(self) -> str:
        """Finish writing and name the file, for this process alone."""
        self._file.flush()
        self._file.seek(0)
        return f"/dev/fd/{self._file.fileno()}"


@dataclass(frozen=True)
class Body:
    """The text of a request: a whole statement, or an insert whose rows went to the file.

    Attributes:
        text: the statement; for an insert only its beginning.
        insert: the parts of an insert with rows.
    """

    text: bytes
    insert: InlineInsert | None


async def read_body(prefix: bytes, pieces: AsyncIterator[bytes], rows: Rows, limit: int) -> Body:
    """Take a request's text apart as it arrives.

    Args:
        prefix: the statement given in the URL, if any.
        pieces: the decompressed body.
        rows: takes the rows of an insert.
        limit: bytes that a body may have.

    Raises:
        QueryError: the body is larger than that.
    """
    text = bytearray(prefix + b"\n" if prefix else b"")
    insert: InlineInsert | None = None
    looked, size = False, 0
    async for piece in pieces:
        size += len(piece)
        if size > limit:
            raise refusal(TOO_LARGE, "TOO_MANY_BYTES", f"The body is larger than {limit} bytes")
        if insert is not None:
            rows.write(piece)
            continue
        text += piece
        if not looked and len(text) >= STATEMENT_BYTES:
            insert, looked = _move_rows(text, rows), True
    if not looked:
        insert = _move_rows(text, rows)
    return Body(bytes(text), insert)


def _move_rows(text: bytearray, rows: Rows) -> InlineInsert | None:
    insert = inline_insert(bytes(text[:STATEMENT_BYTES]))
    if insert is not None:
        rows.write(text[insert.rows_at :])
        del text[insert.rows_at :]
    return insert


async def decompressed(pieces: AsyncIterator[bytes], encoding: str) -> AsyncIterator[bytes]:
    """Undo a body's `Content-Encoding`, never holding more than a piece of what comes out.

    Args:
        pieces: the body as it is sent.
        encoding: value of the header; empty or `identity` for none.

    Raises:
        QueryError: the encoding is not known here, or the body is not in it.
    """
    if encoding in {"", "identity"}:
        async for piece in pieces:
            yield piece
        return
    decompressor = _decompressor(encoding)
    try:
        async for piece in pieces:
            unread = piece
            while True:
                # A body may hold several frames, one after another.
                decompressor = _decompressor(encoding) if decompressor.eof else decompressor
                found = decompressor.decompress(unread, PIECE_BYTES)
                if found:
                    yield found
                unread = decompressor.unused_data if decompressor.eof else _unread(decompressor)
                if not unread and (decompressor.eof or not found):
                    break
    except (zlib.error, ZstdError, RuntimeError) as error:
        raise refusal(CANNOT_DECOMPRESS, "CANNOT_DECOMPRESS", f"The body is not {encoding}: {error}") from error
    if not decompressor.eof:
        raise refusal(CANNOT_DECOMPRESS, "CANNOT_DECOMPRESS", f"The body ends within its {encoding} frame")


def _decompressor(encoding: str) -> Decompressor:
    match encoding:
        case "gzip" | "deflate":
            return zlib.decompressobj(zlib.MAX_WBITS | 32)
        case "zstd":
            return ZstdDecompressor()
        case "lz4":
            lz4: Decompressor = LZ4FrameDecompressor()
            return lz4
    raise refusal(UNKNOWN_FORMAT_OF_BODY, "NOT_IMPLEMENTED", f"Content-Encoding {encoding} is not known here")


def _unread(decompressor: Decompressor) -> bytes:
    """Only zlib hands back what it has not read yet; the others keep it."""
    unread: bytes = getattr(decompressor, "unconsumed_tail", b"")
    return unread
