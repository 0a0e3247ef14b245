"""A vCPU comes back to a CPU that heard of none of the fences since."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu, UnmapPages
from simcore.machine.faults import Fault
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="kvm-riscv-cpu-change",
    title="A vCPU returns to a hart that kept its old entries",
    source='Linux commit 92e450507d56, "RISC-V: KVM: Cleanup stale TLB entries when host CPU '
    'changes"',
    policy="kvm-riscv",
    platform=preset("rv64").with_harts(2),
    faults=frozenset({Fault.NO_MIGRATION_INVALIDATE}),
    steps=(
        Step(
            "A0 runs on hart 0 under VMID 1 and touches page 5. It moves to hart 1. (The fence "
            "that the commit adds, at a change of hart, is left out: no-migration-invalidate.)",
            (
                CreateDomain(1, "A"),
                RunVcpu(0, 0, 0),
                GuestAccess(0, 0, (5,)),
                RunVcpu(0, 0, 1),
            ),
        ),
        Step(
            "The tables change: page 5 is unmapped. The fence is a request to A0, which executes "
            "it where it runs, on hart 1.",
            (UnmapPages(0, 5),),
        ),
        Step(
            "A0 returns to hart 0, under the same VMID, and touches page 5.",
            (RunVcpu(0, 0, 0), GuestAccess(0, 0, (5,))),
        ),
    ),
    sees=(
        Sighting(3, "I9", "A0 enters hart 0, which may map the page taken away"),
        Sighting(3, "stale-mapping", "A's entry of before serves it on hart 0"),
    ),
    fixed=Variant(
        "A vCPU that last ran elsewhere has its VMID fenced before it enters (sanitize).",
        faults=frozenset(),
    ),
)
