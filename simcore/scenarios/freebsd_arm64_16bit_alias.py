"""A probe by write and read-back finds bits that the TLB does not compare."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.machine.faults import Fault
from simcore.scenario import Scenario, Sighting, Step, Variant

FIRST, SECOND = 0x101, 0x201

SCENARIO = Scenario(
    name="freebsd-arm64-16bit-alias",
    title="The register takes wide VMIDs, the TLB compares eight bits of them",
    source="FreeBSD, reviews.freebsd.org/D55860 (bhyve on arm64, 16-bit VMIDs, VTCR_EL2.VS off)",
    policy="xen-riscv-v2-reviewed",
    platform=preset("rv64").with_harts(1).with_vmidlen(8),
    faults=frozenset({Fault.NO_VMIDLEN_PROBE}),
    steps=(
        Step(
            "The allocator is a bitmap of as many ids as it believes the hardware tells apart. "
            "The hardware uses 8 bits: the wide field is not switched on."
        ),
        Step(
            "VMID bits are written and read back, and all read back as written. (The model's "
            "register would give 8; that the allocator is told every bit of the field, here 14, "
            "is the fault no-vmidlen-probe.)"
        ),
        Step(
            "Domains are created until VMIDs 0x101 and 0x201 are both in use.",
            (CreateDomain(1, pages=64),) * (SECOND + 1),
        ),
        Step(
            "Both run on the hart and touch page 5; by its 8 bits both have VMID 1.",
            (
                RunVcpu(FIRST, 0, 0),
                GuestAccess(FIRST, 0, (5,)),
                RunVcpu(SECOND, 0, 0),
                GuestAccess(SECOND, 0, (5,)),
            ),
        ),
    ),
    sees=(
        Sighting(4, "I6", "0x101 is written, and the hart goes by 1, whatever the probe said"),
        Sighting(4, "I1", "the second domain enters under the tag of the first"),
        Sighting(4, "cross-domain", "the first domain's entry serves the second"),
    ),
    fixed=Variant(
        "The wide field is switched on: the hardware compares what it reads back.",
        platform=preset("rv64").with_harts(1),
    ),
)
