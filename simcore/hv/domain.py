"""Domains, their vCPUs, and the P2M: a domain's G-stage mapping.

"Domain" is Xen's word for a guest VM (OpenSBI's ``sbi_domain`` is another thing: an M-mode
partition). A policy may read all of this and change none of it.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from enum import Enum

from simcore.hw.ids import DomainId, HartId

VcpuKey = tuple[DomainId, int]
"""A vCPU by domain and index: what policies key their state by."""


class DomainState(Enum):
    """Where a domain is in its life."""

    RUNNABLE = "runnable"
    PAUSED = "paused"
    DESTROYED = "destroyed"


class DrivenBy(Enum):
    """Who decides when a domain's vCPUs run."""

    RUN_QUEUE = "run queue"
    RECORDING = "recording"


@dataclass(slots=True, eq=False)
class P2m:
    """A domain's G-stage mapping: GPA page -> SPA page, with a version that every change bumps.

    ``frames[gpn]`` is the SPA page of a guest page, ``versions[gpn]`` how often it was changed.
    """

    root_ppn: int
    frames: array[int]
    versions: array[int]
    version: int = 0

    @property
    def pages(self) -> int:
        """Guest-physical pages, numbered from 0."""
        return len(self.frames)

    def remap(self, gpns: range, first_frame: int) -> None:
        """Take ``gpns`` away; the next touch of each faults a fresh frame in.

        The frames are chosen here, from ``first_frame`` up, since nothing can see the gap.
        """
        self.version += 1
        for offset, gpn in enumerate(gpns):
            self.frames[gpn] = first_frame + offset
            self.versions[gpn] += 1


@dataclass(slots=True, eq=False)
class Vcpu:
    """A domain's virtual hart.

    ``asid`` and ``space`` are the guest's: the ASID its vsatp holds (None: vsatp Bare) and which
    set of VS-stage tables that is. ``hart`` is where it is loaded, ``last_hart`` where it last was.
    """

    domain: DomainId
    index: int
    asid: int | None
    space: int
    hart: HartId | None = None
    last_hart: HartId | None = None
    ran_ns: int = 0
    accesses: int = 0
    key: VcpuKey = field(init=False)

    def __post_init__(self) -> None:
        self.key = (self.domain, self.index)


@dataclass(slots=True, eq=False)
class Domain:
    """A guest VM. ``id`` is its incarnation: never used again on a machine.

    ``dirty_harts`` are the harts on which one of its vCPUs is loaded now (Xen's dirty_cpumask in
    the sense Arm gives it: set at switch-in, cleared at switch-out).
    """

    id: DomainId
    name: str
    p2m: P2m
    vcpus: list[Vcpu]
    driven_by: DrivenBy = DrivenBy.RUN_QUEUE
    state: DomainState = DomainState.RUNNABLE
    dirty_harts: set[HartId] = field(default_factory=set)
