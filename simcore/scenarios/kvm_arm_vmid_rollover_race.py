"""A vCPU checks that its VM's id is current, and enters with the one it had computed before."""

from __future__ import annotations

from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.machine.faults import Fault
from simcore.scenario import Scenario, Sighting, Step, Variant

A, B, C, D = range(4)
PAGES = (5, 6, 7)

SCENARIO = Scenario(
    name="kvm-arm-vmid-rollover-race",
    title="The generation matches, the VMID does not: another vCPU of the VM took the new one",
    source='KVM/arm, "Fix VMID alloc race", as read in a 4.14 tree',
    policy="kvm-riscv",
    platform=preset("rv64").with_harts(3).with_vmidlen(2),
    guests=GuestSpec(accesses_per_us=0, asids="shared"),
    faults=frozenset({Fault.LOST_RELOAD}),
    steps=(
        Step(
            "The old code of KVM on Arm is played by KVM on RISC-V, which has the same run loop: "
            "compute, check the generation, enter. What it does better is taken away by the fault "
            "lost-reload. VMs D, B and C get VMIDs 1, 2 and 3; D0 and D1 run on harts 0 and 1 and "
            "leave.",
            (
                CreateDomain(2, "A"),
                CreateDomain(1, "B"),
                CreateDomain(1, "C"),
                CreateDomain(3, "D"),
                RunVcpu(D, 0, 0),
                RunVcpu(D, 1, 1),
                RunVcpu(B, 0, 0),
                RunVcpu(C, 0, 1),
            ),
        ),
        Step(
            "A0 and A1 run on harts 0 and 1: a generation ends, and VM A has VMID 1. C and B get "
            "the other two.",
            (RunVcpu(A, 0, 0), RunVcpu(A, 1, 1), RunVcpu(B, 0, 2)),
        ),
        Step(
            "D2 enters on hart 2: no VMID is left, a generation ends, and D gets VMID 1. A0 and A1 "
            "are forced out. The first of them to come back finds its VM's generation old, gives "
            "it VMID 2 and enters. The second checks the generation too: it matches. So it enters "
            "with what it had: VMID 1.",
            (RunVcpu(D, 2, 2), GuestAccess(A, 0, PAGES), GuestAccess(A, 1, PAGES)),
        ),
        Step(
            "D0 and D1 come back to harts 0 and 1, where they last ran, with VM D's VMID 1, and "
            "touch the pages.",
            (
                RunVcpu(D, 0, 0),
                GuestAccess(D, 0, PAGES),
                RunVcpu(D, 1, 1),
                GuestAccess(D, 1, PAGES),
            ),
        ),
    ),
    sees=(
        Sighting(3, "I5", "A runs as VMID 2 on one hart and as VMID 1 on another"),
        Sighting(3, "I4", "A's second vCPU runs with a VMID of the generation before"),
        Sighting(4, "I1", "D enters under VMID 1, under which A filled entries on that hart"),
        Sighting(4, "I3", "VMID 1 went to D while A went on filling entries under it"),
        Sighting(4, "cross-domain", "A's entries serve D"),
    ),
    fixed=Variant(
        "hgatp is written again wherever the VM's id changed, whoever changed it (on Arm: id and "
        "generation are read under one lock).",
        faults=frozenset(),
    ),
)
