"""XSA-408: code is moved across the line that changes what its condition reads."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu, UnmapPages
from simcore.machine.faults import Fault
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="XSA-408",
    title="A needed flush is skipped, since its condition looks at the new type, not at the old",
    source="xen-project/xen@a9949efb28 (2022-07-26), XSA-408, CVE-2022-33745, _get_page_type",
    policy="xen-arm-bitmap",
    platform=preset("rv64").with_harts(2),
    faults=frozenset({Fault.DROPPED_FENCE}),
    steps=(
        Step(
            "The decision whether to flush moves, past the place where nx becomes the page's new "
            "type. It asks whether nx is writable, and means the old type. A runs on hart 1 and "
            "maps page 5 writable.",
            (CreateDomain(1, "A"), RunVcpu(0, 0, 1), GuestAccess(0, 0, (5,))),
        ),
        Step(
            "Page 5 is to be no longer A's to write. The condition is false where it should be "
            "true, and hart 1 is not flushed, though the caller goes on as if it were. (Xen's x86 "
            "code is played by its Arm code with a fence that is not carried out.)",
            (UnmapPages(0, 5),),
        ),
        Step("A0 still reaches the page by its old entry.", (GuestAccess(0, 0, (5,)),)),
    ),
    sees=(
        Sighting(2, "I2", "the caller goes on, and hart 1 holds what was to be flushed"),
        Sighting(2, "I9", "A runs with the page within reach"),
        Sighting(3, "stale-mapping", "A's entry of before the change serves A"),
    ),
    fixed=Variant(
        "The condition asks for the old type, and the flush is made.", faults=frozenset()
    ),
)
