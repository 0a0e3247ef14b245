"""A policy carried over to RISC-V with one rule broken does not pass: the replays see each."""

import pytest

from simcore.conform import linux_kvm_arm64, linux_riscv_asid, xen_arm_bitmap, xen_x86_asid
from simcore.conform.result import ConformResult
from simcore.hv.domain import Domain, Vcpu
from simcore.hv.operations import (
    IpiFence,
    LocalFence,
    Operation,
    Operations,
    Refusal,
    SbiFences,
)
from simcore.hv.xen_rfence import split_hart_mask
from simcore.hw.fence import GVMA_ALL, gvma_vmid
from simcore.hw.ids import HartId
from simcore.hw.sbi import RfenceFunction
from simcore.policies.kvm_arm64 import NO_ID, KvmArm64, TaggedId
from simcore.policies.linux_riscv_asid import LinuxRiscvAsid
from simcore.policies.xen_arm_bitmap import XenArmBitmap
from simcore.policies.xen_x86_asid import XenX86Asid
from tests.conform.vectors import copy_of


def seen(result: ConformResult) -> tuple[int, str]:
    """How many operations differ, and where the first does."""
    assert result.first is not None
    return result.mismatches, result.first.field


# ---- xen_x86_asid


class KeepsItsAsid(XenX86Asid):
    """As the port to RISC-V does: a vCPU on another hart keeps (generation, ASID)."""

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        self.launch_hart[vcpu.key] = hart
        return ()


class NeverFlushesWhenOff(XenX86Asid):
    """As the port to RISC-V does: without ASIDs, nothing is flushed."""

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        lost = "no ASID"
        return tuple(
            op
            for op in super().enter(hart, vcpu)
            if not (isinstance(op, LocalFence) and op.cause == lost)
        )


class FlushesOneAsid(XenX86Asid):
    """Xen until 68871b1f9b: TLB_CTRL_FLUSH_ASID where ASIDs come round."""

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        one = gvma_vmid(1)
        return tuple(
            op._replace(fence=one) if isinstance(op, LocalFence) and op.fence == GVMA_ALL else op
            for op in super().enter(hart, vcpu)
        )


class NeedsNoSecondAsid(XenX86Asid):
    """One ASID, the host's, is taken for enough."""

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        operations = super().boot(hart, vmidlen)
        self.harts[hart].used = True
        return operations


class NeverOverruns(XenX86Asid):
    """The generation goes from its last value to 1, and ASIDs stay on."""

    def flush_hart(self, hart: HartId) -> Operations:
        if self.harts[hart].generation == 2**64 - 1:
            self.harts[hart].generation = 0
        return super().flush_hart(hart)


@pytest.mark.parametrize(
    ("policy", "name", "mismatches", "field"),
    [
        (KeepsItsAsid, "overrun_n3_c2", 112, "asid"),
        (NeverFlushesWhenOff, "n0_c2", 104, "ev"),
        (FlushesOneAsid, "n2_c1_many", 48, "ev[0].k"),
        (NeedsNoSecondAsid, "n0_c2", 108, "disabled"),
        (NeverOverruns, "overrun_n3_c2", 39, "asid"),
    ],
)
def test_a_broken_rule_of_x86_asids_is_seen(
    policy: type[XenX86Asid], name: str, mismatches: int, field: str
) -> None:
    result = xen_x86_asid.replay(*copy_of(f"xen_x86_asid/{name}"), policy)
    assert seen(result) == (mismatches, field)


def test_keeping_the_asid_on_another_hart_gives_aliases() -> None:
    aliases = xen_x86_asid.replay(*copy_of("xen_x86_asid/overrun_n3_c2"), KeepsItsAsid).aliases
    assert aliases is not None
    assert (aliases.expected, aliases.found) == (0, 9)


# ---- xen_arm_bitmap


class NeverFencesCreation(XenArmBitmap):
    """As the port to RISC-V did: a new VMID is not fenced."""

    def create(self, domain: Domain) -> Operations | Refusal:
        answer = super().create(domain)
        if isinstance(answer, Refusal):
            return answer
        return tuple(op for op in answer if not isinstance(op, SbiFences))


class FencesEachHartByItself(XenArmBitmap):
    """A hart mask that lists all harts, instead of the one that means all."""

    def _flush_everywhere(self, vmid: int, cause: str) -> SbiFences:
        function, harts = RfenceFunction.REMOTE_HFENCE_GVMA_VMID, self.context.hart_ids
        return SbiFences(split_hart_mask(function, harts, 0, 0, vmid, self.context.xlen), cause)


class GivesVmidZero(XenArmBitmap):
    """INVALID_VMID is not taken at the start."""

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        operations = super().boot(hart, vmidlen)
        self.vmid_mask.taken[0] = 0
        return operations


class ForgetsLastVcpu(XenArmBitmap):
    """`last_vcpu_ran` is "none" at every switch."""

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        self.last_vcpu_ran[vcpu.domain].pop(hart, None)
        return super().load(hart, vcpu)


class FencesTheFirstVcpu(XenArmBitmap):
    """`last_vcpu_ran` is no vCPU's number at first, and any other than one's own fences."""

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        self.last_vcpu_ran[vcpu.domain].setdefault(hart, -1)
        return super().load(hart, vcpu)


@pytest.mark.parametrize(
    ("policy", "name", "mismatches", "field"),
    [
        (NeverFencesCreation, "vl3_c2", 106, "ev"),
        (FencesEachHartByItself, "vl3_c2", 106, "ev[0].cpus"),
        (GivesVmidZero, "vl3_c2", 55, "ev[0].vmid"),
        (ForgetsLastVcpu, "vl3_c2", 168, "ev[1]"),
        (FencesTheFirstVcpu, "vl3_c2", 105, "ev[1]"),
    ],
)
def test_a_broken_rule_of_the_arm_bitmap_is_seen(
    policy: type[XenArmBitmap], name: str, mismatches: int, field: str
) -> None:
    result = xen_arm_bitmap.replay(*copy_of(f"xen_arm_bitmap/{name}"), policy)
    assert seen(result) == (mismatches, field)


def test_dropping_the_fence_at_creation_gives_aliases() -> None:
    lines = copy_of("xen_arm_bitmap/vl3_c2")
    aliases = xen_arm_bitmap.replay(*lines, NeverFencesCreation).aliases
    assert aliases is not None
    assert (aliases.expected, aliases.found) == (0, 91)


# ---- linux_kvm_arm64


class ReservesNothing(KvmArm64):
    """A VM that runs at roll-over is forgotten."""

    def _flush_context(self) -> None:
        self.active = dict.fromkeys(self.active, NO_ID)
        super()._flush_context()


class StaysActive(KvmArm64):
    """`kvm_arm_vmid_clear_active` is not called as a vCPU leaves."""

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        active = self.active[hart]
        operations = super().put(hart, vcpu)
        self.active[hart] = active
        return operations


class NeverTakesItsOldIndex(KvmArm64):
    """A VM of an older generation gets the next free index, though its own is reserved or free."""

    def _new_id(self, old: TaggedId, told: list[Operation]) -> TaggedId:
        return super()._new_id(NO_ID, told)


class FencesThisHart(KvmArm64):
    """A roll-over fences the hart that it happens on."""

    def _rolled_over(self) -> Operations:
        return (LocalFence(GVMA_ALL, "roll-over"),)


class WarnsTooLate(KvmArm64):
    """One index fewer does for no warning."""

    @property
    def warns(self) -> bool:
        return len(self.taken) - 1 < len(self.context.hart_ids) - 1


@pytest.mark.parametrize(
    ("policy", "name", "mismatches", "field"),
    [
        (ReservesNothing, "vl2_c2", 99, "vmid"),
        (StaysActive, "vl2_c2", 228, "vmid"),
        (NeverTakesItsOldIndex, "vl2_c2", 241, "ev"),
        (FencesThisHart, "vl2_c2", 16, "ev[0].cpu"),
        (WarnsTooLate, "vl1_c2_undersized", 1, "ev"),
    ],
)
def test_a_broken_rule_of_kvm_on_arm_is_seen(
    policy: type[KvmArm64], name: str, mismatches: int, field: str
) -> None:
    result = linux_kvm_arm64.replay(*copy_of(f"linux_kvm_arm64/{name}"), policy)
    assert seen(result) == (mismatches, field)


# ---- linux_riscv_asid


class FencesAtOnce(LinuxRiscvAsid):
    """A roll-over fences every hart there and then, as KVM's does on Arm."""

    def _rolled_over(self) -> Operations:
        return (IpiFence(self.context.hart_ids, GVMA_ALL, "roll-over"),)


class MarksTheOthers(LinuxRiscvAsid):
    """A roll-over does not mark the hart that it happens on."""

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        self.flush_pending.discard(hart)
        operations = super().load(hart, vcpu)
        return tuple(
            op for op in operations if not (isinstance(op, LocalFence) and op.fence == GVMA_ALL)
        )


class ForgetsTheLast(LinuxRiscvAsid):
    """Nothing is active on a hart that no vCPU is on."""

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        self.active[hart] = TaggedId(1, 0)
        return super().put(hart, vcpu)


class AlwaysSwitches(LinuxRiscvAsid):
    """A switch to the domain that ran last is one like any other."""

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        self.current.pop(hart, None)
        return super().load(hart, vcpu)


class UsesFewIds(LinuxRiscvAsid):
    """Twice as many ids as harts are taken for enough."""

    @property
    def use_ids(self) -> bool:
        return self.num_ids >= 2 * len(self.context.hart_ids)


class FencesEverything(LinuxRiscvAsid):
    """Without ids, everything is fenced, and not one id."""

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        return tuple(
            op._replace(fence=GVMA_ALL)
            if isinstance(op, LocalFence) and op.cause == "world switch"
            else op
            for op in super().load(hart, vcpu)
        )


@pytest.mark.parametrize(
    ("policy", "name", "mismatches", "field"),
    [
        (FencesAtOnce, "al3_c2", 32, "ev[0].asid"),
        (MarksTheOthers, "al3_c2", 22, "ev[1]"),
        (ForgetsTheLast, "al3_c2", 42, "asid"),
        (AlwaysSwitches, "al3_c2", 62, "ev"),
        (UsesFewIds, "al2_c2_disabled", 187, "use_asid"),
        (FencesEverything, "al2_c2_disabled", 108, "ev[1].asid"),
    ],
)
def test_a_broken_rule_of_linux_asids_is_seen(
    policy: type[LinuxRiscvAsid], name: str, mismatches: int, field: str
) -> None:
    result = linux_riscv_asid.replay(*copy_of(f"linux_riscv_asid/{name}"), policy)
    assert seen(result) == (mismatches, field)
