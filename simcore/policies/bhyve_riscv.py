"""bhyve on RISC-V: no VMIDs; HFENCE.GVMA of everything each time a vCPU is run.

Models `vmmops_run` of `sys/riscv/vmm/vmm_riscv.c` in freebsd/freebsd-src@0217a2ab2152: HFENCE.GVMA
x0, x0, then hgatp = pm_satp, whose VMID field is 0, then the guest's CSRs with vsatp. It does so
at every run, not only at a switch; exits that it handles itself go back without. The fence stands
before the write of hgatp, and no HFENCE.VVMA comes with it: where GVA -> GPA entries have a TLB of
their own, those of the guest that ran before stay, under the same VMID 0.

Assumed: that a p2m change fences nothing by itself. No fence for a guest that runs on another hart
was found in the files read (the pmap code with a second stage was not among them), so a running
vCPU uses the old mapping until it is run anew. Left out: the queue of fences that guests ask for
(`vmm_fence.c`), since guests do not change their own tables here.
"""

from __future__ import annotations

from simcore.hv.domain import Vcpu
from simcore.hv.operations import LocalFence, Operations, WriteHgatp, WriteVsatp
from simcore.hw.fence import GVMA_ALL
from simcore.hw.ids import HartId
from simcore.policies.base import IdZero, Policy


class BhyveRiscv(Policy):
    """VMID 0 for everybody; HFENCE.GVMA at each run."""

    name = "bhyve-riscv"
    hazards = (
        "HFENCE.GVMA alone, so a TLB with VS-stage entries of its own keeps the former guest's; "
        "that a running vCPU keeps a changed mapping until it is run anew is assumed"
    )
    probes_vmidlen = False
    id_zero = IdZero.UNTAGGED
    lazy_p2m = True

    def enter(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`vmmops_run`: fence, hgatp, vsatp."""
        return (LocalFence(GVMA_ALL, "run"), WriteHgatp(vcpu, 0), WriteVsatp(vcpu))
