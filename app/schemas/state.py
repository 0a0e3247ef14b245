"""Answers about what is in a machine: VMIDs, harts, TLBs, fences, events."""

from __future__ import annotations

from typing import Literal

from pydantic import ConfigDict, Field

from app.schemas.model import Answer


class Owner(Answer):
    """Who has a VMID."""

    domain: int
    name: str
    vcpu: int | None = Field(description="null: the whole domain")


class Bitmap(Answer):
    """What each VMID is, on one hart or on all."""

    seq: int
    hart: int | None
    per_hart: bool = Field(description="whether the policy has one id space a hart")
    vmidlen: int
    size: int
    states: list[str] = Field(description="names of the states that the low three bits count")
    runs: list[tuple[int, int, int]] = Field(
        description="[first VMID, length, byte]. Of a byte, bits 2:0 are the state, bit 3 says "
        "that two owners or more share the VMID, bit 4 that a hart runs a guest under it (also "
        "where a wrong hit makes the state another than running); bits 7:5 are zero"
    )
    counts: dict[str, int] = Field(description="VMIDs by state")
    aliased: int = Field(description="VMIDs with bit 3")
    in_hgatp: int = Field(description="VMIDs with bit 4")
    owners: dict[str, list[Owner]]


class LensView(Answer):
    """A number for each VMID, to colour the map by."""

    seq: int
    hart: int | None
    lens: Literal["owner", "generation", "age"]
    meaning: str = Field(description="what the numbers are")
    size: int
    none: int = Field(description="VMIDs with -1")
    runs: list[tuple[int, int, int]] = Field(description="[first VMID, length, number]")


class RegisterField(Answer):
    """One field of a register."""

    field: str
    high: int
    low: int
    value: str


class HgatpValue(Answer):
    """hgatp, decoded; ``programmed_vmid`` is what software last wrote."""

    value: str
    mode: int
    mode_name: str
    vmid: int
    ppn: str
    programmed_vmid: int
    fields: list[RegisterField]


class VsatpValue(Answer):
    """vsatp, decoded."""

    value: str
    mode_name: str
    asid: int
    ppn: str
    fields: list[RegisterField]


class LoadedVcpu(Answer):
    """The vCPU that is loaded on a hart."""

    domain: int
    name: str
    vcpu: int


class Fill(Answer):
    """Valid entries that one domain filled; ``wrong``: it is gone, or its mapping changed."""

    domain: int
    name: str
    entries: int
    wrong: bool


class TlbFill(Answer):
    """Whose entries are in a TLB."""

    capacity: int
    valid: int
    fill: list[Fill]


class Hart(Answer):
    """A hart."""

    hart: int
    vmidlen: int
    vcpu: LoadedVcpu | None
    in_guest: bool
    hgatp: HgatpValue
    vsatp: VsatpValue
    generation: int | None
    cycles: int
    tlb: TlbFill


class EntryOwner(Answer):
    """Who filled an entry; hardware does not know."""

    domain: int
    name: str
    space: int | None = Field(description="the domain's VS-stage tables; null: its G-stage")


class TlbEntry(Answer):
    """A valid TLB entry."""

    structure: str
    set: int
    way: int
    kind: Literal["combined", "VS-stage", "G-stage"]
    vmid: int
    asid: int | None
    page: int
    page_size: Literal["4K", "2M"] = Field(description="what `page` and `target` are counted in")
    target: int
    owner: EntryOwner
    version: int
    stale: bool
    last_use: int


class TlbEntries(Answer):
    """The valid entries of a hart's TLB, by structure, set and way."""

    seq: int
    hart: int
    organisation: Literal["combined", "split"]
    structures: list[str]
    sets: int
    ways: int
    entries: list[TlbEntry]


class Flush(Answer):
    """A fence that a hart executed, or asked others for. Null: does not apply."""

    seq: int
    at_ns: int
    type: Literal["executed", "requested"]
    hart: int
    kind: str = Field(examples=["hfence_gvma_vmid"], description="none: nothing was sent")
    address: int | None = Field(description="page number")
    id: int | None = Field(description="VMID or ASID operand, as programmed")
    vmid: int | None = Field(description="the VMID that it is about")
    cause: str
    requester: int | None = Field(description="the hart that asked for an executed fence")
    dropped: int | None = Field(description="TLB entries that it removed")
    cycles: int
    via: Literal["sbi", "ipi", "none"] | None
    targets: int | None
    error: int | None = Field(description="SBI error, or a negative errno where nothing was sent")
    hart_mask: str | None
    hart_mask_base: str | None


class HistoryItem(Answer):
    """An event; its other fields depend on what it is."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {"seq": 9, "event": "VmidAssigned", "at_ns": 0, "domain": 0, "vcpu": -1,
                 "hart": -1, "vmid": 1, "generation": 0},
            ]
        },
    )  # fmt: skip

    seq: int
    event: str
    at_ns: int
