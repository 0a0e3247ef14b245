"""Replays `xen_arm_bitmap` vectors: Xen's VMIDs on Arm (`xen/arch/arm/p2m.c`, `mmu/p2m.c`)."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from simcore.conform.allocator import Fields, Step, context_of, platform_of, replay_allocator
from simcore.conform.record import Record, VectorFormatError, read_integer
from simcore.conform.result import ConformResult
from simcore.conform.translated import (
    OTHER_HALVES,
    VSATP_WORDS,
    TranslatedReplay,
    Translation,
    renamed,
)
from simcore.conform.vocabulary import Word
from simcore.hw.sbi import RfenceFunction
from simcore.policies.xen_arm_bitmap import INVALID_VMID, XenArmBitmap

KIND = "xen_arm_bitmap"
_BY_VMID = {
    "fid": int(RfenceFunction.REMOTE_HFENCE_GVMA_VMID),
    "hmask": 0,
    "start": 0,
    "size": 0,
}


class _Replay(TranslatedReplay[XenArmBitmap]):
    """The files record VTTBR, whatever the implemented bits, and each flush as one."""

    unrecorded = VSATP_WORDS | OTHER_HALVES

    def _broadcast(self, word: Word) -> Word:
        """An SBI call for one whole VMID on all harts; any other call has no word."""
        every_hart = 2**self.rig.execution.platform.xlen - 1
        if any(word[name] != value for name, value in (_BY_VMID | {"hbase": every_hart}).items()):
            return word
        cpus = list(self.rig.execution.harts)
        return {"k": "remote_flush_vmid", "vmid": word["vmid"], "cpus": cpus}

    translations: ClassVar[Mapping[str, Translation]] = {
        "sbi_rfence": _broadcast,
        "hgatp_write": renamed("vttbr_write", cpu="cpu", vmid="vmid"),
        "hfence_gvma_vmid": renamed("flush_guest_tlb_local", cpu="cpu", vmid="vmid"),
    }

    def init(self, operation: Record) -> Fields:
        """`p2m_vmid_allocator_init`."""
        self.boot_untold(*self.rig.execution.harts)
        if read_integer(operation, "max_vmid") != self.policy.max_vmid:
            raise VectorFormatError(
                f"max_vmid is {operation['max_vmid']}; allowed is 2 to the header's vmidlen, "
                f"{self.policy.max_vmid}"
            )
        return {"max_vmid": self.policy.max_vmid}

    def domain_create(self, operation: Record) -> Fields:
        """`p2m_init`: VMID and tables, or -EBUSY."""
        domain, error = self.create(operation)
        return {"rc": error, "vmid": self.policy.vmids.get(domain, INVALID_VMID)}

    def domain_destroy(self, operation: Record) -> Fields:
        """`p2m_final_teardown`, after a failed creation too."""
        domain = self.domain_of(operation)
        self.rig.destroy(domain)
        return {"vmid": self.policy.vmids.get(domain.id, INVALID_VMID)}

    def vcpu_enter(self, operation: Record) -> Fields:
        """The vCPU is switched to on this hart, wherever it was."""
        hart, vcpu = self.hart_of(operation), self.vcpu_of(operation)
        if vcpu.domain not in self.policy.vmids:
            raise VectorFormatError(f"domain is {vcpu.domain}; allowed is one that has a VMID")
        last = self.policy.last_vcpu_ran[vcpu.domain].get(hart, -1)
        if vcpu.hart is not None:
            self.rig.put(vcpu.hart)
        self.switch(operation)
        self.rig.enter(hart)
        return {"vmid": self.policy.vmids[vcpu.domain], "last_vcpu_ran": last}

    steps: ClassVar[Mapping[str, Step]] = {
        "init": init,
        "domain_create": domain_create,
        "domain_destroy": domain_destroy,
        "vcpu_enter": vcpu_enter,
    }


def replay(
    header: Record, operations: Iterable[Record], policy: type[XenArmBitmap] = XenArmBitmap
) -> ConformResult:
    """Replay the operation lines of one file under `policy`; `header` is its first line.

    Raises VectorFormatError or ValueError for a malformed file.
    """
    platform = platform_of(header)
    return replay_allocator(
        KIND, header, operations, _Replay(platform, policy(context_of(platform)))
    )
