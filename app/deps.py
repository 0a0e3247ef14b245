"""What routes are given: the server's parts, and the machine that an address names."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from app.errors import invalid
from app.live import LiveMachine, LiveMachines, Moment


def _machines(request: Request) -> LiveMachines:
    machines = request.app.state.machines
    assert isinstance(machines, LiveMachines)
    return machines


Machines = Annotated[LiveMachines, Depends(_machines)]
MachineId = Annotated[str, Path(description="id of a machine", examples=["7f3a9c2e"])]


def _live(machines: Machines, machine_id: MachineId) -> LiveMachine:
    return machines.get(machine_id)


Live = Annotated[LiveMachine, Depends(_live)]
_EventNumber = Annotated[
    int | None,
    Query(description="number of an event: the machine as it was after it; left out: now", ge=0),
]


async def _happened(live: Live, at: _EventNumber = None) -> int | None:
    """Raises ProblemError where the event has not happened."""
    if at is not None:
        live.require_ready()
        if at > (newest := live.published.seq):
            raise invalid(("query", "at"), f"at is {at}; 0 to {newest} is allowed")
    return at


At = Annotated[int | None, Depends(_happened)]
"""The event that a query names, which has happened; None: now."""


async def _shown(live: Live, at: At = None) -> LiveMachine | Moment:
    return live if at is None else await live.moment(at)


AsOf = Annotated[LiveMachine | Moment, Depends(_shown)]
"""The machine that an address names, now or at the moment that its query names."""
DomainNumber = Annotated[int, Path(description="id of a domain", examples=[3])]
VcpuIndex = Annotated[int, Path(description="index of a vCPU within its domain", examples=[0])]
HartNumber = Annotated[int, Path(description="id of a hart", examples=[1])]
HartFilter = Annotated[int | None, Query(description="id of a hart; left out: all harts")]
Cursor = Annotated[str | None, Query(description="next_cursor of the page before", max_length=200)]
Limit = Annotated[int, Query(description="items on a page", ge=1, le=1000)]


def known_hart(live: LiveMachine | Moment, hart: int | None) -> None:
    """Raises ProblemError where ``hart``, from a query, is none of the machine's."""
    known = live.spec.platform.hart_ids
    if hart is not None and hart not in known:
        listed = ", ".join(map(str, known[:16])) + (" …" if len(known) > 16 else "")
        raise invalid(("query", "hart"), f"hart is {hart}; the harts: {listed}")
