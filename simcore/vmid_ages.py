"""When each VMID was last given out, in which generation, and when it was last fenced; from events.

Ids are hardware ids, as on the VMID map: what a policy programmed, cut to the implemented bits.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from simcore import events as ev
from simcore.hw.csr import VMIDMAX

Numbers = NDArray[np.int64]
NEVER = -1
ANYWHERE = -1
"""In place of a hart: any of them; also what an id is given out for that holds on all."""
_MOST_IDS = 1 << max(VMIDMAX.values())


class _Place:
    """What happened to the ids of one hart, or of any; indexed by id as programmed."""

    __slots__ = ("all_fenced", "by_hart", "fenced", "generation", "given")

    def __init__(self, size: int) -> None:
        self.given = np.full(size, NEVER, np.int64)
        self.generation = np.full(size, NEVER, np.int64)
        self.by_hart = np.full(size, ANYWHERE, np.int64)
        self.fenced = np.full(size, NEVER, np.int64)
        self.all_fenced = NEVER


class VmidAges:
    """The past of every VMID, on each hart and on any; O(1) an event.

    Harts boot first of all, so it must be given a machine's events from the start. Memory is 32
    bytes an implemented id for each hart that has ids of its own or executed an HFENCE.GVMA (0.5 MB
    at most), and 0.5 MB for all together.
    """

    def __init__(self) -> None:
        self._vmidlen: dict[int, int] = {}
        self._places: dict[int, _Place] = {ANYWHERE: _Place(_MOST_IDS)}
        self._per_hart = False

    def record(self, events: Iterable[ev.Event]) -> None:
        """Follow the events on."""
        for event in events:
            if isinstance(event, ev.FenceExecuted):
                self._fenced(event)
            elif isinstance(event, ev.VmidAssigned):
                self._given(event)
            elif isinstance(event, ev.HartBooted):
                self._vmidlen[event.hart] = event.vmidlen

    def given(self, hart: int, vmidlen: int) -> tuple[Numbers, Numbers, Numbers]:
        """When each id was last given out (machine time, ns), in which generation, for which hart.

        `NEVER` where it was not; the hart is `ANYWHERE` for an id that holds on all. ``hart`` is
        `ANYWHERE` or a hart's id, ``vmidlen`` the bits of the ids: programmed ids that differ above
        them are one id, and the newest counts.
        """
        place = self._places.get(hart if self._per_hart else ANYWHERE)
        if place is None:
            never = np.full(1 << vmidlen, NEVER, np.int64)
            return never, never, never
        given = _folded(place.given, vmidlen)
        newest, ids = given.argmax(axis=0), np.arange(given.shape[1])
        generation, by_hart = _folded(place.generation, vmidlen), _folded(place.by_hart, vmidlen)
        return given[newest, ids], generation[newest, ids], by_hart[newest, ids]

    def touched(self, hart: int, vmidlen: int) -> Numbers:
        """When each id was last given out or fenced (machine time, ns), or `NEVER`.

        A fence of everything counts for ids that were given out; the others have no past.
        """
        given, _, _ = self.given(hart, vmidlen)
        place = self._places.get(hart)
        if place is None:
            return given
        fenced = _folded(place.fenced, vmidlen).max(axis=0)
        known = np.maximum(given, fenced)
        all_fenced = np.where(given == NEVER, NEVER, place.all_fenced)
        return np.asarray(np.maximum(known, all_fenced), np.int64)

    def _given(self, event: ev.VmidAssigned) -> None:
        self._per_hart = event.hart != ANYWHERE
        for where in {event.hart, ANYWHERE}:
            place = self._place(where)
            vmid = event.vmid % len(place.given)
            place.given[vmid], place.generation[vmid] = event.at_ns, event.generation
            place.by_hart[vmid] = event.hart

    def _fenced(self, event: ev.FenceExecuted) -> None:
        if event.fence == "hfence_gvma":
            for where in (event.hart, ANYWHERE):
                self._place(where).all_fenced = event.at_ns
        elif event.fence == "hfence_gvma_vmid":
            # The operand counts as far as it is implemented (`norm:hfence-gvma_vmid`).
            vmid = event.id & ((1 << self._vmidlen[event.hart]) - 1)
            for where in (event.hart, ANYWHERE):
                self._place(where).fenced[vmid] = event.at_ns

    def _place(self, where: int) -> _Place:
        place = self._places.get(where)
        if place is None:
            place = self._places[where] = _Place(1 << self._vmidlen[where])
        return place


def _folded(numbers: Numbers, vmidlen: int) -> Numbers:
    """One row for each set of programmed ids that share their low ``vmidlen`` bits."""
    return numbers.reshape(-1, min(1 << vmidlen, len(numbers)))
