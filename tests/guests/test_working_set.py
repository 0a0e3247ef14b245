"""What guests touch: seeded streams, their skew, and which address spaces their vCPUs have."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.formats.lackey import read_page_stream
from simcore.guests.working_set import (
    STREAM_LENGTH,
    Asids,
    GuestSpec,
    RecordedGuests,
    page_stream,
    stream_offset,
)


def test_stream_is_pinned_so_that_it_is_the_same_in_every_process() -> None:
    stream = page_stream(64, 0.8, 1)
    assert len(stream) == STREAM_LENGTH == 65536
    assert stream.dtype == np.int64
    assert stream[:10].tolist() == [10, 54, 1, 54, 3, 6, 36, 6, 12, 0]


def test_other_seed_gives_another_stream() -> None:
    assert page_stream(64, 0.8, 1).tolist() != page_stream(64, 0.8, 2).tolist()


def test_skew_0_touches_all_pages_alike_and_skew_1_the_nth_1_nth_as_often() -> None:
    flat = np.bincount(page_stream(4, 0.0, 1))
    assert (abs(flat / STREAM_LENGTH - 0.25) < 0.01).all()
    zipf = np.bincount(page_stream(4, 1.0, 1)) / STREAM_LENGTH
    assert (abs(zipf - np.array([12, 6, 4, 3]) / 25) < 0.01).all()


@given(st.integers(1, 300), st.floats(0, 4), st.integers(0, 2**63 - 1))
def test_stream_stays_within_the_working_set(pages: int, skew: float, seed: int) -> None:
    stream = page_stream(pages, skew, seed)
    assert stream.min() >= 0
    assert stream.max() < pages


def test_one_page_is_always_that_page() -> None:
    assert not page_stream(1, 0.8, 3).any()


def test_vcpus_start_at_places_of_their_own() -> None:
    places = {stream_offset(1, domain, vcpu) for domain in range(40) for vcpu in range(8)}
    assert len(places) > 315
    assert all(0 <= place < STREAM_LENGTH for place in places)
    assert [stream_offset(1, 0, 0), stream_offset(1, 0, 1), stream_offset(1, 1, 0)] == [
        23745,
        22222,
        11573,
    ]


@pytest.mark.parametrize(
    ("asids", "spaces"),
    [
        ("distinct", [(1, 0), (2, 1), (3, 2)]),
        ("shared", [(1, 0), (1, 0), (1, 0)]),
        ("same", [(1, 0), (1, 1), (1, 2)]),
        ("bare", [(None, 0), (None, 0), (None, 0)]),
    ],
)
def test_address_spaces_of_a_domain_s_vcpus(
    asids: Asids, spaces: list[tuple[int | None, int]]
) -> None:
    assert [GuestSpec(asids=asids).address_space(vcpu) for vcpu in range(3)] == spaces


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"working_set_pages": 0}, "guests.working_set_pages is 0; 1 to 65536 is allowed"),
        ({"working_set_pages": 65537}, "guests.working_set_pages is 65537; 1 to 65536"),
        ({"skew": -0.1}, "guests.skew is -0.1; 0 to 4 is allowed"),
        ({"skew": float("nan")}, "guests.skew is nan; 0 to 4 is allowed"),
        ({"accesses_per_us": 1000.5}, "guests.accesses_per_us is 1000.5; 0 to 1000 is"),
        ({"accesses_per_us": float("inf")}, "guests.accesses_per_us is inf"),
        ({"asids": "none"}, "guests.asids is 'none'; allowed: distinct, shared, same, bare"),
        ({"drift": -1}, "guests.drift is -1; 0 to 1000 is allowed"),
        ({"drift": float("nan")}, "guests.drift is nan; 0 to 1000 is allowed"),
        ({"sharing": 1.1}, "guests.sharing is 1.1; 0 to 1 is allowed"),
        ({"page_size": "1G"}, "guests.page_size is '1G'; allowed: 4K, 2M"),
    ],
)
def test_field_out_of_range_is_refused(fields: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the whole text is compared below
        GuestSpec(**fields)  # type: ignore[arg-type]
    assert str(refused.value).startswith(message)


USUAL = page_stream(64, 0.8, 1)


def test_drift_moves_the_most_touched_page_with_it() -> None:
    stream = GuestSpec(skew=2, drift=1).page_stream(100, seed=1)
    parts = np.split(stream[:8000], 8)
    assert [int(np.bincount(part).argmax()) for part in parts] == [0, 1, 2, 3, 4, 5, 6, 7]


def test_drift_moves_what_is_touched_on_and_round_in_the_guest_s_memory() -> None:
    stream = GuestSpec(drift=2).page_stream(100, seed=1)
    moved = np.arange(STREAM_LENGTH) * 2 // 1000
    assert stream.tolist() == ((USUAL + moved) % 100).tolist()


def test_drift_that_is_slower_than_a_page_a_thousand_adds_up() -> None:
    stream = GuestSpec(1, drift=0.5).page_stream(8, seed=1)
    assert stream[[0, 1999, 2000, 4000, 16000]].tolist() == [0, 0, 1, 2, 0]


def test_without_drift_and_sharing_all_vcpus_play_one_stream() -> None:
    for pages in (64, 1000):
        for vcpu in (0, 3):
            assert GuestSpec().page_stream(pages, 1, vcpu).tolist() == USUAL.tolist()


def test_sharing_says_how_many_pages_vcpus_touch_in_common() -> None:
    spec = GuestSpec(40, skew=0, sharing=0.25)
    assert [spec.pages_of(vcpus) for vcpus in (1, 2, 3)] == [40, 70, 100]
    touched = [set(spec.page_stream(100, 1, vcpu).tolist()) for vcpu in range(3)]
    assert touched == [{*range(10), *range(10 + 30 * n, 40 + 30 * n)} for n in range(3)]


def test_nothing_shared_is_nothing_touched_in_common_while_memory_lasts() -> None:
    spec = GuestSpec(40, skew=0, sharing=0)
    first, second = (set(spec.page_stream(80, 1, vcpu).tolist()) for vcpu in range(2))
    assert not first & second
    assert set(spec.page_stream(40, 1, 1).tolist()) == set(range(40))


def test_megapage_has_512_pages_of_the_same_touches() -> None:
    small = GuestSpec(1500, skew=0).page_stream(1500, 1)
    spec = GuestSpec(1500, skew=0, page_size="2M")
    assert spec.pages_of(7) == 3
    assert spec.page_stream(3, 1).tolist() == (small // 512).tolist()


def test_recorded_stream_has_megapages_and_its_own_drift_and_sharing() -> None:
    assert RecordedGuests(stream=RECORDED, page_size="2M").page_stream(1, 1).tolist() == [0] * 4
    with pytest.raises(ValueError, match=r"guests\.drift is 1; with a recorded stream 0"):
        RecordedGuests(stream=RECORDED, drift=1)
    with pytest.raises(ValueError, match=r"guests\.sharing is 0\.5; with a recorded stream 1 is"):
        RecordedGuests(stream=RECORDED, sharing=0.5)


RECORDED = read_page_stream(["I  00003000,4", " L 00001000,8", " S 00009000,8", " L 00001008,8"])


def test_recorded_stream_is_played_by_rank_of_its_pages() -> None:
    spec = RecordedGuests(working_set_pages=3, stream=RECORDED)
    assert spec.page_stream(8, seed=1).tolist() == [1, 0, 2, 0]
    assert spec.page_stream(8, seed=2).tolist() == [1, 0, 2, 0]


def test_smaller_guest_uses_its_pages_in_turn_for_a_recorded_stream() -> None:
    assert RecordedGuests(stream=RECORDED).page_stream(2, seed=1).tolist() == [1, 0, 0, 0]
    assert (
        RecordedGuests(working_set_pages=1, stream=RECORDED).page_stream(2, 1).tolist() == [0] * 4
    )


def test_vcpus_start_all_over_a_recorded_stream() -> None:
    places = [stream_offset(1, domain, 0, 2_000_000) for domain in range(40)]
    assert min(places) < 200_000
    assert max(places) > 1_800_000
