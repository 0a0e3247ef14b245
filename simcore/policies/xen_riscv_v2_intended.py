"""Xen RISC-V patch v2 with the right bit tested: the fence is tried, and reaches no hart.

The same patch as `xen-riscv-v2-posted`, with the flush-needed bit tested at the id just taken. The
fence goes to `d->dirty_cpumask`, empty at creation. Its author took an empty mask for all CPUs
(mail of 2025-06-24); `sbi_rfence_v02` (`xen/arch/riscv/sbi.c`, xen-project/xen@c447b7308b) returns
-EINVAL, sends nothing, and the result is dropped with the mark already cleared. With
``flush_target="all"`` it is what the author meant: a NULL mask, so every
hart is fenced. Added and left out: as in the posted patch.
"""

from __future__ import annotations

from typing import Literal

from simcore.hv.domain import Domain
from simcore.hv.operations import EINVAL, Operations, SbiFences
from simcore.hv.xen_rfence import split_hart_mask
from simcore.hw.sbi import RfenceFunction
from simcore.policies.base import PolicyContext
from simcore.policies.xen_riscv_v2_posted import XenRiscvV2Posted

FlushTarget = Literal["dirty_cpumask", "all"]


class XenRiscvV2Intended(XenRiscvV2Posted):
    """A bitmap of VMIDs, one a domain; the fence before reuse is sent to an empty mask."""

    name = "xen-riscv-v2-intended"
    hazards = (
        "the fence before reuse goes to an empty mask and reaches no hart; ids above VMIDLEN "
        "alias; a p2m change is fenced nowhere"
    )

    def __init__(
        self,
        context: PolicyContext,
        *,
        field_bits: int | None = None,
        flush_target: FlushTarget = "dirty_cpumask",
    ) -> None:
        super().__init__(context, field_bits=field_bits)
        self.flush_target = flush_target

    def _before_reuse(self, domain: Domain, vmid: int) -> Operations:
        """Test and clear the mark of the id taken; fence the domain's dirty harts: none yet."""
        if not self.vmid_mask.test_and_clear_flush_needed(vmid):
            return ()
        if self.flush_target == "dirty_cpumask":
            return (SbiFences((), "reuse", EINVAL),)
        calls = split_hart_mask(
            RfenceFunction.REMOTE_HFENCE_GVMA_VMID, None, 0, 0, vmid, self.context.xlen
        )
        return (SbiFences(calls, "reuse"),)
