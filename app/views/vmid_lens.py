"""What the VMID map may show instead of states: owner, generation or age, a number a VMID."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np

from app.live.shown import Shown
from app.views.vmid_bitmap import map_of
from simcore.machine import Machine
from simcore.vmid_ages import ANYWHERE, NEVER, Numbers

Lens = Literal["owner", "generation", "age"]
MEANINGS: dict[Lens, str] = {
    "owner": "the domain that has the VMID (the first, where several share it); -1: nobody",
    "generation": (
        "how many generations ago the VMID was last given out, 0: in the current one; "
        "-1: never, or the policy has no generations"
    ),
    "age": (
        "nanoseconds of machine time since the VMID was last given out, or covered by an "
        "HFENCE.GVMA without address; -1: neither ever happened"
    ),
}


def lens_of(live: Shown, machine: Machine, lens: Lens, hart: int | None) -> tuple[int, Numbers]:
    """The sequence number, and a number for each VMID of a hart's map or of all together."""
    seq, cells = map_of(live, machine, hart)
    if lens == "owner":
        values = np.full(len(cells.cells), NEVER, np.int64)
        for vmid, pairs in cells.owners.items():
            values[vmid] = pairs[0][0]
    elif lens == "generation":
        values = _generations(live, machine, hart, cells.vmidlen)
    else:
        touched = live.chronicle.ages.touched(_place(hart), cells.vmidlen)
        values = np.where(touched == NEVER, NEVER, machine.now_ns - touched)
    return seq, values


def lens_json(live: Shown, machine: Machine, lens: Lens, hart: int | None) -> dict[str, Any]:
    """The same as JSON: runs of equal numbers, and how many VMIDs have each of the few."""
    seq, values = lens_of(live, machine, lens, hart)
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1]))
    lengths = np.diff(np.append(starts, len(values)))
    return {
        "seq": seq,
        "hart": hart,
        "lens": lens,
        "meaning": MEANINGS[lens],
        "size": len(values),
        "none": int((values == NEVER).sum()),
        "runs": np.stack((starts, lengths, values[starts]), axis=1).tolist(),
    }


def _place(hart: int | None) -> int:
    return ANYWHERE if hart is None else hart


def _generations(live: Shown, machine: Machine, hart: int | None, vmidlen: int) -> Numbers:
    """Of id spaces a hart laid over each other: behind the hart that gave the id out last."""
    known = machine.spec.platform.hart_ids
    given, generation, by_hart = live.chronicle.ages.given(_place(hart), vmidlen)
    current = np.full(max(known) + 2, NEVER, np.int64)
    for number in known:
        now = machine.policy.generation(number)
        if now is None:
            return np.full(1 << vmidlen, NEVER, np.int64)
        current[number] = now
    # Ids that hold on all harts have the index -1: the last place.
    current[ANYWHERE] = current[known[0]]
    return np.where(given == NEVER, NEVER, current[by_hart] - generation)
