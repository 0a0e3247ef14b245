"""Answers and bodies about one hart: a place in its TLB, its registers, and what runs where."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from app.schemas.bodies import Body
from app.schemas.model import Answer
from app.schemas.state import RegisterField, TlbEntry

RegisterName = Literal["hgatp", "vsatp"]


class Occupancy(Answer):
    """What runs on each hart, in columns of one length; null: the hart is idle."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"seq": 104, "harts": [0, 1], "domain": [3, None], "vcpu": [0, None],
                 "in_guest": [True, False], "vmid": [5, 0]},
            ]
        }
    )  # fmt: skip

    seq: int
    harts: list[int]
    domain: list[int | None]
    vcpu: list[int | None]
    in_guest: list[bool]
    vmid: list[int] = Field(description="in hgatp, cut to the implemented bits")


class FenceFate(Answer):
    """A fence, and why it leaves the entry; null: it removes it."""

    fence: str = Field(examples=["HFENCE.GVMA x0, VMID 5"])
    reason: str | None
    norm: str | None = Field(description="the manual's tag for the rule")


class TlbPlace(Answer):
    """One place of a TLB: what is there, why, and what would remove it."""

    seq: int
    hart: int
    structure: str
    set: int
    way: int
    entry: TlbEntry | None = Field(description="null: no valid entry")
    because: list[str] = Field(description="who filled it, what it says, whether it is right")
    removed_by: list[FenceFate]
    kept_by: list[FenceFate]


class RuledField(RegisterField):
    """One field of a register, with the rule for what may be written to it."""

    norm: str = Field(description="the manual's tag for the rule")
    rule: str


class RegisterView(Answer):
    """A register of one hart as it is."""

    seq: int
    hart: int
    register_name: RegisterName = Field(alias="register")
    xlen: Literal[32, 64]
    value: str
    fields: list[RuledField] = Field(description="highest bits first")


class WrittenField(RuledField):
    """One field of a register after a write; ``value`` is what it would read."""

    before: str
    written: str


class Loss(Answer):
    """Bits that would not read back as written, in place, and why."""

    mask: str
    norm: str
    reason: str


class WarlAnswer(Answer):
    """What a write would leave in a register. Nothing was written."""

    hart: int
    register_name: RegisterName = Field(alias="register")
    xlen: Literal[32, 64]
    before: str
    written: str
    read: str
    fields: list[WrittenField] = Field(description="highest bits first")
    losses: list[Loss] = Field(description="masks do not overlap; together written XOR read")
    notes: list[str]


class WarlBody(Body):
    """A value to ask about."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"value": "0x8000500000080000"}]})

    value: Annotated[str, StringConstraints(pattern=r"^(0[xX][0-9a-fA-F]{1,16}|[0-9]{1,20})$")] = (
        Field(description="hexadecimal with 0x, or decimal; a string, as it may have 64 bits")
    )
