"""What only a bound may ask: who filled the entries in a hart's TLB."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from simcore.hw.ids import DomainId, HartId
from simcore.hw.kernel import GHOST_SHIFT, Words
from simcore.hw.tlb import EntryKind, Tag
from simcore.hw.unbounded_tlb import AnyTlb
from simcore.machine.guest_memory import SPACE_STRIDE

if TYPE_CHECKING:
    from simcore.machine.machine import Machine


class Ghosts:
    """The ghost owners of a machine's TLB entries; see `simcore.policies.base.GhostView`."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def owners(self, hart: HartId, vmid: int) -> frozenset[tuple[DomainId, int, int]]:
        """(Domain, address space, ASID) of every entry under an effective VMID.

        Space and ASID are -1 for G-stage entries; the domain is -1 for an entry of a destroyed
        domain or from before a mapping change.
        """
        found: set[tuple[DomainId, int, int]] = set()
        tlb = self._machine.execution.harts[hart].tlb
        for tag, filler in tlb.tags_under(vmid):
            for number, current in self._fillers(tlb, tag, filler):
                domain, space = self._machine.memory.owners[number]
                found.add((DomainId(domain if current else -1), space, tag.asid))
        return frozenset(found)

    def _fillers(self, tlb: AnyTlb, tag: Tag, filler: int | None) -> Iterable[tuple[int, bool]]:
        """Who filled the entries with ``tag``, and whether they say what the tables say now.

        Entries are looked through only where one number, ``filler``, does not answer for all.
        """
        if filler is not None:
            alive = self._machine.domains.get(DomainId(self._machine.memory.owners[filler].domain))
            if alive is None or tag.kind is EntryKind.VS_STAGE or not alive.p2m.version:
                return ((filler, alive is not None),)
        pages, ghosts = tlb.ghosts_of(tag)
        return [
            (ghost >> GHOST_SHIFT, self._is_current(tag.kind, pages, ghosts, ghost))
            for ghost in set(ghosts.tolist())
        ]

    def _is_current(self, kind: EntryKind, pages: Words, ghosts: Words, ghost: int) -> bool:
        """Whether the entries that carry ``ghost`` still say what their owner's tables say."""
        owner = self._machine.memory.owners[ghost >> GHOST_SHIFT]
        alive = self._machine.domains.get(DomainId(owner.domain))
        if alive is None:
            return False
        if kind is EntryKind.VS_STAGE or not alive.p2m.version:
            return True
        gpns = (pages[ghosts == ghost] + max(owner.space, 0) * SPACE_STRIDE) % alive.p2m.pages
        versions = np.frombuffer(alive.p2m.versions, np.int64)[gpns]
        return bool((versions == ghost & ((1 << GHOST_SHIFT) - 1)).all())
