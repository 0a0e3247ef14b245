"""Two VMID maps of one step, and which VMIDs are taken (or stale, …) in one of them only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from app.comparisons import Standing
from app.views.vmid_bitmap import STATES, runs
from simcore.hw.ids import HartId
from simcore.vmid_map import STATE_BITS, CellState, vmid_map

Of = Literal["taken", "running", "stale", "violation"]


class Cells(NamedTuple):
    """A map's bytes, and the event they show."""

    seq: int
    cells: bytes


def cells_of(hart: int | None) -> Callable[[Standing], Cells]:
    """The view that reads the map of a hart, or of all together."""
    number = None if hart is None else HartId(hart)

    def view(now: Standing) -> Cells:
        return Cells(now.seq, vmid_map(now.machine, number, now.chronicle.trouble).cells)

    return view


def maps_json(steps: int, hart: int | None, both: tuple[Cells, Cells], of: Of) -> dict[str, Any]:
    """Both maps, run-length coded, and the difference in numbers."""
    a, b = both
    return {
        "steps": steps,
        "hart": hart,
        "size": len(a.cells),
        "states": STATES,
        "a": _map_json(a),
        "b": _map_json(b),
        "difference": {"of": of, **_difference(a.cells, b.cells, of)},
    }


def _map_json(one: Cells) -> dict[str, Any]:
    states = Counter(byte & STATE_BITS for byte in one.cells)
    counts = {name: states[value] for value, name in enumerate(STATES)}
    return {"seq": one.seq, "counts": counts, "runs": runs(one.cells)}


def _difference(a: bytes, b: bytes, of: Of) -> dict[str, int]:
    found = Counter(_class(one, other, of) for one, other in zip(a, b, strict=True))
    return {name: found[name] for name in ("neither", "a_only", "b_only", "both", "unlike")}


def _class(a: int, b: int, of: Of) -> str:
    if not _is(b, of):
        return "a_only" if _is(a, of) else "neither"
    if not _is(a, of):
        return "b_only"
    return "both" if a & STATE_BITS == b & STATE_BITS else "unlike"


def _is(byte: int, of: Of) -> bool:
    state = byte & STATE_BITS
    return state != CellState.FREE if of == "taken" else state == CellState[of.upper()]
