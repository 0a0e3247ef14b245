"""Replays `hardware/hgatp_*` samples: what real implementations keep of a write to hgatp."""

from collections.abc import Mapping

from simcore.conform.record import (
    Record,
    VectorFormatError,
    read,
    read_choice,
    read_hex,
    read_integer,
    read_integers,
    read_xlen,
)
from simcore.conform.result import ConformResult, Mismatch
from simcore.hw.csr import PPN_BITS, HgatpSpec, WarlRule, hgatp_mode_name

KIND = "hgatp"

_WRITE = ("read", "before", "write")
_RULE_OF_IMPLEMENTATION: Mapping[str, WarlRule] = {
    "spike": WarlRule.SPIKE,
    "qemu11": WarlRule.QEMU11,
    "qemu72": WarlRule.QEMU72_RAW,
}


def spec_of(sample: Record) -> HgatpSpec:
    """The hgatp of the sampled implementation, with its MODE codes, VMIDLEN and WARL rule.

    Raises ValueError for a missing or malformed field.
    """
    xlen = read_xlen(sample)
    implementation = read_choice(sample, "impl", tuple(_RULE_OF_IMPLEMENTATION))
    return HgatpSpec(
        xlen,
        read_integer(sample, "vmidlen"),
        frozenset(read_integers(sample, "modes")),
        PPN_BITS[xlen],
        _RULE_OF_IMPLEMENTATION[implementation],
    )


def replay(sample: Record, spec: HgatpSpec | None = None) -> ConformResult:
    """Replay every write of one sample file, given as its parsed JSON object.

    Each write is one operation: the register holds `before`, `write` is written, `read` must be
    read. `spec` replaces the implementation that the file names, to ask how another one differs.
    Raises ValueError for a missing or malformed field.
    """
    spec = spec or spec_of(sample)
    writes = read(sample, "writes")
    if not isinstance(writes, list) or not all(isinstance(write, dict) for write in writes):
        raise VectorFormatError("writes is no list of objects; allowed is {write, before, read}")
    mismatches = 0
    first = None
    for index, write in enumerate(writes):
        try:
            expected, before, written = (read_hex(write, key) for key in _WRITE)
        except VectorFormatError as error:
            raise VectorFormatError(f"writes[{index}]: {error}") from None
        actual = spec.legalise(before, written)
        if actual != expected:
            mismatches += 1
            digits = 2 + spec.xlen // 4
            first = first or Mismatch(
                index, "read", f"{expected:#0{digits}x}", f"{actual:#0{digits}x}"
            )
    modes = ", ".join(hgatp_mode_name(mode, spec.xlen) for mode in sorted(spec.modes))
    name = f"{sample.get('impl')} rv{spec.xlen} {sample.get('priv')} ({modes})"
    return ConformResult(name, KIND, len(writes), mismatches, first)
