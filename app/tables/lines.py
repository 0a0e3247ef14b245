"""The lines of the log as columns: fences that were executed or asked for, and wrong hits.

A million lines take 76 MB. When there are more than `MOST_LINES`, the oldest quarter goes.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.event_log import Logged, fence_kind, fence_vmid
from app.tables.growing import Growing
from app.tables.shapes import NONE, Shape, Shapes, scope_of
from simcore import events as ev

MOST_LINES = 1 << 20
MOST_MASKS = 1 << 16
"""Hart masks that are remembered; lines with a later one show how many targets they have."""
_BLOCK = 4096
COLUMNS = {
    "seq": np.int64,
    "at_ns": np.int64,
    "shape": np.int32,
    "requester": np.int32,
    "vmid": np.int64,
    "domain": np.int32,
    "vcpu": np.int32,
    "operand": np.int64,
    "id": np.int64,
    "space": np.int32,
    "count": np.int64,
    "cycles": np.int64,
}
"""-1 stands for "none". What some columns hold depends on the type of the line:

| column | executed | requested | violation |
|---|---|---|---|
| requester | hart that asked for it | hart that asks | none |
| domain | to whom the VMID was last given | the same | domain whose access it was |
| operand | page number | number of its hart mask | page number |
| id | VMID or ASID operand | the same | domain that filled the entry |
| space | none | none | tables that filled the entry |
| count | entries dropped | targets | accesses |
"""
_TAKEN = {ev.FenceExecuted, ev.RemoteFenceRequested, ev.StaleHit, ev.VmidAssigned}
_Line = tuple[int, ...]


class Lines:
    """The lines of one machine. One thread adds, any may read while it holds `lock`."""

    def __init__(self, most: int = MOST_LINES) -> None:
        self.lock = threading.RLock()
        self.shapes = Shapes()
        self.masks: list[tuple[int, int]] = []
        """Hart masks of requests, each with its base."""
        self.seq = 0
        """Number of the newest event that was seen."""
        self.expired = 0
        """Sequence number of the newest line that was dropped; 0: none was."""
        self._most = most
        self._columns = {name: Growing(dtype) for name, dtype in COLUMNS.items()}
        self._waiting: list[Logged] = []
        self._mask_numbers: dict[tuple[int, int], int] = {}
        self._known: dict[tuple[Any, ...], int] = {}
        """Shapes by the fields of events that they follow from."""
        self._given: dict[tuple[int, int], int] = {}
        """By hart (-1: every hart) and VMID: the domain to whom it was last given."""

    def __len__(self) -> int:
        return len(self._columns["seq"])

    def __getitem__(self, column: str) -> NDArray[Any]:
        """One column, shape (lines,)."""
        return self._columns[column].values

    def append(self, events: Sequence[ev.Event], first: int) -> None:
        """Take events in, of which the first has the number ``first``.

        They become lines in blocks: a replay makes a hundred thousand events a second.
        """
        taken = [entry for entry in enumerate(events, first) if type(entry[1]) in _TAKEN]
        with self.lock:
            self._waiting += taken
            self.seq = first + len(events) - 1
            if len(self._waiting) >= _BLOCK:
                self.settle()

    def settle(self) -> None:
        """Make lines of all events so far. Call it with the lock held, before reading."""
        lines = [line for entry in self._waiting if (line := self._line(*entry))]
        self._waiting = []
        if not lines:
            return
        for column, values in zip(self._columns.values(), zip(*lines, strict=True), strict=True):
            column.extend(values)
        if len(self) > self._most:
            self._drop_oldest(max(self._most // 4, len(self) - self._most))

    def _drop_oldest(self, count: int) -> None:
        self.expired = int(self["seq"][count - 1])
        for column in self._columns.values():
            column.drop_first(count)

    def before(self, at: int | None) -> int:
        """How many lines there are up to the event ``at`` (None: all)."""
        return len(self) if at is None else int(np.searchsorted(self["seq"], at, "right"))

    # One line

    def _line(self, seq: int, event: ev.Event) -> _Line | None:
        if isinstance(event, ev.FenceExecuted):
            return self._executed(seq, event)
        if isinstance(event, ev.RemoteFenceRequested):
            return self._requested(seq, event)
        if isinstance(event, ev.StaleHit):
            return self._hit(seq, event)
        if isinstance(event, ev.VmidAssigned):
            self._given[event.hart, event.vmid] = event.domain
        return None

    def _executed(self, seq: int, event: ev.FenceExecuted) -> _Line:
        remote, redundant = event.requester >= 0, event.dropped == 0
        key = (event.hart, event.fence, event.cause, remote, redundant)
        shape = self._known.get(key)
        if shape is None:
            label = "remote fence" if remote else "fence"
            shape = self._known[key] = self.shapes.number(
                Shape(
                    "executed", event.fence, event.cause, scope_of(event.fence), event.hart,
                    "yes" if redundant else "no", NONE, 0, label,
                )
            )  # fmt: skip
        vmid = fence_vmid(event)
        return (
            seq, event.at_ns, shape, event.requester, -1 if vmid is None else vmid,
            self._owner(event.hart, vmid), -1, event.address, event.id, -1, event.dropped,
            event.cycles,
        )  # fmt: skip

    def _requested(self, seq: int, event: ev.RemoteFenceRequested) -> _Line:
        key = (event.hart, event.fence, event.cause, event.via, event.error)
        shape = self._known.get(key)
        if shape is None:
            kind = fence_kind(event)
            label = "not sent" if event.via == "none" else "request"
            shape = self._known[key] = self.shapes.number(
                Shape(
                    "requested", kind, event.cause, scope_of(kind), event.hart, NONE, event.via,
                    event.error, label,
                )
            )  # fmt: skip
        vmid = fence_vmid(event)
        return (
            seq, event.at_ns, shape, event.hart, -1 if vmid is None else vmid,
            self._owner(event.hart, vmid), -1, self._mask(event.hart_mask, event.hart_mask_base),
            event.id, -1, event.targets, event.cycles,
        )  # fmt: skip

    def _hit(self, seq: int, event: ev.StaleHit) -> _Line:
        shape = self.shapes.number(
            Shape("violation", event.kind, NONE, NONE, event.hart, NONE, NONE, 0, event.kind)
        )
        return (
            seq, event.at_ns, shape, -1, event.vmid, event.domain, event.vcpu, event.page,
            event.owner_domain, event.owner_space, event.accesses, -1,
        )  # fmt: skip

    def _owner(self, hart: int, vmid: int | None) -> int:
        if vmid is None:
            return -1
        given = self._given
        return given.get((hart, vmid), given.get((-1, vmid), -1))

    def _mask(self, mask: int, base: int) -> int:
        number = self._mask_numbers.get((mask, base), -1)
        if number < 0 and len(self.masks) < MOST_MASKS:
            number = self._mask_numbers[mask, base] = len(self.masks)
            self.masks.append((mask, base))
        return number
