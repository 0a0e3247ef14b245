"""The one hot loop: a batch of guest accesses against the TLB of one hart.

Written once as plain Python over NumPy arrays. `run` calls it as it is for a small batch and
compiled by Numba for a large one, so there is one text and nothing to keep in step. It is compiled
once for each number of ways, which takes a second or two and is kept on the disk.

A tag is ``context << CONTEXT_SHIFT | page``. The context stands for (kind, VMID, ASID, epoch):
a lookup is one 64-bit compare per way, and a fence by id retires contexts without touching
entries. A ghost is ``owner << GHOST_SHIFT | version``; hardware never reads it, only the count
of wrong hits does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

Words = NDArray[np.int64]
Lanes = tuple[None, ...]
_F = TypeVar("_F", bound=Callable[..., Any])

CONTEXT_SHIFT = 34
"""Bits of a tag that hold the page number: guests are modelled up to 2**34 pages (64 TiB)."""
GHOST_SHIFT = 32

CROSS_DOMAIN, CROSS_VCPU, STALE_MAPPING = 0, 1, 2
HITS, MISSES, VS_MISSES, G_MISSES, REFERENCES, WALK_G_HITS = 3, 4, 5, 6, 7, 8
FIRST_PAGE, FIRST_GHOST = 9, 12
COUNTS = 15
"""Length of ``counts``: wrong hits by kind (0..2), hits, misses, misses of the VS-stage and of the
G-stage structure (split organisation), page-table entries that walks read, walks of the VS-stage
that found the last G-stage translation cached (split), then page (9..11) and ghost (12..14) of the
first wrong hit of each kind."""

NO_CONTEXT = 0
"""The context of ways that were never filled: retired from the beginning."""
TAG, STAMP, GHOST, VALUE = 0, 1, 2, 3
FIELDS = 4
_LANE_BITS = 7  # `TlbGeometry` allows 128 ways
_LANE_MASK = (1 << _LANE_BITS) - 1
_NEVER = 1 << 62

COMPILE_FROM = 256
"""Accesses in a batch from which loading the compiled form pays."""


class Structure(NamedTuple):
    """One translation cache as arrays, all int64.

    ``entries[sets, FIELDS, ways]`` holds of each entry its tag, its stamp (time of last use: true
    LRU), its ghost (who filled it) and its value (the page number it translates to).
    ``live[contexts]`` is the number of valid entries of a context, -1 once it is retired.
    ``full[sets + 1]`` ends with a count of the removals by fences; before it stands, for each set,
    that count when the set was last seen without an invalid way: while it is still the same, there
    is none. ``lanes`` has an item a way: the compiler knows a tuple's length, and unrolls what goes
    over the ways.
    """

    entries: Words
    live: Words
    full: Words
    lanes: Lanes


class Stage(NamedTuple):
    """What a right translation is: by page, the ghost a right entry has and its page number.

    The ghosts are all of one owner.
    """

    expected: Words
    values: Words


def _jitable(function: _F) -> _F:
    """Callable from Python as it is, and from compiled code."""
    typed: _F = register_jitable(function)
    return typed


# The arrays of a structure are handed on one by one: compiled code counts references to the
# members of a tuple wherever one is looked up, which would cost more than all the rest.


@_jitable
def _find(entries: Words, lanes: Lanes, row: Any, tag: int) -> int:
    """The way of ``row`` that holds ``tag``, or -1. No early end: that would be mispredicted."""
    found = -1
    for way in range(len(lanes)):
        if entries[row, TAG, way] == tag:
            found = way
    return found


@_jitable
def _least_recent(entries: Words, lanes: Lanes, row: Any) -> int:
    """The way of ``row`` used least recently, as one minimum over (stamp, way)."""
    oldest = _NEVER
    for way in range(len(lanes)):
        oldest = min(oldest, entries[row, STAMP, way] << _LANE_BITS | way)
    return oldest & _LANE_MASK


@_jitable
def _invalid(entries: Words, live: Words, lanes: Lanes, row: Any) -> int:
    """The first way of ``row`` whose context is retired, or -1."""
    found = -1
    for way in range(len(lanes) - 1, -1, -1):
        if live[np.uintp(entries[row, TAG, way] >> CONTEXT_SHIFT)] < 0:
            found = way
    return found


@_jitable
def _put(
    entries: Words, live: Words, row: Any, victim: int, tag: int, ghost: int, value: int, clock: int
) -> None:
    """Replace what is in a way by the right translation."""
    way = np.uintp(victim)
    held = np.uintp(entries[row, TAG, way] >> CONTEXT_SHIFT)
    if live[held] > 0:
        live[held] -= 1
    live[np.uintp(tag >> CONTEXT_SHIFT)] += 1
    entries[row, TAG, way] = tag
    entries[row, STAMP, way] = clock
    entries[row, GHOST, way] = ghost
    entries[row, VALUE, way] = value


@_jitable
def _judge(
    ghost: int, right: int, page: int, owner_domain: Words, counts: Words, counted: int
) -> int:
    """Count a hit on an entry whose ghost is not the right one, by kind; returns the kind, or -1.

    Not again where the same access was ``counted`` under that kind already.
    """
    if ghost == right:
        return -1
    owner, right_owner = ghost >> GHOST_SHIFT, right >> GHOST_SHIFT
    kind = STALE_MAPPING
    if owner_domain[owner] != owner_domain[right_owner]:
        kind = CROSS_DOMAIN
    elif owner != right_owner:
        kind = CROSS_VCPU
    if kind == counted:
        return kind
    if counts[kind] == 0:
        counts[FIRST_PAGE + kind] = page
        counts[FIRST_GHOST + kind] = ghost
    counts[kind] += 1
    return kind


def _single(
    cache: Structure,
    context: int,
    stage: Stage,
    walk: int,
    pages: Words,
    start: int,
    count: int,
    owner_domain: Words,
    clock: int,
    counts: Words,
) -> int:
    """One structure: combined entries (GVA -> SPA), or G-stage ones when vsatp is Bare.

    Looks ``count`` pages up from ``pages[start]`` on, round again at its end, and fills what
    misses; a miss reads ``walk`` page-table entries. Returns the clock after the batch.
    """
    entries, live, full, lanes = cache
    now = full[-1]
    expected, values = stage
    mask, tag_base = entries.shape[0] - 1, context << CONTEXT_SHIFT
    position, misses, references = start, 0, 0
    for _ in range(count):
        number = pages[np.uintp(position)]
        position = position + 1 if position + 1 < pages.shape[0] else 0
        clock += 1
        # Unsigned: an index that cannot be negative is not checked for counting from the end.
        page, row = np.uintp(number), np.uintp(number & mask)
        tag = tag_base | number
        found = _find(entries, lanes, row, tag)
        if found < 0:
            misses += 1
            references += walk
            victim = _invalid(entries, live, lanes, row) if full[row] != now else -1
            if victim < 0:
                full[row], victim = now, _least_recent(entries, lanes, row)
            _put(entries, live, row, victim, tag, expected[page], values[page], clock)
            continue
        way = np.uintp(found)
        entries[row, STAMP, way] = clock
        ghost, right = entries[row, GHOST, way], expected[page]
        _judge(ghost, right, number, owner_domain, counts, -1)
    counts[HITS], counts[MISSES], counts[REFERENCES] = count - misses, misses, references
    return clock


def _split(
    vs_cache: Structure, vs_context: int, vs_stage: Stage,
    g_cache: Structure, g_context: int, g_stage: Stage, walk: int,
    pages: Words, start: int, count: int, owner_domain: Words, clock: int, counts: Words,
) -> int:  # fmt: skip
    """Two structures: VS-stage entries (GVA -> GPA), then G-stage entries (GPA -> SPA).

    A hit needed no walk at either stage; a walk of either reads ``walk`` page-table entries (the
    G-stage translations of the guest's table pages are taken to be cached). A wrong VS-stage entry
    may name a GPA that this domain does not have: a guest-page fault, and no G-stage entry is
    looked up or filled for it. Returns the clock after the batch.
    """
    vs_entries, vs_live, vs_full, vs_lanes = vs_cache
    g_entries, g_live, g_full, g_lanes = g_cache
    vs_now, g_now = vs_full[-1], g_full[-1]
    (vs_expected, vs_values), (g_expected, g_values) = vs_stage, g_stage
    vs_mask, g_mask = vs_entries.shape[0] - 1, g_entries.shape[0] - 1
    position, misses, vs_misses, g_misses, walk_g_hits = start, 0, 0, 0, 0
    for _ in range(count):
        number = pages[np.uintp(position)]
        position = position + 1 if position + 1 < pages.shape[0] else 0
        clock += 1
        walked, counted = False, -1
        page, row = np.uintp(number), np.uintp(number & vs_mask)
        tag = vs_context << CONTEXT_SHIFT | number
        way = _find(vs_entries, vs_lanes, row, tag)
        if way < 0:
            vs_misses += 1
            walked = True
            gpn = vs_values[page]
            victim = _invalid(vs_entries, vs_live, vs_lanes, row) if vs_full[row] != vs_now else -1
            if victim < 0:
                vs_full[row], victim = vs_now, _least_recent(vs_entries, vs_lanes, row)
            _put(vs_entries, vs_live, row, victim, tag, vs_expected[page], gpn, clock)
        else:
            vs_entries[row, STAMP, way] = clock
            gpn = vs_entries[row, VALUE, way]
            ghost, right = vs_entries[row, GHOST, way], vs_expected[page]
            counted = _judge(ghost, right, number, owner_domain, counts, -1)
        if gpn < g_expected.shape[0]:
            page, row = np.uintp(gpn), np.uintp(gpn & g_mask)
            tag = g_context << CONTEXT_SHIFT | gpn
            way = _find(g_entries, g_lanes, row, tag)
            if way < 0:
                g_misses += 1
                walked = True
                victim = _invalid(g_entries, g_live, g_lanes, row) if g_full[row] != g_now else -1
                if victim < 0:
                    g_full[row], victim = g_now, _least_recent(g_entries, g_lanes, row)
                _put(g_entries, g_live, row, victim, tag, g_expected[page], g_values[page], clock)
            else:
                walk_g_hits += walked
                g_entries[row, STAMP, way] = clock
                ghost, right = g_entries[row, GHOST, way], g_expected[page]
                _judge(ghost, right, gpn, owner_domain, counts, counted)
        misses += walked
    counts[HITS], counts[MISSES] = count - misses, misses
    counts[VS_MISSES], counts[G_MISSES] = vs_misses, g_misses
    counts[REFERENCES], counts[WALK_G_HITS] = (vs_misses + g_misses) * walk, walk_g_hits
    return clock


_compiled: dict[Callable[..., int], Callable[..., int]] = {}


def _compile(loop: Callable[..., int]) -> Callable[..., int]:
    """The compiled form, compiled or read from Numba's cache at first need."""
    from numba import njit

    compiled: Callable[..., int] = njit(cache=True, nogil=True)(loop)
    _compiled[loop] = compiled
    return compiled


def run(loop: Callable[..., int], accesses: int, *arguments: Any) -> int:
    """Run ``loop`` (`single` or `split`) over a batch, compiled where that pays."""
    compiled = _compiled.get(loop)
    if compiled is None:
        compiled = loop if accesses < COMPILE_FROM else _compile(loop)
    return compiled(*arguments)


single, split = _single, _split
