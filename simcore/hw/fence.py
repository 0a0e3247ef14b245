"""Fences as values: what one HFENCE, SFENCE or FENCE.I instruction asks for.

Operand semantics: `norm:hfence-gvma_vmid`, `norm:hfence-vvma_asid`. An operand that names
register x0 is ``None`` here; a register *holding* 0 is 0 and means VMID (or ASID) 0.
"""

from __future__ import annotations

from enum import IntEnum
from itertools import product
from typing import NamedTuple


class FenceKind(IntEnum):
    """Which instruction: HFENCE.GVMA, HFENCE.VVMA, SFENCE.VMA (at V=0) or FENCE.I."""

    GVMA = 0
    VVMA = 1
    SFENCE_VMA = 2
    FENCE_I = 3

    @property
    def mnemonic(self) -> str:
        """The instruction as the manual writes it: ``HFENCE.GVMA``."""
        return _SNAKE[self].upper().replace("_", ".")


_SNAKE = {
    FenceKind.GVMA: "hfence_gvma",
    FenceKind.VVMA: "hfence_vvma",
    FenceKind.SFENCE_VMA: "sfence_vma",
    FenceKind.FENCE_I: "fence_i",
}
_ADDRESS_SUFFIX = {FenceKind.GVMA: "_gpa", FenceKind.VVMA: "_gva", FenceKind.SFENCE_VMA: "_va"}
_ID_SUFFIX = {FenceKind.GVMA: "_vmid", FenceKind.VVMA: "_asid", FenceKind.SFENCE_VMA: "_asid"}
_NAMES = {
    (kind, every_address, every_id): _SNAKE[kind]
    + ("" if every_address else _ADDRESS_SUFFIX.get(kind, ""))
    + ("" if every_id else _ID_SUFFIX.get(kind, ""))
    for kind, every_address, every_id in product(FenceKind, (True, False), (True, False))
}


class Fence(NamedTuple):
    """One fence instruction.

    ``address`` is a page number (GPA >> 12 for GVMA, GVA >> 12 for VVMA; >> 21 where guests are
    mapped by megapages: any address in one selects its entry), ``id`` a VMID for GVMA and an ASID
    for VVMA. ``None`` means register x0: every address, every id. HFENCE.VVMA acts
    on the VMID then in hgatp, which is why no VMID travels with it (`norm:hfence-vvma_mode`).
    """

    kind: FenceKind
    address: int | None = None
    id: int | None = None

    @property
    def name(self) -> str:
        """The fence in snake case with its operands: ``hfence_gvma``, ``hfence_gvma_gpa_vmid`` …"""
        return _NAMES[self.kind, self.address is None, self.id is None]


def kind_of(name: str) -> FenceKind | None:
    """The kind of a fence or of a request for one, by its name in events; None: no fence."""
    plain = name.removeprefix("remote_")
    return next((kind for kind, start in _SNAKE.items() if plain.startswith(start)), None)


GVMA_ALL = Fence(FenceKind.GVMA)
VVMA_ALL = Fence(FenceKind.VVMA)


def gvma_vmid(vmid: int) -> Fence:
    """HFENCE.GVMA x0, vmid: every guest-physical address of one VMID."""
    return Fence(FenceKind.GVMA, None, vmid)


def vvma_asid(asid: int) -> Fence:
    """HFENCE.VVMA x0, asid: every guest-virtual address of one ASID, under the VMID in hgatp."""
    return Fence(FenceKind.VVMA, None, asid)
