"""What happened: past tense, immutable, one record a thing.

Every number a page, the API or a command shows is a sum over these. ``at_ns`` is the machine's
clock; -1 stands for "none" where a field does not apply. They are named tuples because a replay
makes millions of them.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class HartBooted(NamedTuple):
    """A hart came up; ``probed`` is the VMIDLEN that software found, -1 where it did not look."""

    at_ns: int
    hart: int
    vmidlen: int
    probed: int


class DomainCreated(NamedTuple):
    """A domain was created."""

    at_ns: int
    domain: int
    name: str
    vcpus: int
    pages: int


class DomainRefused(NamedTuple):
    """The policy would not take a domain; ``error`` is a negative errno."""

    at_ns: int
    name: str
    vcpus: int
    error: int
    reason: str


class DomainDestroyed(NamedTuple):
    """A domain was destroyed."""

    at_ns: int
    domain: int


class DomainPaused(NamedTuple):
    """A domain's vCPUs will not run until it is unpaused."""

    at_ns: int
    domain: int


class DomainUnpaused(NamedTuple):
    """A paused domain's vCPUs may run again."""

    at_ns: int
    domain: int


class VmidAssigned(NamedTuple):
    """A policy gave out an id; ``vcpu`` -1: to the whole domain, ``hart`` -1: for every hart."""

    at_ns: int
    domain: int
    vcpu: int
    hart: int
    vmid: int
    generation: int


class VmidReleased(NamedTuple):
    """A policy took an id back."""

    at_ns: int
    domain: int
    vmid: int


class GenerationRolledOver(NamedTuple):
    """A generation ended and the next began; ``hart`` -1: a global one."""

    at_ns: int
    hart: int
    generation: int


class TaggingTurnedOff(NamedTuple):
    """A hart's generation counter wrapped; it runs everybody as VMID 0 from now on."""

    at_ns: int
    hart: int


class HgatpWritten(NamedTuple):
    """hgatp was written: the VMID as programmed, and value and VMID as the register reads."""

    at_ns: int
    hart: int
    programmed_vmid: int
    vmid: int
    value: int


class VsatpWritten(NamedTuple):
    """vsatp was written; ``value`` as the register reads."""

    at_ns: int
    hart: int
    value: int


class HgatpReloadRequested(NamedTuple):
    """vCPUs of a domain were asked to rewrite hgatp before they enter again."""

    at_ns: int
    domain: int
    vcpus: tuple[int, ...]


class WorldSwitched(NamedTuple):
    """A vCPU was loaded on a hart, after the one that was there last (-1: it is the first)."""

    at_ns: int
    hart: int
    domain: int
    vcpu: int
    from_domain: int
    from_vcpu: int


class GuestEntered(NamedTuple):
    """Guest code began to run on a hart under a VMID (as in the register)."""

    at_ns: int
    hart: int
    domain: int
    vcpu: int
    vmid: int


class GuestExited(NamedTuple):
    """Guest code stopped running on a hart; ``forced``: another hart's roll-over made it."""

    at_ns: int
    hart: int
    domain: int
    vcpu: int
    forced: bool


class VcpuMigrated(NamedTuple):
    """A vCPU was loaded on another hart than the last time."""

    at_ns: int
    domain: int
    vcpu: int
    from_hart: int
    to_hart: int


class FenceExecuted(NamedTuple):
    """A hart executed one fence instruction.

    ``address`` is a page number, ``id`` a VMID or ASID as programmed, -1 for register x0;
    ``vmid`` the VMID an HFENCE.VVMA acted on (-1 for other fences). ``requester`` is the hart that
    asked for it by SBI or IPI, -1 for a local fence. ``dropped`` counts TLB entries.
    """

    at_ns: int
    hart: int
    fence: str
    address: int
    id: int
    vmid: int
    cause: str
    requester: int
    dropped: int
    cycles: int


class RemoteFenceRequested(NamedTuple):
    """A hart asked for a remote fence, by one SBI call or one kernel IPI (``via``).

    ``error`` is the SBI error, or a negative errno where no call was made (``targets`` is 0 and
    ``via`` is "none"). ``id`` -1: no VMID or ASID operand.
    """

    at_ns: int
    hart: int
    fence: str
    via: str
    hart_mask: int
    hart_mask_base: int
    id: int
    targets: int
    error: int
    cause: str
    cycles: int


class PagesUnmapped(NamedTuple):
    """Guest pages were taken from a domain's P2M, which is at ``version`` now."""

    at_ns: int
    domain: int
    first: int
    pages: int
    version: int


class PagesAccessed(NamedTuple):
    """A vCPU touched pages: a batch, with what the TLB made of it."""

    at_ns: int
    hart: int
    domain: int
    vcpu: int
    accesses: int
    hits: int
    misses: int
    cycles: int


class StaleHit(NamedTuple):
    """Violation: accesses were served by an entry that is not theirs.

    ``kind`` is ``cross-domain``, ``cross-vcpu`` or ``stale-mapping``; ``accesses`` of one batch
    were wrong, of which the first touched ``page`` and hit an entry that ``owner_domain`` filled
    through its tables ``owner_space`` under ``vmid``. A G-stage entry has ``owner_space`` -1, and
    ``page`` is a guest-physical one then.
    """

    at_ns: int
    hart: int
    domain: int
    vcpu: int
    kind: str
    accesses: int
    page: int
    vmid: int
    owner_domain: int
    owner_space: int


class ScheduleRestarted(NamedTuple):
    """A recorded schedule that is played in a loop began again."""

    at_ns: int
    round: int


class EntrySkipped(NamedTuple):
    """A recorded entry did not happen: its domain was refused, paused or destroyed."""

    at_ns: int
    hart: int
    domain: int
    reason: str


Event = (
    HartBooted
    | DomainCreated
    | DomainRefused
    | DomainDestroyed
    | DomainPaused
    | DomainUnpaused
    | VmidAssigned
    | VmidReleased
    | GenerationRolledOver
    | TaggingTurnedOff
    | HgatpWritten
    | VsatpWritten
    | HgatpReloadRequested
    | WorldSwitched
    | GuestEntered
    | GuestExited
    | VcpuMigrated
    | FenceExecuted
    | RemoteFenceRequested
    | PagesUnmapped
    | PagesAccessed
    | StaleHit
    | ScheduleRestarted
    | EntrySkipped
)

VIOLATION_KINDS = ("cross-domain", "cross-vcpu", "stale-mapping")
CAUSE_BOOT = "boot"


_WORDS = ("value", "hart_mask", "hart_mask_base")


def to_dict(event: Event) -> dict[str, Any]:
    """The event as a JSON object, its name under ``event``.

    Register values and hart masks are hexadecimal strings: they do not fit a JavaScript number.
    """
    data: dict[str, Any] = {"event": type(event).__name__, **event._asdict()}
    for word in _WORDS:
        if word in data:
            data[word] = hex(data[word])
    return data
