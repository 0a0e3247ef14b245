"""The flush at roll-over covers one ASID, and all the others are handed out again."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.machine.faults import Fault
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="xen-x86-svm-flush-one-at-wrap",
    title="ASIDs come round, and the flush is of the one in the VMCB only",
    source="xen-project/xen@68871b1f9b (2025-07-23), which fixes 64b1da5a2fcf (in the tree "
    "from 2020-05-07): TLB_CTRL_FLUSH_ASID where TLB_CTRL_FLUSH_ALL is needed",
    policy="xen-x86-asid",
    platform=preset("rv64-split").with_harts(1).with_vmidlen(2),
    faults=frozenset({Fault.ROLLOVER_FENCES_ONE_ID}),
    steps=(
        Step(
            "There are ASIDs 1, 2 and 3. A, B and C run, and fill entries under them.",
            (
                *(CreateDomain(1, name) for name in "ABCD"),
                RunVcpu(0, 0, 0),
                GuestAccess(0, 0, (5,)),
                RunVcpu(1, 0, 0),
                GuestAccess(1, 0, (5,)),
                RunVcpu(2, 0, 0),
                GuestAccess(2, 0, (5,)),
            ),
        ),
        Step(
            "D is entered: the generation wraps, D gets ASID 1, and the flush covers ASID 1.",
            (RunVcpu(3, 0, 0), GuestAccess(3, 0, (5,))),
        ),
        Step(
            "A is entered in the new generation and gets ASID 2, which was B's. Its GVA -> GPA "
            "entries are dropped, as for each new ASID here; the GPA -> SPA ones are B's still.",
            (RunVcpu(0, 0, 0), GuestAccess(0, 0, (5,))),
        ),
    ),
    sees=(
        Sighting(3, "I3", "ASID 2 went to A while B's entries are there"),
        Sighting(3, "I1", "A enters under a tag under which B's entries are"),
        Sighting(3, "cross-domain", "B's entry serves A"),
    ),
    fixed=Variant(
        "Flush all ASIDs at the wrap. (Or flush each as it is given out, as `bhyve-svm` does.)",
        faults=frozenset(),
    ),
)
