"""Replays `xen_x86_asid` vectors: Xen's per-CPU ASIDs (`xen/arch/x86/hvm/asid.c`)."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from simcore import events as ev
from simcore.conform.allocator import (
    AllocatorReplay,
    Fields,
    Step,
    context_of,
    platform_of,
    replay_allocator,
)
from simcore.conform.record import Record, VectorFormatError, read_integer, read_within
from simcore.conform.result import ConformResult
from simcore.conform.translated import TranslatedReplay, Translation, renamed
from simcore.hw.ids import HartId
from simcore.policies.xen_x86_asid import XenX86Asid

KIND = "xen_x86_asid"
_LAST_GENERATION = 2**64 - 1


class _Replay(TranslatedReplay[XenX86Asid]):
    """VMRUN loads everything at once, so the files record no world switch."""

    translations: ClassVar[Mapping[str, Translation]] = {
        "hfence_gvma_all": renamed("flush_all_at_entry", cpu="cpu"),
        "vmid_generation_overrun": renamed("asid_generation_overrun", cpu="cpu"),
    }

    def init_hart(self, operation: Record) -> Fields:
        """`hvm_asid_init` on one hart."""
        hart = self.hart_of(operation, booted=False)
        vmidlen = self.rig.execution.harts[hart].vmidlen
        if read_integer(operation, "vmidlen") != vmidlen:
            raise VectorFormatError(
                f"vmidlen is {operation['vmidlen']}; allowed is this cpu's in the header, {vmidlen}"
            )
        self.boot_untold(hart)
        max_asid = self.policy.harts[hart].max_vmid
        return self._hart_fields(hart) | {"nasids": max_asid + 1, "max_asid": max_asid}

    def _hart_fields(self, hart: HartId) -> Fields:
        data = self.policy.harts[hart]
        return {
            "core_gen": data.generation,
            "next_asid": data.next_vmid,
            "disabled": not data.used,
        }

    def ctxt_switch(self, operation: Record) -> Fields:
        """The vCPU is resumed on this hart; on another than before, it loses its ASID."""
        before = self.policy.launch_hart.get(self.vcpu_of(operation).key)
        hart, _ = self.switch(operation)
        return {"asid_flush_vcpu": before != hart}

    def sched_out(self, operation: Record) -> Fields:
        """The idle vCPU takes the hart."""
        self.rig.put(self.hart_of(operation))
        return {}

    def vmenter(self, operation: Record) -> Fields:
        """`svm_asid_handle_vmrun`, and what VMRUN is told to flush."""
        hart, vcpu = self.current_of(operation)
        tag = self.policy.vcpus[vcpu.key]
        old = tag.vmid
        self.rig.enter(hart)
        flushed = any(
            isinstance(event, ev.FenceExecuted) and event.fence == "hfence_gvma"
            for event in self.rig.events
        )
        return self._hart_fields(hart) | {
            "old_asid": old,
            "asid": tag.vmid,
            "hw_asid": self.policy.hardware_asid(vcpu.key),
            # With ASIDs off, VMRUN is told to flush without being asked.
            "need_flush": flushed and tag.vmid != 0,
            "gen": tag.generation,
        }

    def flush_vcpu(self, operation: Record) -> Fields:
        """`hvm_asid_flush_vcpu`."""
        self.policy.flush_vcpu(self.vcpu_of(operation).key)
        return {}

    def flush_hart(self, operation: Record) -> Fields:
        """`hvm_asid_flush_core`."""
        hart = self.hart_of(operation)
        self.rig.run(hart, self.policy.flush_hart(hart))
        return self._hart_fields(hart)

    def poke_hart_gen(self, operation: Record) -> Fields:
        """Set the hart's generation to just below its end, so that it wraps soon."""
        data = self.policy.harts[self.hart_of(operation)]
        data.generation = _LAST_GENERATION - read_within(
            operation, "below_max", 0, _LAST_GENERATION
        )
        return {"core_gen": data.generation}

    steps: ClassVar[Mapping[str, Step]] = {
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
    header: Record, operations: Iterable[Record], policy: type[XenX86Asid] = XenX86Asid
) -> ConformResult:
    """Replay the operation lines of one file under `policy`; `header` is its first line.

    Raises VectorFormatError or ValueError for a malformed file.
    """
    platform = platform_of(header)
    return replay_allocator(
        KIND, header, operations, _Replay(platform, policy(context_of(platform)))
    )
