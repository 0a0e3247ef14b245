"""The VMID map as JSON (run-length coded) or as bytes."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any

from app.live.shown import Shown
from app.views.domain import owners_json
from simcore.hw.ids import HartId
from simcore.machine import Machine
from simcore.policies.base import Scope
from simcore.vmid_map import ALIASED, IN_HGATP, STATE_BITS, CellState, VmidMap, vmid_map

STATES = [state.name.lower() for state in CellState]


def map_of(live: Shown, machine: Machine, hart: int | None) -> tuple[int, VmidMap]:
    """The map of a hart, or of all, and the sequence number it is of."""
    number = None if hart is None else HartId(hart)
    return live.published.seq, vmid_map(machine, number, live.chronicle.trouble)


def bitmap_json(live: Shown, machine: Machine, hart: int | None) -> dict[str, Any]:
    """The map as JSON. Raises ValueError for a hart that the machine does not have."""
    seq, cells = map_of(live, machine, hart)
    states = Counter(byte & STATE_BITS for byte in cells.cells)
    return {
        "seq": seq,
        "hart": hart,
        "per_hart": machine.policy.scope is Scope.PER_HART,
        "vmidlen": cells.vmidlen,
        "size": len(cells.cells),
        "states": STATES,
        "runs": runs(cells.cells),
        "counts": {name: states[value] for value, name in enumerate(STATES)},
        "aliased": sum(1 for byte in cells.cells if byte & ALIASED),
        "in_hgatp": sum(1 for byte in cells.cells if byte & IN_HGATP),
        "owners": {
            str(vmid): owners_json(live, pairs) for vmid, pairs in sorted(cells.owners.items())
        },
    }


def runs(cells: bytes) -> list[list[int]]:
    """[first VMID, length, byte] of each run of equal bytes."""
    found, first = [], 0
    for byte, run in groupby(cells):
        length = sum(1 for _ in run)
        found.append([first, length, byte])
        first += length
    return found
