"""Replays `sbi_rfence_batching` vectors: Xen's splitting of hart masks into SBI calls."""

from collections.abc import Iterable

from simcore.conform.record import (
    Record,
    VectorFormatError,
    read,
    read_integer,
    read_integers,
    read_xlen,
)
from simcore.conform.replay_lines import replay_lines
from simcore.conform.result import ConformResult
from simcore.hv.xen_rfence import xen_rfence
from simcore.hw.csr import Xlen
from simcore.hw.sbi import SbiRfence

KIND = "sbi_rfence_batching"


def _hart_ids(operation: Record) -> list[int] | None:
    """The harts of `cpu_mask` in ascending CPU number; None for the NULL mask."""
    if read(operation, "cpu_mask") is None:
        return None
    hart_of_cpu = read_integers(operation, "cpu_to_hartid")
    cpus = sorted(read_integers(operation, "cpu_mask"))
    if cpus and not 0 <= cpus[0] <= cpus[-1] < len(hart_of_cpu):
        raise VectorFormatError(f"cpu_mask is {cpus}; allowed are CPUs 0 to {len(hart_of_cpu) - 1}")
    return [hart_of_cpu[cpu] for cpu in cpus]


class _FailingFirmware:
    """Firmware that records each call and fails the one that the vector names."""

    def __init__(self, fail_at: int, fail_error: int) -> None:
        self._fail_at = fail_at
        self._fail_error = fail_error
        self.calls: list[dict[str, int]] = []

    def issue(self, call: SbiRfence) -> int:
        """Answer one call with its SBI error."""
        error = self._fail_error if len(self.calls) == self._fail_at else 0
        self.calls.append(
            {
                "fid": int(call.function),
                "hmask": call.hart_mask,
                "hbase": call.hart_mask_base,
                "start": call.start,
                "size": call.size,
                "arg4": call.arg4,
                "sbi_error": error,
            }
        )
        return error


def _answer(operation: Record, xlen: Xlen) -> dict[str, object]:
    """The result object the model gives for one operation."""
    firmware = _FailingFirmware(
        read_integer(operation, "fail_at"), read_integer(operation, "fail_err")
    )
    result = xen_rfence(
        firmware.issue,
        read_integer(operation, "fid"),
        _hart_ids(operation),
        read_integer(operation, "start"),
        read_integer(operation, "size"),
        read_integer(operation, "arg4"),
        xlen,
    )
    return {"ret": result, "calls": firmware.calls}


def replay(header: Record, operations: Iterable[Record]) -> ConformResult:
    """Replay the operation lines of one file; `header` is its first line.

    Raises VectorFormatError for a missing or malformed field and when the number of operations
    is not the one the header announces (a truncated file).
    """
    xlen = read_xlen(header)
    name = f"rv{xlen} seed {header.get('seed')}"
    return replay_lines(name, KIND, header, operations, lambda operation: _answer(operation, xlen))
