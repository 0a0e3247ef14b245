"""A machine in a few numbers: what the first page tells of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from app.live.shown import Shown
from simcore.machine import Machine
from simcore.vmid_map import STATE_BITS, CellState, VmidMap, vmid_map


def summary_json(live: Shown, machine: Machine) -> dict[str, Any]:
    """Live, stale and free ids over all harts, and what the policy has cost so far."""
    chronicle = live.chronicle
    metrics = chronicle.metrics.to_dict()
    fences, assigned = metrics["local_fences"] + metrics["remote_fences"], metrics["ids_assigned"]
    return {
        "seq": live.published.seq,
        "now_ns": live.published.now_ns,
        **_ids(vmid_map(machine, None, chronicle.trouble)),
        "ids_assigned": assigned,
        "fences": fences,
        "fences_per_1000_ids": 1000 * fences / assigned if assigned else None,
        "cycles_lost": metrics["cycles_lost"],
        "violations_total": metrics["violations_total"],
    }


def _ids(cells: VmidMap) -> dict[str, int]:
    """How many ids there are of each sort; their sum is the size of the map.

    A wrong hit says nothing about who has the id, so the owner decides before the state does.
    """
    sorts = Counter(
        _sort(CellState(byte & STATE_BITS), vmid in cells.owners)
        for vmid, byte in enumerate(cells.cells)
    )
    return {sort: sorts[sort] for sort in ("live", "stale", "free", "reserved")}


def _sort(state: CellState, owned: bool) -> str:
    if owned or state in (CellState.ASSIGNED, CellState.RUNNING):
        return "live"
    if state is CellState.FREE:
        return "free"
    return "reserved" if state is CellState.RESERVED else "stale"
