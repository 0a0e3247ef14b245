"""XSA-294: shadow tables change under a PCID that stays, and the flush that came along is gone."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.scenario import Scenario, Step, Variant

SCENARIO = Scenario(
    name="XSA-294",
    title="A change of shadow root relied on a flush that PCIDs took away",
    source="xen-project/xen@329b00e4d4 (2019-03-05), XSA-294; inks.tedunangst.com/l/3726",
    policy="linux-x86-pcid",
    platform=preset("rv64").with_harts(1),
    steps=(
        Step(
            "A PV guest in shadow mode switches between its kernel and user tables: the shadow "
            "root may change, while vCPU and PCID stay."
        ),
        Step(
            "The write of CR3 used to flush what the old root left. With PCIDs it has the no-flush "
            "bit set, and the old root's entries go on serving."
        ),
    ),
    sees=(),
    fixed=Variant("The switch flushes for guests in shadow mode."),
    outside="shadow page tables: one table made of two stages, changed by the hypervisor; guests "
    "here have two stages of their own, and do not change theirs",
)
