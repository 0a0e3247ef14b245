"""A recorded schedule as values: which vCPU of which domain ran on which CPU, and when.

A recording of real virtual machines becomes a `Schedule` once, in `simcore.formats`; everything
that replays one works on these values and never sees the text again.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

NONE = -1
"""Stands in `ScheduleEvent.cpu` and `ScheduleEvent.vcpu` where the event has none."""


class ScheduleKind(IntEnum):
    """What a `ScheduleEvent` says."""

    CREATE = 0
    ENTER = 1
    LEAVE = 2
    DESTROY = 3


class ScheduleEvent(NamedTuple):
    """One thing that happened in a recording.

    `at_ns` counts nanoseconds from the first event of the recording. `domain` is an index into
    `Schedule.domains`, `vcpu` the number of the vCPU within its domain. `cpu` and `vcpu` are `NONE`
    for CREATE and DESTROY.
    """

    at_ns: int
    kind: ScheduleKind
    cpu: int
    domain: int
    vcpu: int


@dataclass(frozen=True, slots=True)
class ScheduledDomain:
    """A virtual machine of a recording: its name, its process id, how many vCPUs it ever had."""

    name: str
    process: int
    vcpus: int


@dataclass(frozen=True, slots=True)
class Schedule:
    """A whole recording, in the order of time.

    `format` names the text it was read from. `domains` are in the order of their creation. `cpus`
    are the CPU numbers, ascending, on which a vCPU entered. `span_ns` is the time from the first to
    the last event of the recording, of whatever process. `lines` counts all lines of the text and
    `skipped` says, by reason, which of them were not used and what had to be repaired
    (`simcore.formats.sched_lines.Tally` lists the reasons).

    Well-formed by construction in `simcore.formats.schedule_builder`:

    * `at_ns` never decreases and lies within 0…`span_ns`;
    * a domain has exactly one CREATE, before anything else of it;
    * ENTER and LEAVE of a vCPU alternate, and every ENTER has its LEAVE;
    * a CPU has at most one vCPU, a vCPU is on at most one CPU;
    * a domain has at most one DESTROY, while none of its vCPUs is on a CPU, and nothing after it.
      A domain that lives to the end of the recording has none.
    """

    format: str
    domains: tuple[ScheduledDomain, ...]
    events: tuple[ScheduleEvent, ...]
    cpus: tuple[int, ...]
    span_ns: int
    lines: int
    skipped: Mapping[str, int]

    def longest_run_ns(self) -> int:
        """The longest time that a vCPU was on a CPU without a break. O(events)."""
        entered: dict[int, int] = {}
        longest = 0
        for event in self.events:
            if event.kind is ScheduleKind.ENTER:
                entered[event.cpu] = event.at_ns
            elif event.kind is ScheduleKind.LEAVE:
                longest = max(longest, event.at_ns - entered.pop(event.cpu))
        return longest
