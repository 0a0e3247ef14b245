"""H5: the world switch fences the VS-stage of the VMID that the vCPU is about to lose."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="xen-head-vvma-wrong-vmid",
    title="HFENCE.VVMA covers the old VMID, and the new one has its last owner's entries",
    source="xen-project/xen@c447b7308b, p2m_ctxt_switch_to in xen/arch/riscv/p2m.c (HFENCE.VVMA "
    "acts on the VMID in hgatp); riscv-isa-manual issue #793",
    policy="xen-riscv-head",
    platform=preset("rv64-split").with_harts(1).with_vmidlen(2),
    steps=(
        Step(
            "C0, B0 and A0 get VMIDs 1, 2 and 3. B0, with ASID 1, touches page 5: its VS-stage "
            "entry lies under VMID 2 in a TLB of its own.",
            (
                CreateDomain(1, "A"),
                CreateDomain(1, "B"),
                CreateDomain(1, "C"),
                CreateDomain(1, "D"),
                RunVcpu(2, 0, 0),
                RunVcpu(1, 0, 0),
                GuestAccess(1, 0, (5,)),
                RunVcpu(0, 0, 0),
            ),
        ),
        Step(
            "The ids run out: D0 begins generation 2 as VMID 1. HFENCE.GVMA of everything drops "
            "all G-stage entries, and no VS-stage entry.",
            (RunVcpu(3, 0, 0),),
        ),
        Step("A0 is about to be switched in with its stored VMID 3: HFENCE.VVMA will cover 3."),
        Step("The last step before the entry gives A0 VMID 2.", (RunVcpu(0, 0, 0),)),
        Step("A0, with ASID 1, touches page 5.", (GuestAccess(0, 0, (5,)),)),
    ),
    sees=(
        Sighting(4, "I1", "A0 enters under VMID 2, under which B's VS-stage entries are"),
        Sighting(5, "cross-domain", "B's VS-stage entry serves A"),
    ),
    fixed=Variant(
        "HFENCE.VVMA when an id is first used in a generation, after hgatp holds it.",
        policy="xen-x86-asid",
    ),
)
