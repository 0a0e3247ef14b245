"""Opens recorded schedules and page streams: plain or gzip-compressed text files."""

import gc
import gzip
import os
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import BufferedReader, BytesIO, TextIOWrapper
from itertools import chain
from pathlib import Path
from typing import TypeVar

from simcore.formats.lackey import read_page_stream
from simcore.formats.recorded import read_schedule
from simcore.page_stream import PageStream
from simcore.schedule import Schedule

_T = TypeVar("_T")
Progress = Callable[[int, int], None]
"""Is told (bytes read, bytes in all), of the file as it lies on the disk."""

_ALLOWED = "allowed is {}, plain or gzip"
_SCHEDULE = _ALLOWED.format("the text of perf script or ftrace")
_PAGE_STREAM = _ALLOWED.format("the text of valgrind --tool=lackey --trace-mem=yes")
_GZIP_MAGIC = b"\x1f\x8b"
_BINARY_RECORDINGS = {b"PERFILE2": "perf script", b"\x17\x08\x44tracing": "trace-cmd report"}
_BLOCK_BYTES = 1 << 20


class TraceFileError(ValueError):
    """A file is no readable recording. One line: the file, what is wrong, what is allowed."""


def open_schedule(path: str | os.PathLike[str], progress: Progress | None = None) -> Schedule:
    """The schedule recorded in a file.

    Compression is told by the first bytes, not by the name. Bytes that are not UTF-8 are replaced
    and not refused: the kernel cuts a thread's name at 15 bytes, be it within a character.
    Raises TraceFileError for whatever is wrong with the file or what is in it.
    """
    return _read(path, read_schedule, _SCHEDULE, progress)


def open_page_stream(path: str | os.PathLike[str], progress: Progress | None = None) -> PageStream:
    """The page stream recorded in a file; compression and errors as of `open_schedule`."""
    return _read(path, read_page_stream, _PAGE_STREAM, progress)


def _read(
    path: str | os.PathLike[str],
    reader: Callable[[Iterable[str]], _T],
    allowed: str,
    progress: Progress | None,
) -> _T:
    try:
        with Path(path).open("rb") as raw, _no_collections():
            return reader(chain.from_iterable(_texts(_blocks(raw, progress), allowed)))
    except EOFError:
        problem = f"the gzip data is cut short; {allowed}"
    except (gzip.BadGzipFile, zlib.error) as error:
        problem = f"the gzip data is damaged ({error}); {allowed}"
    except OSError as error:
        problem = f"{(error.strerror or str(error)).lower()}; {allowed}"
    except ValueError as error:
        problem = str(error)
    raise TraceFileError(f"trace file {os.fspath(path)!r}: {problem}")


@contextmanager
def _no_collections() -> Iterator[None]:
    """No search for garbage meanwhile: a reader makes hundreds of thousands of records to keep."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _blocks(raw: BufferedReader, progress: Progress | None) -> Iterator[bytes]:
    """The content, unpacked, in blocks. Pipes are read as well, without progress."""
    size_bytes = os.fstat(raw.fileno()).st_size
    packed = raw.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC)
    content = gzip.GzipFile(fileobj=raw) if packed else raw
    while block := content.read(_BLOCK_BYTES):
        if progress and size_bytes:
            progress(raw.tell(), size_bytes)
        yield block


def _texts(blocks: Iterator[bytes], allowed: str) -> Iterator[Iterable[str]]:
    """The lines of a text, with their newlines, many at once.

    Raises ValueError when it is empty or binary.
    """
    first = next(blocks, b"")
    if not first:
        raise ValueError(f"it is empty; {allowed}")
    for magic, tool in _BINARY_RECORDINGS.items():
        if first.startswith(magic):
            raise ValueError(f"it is a binary recording, print it with {tool} first; {allowed}")
    rest = b""
    for block in chain((first,), blocks):
        if b"\0" in block:
            raise ValueError(f"it is binary, with bytes of 0; {allowed}")
        whole, newline, after = block.rpartition(b"\n")
        if newline:
            yield _decoded(rest + whole + newline)
            rest = after
        elif len(rest) < _BLOCK_BYTES:
            rest += block
        else:
            raise ValueError(f"it has a line of more than {_BLOCK_BYTES} bytes; {allowed}")
    yield _decoded(rest)


def _decoded(text: bytes) -> Iterable[str]:
    # str.splitlines would also cut at characters that a thread's name may hold, and a StringIO
    # keeps four bytes a character, which takes twice as long.
    return TextIOWrapper(BytesIO(text), "utf-8", "replace", newline="\n")
