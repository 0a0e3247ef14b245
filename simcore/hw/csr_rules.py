"""The rules of hgatp's and vsatp's fields in words, and why a written bit does not read back.

`norm:` names are anchors of riscv/riscv-isa-manual@1d472b80. Which bits read back is asked of
`HgatpSpec.legalise` and `VsatpSpec.legalise`; here stand only the reasons.
"""

from __future__ import annotations

from dataclasses import dataclass

from simcore.hw.csr import (
    ASIDMAX,
    HGATP_LAYOUT,
    VMIDMAX,
    VSATP_LAYOUT,
    CsrField,
    HgatpSpec,
    UnsupportedVsatpMode,
    VsatpSpec,
    WarlRule,
    hgatp_mode_name,
    vsatp_mode_name,
)


@dataclass(frozen=True, slots=True)
class FieldRule:
    """One field of a register with the rule it follows on one hart."""

    field: CsrField
    norm: str
    rule: str


@dataclass(frozen=True, slots=True)
class Loss:
    """Bits of a written value that do not read back as written, in place, and why."""

    mask: int
    norm: str
    reason: str


@dataclass(frozen=True, slots=True)
class Written:
    """What a write leaves in a register: the value read back, and why bits of it differ."""

    read: int
    losses: tuple[Loss, ...]
    notes: tuple[str, ...]


def hgatp_rules(spec: HgatpSpec) -> tuple[FieldRule, ...]:
    """The fields of hgatp, highest bits first."""
    mode, reserved, vmid, ppn = HGATP_LAYOUT[spec.xlen]
    names = ", ".join(hgatp_mode_name(code, spec.xlen) for code in sorted(spec.modes))
    unsupported = {
        WarlRule.SPIKE: "another code leaves MODE as it was, and the other fields are taken",
        WarlRule.QEMU11: "with another code the whole write is dropped, which the rule forbids",
        WarlRule.QEMU72_RAW: "any other code is stored as well",
    }[spec.warl]
    raw = spec.warl is not WarlRule.SPIKE
    return (
        FieldRule(mode, "norm:hgatp_mode_warl", f"Supported here: {names}; {unsupported}."),
        FieldRule(
            reserved,
            "norm:hgatp_sz_acc_op",
            "Should read zero; this core stores them." if raw else "Read zero.",
        ),
        FieldRule(
            vmid,
            "norm:hgatp_vmid",
            f"VMIDLEN is {spec.vmidlen} of at most {VMIDMAX[spec.xlen]}: the low bits are "
            f"implemented first (norm:hgatp_vmid_lsbs), those above read zero.",
        ),
        FieldRule(
            ppn,
            "norm:hgatp_ppn_op",
            f"Root page table >> 12, {spec.ppn_bits} bits here. It is aligned to 16 KiB: "
            + (
                "PPN[1:0] should read zero; this core stores them."
                if raw
                else "PPN[1:0] read zero."
            ),
        ),
    )


def vsatp_rules(spec: VsatpSpec) -> tuple[FieldRule, ...]:
    """The fields of vsatp, highest bits first, for writes at V=0."""
    mode, asid, ppn = VSATP_LAYOUT[spec.xlen]
    names = ", ".join(vsatp_mode_name(code, spec.xlen) for code in sorted(spec.modes))
    ignores = spec.unsupported_mode is UnsupportedVsatpMode.IGNORE_WRITE
    unsupported = "drops the whole write" if ignores else "leaves MODE as it was, the rest is taken"
    return (
        FieldRule(
            mode,
            "norm:vsatp_mode_unsupported_v0",
            f"Supported here: {names}; at V=0 another code {unsupported}. At V=1 a write to satp "
            "with another code does nothing (norm:vsatp_mode_unsupported_v1).",
        ),
        FieldRule(
            asid,
            "norm:asidlen",
            f"ASIDLEN is {spec.asidlen} of at most {ASIDMAX[spec.xlen]}: the low bits are "
            "implemented first, those above read zero.",
        ),
        FieldRule(
            ppn,
            "norm:satp_ppn_sv32_sz" if spec.xlen == 32 else "norm:satp_ppn_sv39_sz",
            f"Root of the guest's table >> 12, a guest-physical page number; {spec.ppn_bits} bits.",
        ),
    )


def write_hgatp(spec: HgatpSpec, before: int, written: int) -> Written:
    """What writing ``written`` over ``before`` leaves in hgatp, and why.

    Raises ValueError when ``written`` is wider than XLEN.
    """
    read = spec.legalise(before, written)
    mode, reserved, vmid, ppn = HGATP_LAYOUT[spec.xlen]
    code = written >> mode.low
    name = hgatp_mode_name(code, spec.xlen)
    losses = []
    if code not in spec.modes and spec.warl is WarlRule.QEMU11:
        reason = f"MODE {name} is not supported, and this core drops the whole write then"
        losses.append(Loss((1 << spec.xlen) - 1, "norm:hgatp_mode_warl", reason))
    losses += [
        Loss(mode.mask, "norm:hgatp_mode_warl", f"MODE {name} is not supported; MODE stays"),
        Loss(reserved.mask, "norm:hgatp_sz_acc_op", "reserved bits read zero"),
        Loss(vmid.mask, "norm:hgatp_vmid_lsbs", f"VMID is cut to VMIDLEN, {spec.vmidlen} bits"),
        Loss(ppn.mask & 0b11, "norm:hgatp_ppn_op", "the root table is aligned to 16 KiB"),
        Loss(ppn.mask, "norm:hgatp_ppn_op", f"PPN has {spec.ppn_bits} bits on this hart"),
    ]
    kept = "This core keeps them; VS-stage entries still carry the VMID."
    notes = _bare_notes(read, mode, "norm:hgatp_mode_bare", kept)
    return Written(read, _lost(written ^ read, losses), notes)


def write_vsatp(spec: VsatpSpec, before: int, written: int) -> Written:
    """What writing ``written`` over ``before`` leaves in vsatp at V=0, and why.

    Raises ValueError when ``written`` is wider than XLEN.
    """
    read = spec.legalise(before, written, virtualised=False)
    mode, asid, ppn = VSATP_LAYOUT[spec.xlen]
    code = written >> mode.low
    name = vsatp_mode_name(code, spec.xlen)
    losses = []
    if code not in spec.modes and spec.unsupported_mode is UnsupportedVsatpMode.IGNORE_WRITE:
        reason = f"MODE {name} is not supported, and this core ignores the whole write then"
        losses.append(Loss((1 << spec.xlen) - 1, "norm:vsatp_mode_unsupported_v0", reason))
    losses += [
        Loss(mode.mask, "norm:vsatp_mode_unsupported_v0", f"MODE {name} is not supported"),
        Loss(asid.mask, "norm:asidlen", f"ASID is cut to ASIDLEN, {spec.asidlen} bits"),
        Loss(ppn.mask, "norm:vsatp_sz_acc_op", f"PPN has {spec.ppn_bits} bits on this hart"),
    ]
    # vsatp is formatted as satp (norm:vsatp_sz_acc_op), whose rule for Bare is therefore its own.
    notes = _bare_notes(read, mode, "norm:satp_mode", "This core keeps them.")
    return Written(read, _lost(written ^ read, losses), notes)


def _bare_notes(read: int, mode: CsrField, norm: str, kept: str) -> tuple[str, ...]:
    """What is to be known of a register that reads MODE=Bare and anything else than zeros."""
    if read & mode.mask or not read:
        return ()
    return (
        "MODE reads Bare: software must write zeros to the other fields then, and what they read "
        f"as is not specified ({norm}). {kept}",
    )


def _lost(differing: int, causes: list[Loss]) -> tuple[Loss, ...]:
    """The causes that explain a differing bit, each with the bits that no cause before it does."""
    found = []
    for cause in causes:
        mask = cause.mask & differing
        if mask:
            found.append(Loss(mask, cause.norm, cause.reason))
            differing &= ~mask
    assert not differing
    return tuple(found)
