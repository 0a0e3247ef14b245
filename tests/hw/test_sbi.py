"""SBI RFENCE: numbers of the specification, hart masks, ranges, errors, counters."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.hw.fence import Fence, FenceKind
from simcore.hw.ids import HartId
from simcore.hw.sbi import (
    RECEIVED_EVENT,
    RFNC_EID,
    SENT_EVENT,
    Delivery,
    Firmware,
    FirmwareEvent,
    RfenceFunction,
    SbiError,
    SbiRfence,
    all_harts_base,
)

SPARSE_HARTS = (0, 1, 3, 65)
ALL = all_harts_base(64)
CALLER = HartId(1)
GVMA = RfenceFunction.REMOTE_HFENCE_GVMA
GVMA_VMID = RfenceFunction.REMOTE_HFENCE_GVMA_VMID
VVMA = RfenceFunction.REMOTE_HFENCE_VVMA
VVMA_ASID = RfenceFunction.REMOTE_HFENCE_VVMA_ASID


def harts_of(deliveries: tuple[Delivery, ...]) -> list[int]:
    """Target harts in the order of delivery."""
    return [delivery.hart for delivery in deliveries]


def fences_of(call: SbiRfence, firmware: Firmware | None = None) -> tuple[Fence, ...]:
    """What the first target of a successful call executes."""
    error, deliveries = (firmware or Firmware(SPARSE_HARTS)).rfence(call, CALLER, 0)
    assert error is SbiError.SUCCESS
    return deliveries[0].fences


def test_function_ids_are_those_of_the_specification() -> None:
    assert {function.name: int(function) for function in RfenceFunction} == {
        "REMOTE_FENCE_I": 0,
        "REMOTE_SFENCE_VMA": 1,
        "REMOTE_SFENCE_VMA_ASID": 2,
        "REMOTE_HFENCE_GVMA_VMID": 3,
        "REMOTE_HFENCE_GVMA": 4,
        "REMOTE_HFENCE_VVMA_ASID": 5,
        "REMOTE_HFENCE_VVMA": 6,
    }
    assert RFNC_EID.to_bytes(4, "big") == b"RFNC"


def test_pmu_event_codes_are_plain_first_unlike_function_ids() -> None:
    sent = [int(SENT_EVENT[function]) for function in RfenceFunction]
    assert sent == [8, 10, 12, 16, 14, 20, 18]
    assert [int(RECEIVED_EVENT[function]) for function in RfenceFunction] == [
        code + 1 for code in sent
    ]


def test_error_codes_are_those_of_the_specification() -> None:
    assert [int(error) for error in SbiError] == list(range(0, -15, -1))
    assert SbiError(-3) is SbiError.INVALID_PARAM
    assert SbiError(-5) is SbiError.INVALID_ADDRESS


def test_mask_bits_count_from_the_base_over_sparse_hart_ids() -> None:
    error, deliveries = Firmware(SPARSE_HARTS).rfence(SbiRfence(GVMA, 0b101, 1), CALLER, 0)
    assert error is SbiError.SUCCESS
    assert harts_of(deliveries) == [1, 3]


def test_base_minus_one_means_all_harts_and_the_caller_fences_itself_first() -> None:
    error, deliveries = Firmware(SPARSE_HARTS).rfence(SbiRfence(GVMA, 0, ALL), HartId(3), 0)
    assert error is SbiError.SUCCESS
    assert [(delivery.hart, delivery.ipi) for delivery in deliveries] == [
        (3, False),
        (0, True),
        (1, True),
        (65, True),
    ]


def test_base_minus_one_is_all_ones_of_rv32_on_rv32() -> None:
    firmware = Firmware((0, 1), xlen=32)
    _, deliveries = firmware.rfence(SbiRfence(GVMA, 0, 0xFFFF_FFFF), HartId(0), 0)
    assert harts_of(deliveries) == [0, 1]


@pytest.mark.parametrize("base", [0, 1, 66, 10**6])
def test_an_empty_mask_succeeds_and_does_nothing_whatever_the_base(base: int) -> None:
    assert Firmware(SPARSE_HARTS).rfence(SbiRfence(GVMA, 0, base), CALLER, 0) == (
        SbiError.SUCCESS,
        (),
    )


@pytest.mark.parametrize(("mask", "base"), [(2, 65), (1, 66), (0b111, 0), (1 << 63, 2**63 + 7)])
def test_one_invalid_hart_id_fails_the_call_and_fences_nobody(mask: int, base: int) -> None:
    firmware = Firmware(SPARSE_HARTS)
    answer = firmware.rfence(SbiRfence(GVMA, mask, base), CALLER, 0)
    assert answer == (SbiError.INVALID_PARAM, ())
    assert firmware.received(HartId(1), GVMA) == 0


def test_unknown_function_is_not_supported_and_not_counted() -> None:
    firmware = Firmware(SPARSE_HARTS)
    answer = firmware.rfence(SbiRfence(7, 1, 0), CALLER, 0)
    assert answer == (SbiError.NOT_SUPPORTED, ())
    assert not firmware.counters


@pytest.mark.parametrize("function", [3, 4, 5, 6])
def test_caller_without_hypervisor_extension_cannot_hfence(function: int) -> None:
    firmware = Firmware(SPARSE_HARTS, hypervisor_harts=(0,))
    answer = firmware.rfence(SbiRfence(function, 1, 0), CALLER, 0)
    assert answer == (SbiError.NOT_SUPPORTED, ())
    assert not firmware.counters


def test_target_without_hypervisor_extension_fails_an_hfence_but_not_an_sfence() -> None:
    firmware = Firmware((0, 1), hypervisor_harts=(0,))
    hfence = firmware.rfence(SbiRfence(GVMA, 0b11, 0), HartId(0), 0)
    sfence = firmware.rfence(SbiRfence(1, 0b11, 0), HartId(0), 0)
    assert hfence == (SbiError.NOT_SUPPORTED, ())
    assert sfence[0] is SbiError.SUCCESS
    assert harts_of(sfence[1]) == [0, 1]


@pytest.mark.parametrize(
    ("function", "kind", "fence_id"),
    [
        (0, FenceKind.FENCE_I, None),
        (1, FenceKind.SFENCE_VMA, None),
        (2, FenceKind.SFENCE_VMA, 7),
        (3, FenceKind.GVMA, 7),
        (4, FenceKind.GVMA, None),
        (5, FenceKind.VVMA, 7),
        (6, FenceKind.VVMA, None),
    ],
)
def test_each_function_becomes_its_instruction(
    function: int, kind: FenceKind, fence_id: int | None
) -> None:
    assert fences_of(SbiRfence(function, 1, 0, arg4=7)) == (Fence(kind, None, fence_id),)


def test_vmid_zero_is_an_id_and_not_register_x0() -> None:
    assert fences_of(SbiRfence(GVMA_VMID, 1, 0)) == (Fence(FenceKind.GVMA, None, 0),)


def test_firmware_keeps_sixteen_bits_of_an_id() -> None:
    assert fences_of(SbiRfence(GVMA_VMID, 1, 0, arg4=0x12345))[0].id == 0x2345


@pytest.mark.parametrize("function", [VVMA, VVMA_ASID])
def test_hfence_vvma_acts_on_the_vmid_of_the_calling_hart(function: RfenceFunction) -> None:
    _, deliveries = Firmware(SPARSE_HARTS).rfence(SbiRfence(function, 0, ALL), CALLER, 42)
    assert [delivery.vmid for delivery in deliveries] == [42, 42, 42, 42]


@pytest.mark.parametrize("function", [0, 1, 2, 3, 4])
def test_other_fences_carry_no_vmid_of_the_caller(function: int) -> None:
    _, deliveries = Firmware(SPARSE_HARTS).rfence(SbiRfence(function, 0, ALL), CALLER, 42)
    assert {delivery.vmid for delivery in deliveries} == {None}


@pytest.mark.parametrize(("start", "size"), [(0, 0), (0x8000, ALL), (0, 4097), (0x8000, 8192)])
def test_whole_or_too_long_ranges_become_one_fence_without_address(start: int, size: int) -> None:
    assert fences_of(SbiRfence(GVMA, 1, 0, start, size)) == (Fence(FenceKind.GVMA, None, None),)


@pytest.mark.parametrize(("start", "size"), [(0x8000, 4096), (0x8000, 1), (0x8ABC, 4096)])
def test_a_range_up_to_the_limit_is_one_page_even_when_unaligned(start: int, size: int) -> None:
    assert fences_of(SbiRfence(GVMA, 1, 0, start, size)) == (Fence(FenceKind.GVMA, 8, None),)


def test_a_higher_limit_gives_one_fence_per_page() -> None:
    firmware = Firmware(SPARSE_HARTS, range_limit_bytes=65536)
    fences = fences_of(SbiRfence(GVMA_VMID, 1, 0, 0x8000, 0x2001, 5), firmware)
    assert fences == tuple(Fence(FenceKind.GVMA, page, 5) for page in (8, 9, 10))


def test_a_size_of_all_ones_is_whole_even_below_the_limit() -> None:
    firmware = Firmware((0, 1), xlen=32, range_limit_bytes=1 << 32)
    whole = SbiRfence(GVMA, 1, 0, 0x1000, 0xFFFF_FFFF)
    assert fences_of(whole, firmware) == (Fence(FenceKind.GVMA, None, None),)


def test_a_range_limit_of_zero_makes_every_range_whole() -> None:
    firmware = Firmware(SPARSE_HARTS, range_limit_bytes=0)
    assert fences_of(SbiRfence(GVMA, 1, 0, 0x8000, 1), firmware)[0].address is None


def test_nonzero_start_with_size_zero_interrupts_but_fences_nothing() -> None:
    firmware = Firmware(SPARSE_HARTS)
    call = SbiRfence(GVMA, 1, 0, 0x8000, 0)
    assert firmware.rfence(call, CALLER, 0) == (
        SbiError.SUCCESS,
        (Delivery(HartId(0), (), None, ipi=True),),
    )
    assert firmware.received(HartId(0), GVMA) == 1


def test_a_page_beyond_the_address_space_wraps_to_zero() -> None:
    firmware = Firmware((0, 1), xlen=32, range_limit_bytes=8192)
    fences = fences_of(SbiRfence(1, 1, 0, 0xFFFF_F000, 8192), firmware)
    assert [fence.address for fence in fences] == [0xF_FFFF, 0]


def test_fence_i_ignores_the_range() -> None:
    assert fences_of(SbiRfence(0, 1, 0, 0x8000, 0)) == (Fence(FenceKind.FENCE_I, None, None),)


def test_sent_counts_calls_and_received_counts_executions() -> None:
    firmware = Firmware(SPARSE_HARTS)
    for call in (
        SbiRfence(GVMA, 0, ALL),
        SbiRfence(GVMA, 0b10, 0),
        SbiRfence(GVMA, 0, 0),
        SbiRfence(GVMA, 1, 2),
    ):
        firmware.rfence(call, CALLER, 0)
    assert firmware.sent(CALLER, GVMA) == 4
    assert firmware.sent(CALLER, GVMA_VMID) == 0
    assert [firmware.received(hart, GVMA) for hart in firmware.harts] == [1, 2, 1, 1]
    assert firmware.counters[CALLER, FirmwareEvent.IPI_SENT] == 3
    assert firmware.counters[CALLER, FirmwareEvent.IPI_RECEIVED] == 0


@given(
    st.sets(st.integers(0, 200), min_size=1, max_size=12),
    st.integers(0, 2**64 - 1),
    st.integers(0, 200),
    st.sampled_from(RfenceFunction),
    st.data(),
)
def test_delivery_reaches_exactly_the_named_harts_or_nobody(
    harts: set[int], mask: int, base: int, function: RfenceFunction, data: st.DataObject
) -> None:
    caller = HartId(data.draw(st.sampled_from(sorted(harts))))
    if data.draw(st.booleans()):
        mask = sum(1 << hart - base for hart in harts if base <= hart < base + 64)
    firmware = Firmware(harts)
    error, deliveries = firmware.rfence(SbiRfence(function, mask, base), caller, 0)
    named = {base + bit for bit in range(64) if mask >> bit & 1}
    others = [hart for hart in harts_of(deliveries) if hart != caller]
    if named <= harts:
        assert error is SbiError.SUCCESS
        assert set(harts_of(deliveries)) == named
        assert others == sorted(others)
        assert caller not in harts_of(deliveries)[1:]
    else:
        assert (error, deliveries) == (SbiError.INVALID_PARAM, ())
    assert firmware.sent(caller, function) == 1
    assert sum(firmware.received(hart, function) for hart in firmware.harts) == len(deliveries)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (SbiRfence(4, 1 << 64, 0), "hart_mask is"),
        (SbiRfence(4, 1, -1), "hart_mask_base is -1"),
        (SbiRfence(4, 1, 0, start=-4096), "start is -4096"),
        (SbiRfence(4, 1, 0, size=1 << 64), "size is"),
        (SbiRfence(3, 1, 0, arg4=-1), "arg4 is -1"),
    ],
)
def test_a_number_no_register_can_hold_is_refused(call: SbiRfence, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Firmware(SPARSE_HARTS).rfence(call, CALLER, 0)


def test_an_unknown_caller_or_vmid_is_refused() -> None:
    firmware = Firmware(SPARSE_HARTS)
    with pytest.raises(ValueError, match="caller is hart 2; allowed are"):
        firmware.rfence(SbiRfence(GVMA, 1, 0), HartId(2), 0)
    with pytest.raises(ValueError, match="caller_vmid is 16384"):
        firmware.rfence(SbiRfence(GVMA, 1, 0), CALLER, 1 << 14)


def test_an_impossible_platform_is_refused() -> None:
    with pytest.raises(ValueError, match="hart_ids are"):
        Firmware(())
    with pytest.raises(ValueError, match="hart_ids are"):
        Firmware((0, 0))
    with pytest.raises(ValueError, match="hart id is 4294967296"):
        Firmware((1 << 32,), xlen=32)
    with pytest.raises(ValueError, match=r"hypervisor_harts are \[9\]"):
        Firmware((0,), hypervisor_harts=(9,))
    with pytest.raises(ValueError, match="range_limit_bytes is -1"):
        Firmware((0,), range_limit_bytes=-1)
