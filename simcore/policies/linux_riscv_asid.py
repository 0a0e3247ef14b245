"""Linux's ASIDs on RISC-V, as VMIDs: a hart fences old generations at its own next switch.

Models `arch/riscv/mm/context.c` (`asids_init`, `set_mm_asid`, `__new_context`, `__flush_context`,
`check_update_reserved_context`, `set_mm_noasid`, `switch_mm`) and `flush_tlb_mm_range` of
`arch/riscv/mm/tlbflush.c` of a v6.17-era tree, as read in Kingxukai/linux@9b44fff655e2, with a
domain for the mm and hgatp for satp. Ids go as in `kvm-arm64`, with two changes. A roll-over fences
nothing, but marks every hart, and a marked one fences everything at its next switch to another
domain. And nothing is done as a vCPU leaves: the hart's last domain stays active there, its id is
reserved, and switching to it again does nothing. Ids are used only where there are more than two
for each hart; else VMID 0 is fenced at each switch to another domain.

Carried over: SFENCE.VMA of everything, or of one ASID, is HFENCE.GVMA of everything, or of one
VMID. Guests have VS-stage entries too, so each hart executes HFENCE.VVMA, which acts on hgatp.VMID
alone, as a domain comes to it with another id than the last time; and vsatp = 0 comes before the
write of hgatp. A p2m change, as a change of an mm, fences the id by IPI on the harts where the
domain ever ran (`mm_cpumask`, which keeps them) or, without ids, is the last to have run. Other
harts may have an earlier owner's entries under that id; they fence before they run the domain.
The number of ids is probed on the first hart and taken for all.
Left out: a fence between vCPUs of one domain, which an mm's threads do not need (their tables are
the same), so guests whose vCPUs use one ASID for two tables are not kept apart; fences of single
addresses; the instruction cache.
"""

from __future__ import annotations

from simcore.hv.domain import Domain, Vcpu
from simcore.hv.generation import Generation
from simcore.hv.operations import IpiFence, LocalFence, Operation, Operations, WriteVsatp
from simcore.hw.fence import GVMA_ALL, VVMA_ALL, gvma_vmid
from simcore.hw.ids import DomainId, HartId
from simcore.policies.base import IdZero, PolicyContext, shorter_than_the_first
from simcore.policies.kvm_arm64 import GenerationBitmap, TaggedId
from simcore.policies.kvm_svm_asid import flush_id, vm_entry

ID_WITHOUT_TAGS = 0


class LinuxRiscvAsid(GenerationBitmap):
    """A domain's id holds while its version is the current one; a hart fences as it switches."""

    name = "linux-riscv-asid"
    hazards = "two vCPUs of a domain with one ASID number are not kept apart"
    id_zero = IdZero.UNTAGGED
    lazy_p2m = True

    def __init__(self, context: PolicyContext) -> None:
        super().__init__(context)
        self.num_ids = 0
        self.current: dict[HartId, DomainId] = {}
        self.flush_pending: set[HartId] = set()
        self.ran_as: dict[DomainId, dict[HartId, TaggedId]] = {}

    @classmethod
    def cannot_run(cls, context: PolicyContext, vmidlen: tuple[int, ...]) -> str | None:
        """One number of ids holds for all harts."""
        return shorter_than_the_first(context, vmidlen)

    def boot(self, hart: HartId, vmidlen: int) -> Operations:
        """`asids_init`, on the first hart."""
        if hart != self.context.hart_ids[0]:
            return ()
        self.num_ids = 2**vmidlen if vmidlen else 0
        self.taken = bytearray(self.num_ids)
        if not self.use_ids:
            self.current_generation = Generation(0)
        return (LocalFence(GVMA_ALL, "boot"),)

    @property
    def use_ids(self) -> bool:
        """`use_asid_allocator`: whether there are more than two ids for each hart."""
        return self.num_ids > 2 * len(self.context.hart_ids)

    def create(self, domain: Domain) -> Operations:
        """It ran nowhere."""
        self.ran_as[domain.id] = {}
        return super().create(domain)

    def destroy(self, domain: Domain) -> Operations:
        """Nothing is freed: where it was the last to run, its id stays reserved."""
        del self.ran_as[domain.id]
        return super().destroy(domain)

    def load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """`switch_mm`: nothing but the vCPU's vsatp where its domain ran last."""
        if self.current.get(hart) == vcpu.domain:
            self.running.add(hart)
            return (*self._renewal(vcpu.domain), WriteVsatp(vcpu))
        self.current[hart] = vcpu.domain
        if not self.use_ids:
            return vm_entry(vcpu, ID_WITHOUT_TAGS, flush_id(ID_WITHOUT_TAGS, "world switch"))
        return self._set_mm_asid(hart, vcpu)

    def _set_mm_asid(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """The domain's id into hgatp, then the fence that is pending here.

        Upstream, a domain whose id is current does not even look whether one is; a roll-over leaves
        no hart active, so none is pending there.
        """
        told: list[Operation] = []
        tagged = self._update(hart, vcpu.domain, told)
        fences: list[Operation] = []
        if hart in self.flush_pending:
            self.flush_pending.discard(hart)
            fences.append(LocalFence(GVMA_ALL, "roll-over"))
        ran_as = self.ran_as[vcpu.domain]
        if ran_as.get(hart) != tagged:
            ran_as[hart] = tagged
            fences.append(LocalFence(VVMA_ALL, "new id"))
        return (*told, *vm_entry(vcpu, tagged.index, tuple(fences)))

    def _rolled_over(self) -> Operations:
        """`__flush_context`: none now; every hart is to fence at its next switch."""
        self.flush_pending.update(self.context.hart_ids)
        return ()

    def p2m_changed(self, domain: Domain, gpns: range) -> Operations:
        """`flush_tlb_mm_range`: the domain's id on the harts of `mm_cpumask`."""
        ran = self.ran_as[domain.id]
        harts = tuple(
            hart
            for hart in self.context.hart_ids
            if (hart in ran if self.use_ids else self.current.get(hart) == domain.id)
        )
        index = self.ids[domain.id].index
        return (IpiFence(harts, gvma_vmid(index), "p2m change"),) if harts else ()

    def generation(self, hart: HartId) -> int | None:
        """The global version; None where ids are not used."""
        return self.current_generation if self.use_ids else None
