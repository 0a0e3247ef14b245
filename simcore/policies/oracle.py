"""A bound, not a scheme: it sees who filled each TLB entry and fences only what would be wrong.

Ids as in `lazy-epoch`: one a domain, in rotation, from the longest idle when used up. But where
that scheme goes by what a hart remembers, this one looks at the ghosts of the entries: a hart is
fenced when it holds an entry under the id that the incoming vCPU could hit and that is not its own,
and a p2m change is fenced on exactly the harts that run the domain and hold an entry of before. No
hardware tells what it asks, so nobody can build it. It says how few fences this way of handing ids
out needs; where ids are few, a scheme whose ids are a hart's own may still lose fewer cycles. Left
out: choosing ids so that fewer entries collide, which a cleverer bound would do.
"""

from __future__ import annotations

from simcore.hv.domain import Domain, Vcpu
from simcore.hv.operations import IpiFence, LocalFence, Operation, Operations
from simcore.hw.fence import gvma_vmid, vvma_asid
from simcore.hw.ids import HartId
from simcore.policies.base import GhostView
from simcore.policies.lazy_epoch import LazyEpoch, Tenure

_G_STAGE = -1


class Oracle(LazyEpoch):
    """Fences what would otherwise be hit wrongly, on exactly the harts that hold it."""

    name = "oracle"
    sees_ghosts = True

    @property
    def _ghosts(self) -> GhostView:
        ghosts = self.context.ghosts
        assert ghosts is not None
        return ghosts

    def fence_debts(
        self, hart: HartId, vcpu: Vcpu, tenure: Tenure, operations: list[Operation]
    ) -> None:
        """Fence what this vCPU could hit under the id, and what is not its own."""
        mine = {(vcpu.domain, vcpu.space), (vcpu.domain, _G_STAGE)}
        wrong = {
            (space, asid)
            for domain, space, asid in self._ghosts.owners(hart, tenure.vmid)
            if (domain, space) not in mine and asid in (_G_STAGE, vcpu.asid)
        }
        if any(asid == _G_STAGE for _, asid in wrong):
            operations.append(LocalFence(gvma_vmid(tenure.vmid), "entries of another"))
        if vcpu.asid is not None and any(asid == vcpu.asid for _, asid in wrong):
            operations.append(LocalFence(vvma_asid(vcpu.asid), "entries of another"))

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """Fence the harts that run the domain and hold an entry from before the change."""
        tenure = self.tenures.get(domain.id)
        if tenure is None:
            return ()
        harts = tuple(
            hart
            for hart in self.context.hart_ids
            if hart in domain.dirty_harts
            and any(owner[0] != domain.id for owner in self._ghosts.owners(hart, tenure.vmid))
        )
        return (IpiFence(harts, gvma_vmid(tenure.vmid), "p2m change"),) if harts else ()
