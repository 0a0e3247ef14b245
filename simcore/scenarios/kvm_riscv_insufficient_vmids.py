"""K1: as many VMIDs as CPUs count as enough, though VMID 0 is not among those given out."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="kvm-riscv-insufficient-vmids",
    title="Two VMs on two CPUs share one VMID, and take it from each other for ever",
    source="Linux v6.17, arch/riscv/kvm/vmid.c, kvm_riscv_gstage_vmid_detect: VMIDs are used "
    "where 2^bits is not less than the number of CPUs",
    policy="kvm-riscv",
    platform=preset("rv64").with_harts(2).with_vmidlen(1),
    steps=(
        Step(
            "Two harts with one VMID bit: VMIDs count as enough, and there is one to give. (Four "
            "harts with two bits are the same.) VMs A and B have a vCPU each.",
            (CreateDomain(1, "A"), CreateDomain(1, "B")),
        ),
        Step("A0 enters on hart 0 and takes VMID 1.", (RunVcpu(0, 0, 0),)),
        Step(
            "B0 enters on hart 1. No VMID is left: a new version begins, an IPI forces A0 out of "
            "guest mode, and B0 takes VMID 1.",
            (RunVcpu(1, 0, 1),),
        ),
        Step(
            "A0 loops and finds its version old: the next version begins, and B0 is forced out. "
            "(It enters again at the end of the command, and forces A0 out in turn.)",
            (RunVcpu(0, 0, 0),),
        ),
        Step(
            "And so on: each enters, and is forced out before it touches anything.",
            tuple(RunVcpu(number % 2, 0, number % 2) for number in range(1, 9)),
        ),
    ),
    sees=(Sighting(5, "I10", "A0 and B0 are forced out again and again, and touch nothing"),),
    fixed=Variant(
        "VMIDs count as enough only where there are more than CPUs. One bit is not: VMIDs are "
        "off, as on harts without any bit, and each load fences instead.",
        platform=preset("rv64").with_harts(2).with_vmidlen(0),
    ),
)
