"""K3: roll-over and sanitize execute HFENCE.GVMA, which need not drop GVA -> GPA entries."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="kvm-riscv-gvma-only",
    title="A roll-over fences everything but the VS-stage entries",
    source="Linux v6.17, arch/riscv/kvm/vmid.c; patch series by H. M. Chou, October 2025, whose "
    "merged form adds HFENCE.VVMA for Andes AX66 only",
    policy="kvm-riscv",
    platform=preset("rv64-split").with_harts(1).with_vmidlen(2),
    steps=(
        Step(
            "The TLB keeps GVA -> GPA entries in a structure of their own.",
            (
                CreateDomain(1, "A"),
                CreateDomain(1, "B"),
                CreateDomain(1, "C"),
                CreateDomain(1, "D"),
            ),
        ),
        Step(
            "A0, with ASID 1, runs under VMID 1 and touches page 5. C and D get VMIDs 2 and 3.",
            (
                RunVcpu(0, 0, 0),
                GuestAccess(0, 0, (5,)),
                RunVcpu(2, 0, 0),
                RunVcpu(3, 0, 0),
            ),
        ),
        Step(
            "VMID 3 was the last: for B the version is about to change, with HFENCE.GVMA of "
            "everything on every hart. It will leave A's VS-stage entry."
        ),
        Step(
            "B gets VMID 1. B0, with ASID 1, touches page 5.",
            (RunVcpu(1, 0, 0), GuestAccess(1, 0, (5,))),
        ),
    ),
    sees=(
        Sighting(4, "I1", "B0 enters under VMID 1, under which A's VS-stage entries are"),
        Sighting(4, "cross-domain", "A's VS-stage entry serves B"),
    ),
    fixed=Variant(
        "HFENCE.VVMA for a VMID that a hart meets for the first time in a version.",
        policy="kvm-arm64",
    ),
)
