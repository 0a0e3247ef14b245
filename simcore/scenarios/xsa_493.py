"""XSA-493: the TLBI is complete, and a store that used the entry is not."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.scenario import Scenario, Step, Variant

SCENARIO = Scenario(
    name="XSA-493",
    title="A store through the old entry lands after the invalidation was said to be complete",
    source="xen-project/xen@161e8f61b5 (2026-06-09), XSA-493, CVE-2025-10263 (errata of Arm cores)",
    policy="xen-arm-bitmap",
    platform=preset("rv64").with_harts(2),
    steps=(
        Step("A broadcast TLBI and the DSB after it complete; the entry is gone everywhere."),
        Step("A store that was translated by that entry is still on its way."),
        Step("It lands after the page was given to somebody else."),
    ),
    sees=(),
    fixed=Variant("TLBI and DSB are done twice: the second waits for the store."),
    outside="stores in flight: an access here is done when it is made. The TLB itself is right",
)
