"""bhyve on AMD: as KVM's ASIDs, but each is flushed as it is given out, and nothing at roll-over.

Models `svm_modinit`, `svm_pmap_activate` (once `check_asid`) and `svm_run` of
`sys/amd64/vmm/amd/svm.c`, and the generation a pmap has for its changes (`pm_eptgen`), in
freebsd/freebsd-src@001345683da7, on hardware with FlushByAsid. A counter of ASIDs and a generation
a CPU; a vCPU gets a new ASID in a new generation and on another CPU, and VMRUN flushes that ASID.
A p2m change raises the pmap's generation and interrupts the harts that run the VM; a vCPU that
enters with an older one has its ASID flushed.

Carried over: as for `kvm-svm-asid`; a flush of one ASID is HFENCE.GVMA and HFENCE.VVMA for the one
VMID, after hgatp holds it. bhyve reads the number of ASIDs once, for all CPUs, and will not run
with one alone: so the first hart's VMIDLEN counts, and no hart may have fewer bits.
Left out: the generation's wrap at 2**64, hardware without FlushByAsid (a full flush at roll-over).
"""

from __future__ import annotations

from simcore.hv.generation import Generation
from simcore.hv.operations import Operations
from simcore.hw.ids import HartId
from simcore.policies.base import PolicyContext, shorter_than_the_first
from simcore.policies.kvm_svm_asid import KvmSvmAsid, flush_id


class BhyveSvm(KvmSvmAsid):
    """A vCPU's ASID holds on one hart in one generation, and was flushed when it was given."""

    name = "bhyve-svm"

    def __init__(self, context: PolicyContext) -> None:
        super().__init__(context)
        self.nasid = 0

    @classmethod
    def cannot_run(cls, context: PolicyContext, vmidlen: tuple[int, ...]) -> str | None:
        """One number of ASIDs holds for all harts, and it must be 2 or more."""
        reason = super().cannot_run(context, vmidlen)
        return reason or shorter_than_the_first(context, vmidlen)

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """`svm_modinit`: the counters stand at their ends, so the first ASID is {1, 1}."""
        if not self.nasid:
            self.nasid = 2**vmidlen
        operations = super().boot(hart, vmidlen)
        asids = self.harts[hart]
        asids.generation = Generation(0)
        asids.next_asid, asids.max_asid = self.nasid, self.nasid - 1
        return operations

    def generation(self, hart: HartId) -> int | None:
        """The hart's generation; the first ASID of all begins generation 1."""
        return max(1, self.harts[hart].generation)

    def _fences(self, asid: int, fresh: bool, rolled: bool, asked: bool) -> Operations:
        """VMCB_TLB_FLUSH_GUEST, for a new ASID or an older generation of the pmap."""
        if fresh:
            return flush_id(asid, "new id")
        return flush_id(asid, "p2m change") if asked else ()
