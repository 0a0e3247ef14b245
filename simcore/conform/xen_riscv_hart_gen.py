"""Replays `xen_riscv_hart_gen` vectors: Xen RISC-V's per-hart generations (`vmid.c`, `p2m.c`)."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from simcore.conform.allocator import (
    AllocatorReplay,
    Fields,
    Step,
    context_of,
    platform_of,
    replay_allocator,
)
from simcore.conform.hart_generations import HartGenerations
from simcore.conform.record import (
    Record,
    read_boolean,
)
from simcore.conform.result import ConformResult
from simcore.hw.ids import HartId
from simcore.policies.xen_riscv_head import XenRiscvHead

KIND = "xen_riscv_hart_gen"


class _Replay(HartGenerations[XenRiscvHead]):
    """Every event the model records under this policy is in the files too."""

    generation_field = "hart_gen"

    def set_option(self, operation: Record) -> Fields:
        """Xen's command-line option `vmid`, read when a hart is initialised."""
        self.policy.vmid_option = read_boolean(operation, "vmid")
        return {}

    def init_hart(self, operation: Record) -> Fields:
        """`vmid_init` on one hart, which probes its VMIDLEN."""
        hart = self.hart_to_boot(operation)
        self.boot(hart)
        return self.hart_fields(hart) | {"max_vmid": self.policy.harts[hart].max_vmid}

    def hart_fields(self, hart: HartId) -> Fields:
        data = self.policy.harts[hart]
        return {"hart_gen": data.generation, "next_vmid": data.next_vmid, "used": data.used}

    def ctxt_switch(self, operation: Record) -> Fields:
        """`p2m_ctxt_switch_from` and `_to`; the answer is the pair as stored, maybe stale."""
        _, vcpu = self.switch(operation)
        tag = self.policy.vcpus[vcpu.key]
        return {"vmid": tag.vmid, "gen": tag.generation}

    def vmenter(self, operation: Record) -> Fields:
        """`p2m_handle_vmenter`, the last step before the guest runs."""
        hart, vcpu = self.current_of(operation)
        tag = self.policy.vcpus[vcpu.key]
        old = tag.vmid
        self.rig.enter(hart)
        return self.hart_fields(hart) | {
            "old_vmid": old,
            "vmid": tag.vmid,
            "gen": tag.generation,
            "hgatp_vmid_hw": self.rig.vmid(hart),
        }

    steps: ClassVar[Mapping[str, Step]] = {
        "set_option": set_option,
        "init_hart": init_hart,
        "domain_create": AllocatorReplay.domain_create,
        "domain_destroy": AllocatorReplay.domain_destroy,
        "ctxt_switch": ctxt_switch,
        "sched_out": HartGenerations.sched_out,
        "vmenter": vmenter,
        "flush_vcpu": HartGenerations.flush_vcpu,
        "flush_hart": HartGenerations.flush_hart,
        "poke_hart_gen": HartGenerations.poke_hart_gen,
    }


def replay(
    header: Record, operations: Iterable[Record], policy: type[XenRiscvHead] = XenRiscvHead
) -> ConformResult:
    """Replay the operation lines of one file under `policy`; `header` is its first line.

    Raises VectorFormatError or ValueError for a malformed file.
    """
    platform = platform_of(header)
    return replay_allocator(
        KIND, header, operations, _Replay(platform, policy(context_of(platform)))
    )
