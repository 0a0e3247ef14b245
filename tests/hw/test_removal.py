"""What is said to remove an entry removes it, and what is said to leave it leaves it."""

from __future__ import annotations

from itertools import product

import pytest

from simcore.hw.csr import HGATP_MODES, VSATP_MODES, HgatpSpec, VsatpSpec
from simcore.hw.fence import Fence, FenceKind, kind_of
from simcore.hw.hart import Hart
from simcore.hw.ids import HartId
from simcore.hw.removal import Spared, fates, spared_by
from simcore.hw.tlb import EntryKind, Organisation, TlbEntry, TlbGeometry
from tests.hw.guests import Guest, access

GEOMETRIES = {kind.value: TlbGeometry(4, 8, kind) for kind in Organisation}
FENCES = [
    Fence(kind, address, number)
    for kind, address, number in product(FenceKind, (None, 4, 5), (None, 1, 2))
]


def filled_hart(geometry: TlbGeometry, *, vmidlen: int = 3, over_fences: bool = False) -> Hart:
    """A hart whose TLB has entries of two VMIDs, two ASIDs, two pages, and of vsatp Bare."""
    hart = Hart(
        HartId(0),
        HgatpSpec(64, vmidlen, HGATP_MODES[64], 44),
        VsatpSpec(64, 16, VSATP_MODES[64], 44),
        geometry,
        over_fences=over_fences,
    )
    for vmid, asid, page in product((1, 2), (1, 2, None), (4, 5)):
        access(hart.tlb, vmid, asid, Guest(0, 12), [page])
    return hart


def is_left(hart: Hart, fence: Fence, vmid: int, entry: TlbEntry) -> bool:
    """Whether an entry is still there after a copy of the hart executed a fence."""
    twin = hart.clone()
    twin.execute(fence, vmid)
    return entry in list(twin.tlb.entries())


@pytest.mark.parametrize("name", GEOMETRIES)
@pytest.mark.parametrize("fence", FENCES, ids=lambda fence: "-".join(map(str, fence)))
def test_reason_is_given_exactly_where_the_fence_leaves_the_entry(name: str, fence: Fence) -> None:
    hart = filled_hart(GEOMETRIES[name])
    entries = list(hart.tlb.entries())
    assert len(entries) == 12
    for vmid, entry in product((1, 2), entries):
        spared = spared_by(fence, vmid, entry)
        assert (spared is not None) == is_left(hart, fence, vmid, entry), (vmid, entry)


@pytest.mark.parametrize("over_fences", [False, True])
@pytest.mark.parametrize("name", GEOMETRIES)
def test_fates_are_what_the_hart_does(name: str, over_fences: bool) -> None:
    hart = filled_hart(GEOMETRIES[name], over_fences=over_fences)
    for entry in hart.tlb.entries():
        told = list(fates(hart, entry, gpn=entry.target))
        assert len({(fate.fence, fate.vmid) for fate in told}) == len(told)
        assert {fate.fence.kind for fate in told} == set(FenceKind)
        for fate in told:
            left = is_left(hart, fate.fence, fate.vmid, entry)
            assert (fate.spared is not None) == left, (entry, fate)


def test_reason_names_the_operand_that_is_in_the_way() -> None:
    hart = filled_hart(GEOMETRIES["split"])
    entries = {(e.kind, e.vmid, e.asid, e.page): e for e in hart.tlb.entries()}
    vs = entries[EntryKind.VS_STAGE, 1, 1, 4]
    g = next(e for e in entries.values() if e.kind is EntryKind.G_STAGE and e.vmid == 1)
    assert spared_by(Fence(FenceKind.GVMA), 1, vs) is Spared.STAGE
    assert spared_by(Fence(FenceKind.VVMA), 1, g) is Spared.STAGE
    assert spared_by(Fence(FenceKind.VVMA), 2, vs) is Spared.VMID
    assert spared_by(Fence(FenceKind.GVMA, None, 2), 1, g) is Spared.VMID
    assert spared_by(Fence(FenceKind.VVMA, None, 2), 1, vs) is Spared.ASID
    assert spared_by(Fence(FenceKind.VVMA, 5), 1, vs) is Spared.ADDRESS
    assert spared_by(Fence(FenceKind.SFENCE_VMA), 1, vs) is Spared.STAGE


def test_number_of_fences_asked_about_is_pinned() -> None:
    hart = filled_hart(GEOMETRIES["split"])
    counts = {e.kind: len(list(fates(hart, e, gpn=e.target))) for e in hart.tlb.entries()}
    assert counts == {EntryKind.VS_STAGE: 22, EntryKind.G_STAGE: 12}
    narrow = filled_hart(GEOMETRIES["combined"], vmidlen=0)
    assert {len(list(fates(narrow, e, gpn=None))) for e in narrow.tlb.entries()} == {12, 9}


def test_kind_of_a_fence_is_known_from_its_name() -> None:
    assert [kind.mnemonic for kind in FenceKind] == [
        "HFENCE.GVMA", "HFENCE.VVMA", "SFENCE.VMA", "FENCE.I"
    ]  # fmt: skip
    for fence in FENCES:
        assert kind_of(fence.name) is kind_of(f"remote_{fence.name}") is fence.kind
    assert kind_of("none") is None
