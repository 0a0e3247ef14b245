"""The v4 patch renames `disabled` to `used` and turns none of its uses round.

What the mail has is the contrary in all six places, so they agree with each other, and the code
does what v3 did. The damage that the name promises, every guest of a capable hart under VMID 0,
and VMIDs given out by a hart that has none, needs some of the places corrected and not all: no
version posted is like that (`simcore.policies.xen_riscv_v4` has it as an argument, and its tests
play it). What remains to be seen in v4 is what v3 and v5 show as well.
"""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="xen-v4-inverted-used",
    title="A flag is renamed to its opposite, and only the hart without VMIDs is the worse for it",
    source="xen-devel, [PATCH v4 02/18] of 2025-09-17, message-id ee861e4d0e43917d230e0c31ee51ff05"
    "73fcf2bd.1758145428.git.oleksii.kurochko@gmail.com; review by J. Beulich, 2025-09-19, who "
    "lists the six places",
    policy="xen-riscv-v4",
    platform=preset("rv64-split").with_harts(2).with_vmidlen(14, 0),
    steps=(
        Step(
            "`disabled` has become `used`, and everything that sets or tests it is as before: "
            "hart 0, with VMIDLEN 14, has `used` false, hart 1, with VMIDLEN 0, has it true.",
            (
                CreateDomain(1, "A"),
                CreateDomain(1, "B"),
                CreateDomain(1, "C"),
                CreateDomain(1, "D"),
            ),
        ),
        Step(
            "Hart 0 is not `used`, and so gives out VMIDs: A0 has 1 and B0 has 2. Both touch page "
            "5, each through entries of its own.",
            (
                RunVcpu(0, 0, 0),
                GuestAccess(0, 0, (5,)),
                RunVcpu(1, 0, 0),
                GuestAccess(1, 0, (5,)),
            ),
        ),
        Step(
            "Hart 1 is `used`, and so has none: C0 and D0 run there in turn as VMID 0, without a "
            "fence of the G-stage between them, and touch page 5. Put right in vmid_init alone, "
            "the flag would have it give out VMID 1 and fence at every entry, and hart 0 would "
            "fall back to VMID 0 for everybody once its ids are used up.",
            (
                RunVcpu(2, 0, 1),
                GuestAccess(2, 0, (5,)),
                RunVcpu(3, 0, 1),
                GuestAccess(3, 0, (5,)),
            ),
        ),
    ),
    sees=(
        Sighting(3, "I1", "D0 enters hart 1 under VMID 0, under which C's G-stage entries are"),
        Sighting(3, "cross-domain", "C's G-stage entry serves D on hart 1"),
    ),
    fixed=Variant(
        "v5 turns all six round, which alone changes nothing: its hart 1 does not fence either "
        "(see xen-head-disabled-noflush). In the x86 code it was ported from, an entry without an "
        "id fences.",
        policy="xen-x86-asid",
    ),
)
