"""Replays `xen_riscv_v2_posted` vectors: the bitmap of the Xen patch v2, as posted."""

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
from simcore.conform.record import Record, VectorFormatError, read_integer, read_object, read_within
from simcore.conform.result import ConformResult
from simcore.conform.vocabulary import WORLD_SWITCH_WORDS
from simcore.hv.xen_rfence import errno_of
from simcore.hw.csr import VMIDMAX, Xlen
from simcore.hw.platform import Platform
from simcore.policies.xen_riscv_v2_posted import XenRiscvV2Posted

KIND = "xen_riscv_v2_posted"


def field_bits_of(header: Record, xlen: Xlen) -> int:
    """`config.field_bits`, the width of the VMID field that the patch takes for granted.

    Raises VectorFormatError for a width that hgatp does not have.
    """
    return read_within(read_object(header, "config"), "field_bits", 1, VMIDMAX[xlen])


class V2Replay(AllocatorReplay[XenRiscvV2Posted]):
    """The steps of both variants; the patch has no world switch, so the files record none."""

    unrecorded = WORLD_SWITCH_WORDS

    def __init__(self, platform: Platform, policy: XenRiscvV2Posted) -> None:
        super().__init__(platform, policy)
        self._field_bits = (policy.invalid_vmid + 1).bit_length() - 1

    def init(self, operation: Record) -> Fields:
        """The limits that follow from the field's width alone."""
        if read_integer(operation, "field_bits") != self._field_bits:
            raise VectorFormatError(
                f"field_bits is {operation['field_bits']}; allowed is the header's, "
                f"{self._field_bits}"
            )
        self.boot_all()
        return {"max_vmid": self.policy.max_vmid, "invalid_vmid": self.policy.invalid_vmid}

    def domain_create(self, operation: Record) -> Fields:
        """`p2m_alloc_vmid`; whether it tried to fence, and what came of it (the patch drops it)."""
        domain, error = self.create(operation)
        tried = [event for event in self.rig.events if isinstance(event, ev.RemoteFenceRequested)]
        return {
            "rc": error,
            "vmid": self.policy.vmids.get(domain, self.policy.invalid_vmid),
            "reuse_flush": bool(tried),
            "flush_ret": _errno(tried[-1]) if tried else 0,
        }

    def domain_destroy(self, operation: Record) -> Fields:
        """`p2m_free_vmid`, after a failed creation too."""
        domain = self.domain_of(operation)
        vmid = self.policy.vmids.get(domain.id, self.policy.invalid_vmid)
        self.rig.destroy(domain)
        freed = any(isinstance(event, ev.VmidReleased) for event in self.rig.events)
        return {"freed": freed, "vmid": vmid}

    def vcpu_enter(self, operation: Record) -> Fields:
        """The vCPU runs on this hart next, wherever it was."""
        hart, vcpu = self.hart_of(operation), self.vcpu_of(operation)
        if vcpu.domain not in self.policy.vmids:
            raise VectorFormatError(f"domain is {vcpu.domain}; allowed is one that has a VMID")
        if vcpu.hart != hart:
            if vcpu.hart is not None:
                self.rig.put(vcpu.hart)
            self.switch(operation)
        self.rig.enter(hart)
        return {"vmid": self.policy.vmids[vcpu.domain], "vmid_hw": self.rig.vmid(hart)}

    steps: ClassVar[Mapping[str, Step]] = {
        "init": init,
        "domain_create": domain_create,
        "domain_destroy": domain_destroy,
        "vcpu_enter": vcpu_enter,
    }


def _errno(request: ev.RemoteFenceRequested) -> int:
    """What Xen's fence returned: an errno where nothing was sent, an SBI error otherwise."""
    return request.error if request.via == "none" else errno_of(request.error)


def replay(
    header: Record, operations: Iterable[Record], policy: type[XenRiscvV2Posted] = XenRiscvV2Posted
) -> ConformResult:
    """Replay the operation lines of one file under `policy`; `header` is its first line.

    Raises VectorFormatError or ValueError for a malformed file.
    """
    platform = platform_of(header)
    bits = field_bits_of(header, platform.xlen)
    scheme = policy(context_of(platform), field_bits=bits)
    return replay_allocator(KIND, header, operations, V2Replay(platform, scheme))
