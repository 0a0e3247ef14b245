"""A VPID is given out a second time, and its first use on a CPU does not flush."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, DestroyDomain, GuestAccess, RunVcpu
from simcore.machine.faults import Fault
from simcore.scenario import Scenario, Sighting, Step, Variant

L1, FIRST_L2, SECOND_L2 = range(3)

SCENARIO = Scenario(
    name="kvm-nvmx-vpid02-first-use",
    title="vpid02 is freed and allocated again, equals last_vpid, and so nothing is flushed",
    source="lkml, 2026-06-16 (lkml.iu.edu 2606.2/01827)",
    policy="kvm-vmx-vpid",
    platform=preset("rv64").with_harts(1),
    faults=frozenset({Fault.NO_MIGRATION_INVALIDATE}),
    steps=(
        Step(
            "A guest L1 runs with VPID 1, and an L2 in it with vpid02 = 2. (The model has no "
            "nesting: L2 is a domain of its own, as the TLB sees it, and the same bitmap gives its "
            "VPID. That nothing is flushed at a VPID's first use on a CPU is the fault "
            "no-migration-invalidate.)",
            (
                CreateDomain(1, "L1"),
                CreateDomain(1, "L2"),
                RunVcpu(L1, 0, 0),
                RunVcpu(FIRST_L2, 0, 0),
                GuestAccess(FIRST_L2, 0, (5,)),
                RunVcpu(L1, 0, 0),
            ),
        ),
        Step("VMXOFF: vpid02 is freed.", (DestroyDomain(FIRST_L2),)),
        Step(
            "VMXON: vpid02 is allocated, and VPID 2 is the lowest free one again.",
            (CreateDomain(1, "L2 anew"),),
        ),
        Step(
            "The new L2 is entered on the same CPU. last_vpid is 2 already, so no flush is asked "
            "for; L2 touches page 5.",
            (RunVcpu(SECOND_L2, 0, 0), GuestAccess(SECOND_L2, 0, (5,))),
        ),
    ),
    sees=(
        Sighting(4, "I3", "VPID 2 went to the new L2 with the old one's entries there"),
        Sighting(4, "I1", "the new L2 enters under a tag under which the old one's entries are"),
        Sighting(4, "cross-domain", "the old L2's entry serves the new one"),
    ),
    fixed=Variant("Flush at a VPID's first use after it was allocated.", faults=frozenset()),
)
