"""H4: between the world switch and the entry, hgatp holds a VMID that may be another's by now."""

from __future__ import annotations

from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

PAGES = tuple(range(64))

SCENARIO = Scenario(
    name="xen-head-stale-vmid-window",
    title="A speculative walk in the world switch fills under a VMID that is another vCPU's",
    source="xen-project/xen@c447b7308b, p2m_ctxt_switch_to and p2m_handle_vmenter in "
    "xen/arch/riscv/p2m.c",
    policy="xen-riscv-head",
    platform=preset("rv64").with_harts(1).with_vmidlen(2),
    guests=GuestSpec(accesses_per_us=0, asids="bare"),
    speculation=True,
    steps=(
        Step(
            "A0 runs and holds (generation 1, VMID 2); C0 before it and D0 after it use up the "
            "other two VMIDs. (The guests translate by the G-stage alone: their vsatp is Bare.)",
            (
                CreateDomain(1, "A"),
                CreateDomain(1, "B"),
                CreateDomain(1, "C"),
                CreateDomain(1, "D"),
                CreateDomain(1, "E"),
                RunVcpu(2, 0, 0),
                RunVcpu(0, 0, 0),
                RunVcpu(3, 0, 0),
            ),
        ),
        Step(
            "The ids run out: E0 begins generation 2 as VMID 1, everything is fenced, and B0 gets "
            "VMID 2, which A0 had.",
            (RunVcpu(4, 0, 0), RunVcpu(1, 0, 0)),
        ),
        Step(
            "A0 is being switched in: hgatp gets A's root with the VMID as stored, 2, and vsatp "
            "is restored. The last step before the entry has not run yet."
        ),
        Step(
            "The hart walks for an address of its own choosing, and caches A's translations "
            "under VMID 2."
        ),
        Step("Only then A0 gets VMID 3, and enters.", (RunVcpu(0, 0, 0),)),
        Step(
            "B0 is switched in; VMID 2 is still its own. The switch fences VS-stage entries "
            "only; B0 touches its pages.",
            (RunVcpu(1, 0, 0), GuestAccess(1, 0, PAGES)),
        ),
    ),
    sees=(
        Sighting(6, "I1", "B0 enters under VMID 2, under which A's G-stage entries may be"),
        Sighting(6, "cross-domain", "a G-stage entry that A filled speculatively serves B"),
    ),
    fixed=Variant(
        "The id is found before hgatp is written, as in the x86 code, which loads both in one "
        "instruction: no walk ever starts under another's id.",
        policy="xen-x86-asid",
    ),
)
