"""H1: a vCPU takes its (generation, VMID) pair to another hart, whose numbers happen to agree."""

from __future__ import annotations

from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="xen-head-migrate-no-invalidate",
    title="A vCPU that changes hart keeps a VMID that is another vCPU's there",
    source="xen-project/xen@c447b7308b, xen/arch/riscv/vmid.c: vmid_flush_vcpu has no caller "
    "(latent: vCPUs are not switched there yet)",
    policy="xen-riscv-head",
    platform=preset("rv64").with_harts(2).with_vmidlen(2),
    guests=GuestSpec(accesses_per_us=0, asids="bare"),
    steps=(
        Step(
            "Harts 0 and 1 come up alike: generation 1, next VMID 1. They implement 2 bits, so "
            "that ids run out soon in step 6. The guests translate by the G-stage alone.",
            (
                CreateDomain(1, "A"),
                CreateDomain(1, "B"),
                CreateDomain(4, "C"),
                CreateDomain(5, "D"),
            ),
        ),
        Step("A0 enters on hart 0 and gets (generation 1, VMID 1).", (RunVcpu(0, 0, 0),)),
        Step(
            "B0 enters on hart 1, gets (generation 1, VMID 1) too, and touches page 5.",
            (RunVcpu(1, 0, 1), GuestAccess(1, 0, (5,))),
        ),
        Step(
            "A0 moves to hart 1. Its generation equals that of hart 1: it keeps VMID 1, and no "
            "G-stage entry is fenced.",
            (RunVcpu(0, 0, 1),),
        ),
        Step("A0 touches page 5, which B0 had touched.", (GuestAccess(0, 0, (5,)),)),
        Step(
            "The same without meeting anybody at first. On hart 0 C's vCPUs use up generation 1, "
            "so that A0, back there, gets (generation 2, VMID 3).",
            (
                RunVcpu(2, 0, 0),
                RunVcpu(2, 1, 0),
                RunVcpu(2, 2, 0),
                RunVcpu(2, 3, 0),
                RunVcpu(0, 0, 0),
            ),
        ),
        Step(
            "On hart 1 D's vCPUs bring generation 2 too. A0 comes with VMID 3, which hart 1 has "
            "not given out in it, keeps it and touches page 6.",
            (
                RunVcpu(3, 0, 1),
                RunVcpu(3, 1, 1),
                RunVcpu(3, 2, 1),
                RunVcpu(0, 0, 1),
                GuestAccess(0, 0, (6,)),
            ),
        ),
        Step(
            "Hart 1 comes to VMID 3 and gives it to D4, which touches page 6.",
            (RunVcpu(3, 3, 1), RunVcpu(3, 4, 1), GuestAccess(3, 4, (6,))),
        ),
    ),
    sees=(
        Sighting(4, "I1", "A0 enters hart 1 under VMID 1, under which B's G-stage entries are"),
        Sighting(5, "cross-domain", "B's G-stage entry serves A"),
        Sighting(8, "I1", "D4 enters hart 1 under VMID 3, under which A's G-stage entries are"),
        Sighting(8, "cross-domain", "A's G-stage entry serves D"),
    ),
    fixed=Variant(
        "The rule of x86: a vCPU that is resumed on another CPU has its generation set to 0, so "
        "it gets an id of that CPU.",
        policy="xen-x86-asid",
    ),
)
