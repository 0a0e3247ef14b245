"""The event log of one machine: every event by its sequence number, in bounded memory.

The newest events are objects; older ones lie in chunks of 4,096, encoded and compressed. Fences
and violations have logs of their own besides, each chunk with a summary of what is in it, so that
a filter decodes only the chunks that may answer it. When the chunks of a machine take more than
their share, the oldest go.
"""

from __future__ import annotations

import marshal
import sys
import threading
import zlib
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple, get_args

from simcore import events as ev

CHUNK_EVENTS = 4096
_KINDS: tuple[type[ev.Event], ...] = get_args(ev.Event)
_NUMBER_OF = {kind: number for number, kind in enumerate(_KINDS)}
_CACHED_CHUNKS = 4
_SEQ = itemgetter(0)


Logged = tuple[int, ev.Event]
"""A sequence number, counted from 1 on each machine, and the event. A plain tuple, since a
replay makes a hundred thousand a second."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """`CHUNK_EVENTS` entries of a log, encoded; ``summary`` says what may be in it."""

    first: int
    last: int
    summary: object
    content: bytes


def encode(entries: Sequence[Logged]) -> bytes:
    """Entries as compressed bytes, for this process only."""
    plain = [(seq, _NUMBER_OF[type(event)], *event) for seq, event in entries]
    return zlib.compress(marshal.dumps(plain), 1)


def decode(content: bytes) -> list[Logged]:
    """What `encode` was given."""
    plain = marshal.loads(zlib.decompress(content))
    return [(seq, _KINDS[kind](*fields)) for seq, kind, *fields in plain]


Summarise = Callable[[Sequence[Logged]], object]


class Log:
    """Entries in ascending order of their sequence number. One thread writes, any may read."""

    def __init__(self, limit_bytes: int, summarise: Summarise = lambda entries: None) -> None:
        self._limit_bytes = limit_bytes
        self._summarise = summarise
        self._lock = threading.Lock()
        self._chunks: deque[Chunk] = deque()
        self._newest: list[Logged] = []
        self._decoded: dict[int, list[Logged]] = {}
        self.bytes = 0
        self.expired = 0
        """Sequence number of the newest entry that was dropped; 0: none was."""

    def append(self, entries: Sequence[Logged]) -> None:
        """Add entries; costs an encoding every `CHUNK_EVENTS`."""
        with self._lock:
            self._newest.extend(entries)
        while len(self._newest) >= 2 * CHUNK_EVENTS:
            sealed = self._newest[:CHUNK_EVENTS]
            chunk = Chunk(sealed[0][0], sealed[-1][0], self._summarise(sealed), encode(sealed))
            with self._lock:
                self._chunks.append(chunk)
                del self._newest[:CHUNK_EVENTS]
                self.bytes += len(chunk.content)
                self._drop_oldest()

    def _drop_oldest(self) -> None:
        while self.bytes > self._limit_bytes and self._chunks:
            chunk = self._chunks.popleft()
            self.bytes -= len(chunk.content)
            self.expired = chunk.last
            self._decoded.pop(chunk.first, None)

    def _entries(self, chunk: Chunk) -> list[Logged]:
        entries = self._decoded.get(chunk.first)
        if entries is None:
            entries = decode(chunk.content)
            with self._lock:
                while len(self._decoded) >= _CACHED_CHUNKS:
                    self._decoded.pop(next(iter(self._decoded)))
                self._decoded[chunk.first] = entries
        return entries

    def ascending(
        self, after: int, may_have: Callable[[object], bool] = lambda summary: True
    ) -> Iterator[Logged]:
        """Entries with a higher number than ``after``, oldest first."""
        with self._lock:
            chunks = [chunk for chunk in self._chunks if chunk.last > after]
            newest = self._newest[bisect_right(self._newest, after, key=_SEQ) :]
        for chunk in chunks:
            if may_have(chunk.summary):
                entries = self._entries(chunk)
                yield from entries[bisect_right(entries, after, key=_SEQ) :]
        yield from newest

    def descending(
        self, before: int | None, may_have: Callable[[object], bool] = lambda summary: True
    ) -> Iterator[Logged]:
        """Entries with a lower number than ``before`` (None: all), newest first."""
        end = sys.maxsize if before is None else before
        with self._lock:
            chunks = [chunk for chunk in self._chunks if chunk.first < end]
            newest = self._newest[: bisect_left(self._newest, end, key=_SEQ)]
        yield from reversed(newest)
        for chunk in reversed(chunks):
            if may_have(chunk.summary):
                entries = self._entries(chunk)
                yield from reversed(entries[: bisect_left(entries, end, key=_SEQ)])


class FenceSummary(NamedTuple):
    """What the fences of a chunk are about; ``vmids`` None: too many to list."""

    first_ns: int
    last_ns: int
    harts: frozenset[int]
    kinds: frozenset[str]
    causes: frozenset[str]
    vmids: frozenset[int] | None


_MAX_LISTED_VMIDS = 256


def fence_kind(event: ev.FenceExecuted | ev.RemoteFenceRequested) -> str:
    """The kind of a fence or request; "none" for a request of which nothing was sent."""
    if isinstance(event, ev.RemoteFenceRequested) and event.via == "none":
        return "none"
    return event.fence


def fence_vmid(event: ev.FenceExecuted | ev.RemoteFenceRequested) -> int | None:
    """The VMID a fence or request names; None where it names none."""
    if "gvma_vmid" in event.fence or "gvma_gpa_vmid" in event.fence:
        return event.id if event.id >= 0 else None
    if isinstance(event, ev.FenceExecuted) and event.vmid >= 0:
        return event.vmid
    return None


def summarise_fences(entries: Sequence[Logged]) -> FenceSummary:
    """The summary of a chunk of fences."""
    fences = [event for _, event in entries if isinstance(event, FENCES)]
    vmids = {vmid for event in fences if (vmid := fence_vmid(event)) is not None}
    return FenceSummary(
        fences[0].at_ns,
        fences[-1].at_ns,
        frozenset(event.hart for event in fences),
        frozenset(map(fence_kind, fences)),
        frozenset(event.cause for event in fences),
        frozenset(vmids) if len(vmids) <= _MAX_LISTED_VMIDS else None,
    )


FENCES = (ev.FenceExecuted, ev.RemoteFenceRequested)


def _summarise_violations(entries: Sequence[Logged]) -> frozenset[str]:
    return frozenset(event.kind for _, event in entries if isinstance(event, ev.StaleHit))


class EventLog:
    """All events of a machine, its fences, and its violations."""

    def __init__(self, limit_bytes: int) -> None:
        self.seq = 0
        """Number of the newest event."""
        self.events = Log(limit_bytes)
        self.fences = Log(limit_bytes // 2, summarise_fences)
        self.violations = Log(limit_bytes // 8, _summarise_violations)

    def append(self, events: Iterable[ev.Event]) -> None:
        """Number the events and keep them."""
        entries = list(enumerate(events, self.seq + 1))
        self.events.append(entries)
        self.fences.append([entry for entry in entries if isinstance(entry[1], FENCES)])
        self.violations.append([entry for entry in entries if isinstance(entry[1], ev.StaleHit)])
        self.seq += len(entries)
