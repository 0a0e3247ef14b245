"""Xen's remote fence call: a set of harts cut into SBI calls, and SBI errors into errno.

Source: Xen xen/arch/riscv/sbi.c, sbi_rfence_v02, sbi_rfence_v02_real, sbi_err_map_xen_errno
(commit c447b7308b13). Function ids are the SBI specification's, not those of Xen's header.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from simcore.hw.csr import Xlen, require_width, require_xlen
from simcore.hw.sbi import (
    FUNCTIONS_WITH_ID,
    RfenceFunction,
    SbiError,
    SbiRfence,
    all_harts_base,
)

EINVAL = 22
EACCES = 13
EFAULT = 14
ENOSYS = 38
EOPNOTSUPP = 95

_ERRNO: Mapping[int, int] = {
    SbiError.SUCCESS: 0,
    SbiError.DENIED: -EACCES,
    SbiError.INVALID_PARAM: -EINVAL,
    SbiError.INVALID_ADDRESS: -EFAULT,
    SbiError.NOT_SUPPORTED: -EOPNOTSUPP,
}

_FUNCTIONS = frozenset(RfenceFunction)


def errno_of(error: int) -> int:
    """The negative errno Xen makes of an SBI error, 0 for success (sbi_err_map_xen_errno)."""
    return _ERRNO.get(error, -ENOSYS)


def _mask_windows(hart_ids: Sequence[int], xlen: Xlen) -> Iterator[tuple[int, int]]:
    """(hart mask, base) pairs that together name `hart_ids`, in the order Xen emits them.

    Harts are taken in the order given and not sorted, so an interleaved numbering costs a pair
    per hart. The two sums wrap at 2^XLEN as Xen's do: near the top that costs extra pairs.
    """
    wrap = (1 << xlen) - 1
    mask = base = top = 0
    for hart in hart_ids:
        if mask and ((hart + xlen & wrap) <= top or (base + xlen & wrap) <= hart):
            yield mask, base
            mask = 0
        if not mask:
            base = top = hart
        elif hart < base:
            mask <<= base - hart
            base = hart
        top = max(top, hart)
        mask |= 1 << (hart - base)
    if mask:
        yield mask, base


def split_hart_mask(
    function: int,
    hart_ids: Sequence[int] | None,
    start: int,
    size: int,
    arg4: int,
    xlen: Xlen,
) -> tuple[SbiRfence, ...]:
    """The SBI calls Xen makes to fence `hart_ids`, given in ascending CPU number.

    None is Xen's NULL mask, all harts in one call; no harts are no calls. FENCE.I carries no
    range, and only FID 2, 3 and 5 carry `arg4`. A lone hart id of 2^XLEN-1 would read as "all
    harts" to the firmware; Xen has no guard and neither has this.
    Raises ValueError for an unknown function or a number wider than XLEN.
    """
    require_xlen(xlen)
    rfence = RfenceFunction(function)
    for name, value in (("start", start), ("size", size), ("arg4", arg4)):
        require_width(name, value, xlen)
    for hart in hart_ids or ():
        require_width("hart id", hart, xlen)
    if rfence is RfenceFunction.REMOTE_FENCE_I:
        start = size = 0
    if rfence not in FUNCTIONS_WITH_ID:
        arg4 = 0
    windows = ((0, all_harts_base(xlen)),) if hart_ids is None else _mask_windows(hart_ids, xlen)
    return tuple(SbiRfence(rfence, mask, base, start, size, arg4) for mask, base in windows)


def xen_rfence(
    issue: Callable[[SbiRfence], int],
    function: int,
    hart_ids: Sequence[int] | None,
    start: int,
    size: int,
    arg4: int,
    xlen: Xlen,
) -> int:
    """Fence `hart_ids` through `issue`, which makes one SBI call and answers its SBI error.

    Returns 0 or a negative errno. Stops at the first error, leaving the remaining harts
    unfenced. No harts and an unknown function are -EINVAL without any call.
    Raises ValueError for a number wider than XLEN.
    """
    if function not in _FUNCTIONS:
        return -EINVAL
    result = -EINVAL
    for call in split_hart_mask(function, hart_ids, start, size, arg4, xlen):
        result = errno_of(issue(call))
        if result:
            break
    return result
