"""Ids are handed out by the width of the field, and the hart implements fewer bits."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import Command, CreateDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

VMIDLEN = 4
DOMAINS = 40


def _create(count: int) -> tuple[Command, ...]:
    return (CreateDomain(1),) * count


def _run(*domains: int) -> tuple[Command, ...]:
    """Each in turn on hart 0, touching page 5."""
    return tuple(
        command
        for domain in domains
        for command in (RunVcpu(domain, 0, 0), GuestAccess(domain, 0, (5,)))
    )


SCENARIO = Scenario(
    name="xen-v2-vmidlen-alias",
    title="Two live domains have different VMIDs, and the hart cannot tell them apart",
    source="xen-devel, review of [PATCH v2 03/17] by J. Beulich, June 2025; manual, "
    "norm:hgatp_vmid (VMIDLEN may be anything from 0)",
    policy="xen-riscv-v2-posted",
    platform=preset("rv64").with_harts(1).with_vmidlen(VMIDLEN),
    steps=(
        Step("The hart implements 4 VMID bits. The patch does not look: it counts on all 14."),
        Step(
            "40 domains are created, and domain i has VMID i. Read with 4 bits these are 16 "
            "VMIDs; 0, 16 and 32 are one of them. (With 1 bit there are 2, with none there is 1.)",
            _create(DOMAINS),
        ),
        Step(
            "Domains 0, 16 and 32 run on hart 0 in turn and touch page 5. Each time hgatp.VMID "
            "reads 0.",
            _run(0, 16, 32),
        ),
    ),
    sees=(
        Sighting(3, "I6", "16 and 32 are written, and the register holds 0"),
        Sighting(3, "I1", "domain 16 enters under the tag of domain 0"),
        Sighting(3, "cross-domain", "domain 0's entry serves domains 16 and 32"),
    ),
    fixed=Variant(
        "VMIDLEN is probed and the pool has 16 ids: the 17th domain would be refused with "
        "-EBUSY, so 16 are created, and domains 0 and 15 run.",
        policy="xen-riscv-v2-reviewed",
        steps=(
            Step("The hart implements 4 VMID bits, and the probe finds them."),
            Step("16 domains are created: the whole pool.", _create(2**VMIDLEN)),
            Step("Domains 0 and 15 run on hart 0 in turn and touch page 5.", _run(0, 15)),
        ),
    ),
)
