"""One hart: what its registers make of a write, and whom its fences reach."""

import pytest

from simcore.hw.csr import Hgatp, HgatpMode, HgatpSpec, Vsatp, VsatpMode, VsatpSpec, WarlRule, Xlen
from simcore.hw.fence import GVMA_ALL, Fence, FenceKind, gvma_vmid
from simcore.hw.hart import Hart
from simcore.hw.ids import HartId
from simcore.hw.tlb import Organisation, TlbGeometry
from tests.hw.guests import Guest, access

SV39 = frozenset({HgatpMode.BARE, HgatpMode.SV39X4})
SV32 = frozenset({HgatpMode.BARE, HgatpMode.SV32X4})


def hart_with(
    vmidlen: int,
    asidlen: int = 16,
    organisation: Organisation = Organisation.COMBINED,
    warl: WarlRule = WarlRule.SPIKE,
) -> Hart:
    """An RV64 hart with Sv39 and Sv39x4."""
    return Hart(
        HartId(3),
        HgatpSpec(64, vmidlen, SV39, 44, warl),
        VsatpSpec(64, asidlen, SV39, 44),
        TlbGeometry(4, 4, organisation),
    )


def write(hart: Hart, vmid: int, asid: int | None = None, xlen: Xlen = 64) -> None:
    """Program both registers with paged modes; ASID None leaves vsatp Bare."""
    g_mode = HgatpMode.SV39X4 if xlen == 64 else HgatpMode.SV32X4
    vs_mode = VsatpMode.SV39 if xlen == 64 else VsatpMode.SV32
    hart.write_hgatp(Hgatp(g_mode, vmid, 0x80000).pack(xlen))
    hart.write_vsatp(0 if asid is None else Vsatp(vs_mode, asid, 0x90000).pack(xlen))


def touch(hart: Hart, page: int) -> None:
    """One access with the tags the registers hold."""
    access(hart.tlb, hart.vmid, hart.asid, Guest(0, 12), [page])


def test_registers_are_zero_after_reset_and_vsatp_is_bare() -> None:
    hart = hart_with(14)
    assert (hart.hgatp, hart.vsatp, hart.vmid, hart.asid, hart.cycles) == (0, 0, 0, None, 0)


@pytest.mark.parametrize(
    ("vmidlen", "programmed", "read"),
    [(14, 0x3FFF, 0x3FFF), (7, 0x3FFF, 0x7F), (4, 0x15, 5), (1, 3, 1), (0, 0x3FFF, 0)],
)
def test_vmid_is_cut_to_the_implemented_bits(vmidlen: int, programmed: int, read: int) -> None:
    hart = hart_with(vmidlen)
    write(hart, programmed)
    assert hart.vmid == read == Hgatp.unpack(hart.hgatp, 64).vmid


def test_rv32_registers_are_cut_at_their_own_bits() -> None:
    hart = Hart(
        HartId(0), HgatpSpec(32, 5, SV32, 22), VsatpSpec(32, 3, SV32, 22), TlbGeometry(4, 4)
    )
    write(hart, 0x7F, 0x1FF, xlen=32)
    assert (hart.vmid, hart.asid) == (31, 7)
    assert hart.hgatp == 1 << 31 | 31 << 22 | 0x80000


def test_asid_is_cut_to_the_implemented_bits_and_none_while_bare() -> None:
    hart = hart_with(14, asidlen=4)
    write(hart, 1, 0x1F)
    assert hart.asid == 0xF
    hart.write_vsatp(0)
    assert hart.asid is None


def test_vmid_is_kept_in_bare_mode() -> None:
    hart = hart_with(14)
    hart.write_hgatp(Hgatp(HgatpMode.BARE, 9, 0).pack(64))
    assert hart.vmid == 9


def test_unsupported_mode_takes_the_vmid_under_spike_s_rule_and_nothing_under_qemu_s() -> None:
    for warl, vmid in ((WarlRule.SPIKE, 9), (WarlRule.QEMU11, 2)):
        hart = hart_with(14, warl=warl)
        write(hart, 2)
        hart.write_hgatp(Hgatp(HgatpMode.SV57X4, 9, 0x80000).pack(64))
        assert (hart.vmid, Hgatp.unpack(hart.hgatp, 64).mode) == (vmid, HgatpMode.SV39X4)


def test_csr_writes_invalidate_nothing() -> None:
    hart = hart_with(14)
    write(hart, 1, 1)
    touch(hart, 5)
    write(hart, 2, 2)
    hart.write_hgatp(0)
    assert len(list(hart.tlb.entries())) == 1


def test_fence_with_high_vmid_bits_ignores_them() -> None:
    # norm:hfence-gvma_vmid: with VMIDLEN 4, an operand of 0x15 fences VMID 5.
    hart = hart_with(4)
    write(hart, 5, 1)
    touch(hart, 3)
    assert hart.execute(gvma_vmid(0x2FF4)) == 0
    assert hart.execute(gvma_vmid(0x2FF5)) == 1


def test_every_vmid_operand_means_the_only_vmid_where_vmidlen_is_0() -> None:
    hart = hart_with(0)
    write(hart, 7, 1)
    touch(hart, 3)
    assert hart.execute(gvma_vmid(0x3FFF)) == 1


def test_fence_with_high_asid_bits_ignores_them() -> None:
    hart = hart_with(14, asidlen=4)
    write(hart, 1, 5)
    touch(hart, 3)
    assert hart.execute(Fence(FenceKind.VVMA, None, 0x16)) == 0
    assert hart.execute(Fence(FenceKind.VVMA, None, 0x15)) == 1


def test_hfence_vvma_acts_on_the_vmid_in_hgatp() -> None:
    hart = hart_with(14)
    for vmid in (1, 2):
        write(hart, vmid, 1)
        touch(hart, 3)
    assert hart.execute(Fence(FenceKind.VVMA)) == 1
    assert [entry.vmid for entry in hart.tlb.entries()] == [1]


def test_hfence_vvma_for_firmware_acts_on_the_given_vmid_as_hgatp_would_read_it() -> None:
    hart = hart_with(4)
    write(hart, 5, 1)
    touch(hart, 3)
    write(hart, 2, 1)
    assert (hart.acting_vmid(None), hart.acting_vmid(0x15)) == (2, 5)
    assert hart.execute(Fence(FenceKind.VVMA), 0x15) == 1
    assert hart.vmid == 2


def test_hfence_gvma_leaves_vs_stage_entries_of_a_split_tlb() -> None:
    hart = hart_with(14, organisation=Organisation.SPLIT)
    write(hart, 1, 1)
    touch(hart, 3)
    assert hart.execute(GVMA_ALL) == 1
    assert [entry.kind.label for entry in hart.tlb.entries()] == ["VS-stage"]


def test_clone_has_equal_key_and_goes_its_own_way() -> None:
    hart = hart_with(14)
    write(hart, 1, 1)
    touch(hart, 3)
    twin, key = hart.clone(), hart.key()
    assert twin.key() == key
    write(twin, 2, 2)
    touch(twin, 4)
    twin.cycles += 1
    assert hart.key() == key
    assert twin.key() != key
