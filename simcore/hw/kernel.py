"""The one hot loop: a batch of guest accesses against the TLB of one hart.

Written once as plain Python over NumPy arrays. `run` calls it as it is for a small batch and
compiled by Numba for a large one, so there is one text and nothing to keep in step.

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
_F = TypeVar("_F", bound=Callable[..., Any])

CONTEXT_SHIFT = 34
"""Bits of a tag that hold the page number: guests are modelled up to 2**34 pages (64 TiB)."""
GHOST_SHIFT = 32

CROSS_DOMAIN, CROSS_VCPU, STALE_MAPPING = 0, 1, 2
HITS, MISSES, VS_MISSES, G_MISSES = 3, 4, 5, 6
FIRST_PAGE, FIRST_GHOST = 7, 10
COUNTS = 13
"""Length of ``counts``: wrong hits by kind (0..2), hits, misses, misses of the VS-stage and of the
G-stage structure (split organisation), then page (7..9) and ghost (10..12) of the first wrong hit
of each kind."""

COMPILE_FROM = 256
"""Accesses in a batch from which loading the compiled form pays."""


class Structure(NamedTuple):
    """One translation cache as arrays, all int64.

    ``tags[sets, ways]`` (-1: never filled), ``stamps`` (time of last use: true LRU), ``ghosts``
    (who filled the entry), ``values`` (the page number it translates to) and ``live[contexts]``,
    the number of valid entries of a context, -1 once it is retired.
    """

    tags: Words
    stamps: Words
    ghosts: Words
    values: Words
    live: Words


class Stage(NamedTuple):
    """What a right translation is: by page, the ghost a right entry has and its page number."""

    expected: Words
    values: Words


def _jitable(function: _F) -> _F:
    """Callable from Python as it is, and from compiled code."""
    typed: _F = register_jitable(function)
    return typed


@_jitable
def _find(cache: Structure, row: int, tag: int) -> int:
    for way in range(cache.tags.shape[1]):
        if cache.tags[row, way] == tag:
            return way
    return -1


@_jitable
def _fill(cache: Structure, row: int, context: int, page: int, stage: Stage, clock: int) -> None:
    """Put the right translation of ``page`` in an invalid way, or in the least recently used."""
    tags, stamps, live = cache.tags, cache.stamps, cache.live
    victim, oldest = 0, stamps[row, 0]
    for way in range(tags.shape[1]):
        held = tags[row, way]
        if held < 0 or live[held >> CONTEXT_SHIFT] < 0:
            victim = way
            break
        if stamps[row, way] < oldest:
            victim, oldest = way, stamps[row, way]
    held = tags[row, victim]
    if held >= 0 and live[held >> CONTEXT_SHIFT] > 0:
        live[held >> CONTEXT_SHIFT] -= 1
    live[context] += 1
    tags[row, victim] = (context << CONTEXT_SHIFT) | page
    stamps[row, victim] = clock
    cache.ghosts[row, victim] = stage.expected[page]
    cache.values[row, victim] = stage.values[page]


@_jitable
def _judge(
    ghost: int, right: int, page: int, owner_domain: Words, counts: Words, counted: int
) -> int:
    """Count a hit on an entry whose ghost is not the right one, by kind; returns the kind.

    Not again where the same access was ``counted`` under that kind already.
    """
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
    pages: Words,
    start: int,
    count: int,
    owner_domain: Words,
    clock: int,
    counts: Words,
) -> int:
    """One structure: combined entries (GVA -> SPA), or G-stage ones when vsatp is Bare.

    Looks ``count`` pages up from ``pages[start]`` on, round again at its end, and fills what
    misses. Returns the clock after the batch.
    """
    mask = cache.tags.shape[0] - 1
    position = start
    for _ in range(count):
        page = pages[position]
        position += 1
        if position == pages.shape[0]:
            position = 0
        clock += 1
        row = page & mask
        way = _find(cache, row, (context << CONTEXT_SHIFT) | page)
        if way < 0:
            counts[MISSES] += 1
            _fill(cache, row, context, page, stage, clock)
            continue
        counts[HITS] += 1
        cache.stamps[row, way] = clock
        if cache.ghosts[row, way] != stage.expected[page]:
            _judge(cache.ghosts[row, way], stage.expected[page], page, owner_domain, counts, -1)
    return clock


def _split(
    vs_cache: Structure,
    vs_context: int,
    vs_stage: Stage,
    g_cache: Structure,
    g_context: int,
    g_stage: Stage,
    pages: Words,
    start: int,
    count: int,
    owner_domain: Words,
    clock: int,
    counts: Words,
) -> int:
    """Two structures: VS-stage entries (GVA -> GPA), then G-stage entries (GPA -> SPA).

    A hit is an access that needed no walk at either stage. A wrong VS-stage entry may name a GPA
    that this domain does not have: the walk would end in a guest-page fault, so no G-stage entry
    is looked up or filled for it. Returns the clock after the batch.
    """
    vs_mask, g_mask = vs_cache.tags.shape[0] - 1, g_cache.tags.shape[0] - 1
    position = start
    for _ in range(count):
        page = pages[position]
        position += 1
        if position == pages.shape[0]:
            position = 0
        clock += 1
        walked, counted = False, -1
        row = page & vs_mask
        way = _find(vs_cache, row, (vs_context << CONTEXT_SHIFT) | page)
        if way < 0:
            counts[VS_MISSES] += 1
            walked = True
            _fill(vs_cache, row, vs_context, page, vs_stage, clock)
            gpn = vs_stage.values[page]
        else:
            vs_cache.stamps[row, way] = clock
            gpn = vs_cache.values[row, way]
            ghost, right = vs_cache.ghosts[row, way], vs_stage.expected[page]
            if ghost != right:
                counted = _judge(ghost, right, page, owner_domain, counts, -1)
        if gpn < g_stage.expected.shape[0]:
            row = gpn & g_mask
            way = _find(g_cache, row, (g_context << CONTEXT_SHIFT) | gpn)
            if way < 0:
                counts[G_MISSES] += 1
                walked = True
                _fill(g_cache, row, g_context, gpn, g_stage, clock)
            else:
                g_cache.stamps[row, way] = clock
                ghost, right = g_cache.ghosts[row, way], g_stage.expected[gpn]
                if ghost != right:
                    _judge(ghost, right, gpn, owner_domain, counts, counted)
        if walked:
            counts[MISSES] += 1
        else:
            counts[HITS] += 1
    return clock


_compiled: dict[Callable[..., int], Callable[..., int]] = {}


def _compile(loop: Callable[..., int]) -> Callable[..., int]:
    """The compiled form, compiled or read from Numba's cache at first need."""
    if loop not in _compiled:
        from numba import njit

        _compiled[loop] = njit(cache=True, nogil=True)(loop)
    return _compiled[loop]


def run(loop: Callable[..., int], accesses: int, *arguments: Any) -> int:
    """Run ``loop`` (`single` or `split`) over a batch, compiled where that pays."""
    if accesses < COMPILE_FROM and loop not in _compiled:
        return loop(*arguments)
    return _compile(loop)(*arguments)


single, split = _single, _split
