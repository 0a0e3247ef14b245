"""Deliberate defects of firmware and hypervisor, each switched on by name.

A fault changes what is carried out, not what a policy asks for: the same scheme runs on sound and
on broken ground, and the invariants say what it costs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from simcore.hv import operations as op
from simcore.hv.xen_rfence import split_hart_mask
from simcore.hw.csr import VMIDMAX, Xlen
from simcore.hw.fence import GVMA_ALL, Fence, FenceKind, gvma_vmid
from simcore.hw.sbi import RfenceFunction, SbiRfence


class Fault(Enum):
    """A defect; the value is the name on the command line and in a scenario."""

    SWAPPED_FUNCTION_IDS = "swapped-function-ids"
    DROPPED_FENCE = "dropped-fence"
    EARLY_ACKNOWLEDGE = "early-acknowledge"
    EMPTY_MASK_MEANS_NONE = "empty-mask-means-none"
    EMPTY_MASK_MEANS_ALL = "empty-mask-means-all"
    EMPTY_MASK_MEANS_ERROR = "empty-mask-means-error"
    WRONG_ID = "wrong-id"
    FENCE_BEFORE_CHANGE = "fence-before-change"
    NO_MIGRATION_INVALIDATE = "no-migration-invalidate"
    NO_VCPU_SWITCH_FENCE = "no-vcpu-switch-fence"
    UNSERVED_REQUEST = "unserved-request"
    LOST_RELOAD = "lost-reload"
    NO_VMIDLEN_PROBE = "no-vmidlen-probe"
    ROLLOVER_FENCES_ONE_ID = "rollover-fences-one-id"
    DOUBLE_FREE = "double-free"
    FREE_WITHOUT_ALLOC = "free-without-alloc"
    LEAKED_ID = "leaked-id"

    @property
    def summary(self) -> str:
        """What goes wrong, in a sentence."""
        return _SUMMARIES[self]


_SUMMARIES = {
    Fault.SWAPPED_FUNCTION_IDS: "The hypervisor's header has SBI RFENCE ids 3 and 4, and 5 and 6, "
    "exchanged (Xen's and Bao's sbi.h; Linux until March 2021).",
    Fault.DROPPED_FENCE: "Remote fences are answered with success and executed nowhere else.",
    Fault.EARLY_ACKNOWLEDGE: "A remote fence returns before its targets execute it; they do so at "
    "the next step or command.",
    Fault.EMPTY_MASK_MEANS_NONE: "A remote fence to no hart succeeds and fences nothing.",
    Fault.EMPTY_MASK_MEANS_ALL: "A remote fence to no hart fences every hart.",
    Fault.EMPTY_MASK_MEANS_ERROR: "A remote fence to no hart fails with -EINVAL.",
    Fault.WRONG_ID: "A fence by VMID names the next VMID.",
    Fault.FENCE_BEFORE_CHANGE: "The fence for a p2m change is executed before the change, and a "
    "running guest touches the pages in between.",
    Fault.NO_MIGRATION_INVALIDATE: "The fence owed when a vCPU comes to another hart is left out.",
    Fault.NO_VCPU_SWITCH_FENCE: "The fence owed where another vCPU of the domain ran last is left "
    "out (KVM on Arm before last_vcpu_ran, 94d0e598).",
    Fault.UNSERVED_REQUEST: "The fence that a p2m change asks of a vCPU's next entry is left out "
    "(Xen's altp2m until 69f7643df6).",
    Fault.LOST_RELOAD: "A vCPU that enters and finds its domain's new id given already keeps the "
    "hgatp it was loaded with (KVM on Arm before its VMID allocation race was fixed).",
    Fault.NO_VMIDLEN_PROBE: "The hypervisor takes every VMID bit of the field for implemented.",
    Fault.ROLLOVER_FENCES_ONE_ID: "The fence at a roll-over covers only the VMID handed out then "
    "(Xen's SVM code from 2020 to 2025, fixed by 68871b1f9b).",
    Fault.DOUBLE_FREE: "A destroyed domain's id is freed once more, after the next domain is made.",
    Fault.FREE_WITHOUT_ALLOC: "A domain that was refused is freed with what its id's field holds: "
    "the id of the domain destroyed last, whose memory it got.",
    Fault.LEAKED_ID: "The scheme is not told that a domain is destroyed, so its id stays taken.",
}

_SWAPPED = {
    RfenceFunction.REMOTE_HFENCE_GVMA_VMID: RfenceFunction.REMOTE_HFENCE_GVMA,
    RfenceFunction.REMOTE_HFENCE_GVMA: RfenceFunction.REMOTE_HFENCE_GVMA_VMID,
    RfenceFunction.REMOTE_HFENCE_VVMA_ASID: RfenceFunction.REMOTE_HFENCE_VVMA,
    RfenceFunction.REMOTE_HFENCE_VVMA: RfenceFunction.REMOTE_HFENCE_VVMA_ASID,
}
CAUSE_ROLLOVER = "roll-over"
_LEFT_OUT = {
    Fault.NO_MIGRATION_INVALIDATE: "vCPU on a new hart",
    Fault.NO_VCPU_SWITCH_FENCE: "another vCPU ran",
    Fault.UNSERVED_REQUEST: "p2m change",
}
"""Local fences that a fault leaves out, by their cause."""


def fault(name: str) -> Fault:
    """The fault called ``name``. Raises ValueError that lists the known ones."""
    try:
        return Fault(name)
    except ValueError:
        known = ", ".join(known.value for known in Fault)
        raise ValueError(f"fault is {name!r}; allowed: {known}") from None


@dataclass(frozen=True, slots=True)
class Faults:
    """The faults of one machine, as changes of what is about to be carried out."""

    active: frozenset[Fault] = frozenset()
    xlen: Xlen = 64

    def __contains__(self, wanted: Fault) -> bool:
        return wanted in self.active

    def issued(self, call: SbiRfence) -> SbiRfence:
        """The SBI call as it leaves the hypervisor."""
        if Fault.SWAPPED_FUNCTION_IDS in self.active:
            swapped = _SWAPPED.get(RfenceFunction(call.function))
            return call if swapped is None else replace(call, function=swapped)
        return call

    def probed(self, vmidlen: int) -> int:
        """The VMIDLEN the hypervisor goes by."""
        return VMIDMAX[self.xlen] if Fault.NO_VMIDLEN_PROBE in self.active else vmidlen

    def asked(self, wanted: op.Operations) -> op.Operations:
        """What is left of a hook's operations."""
        left_out = {cause for fault, cause in _LEFT_OUT.items() if fault in self.active}
        lost = Fault.LOST_RELOAD in self.active and _reloads_only(wanted)
        return tuple(
            operation
            for operation in wanted
            if not (lost and isinstance(operation, op.WriteHgatp))
            and not (isinstance(operation, op.LocalFence) and operation.cause in left_out)
        )

    def carried_out(self, operation: op.Operation, vmid: int) -> op.Operation:
        """The operation that is carried out instead, on a hart whose hgatp.VMID is ``vmid``."""
        if isinstance(operation, op.LocalFence | op.IpiFence):
            return operation._replace(fence=self._fence(operation.fence, operation.cause, vmid))
        if isinstance(operation, op.SbiFences):
            return self._sbi(operation)
        return operation

    def _fence(self, fence: Fence, cause: str, vmid: int) -> Fence:
        if Fault.ROLLOVER_FENCES_ONE_ID in self.active and cause == CAUSE_ROLLOVER:
            return gvma_vmid(vmid) if fence == GVMA_ALL else fence
        if Fault.WRONG_ID in self.active and fence.kind is FenceKind.GVMA and fence.id is not None:
            return fence._replace(id=fence.id + 1)
        return fence

    def _sbi(self, operation: op.SbiFences) -> op.SbiFences:
        if not operation.calls:
            return self._empty(operation)
        if Fault.WRONG_ID in self.active:
            wrong = RfenceFunction.REMOTE_HFENCE_GVMA_VMID
            calls = (
                replace(call, arg4=call.arg4 + 1) if call.function == wrong else call
                for call in operation.calls
            )
            return operation._replace(calls=tuple(calls))
        return operation

    def _empty(self, operation: op.SbiFences) -> op.SbiFences:
        """A remote fence whose mask is empty."""
        if Fault.EMPTY_MASK_MEANS_ALL in self.active:
            function = RfenceFunction.REMOTE_HFENCE_GVMA
            calls = split_hart_mask(function, None, 0, 0, 0, self.xlen)
            return op.SbiFences(calls, operation.cause)
        if Fault.EMPTY_MASK_MEANS_NONE in self.active:
            return operation._replace(error=0)
        if Fault.EMPTY_MASK_MEANS_ERROR in self.active:
            return operation._replace(error=op.EINVAL)
        return operation


def _reloads_only(wanted: op.Operations) -> bool:
    """Whether hgatp is written for an id that another vCPU's entry took, the vCPU being loaded."""
    return not any(isinstance(operation, op.Assigned | op.WriteVsatp) for operation in wanted)
