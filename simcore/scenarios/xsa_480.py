"""XSA-480: a page is free while the flush that makes it so is still put off."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu, UnmapPages
from simcore.machine.faults import Fault
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="XSA-480",
    title="Flushes are deferred to the end, and pages go back to the pool before",
    source="xen-project/xen@4bc2e5333a (2026-03-17), XSA-480, CVE-2026-23554, p2m_free_ptp",
    policy="xen-arm-bitmap",
    platform=preset("rv64").with_harts(2),
    faults=frozenset({Fault.EARLY_ACKNOWLEDGE}),
    steps=(
        Step(
            "A runs on hart 1 and has page 5 in its TLB.",
            (CreateDomain(1, "A"), RunVcpu(0, 0, 1), GuestAccess(0, 0, (5,))),
        ),
        Step(
            "The p2m entry is cleared. The flush is put off, while the page counts as free. (EPT's "
            "deferred flush is played by a remote fence that returns before it is carried out; the "
            "page is one of the guest's, where Xen's was one of the tables'.)",
            (UnmapPages(0, 5),),
        ),
        Step(
            "The flush arrives. Whatever became of the page, A could reach it until now.",
            (GuestAccess(0, 0, (5,)),),
        ),
    ),
    sees=(
        Sighting(2, "I9", "A runs with a freed page within reach"),
        Sighting(2, "I2", "the caller goes on before hart 1 has fenced"),
    ),
    fixed=Variant("The flush is made before anything is freed.", faults=frozenset()),
)
