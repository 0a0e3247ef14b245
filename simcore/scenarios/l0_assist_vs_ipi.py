"""A flush by hypercall does what the flush IPI did, but for one thing: it does not wait."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.scenario import Scenario, Step, Variant

SCENARIO = Scenario(
    name="L0-assist-vs-IPI",
    title="A walker with interrupts off held flush IPIs up, and does not hold an assisted flush up",
    source="xen-project/xen@5b718d24e8 (2020-07-02), which fixes e9aca9470ed8",
    policy="untagged",
    platform=preset("rv64").with_harts(2),
    steps=(
        Step(
            "Xen's page-fault handler walks page tables by software, with interrupts off: nobody "
            "can free a table meanwhile, since that takes a flush IPI which this hart does not "
            "answer."
        ),
        Step("Xen runs under another Xen, and its flush IPIs give way to one flush hypercall."),
        Step(
            "Another hart takes a page table away: the flush is done at once, the page is free, "
            "and the walker still reads it."
        ),
    ),
    sees=(),
    fixed=Variant("Flushes for page tables and at allocation are sent as IPIs again."),
    outside="software walks and the memory of page tables: a walk here is one step of the hart's, "
    "and tables are not pages that could be freed",
)
