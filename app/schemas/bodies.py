"""Request bodies. A field that is not known is refused."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from simcore.machine.commands import MAX_PAGES, MAX_VCPUS

MOST_STEPS = 100_000
MOST_TOUCHED_PAGES = 4096
MOST_HART_ID = 4095
_BIG = 2**53 - 1

Name = Annotated[
    str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]+$")
]


class Body(BaseModel):
    """What all bodies have in common: numbers are numbers, and unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class TlbBody(Body):
    """The TLB of each hart, where it differs from the preset's."""

    sets: int | None = Field(None, ge=1, le=4096, description="a power of two")
    ways: int | None = Field(None, ge=1, le=128)
    organisation: Literal["combined", "split"] | None = None


class PlatformBody(Body):
    """Hardware, as a preset and what differs from it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"preset": "rv64", "harts": 2, "vmidlen": 6}]}
    )

    preset: str | None = Field(None, description="name of a preset; default rv64")
    harts: int | None = Field(None, ge=1, le=1024, description="harts 0 to harts - 1")
    hart_ids: list[Annotated[int, Field(ge=0, le=MOST_HART_ID)]] | None = Field(
        None, min_length=1, max_length=1024, description="sparse hart ids, ascending"
    )
    vmidlen: int | list[int] | None = Field(
        None, description="implemented VMID bits, of all harts or one number a hart"
    )
    tlb: TlbBody | None = None
    asidlen: int | None = Field(None, description="implemented ASID bits")
    warl: Literal["spike", "qemu11", "qemu72_raw"] | None = Field(
        None, description="what a write to hgatp leaves in it, as sampled on real implementations"
    )
    rfence_range_limit_bytes: int | None = Field(
        None, ge=0, le=_BIG, description="a remote fence of more than this fences everything"
    )
    over_fences: bool | None = Field(
        None, description="any HFENCE drops the whole TLB, ids and addresses ignored, as on QEMU"
    )
    costs: dict[str, int] | None = Field(None, description="cycles, by name of the cost")


class GuestsBody(Body):
    """How guests use memory, where it differs from the default."""

    working_set_pages: int | None = Field(
        None, ge=1, le=1 << 16, description="of 4 KiB, whatever `page_size` is"
    )
    skew: float | None = Field(None, ge=0, le=4, description="Zipf exponent of the touches")
    accesses_per_us: float | None = Field(None, ge=0, le=1000)
    asids: Literal["distinct", "shared", "same", "bare"] | None = None
    drift: float | None = Field(
        None, ge=0, le=1000, description="pages by which the working set moves in 1,000 accesses"
    )
    sharing: float | None = Field(
        None, ge=0, le=1, description="part of a working set that a domain's vCPUs have in common"
    )
    page_size: Literal["4K", "2M"] | None = Field(
        None, description="what a leaf PTE maps, at both stages; pages are counted in this size"
    )


class SpecBody(Body):
    """What decides what a machine does, but for its policy and its schedule."""

    preset: str | None = Field(None, description="name of a platform preset; or use platform")
    platform: str | PlatformBody | None = Field(
        None, description="a preset's name, or a preset with what differs from it"
    )
    seed: int = Field(1, ge=0, le=_BIG)
    loop: bool = Field(False, description="play the schedule again and again")
    guests: GuestsBody | None = None
    quantum_ns: int = Field(1_000_000, ge=1_000, le=10**9)
    speculation: bool = Field(
        False, description="each hart walks for a page of its own choosing after every operation"
    )
    faults: list[str] = Field(
        [], max_length=32, description="deliberate defects, as in /api/v1/faults"
    )


class MachineBody(SpecBody):
    """A machine to be made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"policy": "xen-riscv-v2-posted", "platform": {"preset": "rv64", "vmidlen": 4}},
                {"name": "KVM on a recording", "policy": "kvm-riscv", "preset": "rv64",
                 "schedule": "first-start", "loop": True},
            ]
        }
    )  # fmt: skip

    name: Name | None = None
    policy: str = Field(description="name of a policy, as in /api/v1/policies")
    schedule: str | None = Field(
        None, description="name of a recorded schedule, as in /api/v1/schedules"
    )


class ComparisonBody(SpecBody):
    """Two machines that differ in their policy alone, on one schedule."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"a": "xen-riscv-v2-posted", "b": "xen-riscv-v2-reviewed", "loop": True,
                 "schedule": "first-start", "platform": {"preset": "rv64", "harts": 2,
                                                         "vmidlen": 6}},
            ]
        }
    )  # fmt: skip

    a: str = Field(description="name of a policy, as in /api/v1/policies")
    b: str = Field(description="name of another policy")
    schedule: str = Field(description="name of a recorded schedule, as in /api/v1/schedules")


class PositionBody(Body):
    """How many steps both machines of a comparison are to have made."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"steps": 500}]})

    steps: int = Field(ge=0, le=_BIG, description="one that has made more is left as it is")


class ForkBody(Body):
    """The moment to go on from."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"at": 104}]})

    at: int | None = Field(None, ge=0, le=_BIG, description="number of an event; left out: now")
    name: Name | None = None


class DomainBody(Body):
    """A domain to be created."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"vcpus": 2, "name": "web"}]})

    vcpus: int = Field(ge=1, le=MAX_VCPUS)
    name: Name | None = None
    pages: int | None = Field(None, ge=1, le=MAX_PAGES, description="guest-physical pages")


class UnmapBody(Body):
    """Guest-physical pages to be taken from a domain's P2M."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"first": 0, "count": 4}]})

    first: int = Field(ge=0, lt=MAX_PAGES)
    count: int = Field(1, ge=1, le=MAX_PAGES)


class HartBody(Body):
    """The hart that something is to happen on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"hart": 1}]})

    hart: int = Field(ge=0, le=_BIG)


class AccessBody(Body):
    """Guest-virtual pages that a vCPU is to touch, in order."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"pages": [0, 1, 2, 0]}]})

    pages: list[Annotated[int, Field(ge=0, lt=MAX_PAGES)]] = Field(
        min_length=1, max_length=MOST_TOUCHED_PAGES
    )


class StepBody(Body):
    """How far to go on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"count": 10}]})

    count: int = Field(1, ge=1, le=MOST_STEPS)


class ClockBody(Body):
    """Whether a machine is to run by itself, and how fast."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"running": True, "speed": 200}]})

    running: bool
    speed: float | None = Field(None, ge=0.1, le=100_000, description="steps a second")
