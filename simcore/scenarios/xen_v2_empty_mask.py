"""The v2 patch asks for the fence before reuse, over a mask with nobody in it."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, DestroyDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="xen-v2-empty-mask",
    title="A VMID is reused, and the fence before reuse is sent to no hart",
    source="xen-devel, review of [PATCH v2 03/17] by J. Beulich, 2025-06-18 (message-id "
    'd747fd23-9ac3-49d2-8a5e-699290cef3f4@suse.com): the mask is "reliably empty here"',
    policy="xen-riscv-v2-intended",
    platform=preset("rv64").with_harts(2),
    steps=(
        Step(
            "A gets VMID 0; A0 and A1 run on harts 0 and 1, and both fill an entry for page 5.",
            (
                CreateDomain(2, "A"),
                RunVcpu(0, 0, 0),
                RunVcpu(0, 1, 1),
                GuestAccess(0, 0, (5,)),
                GuestAccess(0, 1, (5,)),
            ),
        ),
        Step("A is destroyed: bit 0 is cleared, its flush-needed bit is set.", (DestroyDomain(0),)),
        Step(
            "B is being created and takes VMID 0. The flush-needed bit is tested at 0 and is set, "
            "so a remote fence of VMID 0 is due on every hart in B's dirty_cpumask."
        ),
        Step(
            "B ran nowhere yet, so the mask is empty: no SBI call is made, -EINVAL is dropped, and "
            "the flush-needed bit is clear already. B exists.",
            (CreateDomain(2, "B"),),
        ),
        Step(
            "B0 runs on hart 0 and B1 on hart 1; both touch page 5.",
            (
                RunVcpu(1, 0, 0),
                RunVcpu(1, 1, 1),
                GuestAccess(1, 0, (5,)),
                GuestAccess(1, 1, (5,)),
            ),
        ),
    ),
    sees=(
        Sighting(4, "I7", "harts 0 and 1 may hold A's entries, and the fence has no target"),
        Sighting(4, "I3", "VMID 0 goes to B while they are there"),
        Sighting(5, "I1", "B0 and B1 enter under a tag under which A's entries are"),
        Sighting(5, "cross-domain", "A's entries serve B, on both harts"),
    ),
    fixed=Variant(
        "No mask means all harts: one SBI call reaches whoever may hold entries of the VMID.",
        policy="xen-riscv-v2-reviewed",
    ),
)
