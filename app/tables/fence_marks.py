"""Fences, remote requests and wrong hits by hart and time.

At most `MOST_FENCES` fences of 45 bytes, as many requests and `MOST_WRONG` wrong hits are kept.

An executed fence belongs to the newest request of its requester, among its last eight, that names
its cause, kind and hart. The events themselves do not say more; two requests of one instant that
agree in all of that cannot be told apart.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from app.tables.columns import Rows
from app.tables.hart_tables import HartTables
from simcore import events as ev

MOST_FENCES = 1 << 19
MOST_WRONG = 1 << 17
_REMEMBERED = 8
_TAKEN = frozenset((ev.FenceExecuted, ev.RemoteFenceRequested, ev.StaleHit))
_Row = tuple[int, ...]


class _Asked(NamedTuple):
    """A request, for the fences that will be executed because of it."""

    seq: int
    cause: str
    family: str
    mask: int
    base: int

    def explains(self, fence: ev.FenceExecuted) -> bool:
        return (
            self.cause == fence.cause
            and self.family == _family(fence.fence)
            and self._names(fence.hart)
        )

    def _names(self, hart: int) -> bool:
        # A base of all ones means every hart (SBI, "Hart list parameter").
        every = self.base.bit_length() >= 32
        return every or (hart >= self.base and bool(self.mask >> (hart - self.base) & 1))


class FenceMarks:
    """Fences, requests and wrong hits of one machine."""

    def __init__(self, most: int = MOST_FENCES) -> None:
        what = {"at_ns": np.int64, "seq": np.int64, "cycles": np.int64, "kind": np.int8,
                "cause": np.int16, "id": np.int32}  # fmt: skip
        self.executed = HartTables(
            {**what, "requester": np.int32, "request": np.int64, "dropped": np.int32}, most
        )
        self.requested = HartTables({**what, "targets": np.int32, "error": np.int32}, most)
        self.wrong = HartTables(
            {"at_ns": np.int64, "seq": np.int64, "kind": np.int8, "vmid": np.int32,
             "domain": np.int32, "owner_domain": np.int32, "accesses": np.int64},
            MOST_WRONG,
        )  # fmt: skip
        self.words: dict[str, int] = {}
        """Numbers of the words in the columns ``kind`` and ``cause``."""
        self._asked: defaultdict[int, deque[_Asked]] = defaultdict(
            lambda: deque(maxlen=_REMEMBERED)
        )

    @property
    def since_ns(self) -> dict[str, int]:
        """By table: from which machine time on its rows are kept."""
        return {
            "fences": self.executed.since_ns,
            "requests": self.requested.since_ns,
            "wrong": self.wrong.since_ns,
        }

    def record(self, first: int, events: Sequence[ev.Event]) -> None:
        """Take in events, the first of which has the number ``first``."""
        executed: defaultdict[int, list[_Row]] = defaultdict(list)
        requested: defaultdict[int, list[_Row]] = defaultdict(list)
        wrong: defaultdict[int, list[_Row]] = defaultdict(list)
        for seq, event in enumerate(events, first):
            if type(event) not in _TAKEN:
                continue
            if isinstance(event, ev.FenceExecuted):
                executed[event.hart].append(self._executed(seq, event))
            elif isinstance(event, ev.RemoteFenceRequested):
                requested[event.hart].append(self._requested(seq, event))
            elif isinstance(event, ev.StaleHit):
                kind = ev.VIOLATION_KINDS.index(event.kind)
                who = event.domain, event.owner_domain, event.accesses
                wrong[event.hart].append((event.at_ns, seq, kind, event.vmid, *who))
        self.executed.append(executed)
        self.requested.append(requested)
        self.wrong.append(wrong)

    def _executed(self, seq: int, event: ev.FenceExecuted) -> _Row:
        request = -1
        if event.requester >= 0:
            asked = reversed(self._asked[event.requester])
            request = next((a.seq for a in asked if a.explains(event)), -1)
        what = self._word(event.fence), self._word(event.cause), event.id
        return event.at_ns, seq, event.cycles, *what, event.requester, request, event.dropped

    def _requested(self, seq: int, event: ev.RemoteFenceRequested) -> _Row:
        family = _family(event.fence.removeprefix("remote_"))
        self._asked[event.hart].append(
            _Asked(seq, event.cause, family, event.hart_mask, event.hart_mask_base)
        )
        # An id beyond what any register holds (a flaw that a policy may have) is not shown.
        operand = event.id if event.id < 1 << 31 else -1
        what = self._word(event.fence), self._word(event.cause), operand
        return event.at_ns, seq, event.cycles, *what, event.targets, event.error

    def _word(self, word: str) -> int:
        return self.words.setdefault(word, len(self.words))


def _family(kind: str) -> str:
    """A kind of fence without its operands: "hfence_gvma_vmid" -> "hfence_gvma"."""
    return "_".join(kind.split("_")[:2])


def within(rows: Rows, from_ns: int, to_ns: int, last: int) -> Rows:
    """The rows in a span of time, inclusive, of events up to ``last``; O(log n)."""
    if not len(rows["at_ns"]):
        return rows
    first = int(np.searchsorted(rows["at_ns"], from_ns, "left"))
    end = int(np.searchsorted(rows["at_ns"], to_ns, "right"))
    known = int(np.searchsorted(rows["seq"], last, "right"))
    return {name: column[first : min(end, known)] for name, column in rows.items()}
