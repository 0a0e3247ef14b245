"""H2: without VMIDs everybody is VMID 0, and nothing takes the place of the tag."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="xen-head-disabled-noflush",
    title="VMIDs are off, and a world switch leaves the other guest's G-stage entries",
    source="xen-project/xen@c447b7308b, vmid_handle_vmenter's path for a hart without VMIDs; "
    "J. Beulich warned of it in the review of v3, 2025-08-04",
    policy="xen-riscv-head",
    platform=preset("rv64-split").with_harts(1).with_vmidlen(0),
    steps=(
        Step(
            "The hart implements no VMID bit, so VMIDs are off. (With one bit, with vmid=no, or "
            "after 2^64 generations they are off as well.)",
            (CreateDomain(1, "A"), CreateDomain(1, "B")),
        ),
        Step(
            "A0 enters as VMID 0, without a fence, and touches page 5.",
            (RunVcpu(0, 0, 0), GuestAccess(0, 0, (5,))),
        ),
        Step("The hart is about to switch to B0: HFENCE.VVMA will drop VS-stage entries only."),
        Step(
            "B0 enters as VMID 0, without a fence, and touches page 5: its own tables lead to a "
            "guest page that A's G-stage entry maps.",
            (RunVcpu(1, 0, 0), GuestAccess(1, 0, (5,))),
        ),
        Step(
            "A0 and B0 are switched in once more, in turn; HFENCE.GVMA is executed at none of "
            "the four entries.",
            (RunVcpu(0, 0, 0), RunVcpu(1, 0, 0)),
        ),
    ),
    sees=(
        Sighting(4, "I1", "B0 enters under VMID 0, under which A's G-stage entries are"),
        Sighting(4, "cross-domain", "A's G-stage entry serves B"),
        Sighting(5, "I1", "and so at every entry"),
    ),
    fixed=Variant(
        "x86, which this was ported from, flushes at each entry without an id.",
        policy="xen-x86-asid",
    ),
)
