"""A plain counter of VMIDs comes round while its first VM still lives."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import Command, CreateDomain, DestroyDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

IDS = 2**7


def _come_and_go(domain: int) -> tuple[Command, ...]:
    return (CreateDomain(1), DestroyDomain(domain))


SCENARIO = Scenario(
    name="xen-arm-2013-256-VMs",
    title="After as many VMs as there are ids, two live VMs have one id",
    source="xen-project/xen@8e2acc2074 (2013-09-17), which ends it: only up to 256 VMs could be "
    'made in the life of a host before things would start "acting strange"',
    policy="bao-static",
    platform=preset("rv32").with_harts(1),
    steps=(
        Step(
            "The VMID is the number of the VM, counted up and cut to the field of the register: 8 "
            "bits on Arm then. Bao numbers its VMs so to this day and stands for the old code; "
            "RV32 has 7 bits, so 128 VMs are enough. VM A has VMID 0, runs and fills an entry.",
            (CreateDomain(1, "A"), RunVcpu(0, 0, 0), GuestAccess(0, 0, (5,))),
        ),
        Step(
            f"{IDS - 1} other VMs come and go.",
            tuple(command for domain in range(1, IDS) for command in _come_and_go(domain)),
        ),
        Step(
            "VM B is made. The counter came round: its VMID is 0, and A lives. B runs and touches "
            "page 5.",
            (CreateDomain(1, "B"), RunVcpu(IDS, 0, 0), GuestAccess(IDS, 0, (5,))),
        ),
    ),
    sees=(
        Sighting(3, "I1", "B enters under A's VMID"),
        Sighting(3, "I3", "the VMID went to B with A's entries there"),
        Sighting(3, "cross-domain", "A's entry serves B"),
    ),
    fixed=Variant(
        "A bitmap: an id is given out again when it was freed, and not before.",
        policy="xen-arm-bitmap",
    ),
)
