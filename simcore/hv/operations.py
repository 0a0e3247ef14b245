"""The operations a policy may return: micro-steps that the machine carries out in order.

The first group touches hardware, the second tells what the policy decided, so that the machine
can record it. All are immutable; a hook returns a tuple of them.
"""

from __future__ import annotations

from typing import NamedTuple

from simcore.hv.domain import Vcpu
from simcore.hw.fence import Fence
from simcore.hw.ids import DomainId, HartId
from simcore.hw.sbi import SbiRfence


class WriteHgatp(NamedTuple):
    """Write hgatp with the root of the vCPU's domain and this VMID, as software programs it."""

    vcpu: Vcpu
    vmid: int


class WriteVsatp(NamedTuple):
    """Write vsatp with the vCPU's saved value, or with 0 where ``vcpu`` is None."""

    vcpu: Vcpu | None


class LocalFence(NamedTuple):
    """Execute one fence on this hart. ``cause`` says why, in a word for the flush log."""

    fence: Fence
    cause: str


class SbiFences(NamedTuple):
    """Issue SBI RFENCE calls one by one until the first error.

    With no calls, nothing is sent: ``error`` is the negative errno the caller saw and dropped.
    """

    calls: tuple[SbiRfence, ...]
    cause: str
    error: int = 0


class IpiFence(NamedTuple):
    """Have each listed hart, this one included, execute ``fence`` by a kernel's own IPI, and wait.

    Linux's ``on_each_cpu``. The sender continues once all have executed it.
    """

    harts: tuple[HartId, ...]
    fence: Fence
    cause: str


class ForceExit(NamedTuple):
    """Make the vCPUs in guest mode on these harts leave it; they stay loaded and enter again."""

    harts: tuple[HartId, ...]


class Assigned(NamedTuple):
    """The policy gave out an id: to one vCPU on one hart, or to a whole domain everywhere.

    ``vcpu`` is None for a whole domain, ``hart`` None for an id valid on every hart.
    """

    domain: DomainId
    vcpu: int | None
    hart: HartId | None
    vmid: int
    generation: int


class Released(NamedTuple):
    """The policy took an id back from a domain."""

    domain: DomainId
    vmid: int


class RolledOver(NamedTuple):
    """A generation ended; ``hart`` is None where the generation is global."""

    hart: HartId | None
    generation: int


class TaggingDisabled(NamedTuple):
    """The generation counter wrapped: this hart runs untagged from now on."""

    hart: HartId


class ReloadRequested(NamedTuple):
    """The policy asked these vCPUs to rewrite hgatp before they enter again."""

    domain: DomainId
    vcpus: tuple[int, ...]


Operation = (
    WriteHgatp
    | WriteVsatp
    | LocalFence
    | SbiFences
    | IpiFence
    | ForceExit
    | Assigned
    | Released
    | RolledOver
    | TaggingDisabled
    | ReloadRequested
)
Operations = tuple[Operation, ...]
NONE: Operations = ()
LEAVE_TABLES: Operations = (WriteVsatp(None),)
"""vsatp = 0, so that no walk uses the tables of a vCPU that leaves."""


class Refusal(NamedTuple):
    """The policy will not take a domain: a normal result, shown and counted."""

    error: int
    reason: str


EBUSY = -16
EINVAL = -22
