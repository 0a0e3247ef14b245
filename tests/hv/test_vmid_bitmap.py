"""The bitmap of ids: lowest first, and what was freed is fenced before it is used again."""

from hypothesis import given
from hypothesis import strategies as st

from simcore.hv.vmid_bitmap import VmidBitmap


def test_ids_are_taken_lowest_first_until_none_is_left() -> None:
    bitmap = VmidBitmap(3)
    assert [bitmap.take_lowest() for _ in range(4)] == [0, 1, 2, None]


def test_empty_bitmap_has_no_id() -> None:
    assert VmidBitmap(0).take_lowest() is None


def test_freed_id_is_taken_again_before_higher_ones() -> None:
    bitmap = VmidBitmap(5)
    for _ in range(4):
        bitmap.take_lowest()
    bitmap.free(2)
    bitmap.free(1)
    assert [bitmap.take_lowest() for _ in range(3)] == [1, 2, 4]


def test_fresh_id_needs_no_fence_and_a_freed_one_needs_exactly_one() -> None:
    bitmap = VmidBitmap(2)
    vmid = bitmap.take_lowest()
    assert vmid is not None
    assert not bitmap.test_and_clear_flush_needed(vmid)
    bitmap.free(vmid)
    assert bitmap.test_and_clear_flush_needed(vmid)
    assert not bitmap.test_and_clear_flush_needed(vmid)


@given(st.integers(0, 12), st.lists(st.one_of(st.none(), st.integers(0, 11)), max_size=60))
def test_bitmap_agrees_with_two_sets(size: int, history: list[int | None]) -> None:
    bitmap, taken, dirty = VmidBitmap(size), set[int](), set[int]()
    for freed in history:
        if freed is None:
            expected = next((vmid for vmid in range(size) if vmid not in taken), None)
            assert bitmap.take_lowest() == expected
            if expected is not None:
                taken.add(expected)
                assert bitmap.test_and_clear_flush_needed(expected) == (expected in dirty)
                dirty.discard(expected)
        elif freed in taken:
            bitmap.free(freed)
            taken.discard(freed)
            dirty.add(freed)
    assert {vmid for vmid in range(size) if bitmap.taken[vmid]} == taken
    assert {vmid for vmid in range(size) if bitmap.flush_needed[vmid]} == dirty
