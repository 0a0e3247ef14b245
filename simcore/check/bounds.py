"""How large the machine is that is checked, and how far."""

from __future__ import annotations

from dataclasses import dataclass, replace

from simcore.guests.working_set import Asids, GuestSpec
from simcore.hw.csr import VMIDMAX
from simcore.hw.platform import preset
from simcore.hw.tlb import Organisation, TlbGeometry
from simcore.machine import MachineSpec
from simcore.machine.faults import Fault
from simcore.machine.micro_steps import Room
from simcore.words import counted

MAX_HARTS, MAX_DOMAINS, MAX_VCPUS, MAX_PAGES = 4, 8, 4, 4
MAX_DEPTH = 10_000
_TLB_WAYS = 128
"""Room for what small bounds can fill, so that a machine opened from a path evicts nothing."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is explored. Raises ValueError naming the field that is out of range.

    ``domains`` exist at a time, each of ``vcpus`` vCPUs and ``pages`` guest pages; any number of
    them may come and go. ``generations`` cuts schemes whose generation numbers are a hart's own;
    where they are only compared for equality, they are unbounded. ``depth`` None: no limit.
    """

    harts: int = 2
    domains: int = 3
    vcpus: int = 1
    vmidlen: int = 2
    tlb: Organisation = Organisation.COMBINED
    speculation: bool = False
    faults: frozenset[Fault] = frozenset()
    asids: Asids = "distinct"
    pages: int = 1
    unmap: bool = True
    """Whether pages are taken away from domains."""
    cut: bool = True
    """Whether anything may fall between two operations of a hook; if not, hooks run as one."""
    touch: bool = True
    """Whether guests touch memory; if not, ids and fences alone are explored."""
    generations: int = 3
    depth: int | None = None

    def __post_init__(self) -> None:
        _within("harts", self.harts, 1, MAX_HARTS)
        _within("domains", self.domains, 1, MAX_DOMAINS)
        _within("vcpus", self.vcpus, 1, MAX_VCPUS)
        _within("vmidlen", self.vmidlen, 0, VMIDMAX[64])
        _within("pages", self.pages, 1, MAX_PAGES)
        _within("generations", self.generations, 1, 1000)
        if self.depth is not None:
            _within("depth", self.depth, 1, MAX_DEPTH)

    def spec(self, policy: str) -> MachineSpec:
        """The machine that is explored. Raises ValueError where the policy cannot run on it."""
        platform = preset("rv64").with_harts(self.harts).with_vmidlen(*[self.vmidlen] * self.harts)
        platform = replace(platform, tlb=TlbGeometry(1, _TLB_WAYS, self.tlb))
        guests = GuestSpec(self.pages, accesses_per_us=0, asids=self.asids)
        return MachineSpec(
            platform, policy, guests=guests, speculation=self.speculation, faults=self.faults
        )

    @property
    def room(self) -> Room:
        """How far choices go."""
        return Room(self.domains, self.vcpus, self.unmap, self.cut, self.touch)

    def sentence(self) -> str:
        """The bounds in words."""
        parts = [
            counted(self.harts, "hart"),
            f"{counted(self.domains, 'domain')} at a time of {counted(self.vcpus, 'vCPU')} "
            f"and {counted(self.pages, 'page')}",
            f"VMIDLEN {self.vmidlen}",
            f"{self.tlb.value} TLB",
            "speculative walks" if self.speculation else "no speculative walks",
        ]
        if self.asids != "distinct":
            parts.append(f"ASIDs {self.asids}")
        if not self.unmap:
            parts.append("no page taken away")
        if not self.touch:
            parts.append("no memory touched")
        if not self.cut:
            parts.append("hooks run as one")
        if self.faults:
            parts.append("faults " + ", ".join(sorted(fault.value for fault in self.faults)))
        if self.depth is not None:
            parts.append(f"{counted(self.depth, 'step')} deep")
        return ", ".join(parts)


def _within(field: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise ValueError(f"{field} is {value}; {low} to {high} is allowed")
