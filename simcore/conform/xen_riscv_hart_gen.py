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
from simcore.conform.record import (
    Record,
    VectorFormatError,
    read_boolean,
    read_integer,
    read_within,
)
from simcore.conform.result import ConformResult
from simcore.hw.ids import HartId
from simcore.policies.xen_riscv_head import XenRiscvHead

KIND = "xen_riscv_hart_gen"
_LAST_GENERATION = 2**64 - 1


class _Replay(AllocatorReplay[XenRiscvHead]):
    """Every event the model records under this policy is in the files too."""

    def set_option(self, operation: Record) -> Fields:
        """Xen's command-line option `vmid`, read when a hart is initialised."""
        self.policy.vmid_option = read_boolean(operation, "vmid")
        return {}

    def init_hart(self, operation: Record) -> Fields:
        """`vmid_init` on one hart, which probes its VMIDLEN."""
        hart = self.hart_of(operation, booted=False)
        vmidlen = self.rig.execution.harts[hart].vmidlen
        if read_integer(operation, "vmidlen") != vmidlen:
            raise VectorFormatError(
                f"vmidlen is {operation['vmidlen']}; allowed is this cpu's in the header, {vmidlen}"
            )
        self.boot(hart)
        return self._hart_fields(hart) | {"max_vmid": self.policy.harts[hart].max_vmid}

    def _hart_fields(self, hart: HartId) -> Fields:
        data = self.policy.harts[hart]
        return {"hart_gen": data.generation, "next_vmid": data.next_vmid, "used": data.used}

    def ctxt_switch(self, operation: Record) -> Fields:
        """`p2m_ctxt_switch_from` and `_to`; the answer is the pair as stored, maybe stale."""
        _, vcpu = self.switch(operation)
        tag = self.policy.vcpus[vcpu.key]
        return {"vmid": tag.vmid, "gen": tag.generation}

    def sched_out(self, operation: Record) -> Fields:
        """The idle vCPU takes the hart."""
        self.rig.put(self.hart_of(operation))
        return {}

    def vmenter(self, operation: Record) -> Fields:
        """`p2m_handle_vmenter`, the last step before the guest runs."""
        hart, vcpu = self.current_of(operation)
        tag = self.policy.vcpus[vcpu.key]
        old = tag.vmid
        self.rig.enter(hart)
        return self._hart_fields(hart) | {
            "old_vmid": old,
            "vmid": tag.vmid,
            "gen": tag.generation,
            "hgatp_vmid_hw": self.rig.vmid(hart),
        }

    def flush_vcpu(self, operation: Record) -> Fields:
        """`vmid_flush_vcpu`."""
        self.policy.flush_vcpu(self.vcpu_of(operation).key)
        return {}

    def flush_hart(self, operation: Record) -> Fields:
        """`vmid_flush_hart`."""
        hart = self.hart_of(operation)
        self.rig.run(hart, self.policy.flush_hart(hart))
        return self._hart_fields(hart)

    def poke_hart_gen(self, operation: Record) -> Fields:
        """Set the hart's generation to just below its end, so that it wraps soon."""
        data = self.policy.harts[self.hart_of(operation)]
        data.generation = _LAST_GENERATION - read_within(
            operation, "below_max", 0, _LAST_GENERATION
        )
        return {"hart_gen": data.generation}

    steps: ClassVar[Mapping[str, Step]] = {
        "set_option": set_option,
        "init_hart": init_hart,
        "domain_create": AllocatorReplay.domain_create,
        "domain_destroy": AllocatorReplay.domain_destroy,
        "ctxt_switch": ctxt_switch,
        "sched_out": sched_out,
        "vmenter": vmenter,
        "flush_vcpu": flush_vcpu,
        "flush_hart": flush_hart,
        "poke_hart_gen": poke_hart_gen,
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
