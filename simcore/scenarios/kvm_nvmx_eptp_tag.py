"""The flush owed to the guest that is switched to names the tag of the one that is left."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu, UnmapPages
from simcore.machine.faults import Fault
from simcore.scenario import Scenario, Sighting, Step, Variant

L2, L1 = range(2)

SCENARIO = Scenario(
    name="kvm-nvmx-eptp-tag",
    title="A nested switch flushes by the EPTP that is active, not by that of the destination",
    source='Linux 1438921c6dc1, "KVM: nVMX: Flush TLB entries tagged by dest EPTP on L1<->L2 '
    'transitions"',
    policy="kvm-riscv",
    platform=preset("rv64").with_harts(1),
    faults=frozenset({Fault.WRONG_ID}),
    steps=(
        Step(
            "L2 runs and fills an entry for page 5 under its tag, 1; then L1 runs, under tag 2. "
            "(The model has no nesting: the two are domains, whose VMIDs stand for the EPTPs. "
            "KVM on RISC-V flushes by id at entry, and the fault wrong-id makes it the next id.)",
            (
                CreateDomain(1, "L2"),
                CreateDomain(1, "L1"),
                RunVcpu(L2, 0, 0),
                GuestAccess(L2, 0, (5,)),
                RunVcpu(L1, 0, 0),
            ),
        ),
        Step(
            "Page 5 is taken from L2 while L1 runs: the switch to L2 is to flush.",
            (UnmapPages(L2, 5),),
        ),
        Step(
            "The switch flushes by the tag that is active before it: 2, L1's. L2 is entered, and "
            "the entry under tag 1 is still there.",
            (RunVcpu(L2, 0, 0), GuestAccess(L2, 0, (5,))),
        ),
    ),
    sees=(
        Sighting(3, "I9", "L2 is entered with an entry for the page that was taken away"),
        Sighting(3, "stale-mapping", "the entry of before the change serves L2"),
    ),
    fixed=Variant("Flush by the tag of the destination.", faults=frozenset()),
)
