"""What only a bound may ask: who filled the entries in a hart's TLB."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from simcore.hw.ids import DomainId, HartId
from simcore.hw.kernel import GHOST_SHIFT, Words
from simcore.hw.tlb import EntryKind
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
        for (kind, _, asid), pages, ghosts in tlb.ghosts_under(vmid):
            for ghost in set(ghosts.tolist()):
                domain, space = self._machine.memory.owners[ghost >> GHOST_SHIFT]
                current = self._is_current(kind, domain, pages, ghosts, ghost)
                found.add((DomainId(domain if current else -1), space, asid))
        return frozenset(found)

    def _is_current(
        self, kind: EntryKind, domain: int, pages: Words, ghosts: Words, ghost: int
    ) -> bool:
        """Whether the entries that carry ``ghost`` still say what their owner's tables say."""
        alive = self._machine.domains.get(DomainId(domain))
        if alive is None:
            return False
        if kind is EntryKind.VS_STAGE or not alive.p2m.version:
            return True
        space = max(self._machine.memory.owners[ghost >> GHOST_SHIFT].space, 0)
        gpns = (pages[ghosts == ghost] + space * SPACE_STRIDE) % alive.p2m.pages
        versions = np.frombuffer(alive.p2m.versions, np.int64)[gpns]
        return bool((versions == ghost & ((1 << GHOST_SHIFT) - 1)).all())
