"""H6: a page is unmapped, and the fence goes to a mask that nothing ever sets."""

from __future__ import annotations

from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu, UnmapPages
from simcore.machine.faults import Fault
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="xen-head-p2m-empty-mask",
    title="A page is taken from a running guest, and no hart is told",
    source="xen-project/xen@c447b7308b, p2m_tlb_flush in xen/arch/riscv/p2m.c: dirty_cpumask is "
    "read there and written nowhere in xen/arch/riscv",
    policy="xen-riscv-head",
    platform=preset("rv64").with_harts(2),
    guests=GuestSpec(accesses_per_us=0, asids="shared"),
    steps=(
        Step(
            "A0 and A1 run on harts 0 and 1 and touch page 5 of the one address space they share.",
            (
                CreateDomain(2, "A"),
                RunVcpu(0, 0, 0),
                RunVcpu(0, 1, 1),
                GuestAccess(0, 0, (5,)),
                GuestAccess(0, 1, (5,)),
            ),
        ),
        Step(
            "Page 5 is unmapped: its frame X is A's no more. The fence goes to every hart "
            "in dirty_cpumask, which is empty.",
            (UnmapPages(0, 5),),
        ),
        Step("sbi_rfence_v02 returns -EINVAL and makes no SBI call; the result is dropped."),
        Step(
            "X is free. (Xen would give it to the next domain; here frames are never used again, "
            "and what is shown is that A still reaches it.)"
        ),
        Step(
            "A0 and A1 touch page 5 again, and reach X.",
            (GuestAccess(0, 0, (5,)), GuestAccess(0, 1, (5,))),
        ),
    ),
    sees=(
        Sighting(2, "I7", "harts 0 and 1 may hold A's entries, and the fence has no target"),
        Sighting(2, "I9", "A runs on with entries that map the frame taken away"),
        Sighting(5, "stale-mapping", "A's entries of before serve it, on both harts"),
    ),
    fixed=Variant(
        "The mask is kept right, or, as here, an empty one is taken for all harts.",
        faults=frozenset({Fault.EMPTY_MASK_MEANS_ALL}),
    ),
)
