"""The v2 patch tests the flush-needed bit of the wrong id."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, DestroyDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="xen-v2-tests-wrong-bit",
    title="A VMID is reused, and the fence before reuse is never even attempted",
    source="xen-devel, [PATCH v2 03/17] of 2025-06-10, message-id abbf1c30c485d4baae25d4c1fb26942f"
    "60015403.1749555949.git.oleksii.kurochko@gmail.com",
    policy="xen-riscv-v2-posted",
    platform=preset("rv64").with_harts(2),
    steps=(
        Step(
            "A gets the lowest free VMID, 0; A0 runs on hart 0 and fills an entry for page 5.",
            (CreateDomain(1, "A"), RunVcpu(0, 0, 0), GuestAccess(0, 0, (5,))),
        ),
        Step("A is destroyed: bit 0 is cleared, its flush-needed bit is set.", (DestroyDomain(0),)),
        Step(
            "B is created: VMID 0 is the lowest free again. The code tests the flush-needed bit "
            "of p2m->vmid, which is INVALID_VMID at that time: no fence.",
            (CreateDomain(1, "B"),),
        ),
        Step(
            "B0 runs on hart 0 and touches page 5.",
            (RunVcpu(1, 0, 0), GuestAccess(1, 0, (5,))),
        ),
    ),
    sees=(
        Sighting(3, "I3", "VMID 0 goes to B while hart 0 holds A's entries"),
        Sighting(4, "I1", "B0 enters under a tag under which A's entries are"),
        Sighting(4, "cross-domain", "A's entry serves B"),
    ),
    fixed=Variant(
        "Test the bit of the id taken, and fence it on all harts before it is used.",
        policy="xen-riscv-v2-reviewed",
    ),
)
