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
from simcore.conform.hart_generations import HartGenerations
from simcore.conform.record import Record
from simcore.conform.result import ConformResult
from simcore.conform.translated import TranslatedReplay, Translation, renamed
from simcore.hw.ids import HartId
from simcore.policies.xen_x86_asid import XenX86Asid

KIND = "xen_x86_asid"


class _Replay(HartGenerations[XenX86Asid], TranslatedReplay[XenX86Asid]):
    """VMRUN loads everything at once, so the files record no world switch."""

    generation_field = "core_gen"

    translations: ClassVar[Mapping[str, Translation]] = {
        "hfence_gvma_all": renamed("flush_all_at_entry", cpu="cpu"),
        "vmid_generation_overrun": renamed("asid_generation_overrun", cpu="cpu"),
    }

    def init_hart(self, operation: Record) -> Fields:
        """`hvm_asid_init` on one hart."""
        hart = self.hart_to_boot(operation)
        self.boot_untold(hart)
        max_asid = self.policy.harts[hart].max_vmid
        return self.hart_fields(hart) | {"nasids": max_asid + 1, "max_asid": max_asid}

    def hart_fields(self, hart: HartId) -> Fields:
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
        return self.hart_fields(hart) | {
            "old_asid": old,
            "asid": tag.vmid,
            "hw_asid": self.policy.hardware_asid(vcpu.key),
            # With ASIDs off, VMRUN is told to flush without being asked.
            "need_flush": flushed and tag.vmid != 0,
            "gen": tag.generation,
        }

    steps: ClassVar[Mapping[str, Step]] = {
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
    header: Record, operations: Iterable[Record], policy: type[XenX86Asid] = XenX86Asid
) -> ConformResult:
    """Replay the operation lines of one file under `policy`; `header` is its first line.

    Raises VectorFormatError or ValueError for a malformed file.
    """
    platform = platform_of(header)
    return replay_allocator(
        KIND, header, operations, _Replay(platform, policy(context_of(platform)))
    )
