"""The hot loop: plain Python, compiled, and a naive TLB that knows no trick all agree."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.hw import kernel
from simcore.hw.fence import Fence, FenceKind
from simcore.hw.tlb import Organisation, Tlb, TlbGeometry
from tests.hw.guests import OWNER_DOMAIN, Guest, access, naive_access, owner_number, stage
from tests.hw.naive_tlb import NaiveTlb

# (domain, pages): the second is smaller, so a wrong VS-stage entry may name a page it has not.
SIZES = (12, 5, 12)
HIGH_PAGE = 1 << kernel.CONTEXT_SHIFT | 3

accesses = st.tuples(
    st.just("access"),
    st.integers(0, 3),
    st.sampled_from((None, 0, 1, 2)),
    st.integers(0, 2),
    st.integers(0, 1),
    st.lists(st.integers(0, 11), min_size=1, max_size=24),
)
fences = st.tuples(
    st.just("fence"),
    st.sampled_from(FenceKind),
    st.one_of(st.none(), st.integers(0, 11), st.just(HIGH_PAGE)),
    st.one_of(st.none(), st.integers(0, 3)),
    st.integers(0, 3),
)
remaps = st.tuples(st.just("remap"), st.integers(0, 2), st.integers(0, 4))
histories = st.lists(st.one_of(accesses, accesses, fences, remaps), max_size=40)
# Ways decide what is compiled: few, so that it is compiled few times.
geometries = st.builds(
    TlbGeometry, st.sampled_from((1, 2, 4)), st.sampled_from((1, 3)), st.sampled_from(Organisation)
)


@contextmanager
def always(compiled: bool) -> Iterator[None]:
    """Every batch through the compiled loop, or none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "COMPILE_FROM", 0 if compiled else 1 << 30)
        if not compiled:
            patch.setattr(kernel, "_compiled", {})
        yield


def entries_of(tlb: Tlb) -> set[tuple[Any, ...]]:
    """Valid entries without the ghosts' packing."""
    return {
        (e.structure, e.set, e.way, e.kind, e.vmid, e.asid, e.page, e.target, e.owner, e.version,
         e.last_use)
        for e in tlb.entries()
    }  # fmt: skip


def naive_entries_of(tlb: NaiveTlb) -> set[tuple[Any, ...]]:
    """The same of the naive TLB."""
    return {
        (*slot, r.kind, r.vmid, r.asid, r.page, r.filled.target,
         owner_number(r.filled.domain, r.filled.space), r.filled.version, r.last_use)
        for slot, r in tlb.slots.items()
    }  # fmt: skip


def play(
    history: list[tuple[Any, ...]],
    guests: list[Guest],
    touch: Callable[..., Any],
    fence: Callable[[Fence, int], int],
) -> list[Any]:
    """Run a history; the answers of every access and fence."""
    answers: list[Any] = []
    for step in history:
        if step[0] == "access":
            _, vmid, asid, domain, space, pages = step
            guest = guests[domain]
            within = [page % len(guest.frames) for page in pages]
            answers.append(touch(vmid, asid, guest, within, space))
        elif step[0] == "fence":
            _, kind, address, identity, vmid = step
            answers.append(fence(Fence(kind, address, identity), vmid))
        else:
            _, domain, gpn = step
            guests[domain].remap(gpn)
    return answers


def fresh_guests() -> list[Guest]:
    return [Guest(domain, pages) for domain, pages in enumerate(SIZES)]


@settings(max_examples=150, deadline=None)
@given(geometry=geometries, history=histories, levels=st.integers(2, 5))
def test_plain_compiled_and_naive_agree_on_every_answer_and_entry(
    geometry: TlbGeometry, history: list[tuple[Any, ...]], levels: int
) -> None:
    naive = NaiveTlb(geometry, levels)
    expected = play(
        history, fresh_guests(), lambda *given: naive_access(naive, *given), naive.fence
    )
    for compiled in (False, True):
        tlb = Tlb(geometry, levels)
        with always(compiled):
            answers = play(
                history, fresh_guests(), lambda *given, tlb=tlb: access(tlb, *given), tlb.fence
            )
        assert answers == expected
        assert entries_of(tlb) == naive_entries_of(naive)
        valid = sum(tlb.fill_by_vmid().values())
        assert valid == len(naive.slots)


@pytest.mark.parametrize("compiled", [False, True])
def test_stream_goes_round_at_its_end(compiled: bool) -> None:
    guest, tlb = Guest(0, 12), Tlb(TlbGeometry(4, 4))
    stages = (stage(guest.vs(0)), stage(guest.g()))
    pages = np.array([7, 8, 9], np.int64)
    with always(compiled):
        batch = tlb.access(1, 1, stage(guest.whole(0)), stages, (pages, 2, 5), OWNER_DOMAIN)
    assert (batch.hits, batch.misses) == (2, 3)
    assert {entry.page: entry.last_use for entry in tlb.entries()} == {7: 5, 8: 3, 9: 4}


def test_large_batch_is_compiled_and_gives_what_the_plain_loop_gives() -> None:
    pages = [(number * 7) % 12 for number in range(5000)]
    answers = []
    for compiled in (False, True):
        guest, tlb = Guest(0, 12), Tlb(TlbGeometry(2, 3))
        with always(compiled):
            answers.append((access(tlb, 1, 1, guest, pages), list(tlb.entries())))
    assert answers[0] == answers[1]


def test_small_batch_is_not_compiled_and_a_large_one_is() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernel, "_compiled", {})
        guest, tlb = Guest(0, 12), Tlb(TlbGeometry(2, 3))
        access(tlb, 1, 1, guest, [0] * (kernel.COMPILE_FROM - 1))
        assert kernel.single not in kernel._compiled
        access(tlb, 1, 1, guest, [0] * kernel.COMPILE_FROM)
        assert kernel.single in kernel._compiled


def test_ghost_and_page_of_the_first_wrong_hit_are_kept() -> None:
    first, second, tlb = Guest(0, 12), Guest(2, 12), Tlb(TlbGeometry(4, 4))
    access(tlb, 1, 1, first, [4, 5, 6])
    batch = access(tlb, 1, 1, second, [9, 5, 4, 6, 5])
    ghost = owner_number(0, 0) << kernel.GHOST_SHIFT
    assert batch.cross_domain == (4, 5, ghost)
    assert batch.cross_vcpu == batch.stale_mapping == (0, 0, 0)
    assert (batch.hits, batch.misses) == (4, 1)
