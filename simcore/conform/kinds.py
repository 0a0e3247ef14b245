"""The kinds of vector files, and the replay of each kind that has one."""

from collections.abc import Callable, Iterable, Mapping

from simcore.conform import (
    gstage,
    hgatp,
    linux_kvm_arm64,
    linux_kvm_riscv,
    linux_riscv_asid,
    sbi_rfence,
    traps,
    xen_arm_bitmap,
    xen_riscv_hart_gen,
    xen_riscv_v2_intended,
    xen_riscv_v2_posted,
    xen_x86_asid,
)
from simcore.conform.record import Record, VectorFormatError
from simcore.conform.result import ConformResult

LINE_REPLAYS: Mapping[str, Callable[[Record, Iterable[Record]], ConformResult]] = {
    sbi_rfence.KIND: sbi_rfence.replay,
    xen_riscv_hart_gen.KIND: xen_riscv_hart_gen.replay,
    xen_riscv_v2_posted.KIND: xen_riscv_v2_posted.replay,
    xen_riscv_v2_intended.KIND: xen_riscv_v2_intended.replay,
    xen_x86_asid.KIND: xen_x86_asid.replay,
    xen_arm_bitmap.KIND: xen_arm_bitmap.replay,
    linux_kvm_riscv.KIND: linux_kvm_riscv.replay,
    linux_kvm_arm64.KIND: linux_kvm_arm64.replay,
    linux_riscv_asid.KIND: linux_riscv_asid.replay,
}
"""Kinds whose files are a header line and operation lines."""

SAMPLE_REPLAYS: Mapping[str, Callable[[Record], ConformResult]] = {
    hgatp.KIND: hgatp.replay,
    traps.KIND: traps.replay,
    gstage.KIND: gstage.replay,
}
"""Kinds whose files are one object."""


def kind_of(header: Record) -> str:
    """The kind of a file, from its first line or its one object.

    The allocator, or for hardware samples what was sampled: `hgatp`, `traps`, `gstage`.
    Raises VectorFormatError for what is no vector file.
    """
    allocator = header.get("allocator")
    if isinstance(allocator, str):
        return allocator
    if "allocator" in header or "impl" not in header:
        raise VectorFormatError(
            f"allocator is {allocator!r}; allowed is a scheme's name, or impl with hardware samples"
        )
    if "writes" in header:
        return hgatp.KIND
    rows = header.get("rows")
    first = rows[0] if isinstance(rows, list) and rows else None
    if isinstance(first, dict) and "spec_trap" in first:
        return "traps"
    if isinstance(first, dict) and "gpa" in first:
        return "gstage"
    raise VectorFormatError("writes is missing; allowed are writes, or rows of traps or walks")
