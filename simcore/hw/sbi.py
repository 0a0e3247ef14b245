"""SBI RFENCE: the call a supervisor makes, and what the firmware has each target hart execute.

Sources: SBI specification v3.0 (ext-rfence, binary-encoding "Hart list parameter", ext-pmu) and
OpenSBI lib/sbi/sbi_tlb.c, sbi_ecall_replace.c. Calls are synchronous: every delivery of a call is
executed before the call returns, as OpenSBI's sender waits for it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from simcore.hw.csr_layout import VMIDMAX, Xlen, require_width, require_xlen
from simcore.hw.fence import Fence, FenceKind
from simcore.hw.ids import HartId

# "RFNC" in ASCII, passed in a7.
RFNC_EID = 0x52464E43

PAGE_BYTES = 4096

# OpenSBI's default of tlb_range_flush_limit: one page; anything longer becomes a whole flush.
DEFAULT_RANGE_LIMIT_BYTES = 4096

# OpenSBI's request record keeps asid and vmid in 16 bits each (struct sbi_tlb_info).
_ID_BITS = 16


class RfenceFunction(IntEnum):
    """RFENCE function ids as the SBI specification numbers them (ext-rfence, FID 0 to 6).

    With-id comes before plain for both HFENCE kinds. Xen's and Bao's headers have the pairs
    3/4 and 5/6 the other way round, which is a defect of theirs.
    """

    REMOTE_FENCE_I = 0
    REMOTE_SFENCE_VMA = 1
    REMOTE_SFENCE_VMA_ASID = 2
    REMOTE_HFENCE_GVMA_VMID = 3
    REMOTE_HFENCE_GVMA = 4
    REMOTE_HFENCE_VVMA_ASID = 5
    REMOTE_HFENCE_VVMA = 6


class SbiError(IntEnum):
    """Standard SBI error codes, returned in a0 (binary-encoding, v3.0)."""

    SUCCESS = 0
    FAILED = -1
    NOT_SUPPORTED = -2
    INVALID_PARAM = -3
    DENIED = -4
    INVALID_ADDRESS = -5
    ALREADY_AVAILABLE = -6
    ALREADY_STARTED = -7
    ALREADY_STOPPED = -8
    NO_SHMEM = -9
    INVALID_STATE = -10
    BAD_RANGE = -11
    TIMEOUT = -12
    IO = -13
    DENIED_LOCKED = -14


class FirmwareEvent(IntEnum):
    """Firmware PMU event codes of IPIs and remote fences (ext-pmu).

    Here the plain function comes before the one with an id: the opposite of `RfenceFunction`.
    """

    IPI_SENT = 6
    IPI_RECEIVED = 7
    FENCE_I_SENT = 8
    FENCE_I_RECEIVED = 9
    SFENCE_VMA_SENT = 10
    SFENCE_VMA_RECEIVED = 11
    SFENCE_VMA_ASID_SENT = 12
    SFENCE_VMA_ASID_RECEIVED = 13
    HFENCE_GVMA_SENT = 14
    HFENCE_GVMA_RECEIVED = 15
    HFENCE_GVMA_VMID_SENT = 16
    HFENCE_GVMA_VMID_RECEIVED = 17
    HFENCE_VVMA_SENT = 18
    HFENCE_VVMA_RECEIVED = 19
    HFENCE_VVMA_ASID_SENT = 20
    HFENCE_VVMA_ASID_RECEIVED = 21


SENT_EVENT: Mapping[RfenceFunction, FirmwareEvent] = {
    RfenceFunction.REMOTE_FENCE_I: FirmwareEvent.FENCE_I_SENT,
    RfenceFunction.REMOTE_SFENCE_VMA: FirmwareEvent.SFENCE_VMA_SENT,
    RfenceFunction.REMOTE_SFENCE_VMA_ASID: FirmwareEvent.SFENCE_VMA_ASID_SENT,
    RfenceFunction.REMOTE_HFENCE_GVMA_VMID: FirmwareEvent.HFENCE_GVMA_VMID_SENT,
    RfenceFunction.REMOTE_HFENCE_GVMA: FirmwareEvent.HFENCE_GVMA_SENT,
    RfenceFunction.REMOTE_HFENCE_VVMA_ASID: FirmwareEvent.HFENCE_VVMA_ASID_SENT,
    RfenceFunction.REMOTE_HFENCE_VVMA: FirmwareEvent.HFENCE_VVMA_SENT,
}

# Each "received" code is the one after its "sent" code.
RECEIVED_EVENT: Mapping[RfenceFunction, FirmwareEvent] = {
    function: FirmwareEvent(sent + 1) for function, sent in SENT_EVENT.items()
}

_FENCE_KIND: Mapping[RfenceFunction, FenceKind] = {
    RfenceFunction.REMOTE_FENCE_I: FenceKind.FENCE_I,
    RfenceFunction.REMOTE_SFENCE_VMA: FenceKind.SFENCE_VMA,
    RfenceFunction.REMOTE_SFENCE_VMA_ASID: FenceKind.SFENCE_VMA,
    RfenceFunction.REMOTE_HFENCE_GVMA_VMID: FenceKind.GVMA,
    RfenceFunction.REMOTE_HFENCE_GVMA: FenceKind.GVMA,
    RfenceFunction.REMOTE_HFENCE_VVMA_ASID: FenceKind.VVMA,
    RfenceFunction.REMOTE_HFENCE_VVMA: FenceKind.VVMA,
}

# Functions whose a4 is a VMID or an ASID; the others ignore a4.
FUNCTIONS_WITH_ID = frozenset(
    {
        RfenceFunction.REMOTE_SFENCE_VMA_ASID,
        RfenceFunction.REMOTE_HFENCE_GVMA_VMID,
        RfenceFunction.REMOTE_HFENCE_VVMA_ASID,
    }
)


def all_harts_base(xlen: Xlen) -> int:
    """The hart_mask_base that means every available hart: -1, all ones in XLEN bits."""
    return (1 << xlen) - 1


@dataclass(frozen=True, slots=True)
class SbiRfence:
    """One RFENCE call, as its argument registers hold it (unsigned numbers of XLEN bits).

    `function` is a6; a number that is no `RfenceFunction` may be asked for too. `hart_mask` bit i
    is hart `hart_mask_base` + i. `start` and `size` are byte addresses. `arg4` is the VMID or
    ASID of the functions that take one.
    """

    function: int
    hart_mask: int
    hart_mask_base: int
    start: int = 0
    size: int = 0
    arg4: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """What one target hart executes for an RFENCE call.

    `fences` are executed in order and may be none. `vmid` is the VMID under which HFENCE.VVMA
    acts, that of the calling hart's hgatp at the call; None for all other fences. `ipi` tells
    whether the hart was interrupted; a caller fencing itself is not.
    """

    hart: HartId
    fences: tuple[Fence, ...]
    vmid: int | None
    ipi: bool


Answer = tuple[SbiError, tuple[Delivery, ...]]


class Firmware:
    """The RFENCE service of one platform, with its per-hart firmware counters.

    `hart_ids` are the harts of the platform, `hypervisor_harts` those with the H extension
    (None: all). A size above `range_limit_bytes` becomes a whole flush; 0 makes every nonzero
    size one, as on FU540. Raises ValueError for no or repeated hart ids, ids wider than XLEN,
    H on an unknown hart, or a negative limit.
    """

    def __init__(
        self,
        hart_ids: Iterable[int],
        hypervisor_harts: Iterable[int] | None = None,
        *,
        xlen: Xlen = 64,
        range_limit_bytes: int = DEFAULT_RANGE_LIMIT_BYTES,
    ) -> None:
        require_xlen(xlen)
        ids = list(hart_ids)
        self.xlen: Xlen = xlen
        self.harts = tuple(HartId(hart) for hart in sorted(set(ids)))
        if not ids or len(ids) != len(self.harts):
            raise ValueError(f"hart_ids are {ids}; allowed is at least one, each once")
        for hart in self.harts:
            require_width("hart id", hart, xlen)
        self._known = frozenset(self.harts)
        capable = self.harts if hypervisor_harts is None else hypervisor_harts
        self._with_h = frozenset(HartId(hart) for hart in capable)
        if not self._with_h <= self._known:
            raise ValueError(
                f"hypervisor_harts are {sorted(self._with_h)}; allowed are {list(self.harts)}"
            )
        if range_limit_bytes < 0:
            raise ValueError(f"range_limit_bytes is {range_limit_bytes}; allowed is 0 and above")
        self.range_limit_bytes = range_limit_bytes
        self.counters: Counter[tuple[HartId, FirmwareEvent]] = Counter()

    def sent(self, hart: HartId, function: RfenceFunction) -> int:
        """How many calls of a function the hart has made."""
        return self.counters[hart, SENT_EVENT[function]]

    def received(self, hart: HartId, function: RfenceFunction) -> int:
        """How many requests of a function the hart has executed, its own included."""
        return self.counters[hart, RECEIVED_EVENT[function]]

    def rfence(self, call: SbiRfence, caller: HartId, caller_vmid: int) -> Answer:
        """Serve one call: its error and what each target executes, caller first, then by hart id.

        `caller_vmid` is the VMID in the caller's hgatp now; FID 5 and 6 act on it, on every hart.
        Errors deliver nothing. Never INVALID_ADDRESS: like OpenSBI, ranges are not checked.
        Raises ValueError for an unknown caller or a number its register cannot hold.
        """
        self._check_registers(call, caller, caller_vmid)
        try:
            function = RfenceFunction(call.function)
        except ValueError:
            return SbiError.NOT_SUPPORTED, ()
        hypervisor = function >= RfenceFunction.REMOTE_HFENCE_GVMA_VMID
        # OpenSBI refuses on the caller's misa before it counts or reads anything else.
        if hypervisor and caller not in self._with_h:
            return SbiError.NOT_SUPPORTED, ()
        self.counters[caller, SENT_EVENT[function]] += 1
        targets = self._targets(call)
        if not self._known.issuperset(targets):
            return SbiError.INVALID_PARAM, ()
        # SBI v3.0 asks for this; OpenSBI looks at the caller alone.
        if hypervisor and not self._with_h.issuperset(targets):
            return SbiError.NOT_SUPPORTED, ()
        fences = self._fences(call, function)
        vmid = caller_vmid if _FENCE_KIND[function] is FenceKind.VVMA else None
        deliveries = tuple(
            Delivery(hart, fences, vmid, ipi=hart != caller)
            for hart in sorted(targets, key=lambda hart: (hart != caller, hart))
        )
        self._count(deliveries, function, caller)
        return SbiError.SUCCESS, deliveries

    def _check_registers(self, call: SbiRfence, caller: HartId, caller_vmid: int) -> None:
        if caller not in self._known:
            raise ValueError(f"caller is hart {caller}; allowed are {list(self.harts)}")
        require_width("caller_vmid", caller_vmid, VMIDMAX[self.xlen])
        for name in ("function", "hart_mask", "hart_mask_base", "start", "size", "arg4"):
            require_width(name, getattr(call, name), self.xlen)

    def _targets(self, call: SbiRfence) -> tuple[HartId, ...]:
        """The harts a call names, known or not; ids past 2^XLEN-1 stay unknown, never wrap."""
        if call.hart_mask_base == all_harts_base(self.xlen):
            return self.harts
        return tuple(
            HartId(call.hart_mask_base + bit)
            for bit in range(call.hart_mask.bit_length())
            if call.hart_mask >> bit & 1
        )

    def _fences(self, call: SbiRfence, function: RfenceFunction) -> tuple[Fence, ...]:
        """The instructions of one target: the x0 form, or one per 4 KiB from start while i < size.

        OpenSBI, sbi_tlb_local_hfence_gvma and its siblings. A nonzero start with size 0 gives no
        fence at all; an unaligned range may leave its last page out.
        """
        kind = _FENCE_KIND[function]
        if kind is FenceKind.FENCE_I:
            return (Fence(kind, None, None),)
        fence_id = call.arg4 & ((1 << _ID_BITS) - 1) if function in FUNCTIONS_WITH_ID else None
        whole = call.start == 0 and call.size == 0
        # size = 2^XLEN-1 means whole (ext-rfence), whatever the limit.
        if whole or call.size > self.range_limit_bytes or call.size == (1 << self.xlen) - 1:
            return (Fence(kind, None, fence_id),)
        wrap = (1 << self.xlen) - 1
        return tuple(
            Fence(kind, (call.start + offset & wrap) // PAGE_BYTES, fence_id)
            for offset in range(0, call.size, PAGE_BYTES)
        )

    def _count(
        self, deliveries: tuple[Delivery, ...], function: RfenceFunction, caller: HartId
    ) -> None:
        for delivery in deliveries:
            self.counters[delivery.hart, RECEIVED_EVENT[function]] += 1
            if delivery.ipi:
                self.counters[caller, FirmwareEvent.IPI_SENT] += 1
                self.counters[delivery.hart, FirmwareEvent.IPI_RECEIVED] += 1
