"""A policy with one rule broken does not pass: the replays see each."""

from typing import Any

import pytest

from simcore.conform import linux_kvm_riscv, xen_riscv_hart_gen
from simcore.conform import xen_riscv_v2_intended as intended
from simcore.conform import xen_riscv_v2_posted as posted
from simcore.conform.result import ConformResult
from simcore.hv.domain import Domain, Vcpu, VcpuKey
from simcore.hv.operations import (
    ForceExit,
    LocalFence,
    Operations,
    Refusal,
    SbiFences,
    WriteHgatp,
)
from simcore.hw.fence import GVMA_ALL, gvma_vmid
from simcore.hw.ids import HartId
from simcore.policies.kvm_riscv import KvmRiscv
from simcore.policies.xen_riscv_head import XenRiscvHead
from simcore.policies.xen_riscv_v2_intended import XenRiscvV2Intended
from simcore.policies.xen_riscv_v2_posted import XenRiscvV2Posted
from tests.conform.vectors import copy_of


def seen(result: ConformResult) -> tuple[int, str]:
    """How many operations differ, and where the first does."""
    assert result.first is not None
    return result.mismatches, result.first.field


class FencesBeforeHgatp(XenRiscvHead):
    """The full fence of a roll-over comes before the new VMID is in hgatp."""

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        return tuple(sorted(super().enter(hart, vcpu), key=lambda op: isinstance(op, WriteHgatp)))


class NeverFences(XenRiscvHead):
    """No full fence at VMID 1."""

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        return tuple(op for op in super().enter(hart, vcpu) if not isinstance(op, LocalFence))


class InvalidatesOnMigration(XenRiscvHead):
    """What x86 does and this scheme does not: a vCPU on a new hart gets a new VMID."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.last_hart: dict[VcpuKey, HartId] = {}

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        if self.last_hart.get(vcpu.key) != hart:
            self.flush_vcpu(vcpu.key)
        self.last_hart[vcpu.key] = hart
        return super().load(hart, vcpu)


class IgnoresTheOption(XenRiscvHead):
    """The option is ignored: VMIDs are used wherever there are any."""

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        self.vmid_option = True
        return super().boot(hart, vmidlen)


class RestartsAtOne(XenRiscvHead):
    """`next_vmid` starts again with every new generation, also on a bare `vmid_flush_hart`."""

    def flush_hart(self, hart: HartId) -> Operations:
        self.harts[hart].next_vmid = 1
        return super().flush_hart(hart)


class NeverOverruns(XenRiscvHead):
    """The generation goes from its last value to 1, and tagging stays on."""

    def flush_hart(self, hart: HartId) -> Operations:
        if self.harts[hart].generation == 2**64 - 1:
            self.harts[hart].generation = 0
        return super().flush_hart(hart)


class AlsoFencesByVmid(XenRiscvHead):
    """A fence that no file has a word for."""

    def put(self, hart: HartId, vcpu: Vcpu) -> Operations:
        return (*super().put(hart, vcpu), LocalFence(gvma_vmid(0), "caution"))


@pytest.mark.parametrize(
    ("policy", "name", "mismatches", "field"),
    [
        (FencesBeforeHgatp, "overrun_vl3_c2", 7, "ev[0].k"),
        (NeverFences, "overrun_vl3_c2", 8, "ev[1]"),
        (InvalidatesOnMigration, "hetero_c4", 282, "gen"),
        (IgnoresTheOption, "optoff_c2", 165, "used"),
        (RestartsAtOne, "overrun_vl3_c2", 174, "next_vmid"),
        (NeverOverruns, "overrun_vl3_c2", 65, "ev[0].k"),
        (AlsoFencesByVmid, "optoff_c2", 70, "ev[1].k"),
    ],
)
def test_a_broken_rule_of_per_hart_generations_is_seen(
    policy: type[XenRiscvHead], name: str, mismatches: int, field: str
) -> None:
    result = xen_riscv_hart_gen.replay(*copy_of(f"xen_riscv_hart_gen/{name}"), policy)
    assert seen(result) == (mismatches, field)


class FencesReuse(XenRiscvV2Intended):
    """Not the posted patch: the bit of the id just taken is tested."""


class NoUpperLimit(XenRiscvV2Posted):
    """Id MAX_VMID is given out too, which the search never reaches."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.vmid_mask.taken.append(0)
        self.vmid_mask.flush_needed.append(0)


class NeverFrees(XenRiscvV2Posted):
    """Ids of destroyed domains stay taken."""

    def destroy(self, domain: Domain) -> Operations:
        operations = super().destroy(domain)
        if operations:
            self.vmid_mask.taken[self.vmids[domain.id]] = 1
        return operations


@pytest.mark.parametrize(
    ("policy", "name", "mismatches", "field"),
    [
        (FencesReuse, "rv64_f14_vl0_trunc", 29, "flush_ret"),
        (NoUpperLimit, "scaled_f2_vl2", 102, "rc"),
        (NeverFrees, "rv64_f14_vl0_trunc", 204, "vmid"),
    ],
)
def test_a_broken_rule_of_the_posted_patch_is_seen(
    policy: type[XenRiscvV2Posted], name: str, mismatches: int, field: str
) -> None:
    result = posted.replay(*copy_of(f"xen_riscv_v2_posted/{name}"), policy)
    assert seen(result) == (mismatches, field)


class KeepsTheMark(XenRiscvV2Intended):
    """The flush-needed bit is tested and not cleared, so a third owner is fenced for twice."""

    def destroy(self, domain: Domain) -> Operations:
        operations = super().destroy(domain)
        self.vmid_mask.flush_needed[:] = bytes([1]) * len(self.vmid_mask.flush_needed)
        return operations


class SendsNothing(XenRiscvV2Intended):
    """The fence before reuse is dropped."""

    def create(self, domain: Domain) -> Operations | Refusal:
        answer = super().create(domain)
        if isinstance(answer, Refusal):
            return answer
        return tuple(op for op in answer if not isinstance(op, SbiFences))


@pytest.mark.parametrize(
    ("policy", "name", "mismatches", "field"),
    [
        (KeepsTheMark, "scaled_f3_vl3_nullmask", 4, "ev"),
        (SendsNothing, "scaled_f3_vl3_nullmask", 78, "ev"),
        (SendsNothing, "scaled_f2_vl2", 26, "flush_ret"),
    ],
)
def test_a_broken_rule_of_the_intended_patch_is_seen(
    policy: type[XenRiscvV2Intended], name: str, mismatches: int, field: str
) -> None:
    result = intended.replay(*copy_of(f"xen_riscv_v2_intended/{name}"), policy)
    assert seen(result) == (mismatches, field)


def test_dropping_the_fence_before_reuse_gives_aliases() -> None:
    lines = copy_of("xen_riscv_v2_intended/scaled_f3_vl3_nullmask")
    aliases = intended.replay(*lines, SendsNothing).aliases
    assert aliases is not None
    assert (aliases.expected, aliases.found, aliases.differing) == (0, 83, 83)


class NeverSanitizes(KvmRiscv):
    """No fence when a vCPU enters on another hart than it last left."""

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        return tuple(
            op
            for op in super().enter(hart, vcpu)
            if not (isinstance(op, LocalFence) and op.cause == "vCPU on a new hart")
        )


class NeverForces(KvmRiscv):
    """A roll-over leaves the other harts in guest mode."""

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        return tuple(op for op in super().enter(hart, vcpu) if not isinstance(op, ForceExit))


class RightSufficiencyTest(KvmRiscv):
    """VMIDs are off unless there is one more than harts."""

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        enough = 2**vmidlen > len(self.context.hart_ids)
        return super().boot(hart, vmidlen if enough else 0)


class FencesAtEveryEntry(KvmRiscv):
    """Without VMIDs, the fence comes with each entry instead of each write of hgatp."""

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        return (*super().enter(hart, vcpu), LocalFence(GVMA_ALL, "guest entry"))


class ForgetsRequests(KvmRiscv):
    """The vCPU that got the new VMID does not reload hgatp."""

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        return tuple(op for op in super().enter(hart, vcpu) if not isinstance(op, WriteHgatp))


@pytest.mark.parametrize(
    ("policy", "name", "mismatches", "field"),
    [
        (NeverSanitizes, "vl1_c2_pingpong", 18, "ev[3]"),
        (NeverForces, "vl1_c2_pingpong", 24, "ev[2].cpu"),
        (RightSufficiencyTest, "vl1_c2_pingpong", 163, "vmid_bits"),
        (FencesAtEveryEntry, "vl2_c8_disabled", 84, "ev"),
        (ForgetsRequests, "vl1_c2_pingpong", 39, "ev[2].k"),
    ],
)
def test_a_broken_rule_of_the_global_version_is_seen(
    policy: type[KvmRiscv], name: str, mismatches: int, field: str
) -> None:
    result = linux_kvm_riscv.replay(*copy_of(f"linux_kvm_riscv/{name}"), policy)
    assert seen(result) == (mismatches, field)
