"""XSA-292: a write of CR3 that flushes nothing, before a write of CR4 that is left out."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.scenario import Scenario, Step, Variant

SCENARIO = Scenario(
    name="XSA-292",
    title="The same PCID stays in use, and neither write of the switch drops its entries",
    source="xen-project/xen@6e5f22ba43 (2019-03-05), XSA-292, switch_cr3_cr4",
    policy="linux-x86-pcid",
    platform=preset("rv64").with_harts(1),
    steps=(
        Step("CR3 is written with PCID p and the no-flush bit set: nothing is dropped."),
        Step("CR4 does not change, so its write, which would flush, is skipped."),
        Step("Entries that came to be under PCID p before the switch remain, and serve after it."),
    ),
    sees=(),
    fixed=Variant("Where the PCID does not change, CR3 is written without the no-flush bit."),
    outside="page tables of PV guests are the hypervisor's own address space, switched by CR3 and "
    "CR4; a machine has guests' two stages only, and hgatp and vsatp flush nothing when written",
)
