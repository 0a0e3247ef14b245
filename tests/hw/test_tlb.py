"""What each fence removes, what replacement takes, and who filled what."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore.hw.fence import GVMA_ALL, VVMA_ALL, Fence, FenceKind, gvma_vmid
from simcore.hw.tlb import EntryKind, Organisation, Tlb, TlbEntry, TlbGeometry
from tests.hw.guests import Guest, access, naive_access, owner_number
from tests.hw.naive_tlb import NaiveTlb

COMBINED = TlbGeometry(4, 4)
SPLIT = TlbGeometry(4, 4, Organisation.SPLIT)
BOTH = pytest.mark.parametrize("geometry", [COMBINED, SPLIT], ids=["combined", "split"])


def tags(tlb: Tlb) -> list[tuple[str, int, int, int]]:
    """Kind, VMID, ASID and page of every valid entry, sorted."""
    return sorted((entry.kind.label, entry.vmid, entry.asid, entry.page) for entry in tlb.entries())


def filled(geometry: TlbGeometry, *tagged: tuple[int, int | None, int]) -> Tlb:
    """A TLB after one access a (VMID, ASID, page)."""
    tlb, guest = Tlb(geometry), Guest(0, 12)
    for vmid, asid, page in tagged:
        access(tlb, vmid, asid, guest, [page])
    return tlb


def test_combined_access_fills_one_entry_and_split_access_two() -> None:
    assert tags(filled(COMBINED, (3, 2, 5))) == [("combined", 3, 2, 5)]
    assert tags(filled(SPLIT, (3, 2, 5))) == [("G-stage", 3, -1, 5), ("VS-stage", 3, 2, 5)]


@BOTH
def test_access_with_vsatp_bare_fills_a_g_stage_entry_alone(geometry: TlbGeometry) -> None:
    tlb = filled(geometry, (3, None, 5))
    assert tags(tlb) == [("G-stage", 3, -1, 5)]
    assert [entry.structure for entry in tlb.entries()] == [
        "combined" if geometry is COMBINED else "G-stage"
    ]


@BOTH
def test_hfence_gvma_without_operands_leaves_vs_stage_entries_only(geometry: TlbGeometry) -> None:
    tlb = filled(geometry, (0, 1, 4), (1, 1, 5), (2, None, 6))
    assert tlb.fence(GVMA_ALL, 0) == 3
    assert {kind for kind, *_ in tags(tlb)} == (set() if geometry is COMBINED else {"VS-stage"})


@BOTH
def test_hfence_gvma_by_vmid_leaves_other_vmids(geometry: TlbGeometry) -> None:
    tlb = filled(geometry, (0, 1, 4), (1, 1, 5), (1, 2, 6))
    assert tlb.fence(gvma_vmid(1), 0) == 2
    kinds = [entry[:2] for entry in tags(tlb) if entry[0] != "VS-stage"]
    assert kinds == [("combined" if geometry is COMBINED else "G-stage", 0)]


def test_vmid_zero_operand_is_vmid_zero_and_not_all() -> None:
    tlb = filled(COMBINED, (0, 1, 4), (1, 1, 5))
    assert tlb.fence(gvma_vmid(0), 1) == 1
    assert tags(tlb) == [("combined", 1, 1, 5)]


def test_hfence_gvma_with_address_drops_every_combined_entry_of_the_vmid() -> None:
    tlb = filled(COMBINED, (1, 1, 4), (1, 2, 5), (2, 1, 4))
    assert tlb.fence(Fence(FenceKind.GVMA, 9, 1), 0) == 2
    assert tags(tlb) == [("combined", 2, 1, 4)]


def test_hfence_gvma_with_address_drops_one_g_stage_entry() -> None:
    tlb = filled(SPLIT, (1, None, 4), (1, None, 5), (2, None, 4))
    assert tlb.fence(Fence(FenceKind.GVMA, 4, 1), 0) == 1
    assert tags(tlb) == [("G-stage", 1, -1, 5), ("G-stage", 2, -1, 4)]
    assert tlb.fence(Fence(FenceKind.GVMA, 4, None), 0) == 1


@BOTH
def test_hfence_vvma_acts_on_the_current_vmid_and_leaves_g_stage_entries(
    geometry: TlbGeometry,
) -> None:
    tlb = filled(geometry, (1, 1, 4), (1, None, 6), (2, 1, 5))
    assert tlb.fence(VVMA_ALL, 1) == 1
    left = [entry for entry in tags(tlb) if entry[1] == 1]
    assert {kind for kind, *_ in left} == {"G-stage"}
    assert any(vmid == 2 and asid == 1 for _, vmid, asid, _ in tags(tlb))


@BOTH
def test_hfence_vvma_by_asid_and_address_drops_that_entry_alone(geometry: TlbGeometry) -> None:
    tlb = filled(geometry, (1, 1, 4), (1, 2, 4), (1, 1, 5))
    assert tlb.fence(Fence(FenceKind.VVMA, 4, 1), 1) == 1
    left = [entry[1:] for entry in tags(tlb) if entry[0] != "G-stage"]
    assert left == [(1, 1, 5), (1, 2, 4)]


@BOTH
@pytest.mark.parametrize("kind", [FenceKind.SFENCE_VMA, FenceKind.FENCE_I])
def test_sfence_at_v0_and_fence_i_leave_guest_entries(
    geometry: TlbGeometry, kind: FenceKind
) -> None:
    tlb = filled(geometry, (0, 1, 4), (1, 1, 5))
    before = tags(tlb)
    assert tlb.fence(Fence(kind), 1) == 0
    assert tags(tlb) == before


@BOTH
@pytest.mark.parametrize("kind", [FenceKind.GVMA, FenceKind.VVMA])
def test_fence_of_a_page_no_guest_has_drops_no_other_context_s_page(
    geometry: TlbGeometry, kind: FenceKind
) -> None:
    # 2**34 and up ran into the bits that hold the context in a packed tag.
    tlb = filled(geometry, *((vmid, None, 5) for vmid in (1, 2, 3)))
    before = tags(tlb)
    for context in range(1, 4):
        assert tlb.fence(Fence(kind, context << 34 | 5, None), 1) == 0
    assert tags(tlb) == before
    assert tlb.fill_by_vmid() == {1: 1, 2: 1, 3: 1}


def test_least_recently_used_entry_is_replaced() -> None:
    tlb, guest = Tlb(TlbGeometry(1, 2)), Guest(0, 12)
    access(tlb, 1, 1, guest, [3, 4, 3, 5])
    assert sorted(entry.page for entry in tlb.entries()) == [3, 5]


def test_invalid_entry_is_taken_before_the_least_recently_used() -> None:
    tlb, guest = Tlb(TlbGeometry(1, 3)), Guest(0, 12)
    access(tlb, 1, 1, guest, [3])
    access(tlb, 2, 1, guest, [4])
    access(tlb, 1, 1, guest, [5])
    tlb.fence(gvma_vmid(2), 0)
    access(tlb, 1, 1, guest, [6])
    assert {entry.page: entry.way for entry in tlb.entries()} == {3: 0, 6: 1, 5: 2}


def test_pages_go_to_the_set_of_their_low_bits() -> None:
    tlb = filled(COMBINED, (1, 1, 0), (1, 1, 5), (1, 1, 11))
    assert {entry.page: entry.set for entry in tlb.entries()} == {0: 0, 5: 1, 11: 3}


@BOTH
def test_a_tag_names_its_filler_until_another_guest_uses_it(geometry: TlbGeometry) -> None:
    tlb, first, second = Tlb(geometry), Guest(0, 12), Guest(1, 12)
    access(tlb, 3, 2, first, [5])
    first.remap(5)
    access(tlb, 3, 2, first, [6])
    fillers = {tag.kind: filler for tag, filler in tlb.tags_under(3)}
    by_space, by_domain = owner_number(0, 0), owner_number(0, -1)
    split = {EntryKind.VS_STAGE: by_space, EntryKind.G_STAGE: by_domain}
    assert fillers == ({EntryKind.COMBINED: by_space} if geometry is COMBINED else split)
    twin = tlb.clone()
    access(tlb, 3, 2, second, [5])
    assert {filler for _, filler in tlb.tags_under(3)} == {None}
    assert {filler for _, filler in twin.tags_under(3)} == set(fillers.values())
    assert tlb.flush() == len(fillers) * 2
    assert list(tlb.tags_under(3)) == []
    access(tlb, 3, 2, second, [5])
    assert None not in {filler for _, filler in tlb.tags_under(3)}


def test_ghost_tells_who_filled_an_entry_under_which_version() -> None:
    tlb, guest = Tlb(COMBINED), Guest(2, 12)
    guest.remap(7)
    access(tlb, 1, 1, guest, [4], space=1)
    (entry,) = tlb.entries()
    # Space 1 maps GVA page 4 to GPA page 7; owner numbers are 3 * domain + space + 1.
    assert (entry.owner, entry.version, entry.target) == (8, 1, 3107)


def test_entry_from_before_a_mapping_change_serves_a_stale_mapping_hit() -> None:
    tlb, guest = Tlb(COMBINED), Guest(0, 12)
    access(tlb, 1, 1, guest, [4])
    guest.remap(4)
    batch = access(tlb, 1, 1, guest, [4, 4])
    assert (batch.stale_mapping[0], batch.cross_vcpu[0], batch.cross_domain[0]) == (2, 0, 0)
    tlb.fence(gvma_vmid(1), 1)
    assert access(tlb, 1, 1, guest, [4, 4]).stale_mapping[0] == 0


def test_other_space_of_the_domain_under_one_asid_serves_a_cross_vcpu_hit() -> None:
    for geometry in (COMBINED, SPLIT):
        tlb, guest = Tlb(geometry), Guest(0, 12)
        access(tlb, 1, 1, guest, [4], space=0)
        batch = access(tlb, 1, 1, guest, [4], space=1)
        assert (batch.cross_vcpu[0], batch.cross_domain[0]) == (1, 0)


def test_split_tlb_keeps_g_stage_entries_for_all_spaces_of_a_domain() -> None:
    tlb, guest = Tlb(SPLIT), Guest(0, 12)
    access(tlb, 1, 1, guest, [4, 7], space=0)
    # Space 1 maps page 4 to GPA page 7, which space 0 has walked already.
    batch = access(tlb, 1, 2, guest, [4], space=1)
    assert (batch.vs_misses, batch.g_misses, batch.misses) == (1, 0, 1)


def test_g_stage_of_another_domain_under_one_vmid_serves_a_cross_domain_hit() -> None:
    tlb = Tlb(SPLIT)
    access(tlb, 1, 1, Guest(0, 12), [4])
    tlb.fence(VVMA_ALL, 1)
    batch = access(tlb, 1, 1, Guest(2, 12), [4])
    assert (batch.cross_domain[0], batch.vs_misses, batch.g_misses) == (1, 1, 0)


def test_wrong_vs_stage_entry_that_names_no_page_of_the_domain_ends_before_the_g_stage() -> None:
    tlb, large, small = Tlb(SPLIT), Guest(0, 12), Guest(1, 5)
    access(tlb, 1, 1, large, [4], space=1)
    before = [entry for entry in tlb.entries() if entry.kind is EntryKind.G_STAGE]
    batch = access(tlb, 1, 1, small, [4])
    assert (batch.cross_domain[0], batch.g_misses, batch.hits) == (1, 0, 1)
    after = [entry for entry in tlb.entries() if entry.kind is EntryKind.G_STAGE]
    assert after == before


@BOTH
def test_contexts_beyond_the_first_1024_are_found_and_retired_ones_come_back(
    geometry: TlbGeometry,
) -> None:
    # 5,000 VMIDs, each fenced after use: numbers of contexts are used again and again.
    tlb, naive, guest = Tlb(geometry), NaiveTlb(geometry), Guest(0, 12)
    for vmid in range(5000):
        pages = [vmid % 12, (vmid + 5) % 12]
        assert access(tlb, vmid, 1, guest, pages) == naive_access(naive, vmid, 1, guest, pages)
        if vmid % 3:
            fences = (gvma_vmid(vmid), VVMA_ALL)
            for fence in fences:
                assert tlb.fence(fence, vmid) == naive.fence(fence, vmid)
    assert len(list(tlb.entries())) == len(naive.slots)
    assert all(cache.arrays.live.shape[0] <= 4096 for cache in tlb._caches.values())


def test_live_contexts_beyond_1024_make_room_and_stay_apart() -> None:
    tlb, guest = Tlb(TlbGeometry(1024, 4)), Guest(0, 12)
    for asid in range(3000):
        assert access(tlb, 1, asid, guest, [asid % 12]).misses == 1
    assert tlb.fill_by_vmid() == {1: 48}
    # The last four of each set of one page are there still, under their own tags.
    assert {entry.asid for entry in tlb.entries()} == set(range(2952, 3000))
    assert tlb.fence(VVMA_ALL, 1) == 48
    assert tlb.fill_by_vmid() == {}


@settings(max_examples=60, deadline=None)
@given(
    geometry=st.sampled_from((COMBINED, SPLIT)),
    before=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 11)), max_size=20),
    after=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 11)), max_size=20),
)
def test_clone_answers_alike_and_goes_its_own_way(
    geometry: TlbGeometry, before: list[tuple[int, int]], after: list[tuple[int, int]]
) -> None:
    tlb, guest = Tlb(geometry), Guest(0, 12)
    for vmid, page in before:
        access(tlb, vmid, 1, guest, [page])
    twin, key = tlb.clone(), tlb.key()
    assert twin.key() == key
    answers = [access(twin, vmid, 1, guest, [page]) for vmid, page in after]
    twin.fence(GVMA_ALL, 0)
    assert tlb.key() == key
    assert [access(tlb, vmid, 1, guest, [page]) for vmid, page in after] == answers


def test_entry_tells_everything_a_page_shows() -> None:
    (entry,) = filled(COMBINED, (3, 2, 5)).entries()
    assert entry == TlbEntry("combined", 1, 0, EntryKind.COMBINED, 3, 2, 5, 1005, 1, 0, 1)
    assert all(type(number) is int for number in entry[4:])


@pytest.mark.parametrize(
    ("sets", "ways", "message"),
    [
        (0, 4, "tlb.sets is 0; a power of two from 1 to 4096 is allowed"),
        (3, 4, "tlb.sets is 3; a power of two from 1 to 4096 is allowed"),
        (8192, 4, "tlb.sets is 8192; a power of two from 1 to 4096 is allowed"),
        (4, 0, "tlb.ways is 0; 1 to 128 is allowed"),
        (4, 129, "tlb.ways is 129; 1 to 128 is allowed"),
    ],
)
def test_geometry_out_of_range_is_refused(sets: int, ways: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TlbGeometry(sets, ways)


def test_geometry_counts_the_entries_of_one_structure() -> None:
    assert TlbGeometry(64, 8, Organisation.SPLIT).entries == 512


@pytest.mark.parametrize(("levels", "references"), [(2, 8), (3, 15), (4, 24), (5, 35)])
def test_combined_miss_reads_what_a_two_stage_walk_reads(levels: int, references: int) -> None:
    tlb, guest = Tlb(TlbGeometry(4, 4), levels), Guest(0, 12)
    batch = access(tlb, 1, 1, guest, [1, 2, 1])
    assert (batch.misses, batch.references, batch.walk_g_hits) == (2, 2 * references, 0)


def test_bare_vsatp_makes_a_miss_walk_the_g_stage_only() -> None:
    tlb, guest = Tlb(TlbGeometry(4, 4), levels=4), Guest(0, 12)
    assert access(tlb, 1, None, guest, [1, 2, 1]).references == 2 * 4


def test_walk_finds_the_g_stage_translation_that_another_address_space_left() -> None:
    tlb, guest = Tlb(TlbGeometry(4, 4, Organisation.SPLIT)), Guest(0, 12)
    first = access(tlb, 1, 1, guest, [3, 4], space=0)
    assert (first.references, first.walk_g_hits) == (2 * (3 + 3), 0)
    # Space 1 maps page 0 where space 0 maps page 3.
    second = access(tlb, 1, 2, guest, [0, 1], space=1)
    assert (second.vs_misses, second.g_misses) == (2, 0)
    assert (second.references, second.walk_g_hits) == (2 * 3, 2)


@pytest.mark.parametrize("sets_and_ways", [(1, 48), (4, 128)])
def test_set_that_a_fence_emptied_is_filled_from_its_first_way(
    sets_and_ways: tuple[int, int],
) -> None:
    sets, ways = sets_and_ways
    tlb, guest = Tlb(TlbGeometry(sets, ways)), Guest(0, 4 * sets * ways)
    half = sets * ways // 2
    access(tlb, 1, 1, guest, list(range(half)))
    access(tlb, 2, 1, guest, list(range(half)))
    assert {entry.way for entry in tlb.entries() if entry.vmid == 1} == set(range(ways // 2))
    access(tlb, 2, 1, guest, list(range(2 * half, 2 * half + sets)))
    assert tlb.fence(Fence(FenceKind.GVMA, None, 1), 0) == half - sets
    access(tlb, 3, 1, guest, list(range(half)))
    ways_of_3 = {entry.way for entry in tlb.entries() if entry.vmid == 3}
    assert ways_of_3 == set(range(1, ways // 2 + 1))
