"""When each VMID was last given out, in which generation, and when it was last fenced; from events.

Ids are hardware ids, as on the VMID map: what a policy programmed, cut to the implemented bits.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from simcore import events as ev
from simcore.hw.csr import VMIDMAX

Numbers = NDArray[np.int64]
NEVER = -1
ANYWHERE = -1
"""In place of a hart: any of them; also what an id is given out for that holds on all."""
_Given = tuple[int, int, int]
"""Machine time (ns), generation, hart."""
_MOST_BITS = max(VMIDMAX.values())
MOST_OF_HARTS = 1 << 18
"""Ids given out, and as many fenced by name, that are known of all harts together."""
_T = TypeVar("_T")


class _Place:
    """What happened to the ids of one hart, or of any, by id; what happened last stands last."""

    __slots__ = ("fenced", "given")

    def __init__(self) -> None:
        self.given: dict[int, _Given] = {}
        self.fenced: dict[int, int] = {}


class VmidAges:
    """The past of every VMID, on each hart and on any; O(1) an event.

    Harts boot first of all, so it must be given a machine's events from the start. A hart costs
    nothing until an id is given out for it or fenced by name on it. Of each hart its share of
    `MOST_OF_HARTS` is known, the newest: every id of 16 harts with 14 bits, 256 ids of each of
    1,024; older ones count as never touched there. That is 60 MB at most. Of any hart together,
    every id is known.
    """

    def __init__(self) -> None:
        self._vmidlen: dict[int, int] = {}
        self._places: dict[int, _Place] = {}
        self._all_fenced: dict[int, int] = {}
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
        found = np.full((1 << vmidlen, 3), NEVER, np.int64)
        if place is not None and place.given:
            found[_ids(place.given, vmidlen)] = list(place.given.values())
        return found[:, 0], found[:, 1], found[:, 2]

    def touched(self, hart: int, vmidlen: int) -> Numbers:
        """When each id was last given out or fenced (machine time, ns), or `NEVER`.

        A fence of everything counts for ids that were given out; the others have no past.
        """
        given, _, _ = self.given(hart, vmidlen)
        fenced = np.full(1 << vmidlen, NEVER, np.int64)
        place = self._places.get(hart)
        if place is not None and place.fenced:
            fenced[_ids(place.fenced, vmidlen)] = list(place.fenced.values())
        all_fenced = np.where(given == NEVER, NEVER, self._all_fenced.get(hart, NEVER))
        return np.asarray(np.maximum(np.maximum(given, fenced), all_fenced), np.int64)

    def _given(self, event: ev.VmidAssigned) -> None:
        self._per_hart = event.hart != ANYWHERE
        given = (event.at_ns, event.generation, event.hart)
        for where in {event.hart, ANYWHERE}:
            vmid = event.vmid % (1 << self._vmidlen.get(where, _MOST_BITS))
            self._keep(where, self._place(where).given, vmid, given)

    def _fenced(self, event: ev.FenceExecuted) -> None:
        if event.fence == "hfence_gvma":
            for where in (event.hart, ANYWHERE):
                self._all_fenced[where] = event.at_ns
        elif event.fence == "hfence_gvma_vmid":
            # The operand counts as far as it is implemented (`norm:hfence-gvma_vmid`).
            vmid = event.id & ((1 << self._vmidlen[event.hart]) - 1)
            for where in (event.hart, ANYWHERE):
                self._keep(where, self._place(where).fenced, vmid, event.at_ns)

    def _place(self, where: int) -> _Place:
        place = self._places.get(where)
        if place is None:
            place = self._places[where] = _Place()
        return place

    def _keep(self, where: int, kept: dict[int, _T], vmid: int, value: _T) -> None:
        """Put a value last, and let the first go where that makes too many."""
        kept.pop(vmid, None)
        kept[vmid] = value
        if where != ANYWHERE and len(kept) > max(1, MOST_OF_HARTS // len(self._vmidlen)):
            del kept[next(iter(kept))]


def _ids(kept: dict[int, _T], vmidlen: int) -> Numbers:
    """The ids of a hart with ``vmidlen`` bits. Where two are one, the later stands last, and NumPy
    keeps what was assigned last."""
    return np.fromiter(kept, np.int64, len(kept)) & ((1 << vmidlen) - 1)
