"""Allocation and fences as a bare model of tuples: what a checker in Python costs at the least.

The lowest free id, fenced on every hart before its new owner runs; the same as allocation.pml.
"""

from __future__ import annotations

from collections.abc import Iterator

VMS, HARTS, IDS = 4, 2, 3
NOBODY, DEAD = 0, VMS + 1
Row = tuple[int, ...]
State = tuple[Row, Row, Row, Row]
"""Id of each VM (0: none), VM + 1 on each hart, id each hart has yet to fence, who filled what."""

INITIAL: State = ((0,) * VMS, (NOBODY,) * HARTS, (0,) * HARTS, (NOBODY,) * HARTS * (IDS + 1))


def _with(row: Row, index: int, value: int) -> Row:
    return (*row[:index], value, *row[index + 1 :])


def successors(state: State) -> Iterator[State]:
    """Every state one step on. Asserts that nobody hits what another filled."""
    ids, loaded, asked, tlb = state
    if not any(asked):
        yield from _of_vms(state)
    for hart in range(HARTS):
        first = hart * (IDS + 1)
        if asked[hart]:
            fenced = _with(tlb, first + asked[hart], NOBODY)
            yield ids, loaded, _with(asked, hart, 0), fenced
        owner = loaded[hart]
        if owner:
            yield ids, _with(loaded, hart, NOBODY), asked, tlb
            entry = first + ids[owner - 1]
            assert tlb[entry] in (NOBODY, owner), "a wrong hit"
            yield ids, loaded, asked, _with(tlb, entry, owner)


def _of_vms(state: State) -> Iterator[State]:
    """VMs are created, destroyed and loaded while no fence is under way."""
    ids, loaded, asked, tlb = state
    free = next((number for number in range(1, IDS + 1) if number not in ids), 0)
    for vm in range(VMS):
        if not ids[vm]:
            if free:
                yield _with(ids, vm, free), loaded, (free,) * HARTS, tlb
        elif vm + 1 not in loaded:
            dead = tuple(DEAD if owner == vm + 1 else owner for owner in tlb)
            yield _with(ids, vm, 0), loaded, asked, dead
            for hart in range(HARTS):
                if loaded[hart] == NOBODY:
                    yield ids, _with(loaded, hart, vm + 1), asked, tlb


def explored() -> int:
    """Explore everything; returns the number of states."""
    known, level = {INITIAL}, [INITIAL]
    while level:
        following: list[State] = []
        for state in level:
            for reached in successors(state):
                if reached not in known:
                    known.add(reached)
                    following.append(reached)
        level = following
    return len(known)
