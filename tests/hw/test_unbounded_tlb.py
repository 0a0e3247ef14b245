"""The unbounded TLB answers as a `Tlb` with room for everything."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.hw.fence import Fence, FenceKind
from simcore.hw.kernel import GHOST_SHIFT, Stage
from simcore.hw.tlb import Organisation, Tlb, TlbGeometry
from simcore.hw.unbounded_tlb import UnboundedTlb

PAGES = 3
OWNER_DOMAIN = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2], np.int64)


def views(domain: int, space: int, version: int) -> tuple[Stage, tuple[Stage, Stage]]:
    """Right translations of one address space; owner 3*domain is the G-stage's."""
    pages = np.arange(PAGES, dtype=np.int64)
    gpns = (pages + space) % PAGES
    frames = 100 * (domain + 1) + 10 * version + pages
    mine = np.full(PAGES, (3 * domain + 1 + space) << GHOST_SHIFT, np.int64)
    g_ghosts = np.full(PAGES, (3 * domain) << GHOST_SHIFT | version, np.int64)
    return Stage(mine | version, frames[gpns]), (Stage(mine, gpns), Stage(g_ghosts, frames))


accesses = st.tuples(
    st.integers(0, 3),
    st.one_of(st.none(), st.integers(0, 2)),
    st.tuples(st.integers(0, 2), st.integers(0, 1), st.integers(0, 1)),
    st.lists(st.integers(0, PAGES - 1), min_size=1, max_size=4),
)
fences = st.tuples(
    st.builds(
        Fence,
        st.sampled_from(list(FenceKind)),
        st.one_of(st.none(), st.integers(0, PAGES - 1)),
        st.one_of(st.none(), st.integers(0, 3)),
    ),
    st.integers(0, 3),
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(list(Organisation)),
    st.lists(st.one_of(accesses, fences, st.none()), max_size=25),
)
def test_it_hits_misses_and_drops_what_a_large_tlb_does(
    organisation: Organisation, steps: list[tuple[object, ...] | None]
) -> None:
    geometry = TlbGeometry(1, 128, organisation)
    large, unbounded = Tlb(geometry), UnboundedTlb(geometry)
    for step in steps:
        if step is None:
            assert unbounded.flush() == large.flush()
        elif isinstance(step[0], Fence):
            assert unbounded.fence(*step) == large.fence(*step)  # type: ignore[arg-type]
        else:
            vmid, asid, guest, touched = step
            whole, stages = views(*guest)  # type: ignore[misc]
            stream = (np.array(touched, np.int64), 0, len(touched))  # type: ignore[arg-type]
            told = [
                tlb.access(vmid, asid, whole, stages, stream, OWNER_DOMAIN)  # type: ignore[arg-type]
                for tlb in (unbounded, large)
            ]
            assert told[0] == told[1]
        # All but the structure, set, way and last use, which only silicon has.
        mine = sorted(tuple(entry)[3:10] for entry in unbounded.entries())
        assert mine == sorted(tuple(entry)[3:10] for entry in large.entries())
        assert unbounded.fill_by_vmid() == large.fill_by_vmid()
        for vmid in range(4):
            assert ghosts(unbounded, vmid) == ghosts(large, vmid)
            for tlb in (unbounded, large):
                for tag, filler in tlb.tags_under(vmid):
                    owners = set((tlb.ghosts_of(tag)[1] >> GHOST_SHIFT).tolist())
                    assert filler is None or owners == {filler}


def ghosts(tlb: Tlb | UnboundedTlb, vmid: int) -> list[tuple[object, ...]]:
    """Tag, page and ghost of everything under ``vmid``, in order."""
    return sorted(
        (tag, page, ghost)
        for tag, _ in tlb.tags_under(vmid)
        for page, ghost in zip(*map(np.ndarray.tolist, tlb.ghosts_of(tag)), strict=True)
    )


def test_a_clone_goes_its_own_way() -> None:
    tlb = UnboundedTlb(TlbGeometry(1, 1))
    whole, stages = views(0, 0, 0)
    stream = (np.array([0, 1, 2], np.int64), 0, 3)
    tlb.access(1, 1, whole, stages, stream, OWNER_DOMAIN)
    twin = tlb.clone()
    assert twin.key() == tlb.key()
    assert twin.flush() == 3
    assert len(list(tlb.entries())) == 3
