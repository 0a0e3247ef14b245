"""The fence at a change of CPU drops G-stage entries only, where the TLB is split."""

from __future__ import annotations

from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="kvm-riscv-vvma-migrate",
    title="A change of CPU is fenced with HFENCE.GVMA, and an old GVA -> GPA entry stays",
    source="Linux commit 3239c52fd212 (Andes AX66, marchid 0x8A66)",
    policy="kvm-riscv",
    platform=preset("rv64-split").with_harts(2),
    guests=GuestSpec(accesses_per_us=0, asids="same"),
    steps=(
        Step(
            "The TLB keeps GVA -> GPA entries in a structure of their own. Guests here never "
            "change their tables, so A1, with the same VMID, the same ASID and other tables, "
            "stands for A0 as it comes back: after its tables changed on hart 1.",
            (CreateDomain(2, "A"),),
        ),
        Step(
            "A0 touches page 5 on hart 0, and moves to hart 1. There A1 takes over, and comes to "
            "hart 0.",
            (
                RunVcpu(0, 0, 0),
                GuestAccess(0, 0, (5,)),
                RunVcpu(0, 0, 1),
                RunVcpu(0, 1, 1),
            ),
        ),
        Step(
            "It last ran on another hart, so HFENCE.GVMA by VMID is executed on hart 0. That "
            "leaves the GVA -> GPA entries.",
            (RunVcpu(0, 1, 0),),
        ),
        Step("It touches page 5 and hits the old GVA -> GPA entry.", (GuestAccess(0, 1, (5,)),)),
    ),
    sees=(
        Sighting(3, "I1", "hart 0 enters while VS-stage entries of the old tables are there"),
        Sighting(4, "cross-vcpu", "an entry of the old tables serves the new ones"),
    ),
    fixed=Variant(
        "HFENCE.VVMA for the VMID as well, before the vCPU enters.",
        policy="kvm-arm64",
    ),
)
