"""The VMID map: what each hardware VMID is, on one hart or on all, as one byte an id.

The map shows hardware ids, 0 to 2**VMIDLEN - 1. What a policy programmed is cut to the
implemented bits first, so two domains whose ids differ only above them share a cell: aliased.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import IntEnum

from simcore import events as ev
from simcore.hw.fence import FenceKind
from simcore.hw.ids import HartId
from simcore.machine import Machine
from simcore.policies.base import Scope


class CellState(IntEnum):
    """What a VMID is. The higher number wins where several hold."""

    FREE = 0
    STALE = 1
    """Nobody has it, and TLB entries under it remain."""
    FLUSHING = 2
    """Nobody has it, and a fence for entries under it is in flight."""
    ASSIGNED = 3
    RUNNING = 4
    """In hgatp of a hart that is in guest mode."""
    RESERVED = 5
    VIOLATION = 6
    """It served a wrong hit, and no fence has covered it on that hart since."""


STATE_BITS = 0x07
"""Of a cell's byte: its `CellState`."""
ALIASED = 0x08
"""Flag on a cell's byte: two owners or more share it."""
IN_HGATP = 0x10
"""Flag on a cell's byte: a hart runs a guest under it. A wrong hit hides the state `RUNNING`, and
that the guest still runs there is what one has to see."""


Owners = dict[int, set[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class VmidMap:
    """One byte a VMID: `CellState` in `STATE_BITS`, flags above; and who owns what.

    ``owners[vmid]`` are the (domain, vCPU) that have it, vCPU -1 for a whole domain.
    """

    vmidlen: int
    cells: bytes
    owners: dict[int, tuple[tuple[int, int], ...]]


class Trouble:
    """The (hart, VMID) pairs that served a wrong hit and were not fenced since; from events.

    Harts boot first of all, so it must be given a machine's events from the start.
    """

    def __init__(self) -> None:
        self.pairs: set[tuple[int, int]] = set()
        self._vmidlen: dict[int, int] = {}

    def record(self, events: Iterable[ev.Event]) -> None:
        """Follow the events on."""
        for event in events:
            if isinstance(event, ev.StaleHit):
                self.pairs.add((event.hart, event.vmid))
            elif self.pairs and isinstance(event, ev.FenceExecuted):
                self._fenced(event)
            elif isinstance(event, ev.HartBooted):
                self._vmidlen[event.hart] = event.vmidlen

    def _fenced(self, event: ev.FenceExecuted) -> None:
        if event.fence == "hfence_gvma":
            self.pairs = {pair for pair in self.pairs if pair[0] != event.hart}
        elif event.fence == "hfence_gvma_vmid":
            # The operand counts as far as it is implemented (`norm:hfence-gvma_vmid`).
            implemented = (1 << self._vmidlen[event.hart]) - 1
            self.pairs.discard((event.hart, event.id & implemented))


def vmid_map(machine: Machine, hart: HartId | None, trouble: Trouble) -> VmidMap:
    """The map of one hart, or of all harts together (None): the strongest state on any.

    Raises ValueError for a hart that the machine does not have. O(VMIDs + live contexts).
    """
    known = machine.spec.platform.hart_ids
    if hart is not None and hart not in known:
        raise ValueError(f"hart is {hart}; the harts: {', '.join(map(str, known[:16]))}")
    harts = known if hart is None else (hart,)
    registers = machine.execution.harts
    vmidlen = max(registers[number].vmidlen for number in harts)
    cells = bytearray(2**vmidlen)
    for vmid in machine.policy.reserved if vmidlen > 1 else ():
        cells[vmid] = CellState.RESERVED
    limit = machine.policy.id_limit()
    if limit is not None:
        cells[limit:] = bytes([CellState.RESERVED]) * len(cells[limit:])
    per_hart = machine.policy.scope is Scope.PER_HART
    owners: Owners = {}
    aliased: set[int] = set()
    for space in [(number,) for number in harts] if per_hart else [harts]:
        for vmid, who in _owners(machine, space, vmidlen).items():
            _raise(cells, vmid, CellState.ASSIGNED)
            owners.setdefault(vmid, set()).update(who)
            if len(who) > 1:
                aliased.add(vmid)
    for number in harts:
        for vmid in registers[number].tlb.fill_by_vmid():
            _raise(cells, vmid, CellState.STALE)
        if machine.occupancy.in_guest(number):
            _raise(cells, registers[number].vmid, CellState.RUNNING)
    for vmid in _fenced_soon(machine, harts):
        _raise(cells, vmid, CellState.FLUSHING)
    for troubled, vmid in trouble.pairs:
        if troubled in harts and vmid < len(cells):
            _raise(cells, vmid, CellState.VIOLATION)
    for vmid in aliased:
        cells[vmid] |= ALIASED
    for number in harts:
        if machine.occupancy.in_guest(number):
            cells[registers[number].vmid] |= IN_HGATP
    return VmidMap(
        vmidlen, bytes(cells), {vmid: tuple(sorted(who)) for vmid, who in owners.items()}
    )


def _fenced_soon(machine: Machine, harts: tuple[HartId, ...]) -> Iterator[int]:
    """Effective VMIDs of which fences that are asked for, and not executed yet, drop entries."""
    waiting = [flight.delivery for flight in machine.interleaving.flights]
    waiting += [delivery for _, delivery, _ in machine.execution.late]
    for delivery in waiting:
        if delivery is None or delivery.hart not in harts:
            continue
        target = machine.execution.harts[delivery.hart]
        held = target.tlb.fill_by_vmid()
        for fence in delivery.fences:
            gvma = fence.kind is FenceKind.GVMA
            named = fence.id if gvma else target.acting_vmid(delivery.vmid)
            implemented = (1 << target.vmidlen) - 1
            yield from held if named is None else {named & implemented}.intersection(held)


def _owners(machine: Machine, harts: tuple[HartId, ...], vmidlen: int) -> Owners:
    """Who has which id of the space that ``harts`` share: by the policy's books, or by running.

    A vCPU may run under an id that the books give to another: that is what a bad scheme does.
    """
    policy, found = machine.policy, Owners()
    for programmed, owner in policy.owners(harts[0]).items():
        domain, vcpu = owner if isinstance(owner, tuple) else (owner, -1)
        if domain in machine.domains:
            found.setdefault(programmed & (2**vmidlen - 1), set()).add((domain, vcpu))
    if not found and policy.scope is Scope.GLOBAL:
        # Nobody has an id: all run untagged, under one.
        return found
    for hart in harts:
        running, vmid = machine.occupancy.on(hart), machine.execution.harts[hart].vmid
        if running is None or not machine.occupancy.in_guest(hart) or vmid in policy.reserved:
            continue
        who = found.setdefault(vmid, set())
        if (running.domain, -1) not in who:
            who.add(running.key)
    return found


def _raise(cells: bytearray, vmid: int, state: CellState) -> None:
    if cells[vmid] < state or (cells[vmid] == CellState.RESERVED and state == CellState.RUNNING):
        cells[vmid] = state
