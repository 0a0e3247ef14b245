"""Xen's header has the numbers of two SBI RFENCE functions exchanged, twice."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu, UnmapPages
from simcore.machine.faults import Fault
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="xen-head-sbi-fid-swap",
    title="A fence of every VMID arrives as a fence of VMID 0",
    source="xen-project/xen@c447b7308b, xen/arch/riscv/include/asm/sbi.h:44-50, against the SBI "
    "specification's ext-rfence; Linux had the same until March 2021 (H. Schuchardt, \"RISC-V: "
    'correct enum sbi_ext_rfence_fid")',
    policy="xen-riscv-head",
    platform=preset("rv64").with_harts(1),
    faults=frozenset({Fault.SWAPPED_FUNCTION_IDS, Fault.EMPTY_MASK_MEANS_ALL}),
    steps=(
        Step(
            "The mask is made right by hand: the empty one is taken for all harts. C0 and B0 get "
            "VMIDs 1 and 2, then A0 gets 3 and touches page 5.",
            (
                CreateDomain(1, "A"),
                CreateDomain(1, "B"),
                CreateDomain(1, "C"),
                RunVcpu(2, 0, 0),
                RunVcpu(1, 0, 0),
                RunVcpu(0, 0, 0),
                GuestAccess(0, 0, (5,)),
            ),
        ),
        Step(
            "Page 5 of A is about to be unmapped. HFENCE.GVMA for all VMIDs is asked for by the "
            "header's number, 3, with a4 = 0."
        ),
        Step(
            "To firmware 3 means HFENCE.GVMA by VMID, and a4 is the VMID: every hart fences VMID "
            "0, and the call returns success.",
            (UnmapPages(0, 5),),
        ),
        Step(
            "A's entry under VMID 3 is still there, and the frame is free for another use. A0 "
            "touches page 5.",
            (GuestAccess(0, 0, (5,)),),
        ),
    ),
    sees=(
        Sighting(3, "I2", "the fence of every VMID is complete, and VMID 3 has entries"),
        Sighting(3, "I9", "A runs on with an entry that maps the frame taken away"),
        Sighting(4, "stale-mapping", "A's entry of before serves it"),
    ),
    fixed=Variant(
        "The specification's numbers.",
        faults=frozenset({Fault.EMPTY_MASK_MEANS_ALL}),
    ),
)
