"""Snapshots of one run, so that any moment of it is a short replay away."""

from __future__ import annotations

import time
import zlib
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from operator import attrgetter

from app.live.chronicle import Chronicle
from app.live.place import Place
from simcore.machine import Machine
from simcore.machine.snapshot import snapshot

LIMIT_BYTES = 64 << 20
"""Snapshots of one machine; where they take more, every second one goes."""
_APART_S = 0.02
"""Processor time of commands between two snapshots, until they grow too many."""
_SHARE = 10
"""A snapshot is taken after at least so many times what the last one took."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A run at a place: machine and chronicle, compressed."""

    place: Place
    machine: bytes
    folded: bytes


_SEQ = attrgetter("place.seq")
_STEPS = attrgetter("place.steps")


class Snapshots:
    """The snapshots of a run, by event. One thread adds to them, any may look one up."""

    def __init__(self, machine: Machine, chronicle: Chronicle, place: Place) -> None:
        self._taken: tuple[Snapshot, ...] = ()
        self._apart_s, self._worked_s, self._took_s = _APART_S, 0.0, 0.0
        self.bytes = 0
        self._take(machine, chronicle, place)

    def __len__(self) -> int:
        return len(self._taken)

    def worked(self, seconds: float, machine: Machine, chronicle: Chronicle, place: Place) -> None:
        """Count work on the run, and take a snapshot where enough has gathered."""
        self._worked_s += seconds
        due = self._worked_s >= max(self._apart_s, _SHARE * self._took_s)
        if due and place.seq > self._taken[-1].place.seq:
            self._take(machine, chronicle, place)

    def before(self, seq: int) -> Snapshot:
        """The newest with fewer events than ``seq``; the first where there is none."""
        taken = self._taken
        return taken[max(0, bisect_left(taken, seq, key=_SEQ) - 1)]

    def before_step(self, steps: int) -> Snapshot:
        """The newest with at most ``steps`` steps."""
        taken = self._taken
        return taken[bisect_right(taken, steps, key=_STEPS) - 1]

    def _take(self, machine: Machine, chronicle: Chronicle, place: Place) -> None:
        began = time.thread_time()
        packed = zlib.compress(snapshot(machine), 1)
        taken = Snapshot(place, packed, zlib.compress(chronicle.folded(), 1))
        self._took_s, self._worked_s = time.thread_time() - began, 0.0
        self._taken = (*self._taken, taken)
        self.bytes += _size(taken)
        if self.bytes > LIMIT_BYTES and len(self._taken) > 2:
            self._thin_out()

    def _thin_out(self) -> None:
        """Keep every second one, the first among them, and take them twice as rarely."""
        self._taken = self._taken[::2]
        self.bytes = sum(map(_size, self._taken))
        self._apart_s *= 2


def _size(taken: Snapshot) -> int:
    return len(taken.machine) + len(taken.folded)
