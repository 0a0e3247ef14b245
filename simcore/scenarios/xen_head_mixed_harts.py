"""H3: harts with VMIDs, with fewer and without; what a vCPU brings from one to the next."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

C_VCPUS = 8

SCENARIO = Scenario(
    name="xen-head-mixed-harts",
    title="A vCPU comes back from a hart without VMIDs and goes on as VMID 0",
    source="xen-project/xen@c447b7308b, vmid_handle_vmenter: without VMIDs the VMID is set to 0 "
    "and the generation stays",
    policy="xen-riscv-head",
    platform=preset("rv64-split").with_harts(3).with_vmidlen(14, 0, 3),
    steps=(
        Step(
            "Hart 0 has VMIDs. Hart 1 implements none, so they are off there. (Hart 2 has 3 bits.)",
            (CreateDomain(1, "A"), CreateDomain(1, "B"), CreateDomain(C_VCPUS, "C")),
        ),
        Step("A0 enters on hart 0 and gets (generation 1, VMID 1).", (RunVcpu(0, 0, 0),)),
        Step("A0 enters on hart 1: VMID 0, and the generation stays 1.", (RunVcpu(0, 0, 1),)),
        Step(
            "A0 is back on hart 0. Its generation is the hart's, so it keeps VMID 0. It touches "
            "page 5.",
            (RunVcpu(0, 0, 0), GuestAccess(0, 0, (5,))),
        ),
        Step(
            "B0 makes the same journey, runs on hart 0 as VMID 0 and touches page 5.",
            (RunVcpu(1, 0, 0), RunVcpu(1, 0, 1), RunVcpu(1, 0, 0), GuestAccess(1, 0, (5,))),
        ),
        Step(
            "Fewer bits instead of none: C's vCPUs enter on hart 0, where C6 gets VMID 9 (A0 and "
            "B0 had 1 and 2). C7 enters on hart 2, gets VMID 1 there and touches page 6.",
            (
                *(RunVcpu(2, vcpu, 0) for vcpu in range(C_VCPUS - 1)),
                RunVcpu(2, C_VCPUS - 1, 2),
                GuestAccess(2, C_VCPUS - 1, (6,)),
            ),
        ),
        Step(
            "C6 moves to hart 2. The generations are equal, so it keeps VMID 9; the register "
            "holds its low 3 bits, which are 1.",
            (RunVcpu(2, C_VCPUS - 2, 2),),
        ),
    ),
    sees=(
        Sighting(5, "I1", "B0 enters hart 0 under VMID 0, under which A's G-stage entries are"),
        Sighting(5, "cross-domain", "A's G-stage entry serves B"),
        Sighting(7, "I6", "9 is written to hgatp of hart 2, which holds 1"),
    ),
    fixed=Variant(
        "A change of CPU sets the generation to 0, as on x86, so every hart gives an id of its "
        "own, or fences where it has none.",
        policy="xen-x86-asid",
    ),
)
