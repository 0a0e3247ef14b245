"""A1: with no index left to give, VMID 0 is given, which is the host's."""

from __future__ import annotations

from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

PAGES = tuple(range(8))

SCENARIO = Scenario(
    name="kvm-arm64-vmid-zero",
    title="Every index is reserved, the search ends past the last, and the host's VMID is given",
    source="Linux v6.17, arch/arm64/kvm/vmid.c, new_vmid (find_next_zero_bit, then idx2vmid); "
    "not reachable with the 8 or 16 bits that Arm has",
    policy="kvm-arm64",
    platform=preset("rv64").with_harts(2).with_vmidlen(1),
    guests=GuestSpec(working_set_pages=len(PAGES), accesses_per_us=0, asids="bare"),
    speculation=True,
    steps=(
        Step(
            "VMIDs have one bit: 0 is the host's, 1 is all there is. VM A runs on hart 0 with VMID "
            "1. Its guests, like the others', do not use paging of their own yet.",
            (
                CreateDomain(1, "A"),
                CreateDomain(1, "B"),
                CreateDomain(1, "C"),
                RunVcpu(0, 0, 0),
                GuestAccess(0, 0, PAGES),
            ),
        ),
        Step(
            "VM B is loaded on hart 1. A generation ends, but A runs, so its index is reserved. "
            "The search finds nothing up to 2^bits, and cut to one bit that is index 0: B runs "
            "as VMID 0.",
            (RunVcpu(1, 0, 1), GuestAccess(1, 0, PAGES)),
        ),
        Step(
            "B leaves hart 1 to the host, which has VMID 0 too and walks ahead of time. (The model "
            "has no host tables: hgatp keeps B's root, so what is cached is B's.) VM C is loaded "
            "there, gets VMID 0 in turn, and touches its pages.",
            (RunVcpu(2, 0, 1), GuestAccess(2, 0, PAGES)),
        ),
    ),
    sees=(
        Sighting(3, "I1", "C enters under VMID 0, under which the host cached translations"),
        Sighting(3, "I3", "VMID 0 went to C with these entries there"),
        Sighting(3, "cross-domain", "what was cached for the host (B's root) serves C"),
    ),
    fixed=Variant(
        "As many usable VMIDs as harts and one more; fewer are to be refused, not warned of.",
        platform=preset("rv64").with_harts(2).with_vmidlen(2),
    ),
)
