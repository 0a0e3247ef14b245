"""What a played scenario showed, in short."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from simcore import events as ev
from simcore.hw.platform import preset
from simcore.hw.tlb import Organisation
from simcore.scenario import Playing, Scenario


def whats(playing: Playing) -> set[str]:
    """Invariants breached and kinds of wrong hits."""
    return {seen.what for seen in playing.seen}


def vmids(events: Iterable[ev.Event], hart: int) -> list[int]:
    """The VMIDs under which guests were entered on a hart."""
    return [e.vmid for e in events if isinstance(e, ev.GuestEntered) and e.hart == hart]


def gstage_fences(events: Iterable[ev.Event]) -> list[int]:
    """The harts that executed an HFENCE.GVMA after boot, in order."""
    return [
        e.hart
        for e in events
        if isinstance(e, ev.FenceExecuted)
        and e.fence.startswith("hfence_gvma")
        and e.cause != ev.CAUSE_BOOT
    ]


def on_combined_tlb(scenario: Scenario) -> Scenario:
    """The same scenario where one structure holds both stages."""
    assert scenario.platform.tlb.organisation is Organisation.SPLIT
    return replace(scenario, platform=replace(scenario.platform, tlb=preset("rv64").tlb))
