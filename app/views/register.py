"""hgatp and vsatp of a hart with the rule of each field, and what a write would leave in them."""

from __future__ import annotations

from typing import Any, Literal

from app.errors import invalid
from app.live.shown import Shown
from app.views.hart import hart_of
from simcore.hw.csr_rules import (
    FieldRule,
    Written,
    hgatp_rules,
    vsatp_rules,
    write_hgatp,
    write_vsatp,
)
from simcore.hw.hart import Hart
from simcore.machine import Machine

Register = Literal["hgatp", "vsatp"]


def register_json(live: Shown, machine: Machine, number: int, name: Register) -> dict[str, Any]:
    """A register as it is. Raises ProblemError where the machine does not have the hart."""
    hart = hart_of(machine, number)
    value = hart.hgatp if name == "hgatp" else hart.vsatp
    return {
        "seq": live.published.seq,
        "hart": hart.id,
        "register": name,
        "xlen": hart.hgatp_spec.xlen,
        "value": hex(value),
        "fields": [_field_json(rule, value) for rule in _rules(hart, name)],
    }


def warl_json(
    live: Shown, machine: Machine, number: int, name: Register, text: str
) -> dict[str, Any]:
    """What writing a value now would leave in a register; nothing is written.

    Raises ProblemError where the hart does not exist or the value does not fit the register.
    """
    hart = hart_of(machine, number)
    written = int(text, 16 if text.lower().startswith("0x") else 10)
    before = hart.hgatp if name == "hgatp" else hart.vsatp
    xlen = hart.hgatp_spec.xlen
    if written >> xlen:
        raise invalid(("body", "value"), f"value is {text}; 0 to {(1 << xlen) - 1:#x} is allowed")
    told = _write(hart, name, before, written)
    return {
        "hart": hart.id,
        "register": name,
        "xlen": xlen,
        "before": hex(before),
        "written": hex(written),
        "read": hex(told.read),
        "fields": [
            _field_json(rule, told.read)
            | {
                "before": hex((before & rule.field.mask) >> rule.field.low),
                "written": hex((written & rule.field.mask) >> rule.field.low),
            }
            for rule in _rules(hart, name)
        ],
        "losses": [
            {"mask": hex(loss.mask), "norm": loss.norm, "reason": loss.reason}
            for loss in told.losses
        ],
        "notes": list(told.notes),
    }


def _rules(hart: Hart, name: Register) -> tuple[FieldRule, ...]:
    return hgatp_rules(hart.hgatp_spec) if name == "hgatp" else vsatp_rules(hart.vsatp_spec)


def _write(hart: Hart, name: Register, before: int, written: int) -> Written:
    if name == "hgatp":
        return write_hgatp(hart.hgatp_spec, before, written)
    return write_vsatp(hart.vsatp_spec, before, written)


def _field_json(rule: FieldRule, value: int) -> dict[str, Any]:
    field = rule.field
    return {
        "field": field.name,
        "high": field.high,
        "low": field.low,
        "value": hex((value & field.mask) >> field.low),
        "norm": rule.norm,
        "rule": rule.rule,
    }
