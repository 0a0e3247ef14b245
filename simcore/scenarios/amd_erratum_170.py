"""Hardware whose ASIDs cannot be trusted runs without: nothing is wrong, and it costs."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Step, Variant

SCENARIO = Scenario(
    name="amd-erratum-170",
    title="ASIDs are left off, and every entry flushes",
    source="xen-project/xen@c447b7308b, xen/arch/x86/hvm/svm/asid.c, svm_asid_init (AMD's text of "
    "the erratum was not found)",
    policy="xen-x86-asid",
    platform=preset("rv64-vmidlen-0").with_harts(1),
    steps=(
        Step(
            "The erratum is found at start: the number of ASIDs stays 0, here by a hart without "
            "VMID bits. Every vCPU has ASID 0, which stands for none.",
            (CreateDomain(1, "A"), CreateDomain(1, "B")),
        ),
        Step(
            "A and B take turns. Each entry flushes first, so nothing of the other is left, nor of "
            "its own: every touch misses.",
            (
                RunVcpu(0, 0, 0),
                GuestAccess(0, 0, (5,)),
                RunVcpu(1, 0, 0),
                GuestAccess(1, 0, (5,)),
                RunVcpu(0, 0, 0),
                GuestAccess(0, 0, (5,)),
                RunVcpu(1, 0, 0),
                GuestAccess(1, 0, (5,)),
            ),
        ),
    ),
    sees=(),
    fixed=Variant(
        "Hardware without the erratum: one flush as the first ASID is given out, and then hits.",
        platform=preset("rv64").with_harts(1),
    ),
)
