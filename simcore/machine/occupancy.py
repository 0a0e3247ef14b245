"""Which vCPU is on which hart, and the world switches between them.

A hart is idle, or has a vCPU loaded that is in guest mode or, after a forced exit, about to enter
again. Forced-out vCPUs enter again when the operation that forced them is done; those that such
an entry forces out in turn wait until the next step, so that vCPUs that keep throwing each other
out (too few VMIDs for the harts) take turns instead of looping for ever.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simcore import events as ev
from simcore.hv.domain import Domain, Vcpu, VcpuKey
from simcore.hv.operations import Operations
from simcore.hw.hart import Hart
from simcore.hw.ids import HartId
from simcore.hw.tlb import Batch
from simcore.machine.guest_memory import SPACE_STRIDE, OwnerOf

if TYPE_CHECKING:
    from simcore.machine.machine import Machine

_NOBODY = (-1, -1)
_new = tuple.__new__
"""Makes the records of every switch: a named tuple's own constructor takes twice as long."""


class _Seat:
    """What runs on one hart: since when, and who ran before."""

    __slots__ = ("in_guest", "previous", "since_ns", "vcpu")

    def __init__(self) -> None:
        self.vcpu: Vcpu | None = None
        self.in_guest = False
        self.since_ns = 0
        self.previous: VcpuKey | tuple[int, int] = _NOBODY


class Occupancy:
    """The seats of a machine's harts."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._emit = machine.emit
        self._harts = machine.execution.harts
        self._accesses_per_us = machine.spec.guests.accesses_per_us
        self._walk_reference_cycles = machine.spec.platform.costs.walk_reference_cycles
        self._seats = {hart: _Seat() for hart in machine.spec.platform.hart_ids}
        self._forced_out: set[HartId] = set()
        self._first = 0

    def on(self, hart: HartId) -> Vcpu | None:
        """The vCPU loaded on ``hart``."""
        return self._seats[hart].vcpu

    def in_guest(self, hart: HartId) -> bool:
        """Whether guest code runs on ``hart``."""
        return self._seats[hart].in_guest

    def seat(self, hart: HartId, vcpu: Vcpu | None, *, in_guest: bool) -> None:
        """Have ``vcpu`` on ``hart`` as if it had come there; its own fields are the caller's."""
        seat = self._seats[hart]
        seat.vcpu, seat.in_guest = vcpu, in_guest

    def switch(self, hart: HartId, vcpu: Vcpu) -> None:
        """A world switch: leave what runs on ``hart`` for ``vcpu``, which leaves its own hart."""
        if vcpu.hart == hart:
            return
        if vcpu.hart is not None:
            self.vacate(vcpu.hart)
        self.vacate(hart)
        self._run(hart, self.begin_load(hart, vcpu))
        self._enter(hart)

    def vacate(self, hart: HartId) -> None:
        """Take whatever vCPU is on ``hart`` off it; the hart is idle then."""
        if self._seats[hart].vcpu is None:
            return
        self._exit(hart, forced=False)
        self._run(hart, self.begin_put(hart))
        self.end_put(hart)

    def _run(self, hart: HartId, operations: Operations) -> None:
        if operations:
            self._machine.execution.run(hart, operations)

    # The stages of a world switch: what comes before a hook's operations, and what comes after

    def begin_exit(self, hart: HartId, *, forced: bool) -> Operations:
        """Guest code stops running on ``hart``; returns what `Policy.exit` asks for."""
        self.catch_up(hart)
        seat, machine = self._seats[hart], self._machine
        vcpu = seat.vcpu
        assert vcpu is not None
        seat.in_guest = False
        self._emit(_new(ev.GuestExited, (machine.now_ns, hart, *vcpu.key, forced)))
        return machine.policy.exit(hart, vcpu)

    def begin_put(self, hart: HartId) -> Operations:
        """The vCPU on ``hart`` is to leave it; returns what `Policy.put` asks for."""
        vcpu = self._seats[hart].vcpu
        assert vcpu is not None
        return self._machine.policy.put(hart, vcpu)

    def end_put(self, hart: HartId) -> None:
        """The vCPU has left ``hart``."""
        seat = self._seats[hart]
        vcpu = seat.vcpu
        assert vcpu is not None
        self._forced_out.discard(hart)
        seat.vcpu, vcpu.hart = None, None
        # A hart has one vCPU at most, so none of the domain is left on it.
        self._machine.domains[vcpu.domain].dirty_harts.discard(hart)

    def begin_load(self, hart: HartId, vcpu: Vcpu) -> Operations:
        """``vcpu`` is put on ``hart``, which is idle; returns what `Policy.load` asks for."""
        machine, seat = self._machine, self._seats[hart]
        now, key = machine.now_ns, vcpu.key
        if vcpu.last_hart not in (None, hart):
            self._emit(ev.VcpuMigrated(now, *key, vcpu.last_hart or 0, hart))
        self._emit(_new(ev.WorldSwitched, (now, hart, *key, *seat.previous)))
        seat.vcpu, seat.since_ns, seat.previous = vcpu, now, key
        vcpu.hart = vcpu.last_hart = hart
        machine.domains[vcpu.domain].dirty_harts.add(hart)
        return machine.policy.load(hart, vcpu)

    def begin_enter(self, hart: HartId) -> Operations:
        """The vCPU on ``hart`` is about to run; returns what `Policy.enter` asks for."""
        seat = self._seats[hart]
        assert seat.vcpu is not None
        assert not seat.in_guest
        return self._machine.policy.enter(hart, seat.vcpu)

    def end_enter(self, hart: HartId) -> None:
        """Guest code runs on ``hart``."""
        machine, seat = self._machine, self._seats[hart]
        now, vcpu = machine.now_ns, seat.vcpu
        assert vcpu is not None
        seat.in_guest, seat.since_ns = True, now
        vmid = self._harts[hart].vmid
        self._emit(_new(ev.GuestEntered, (now, hart, *vcpu.key, vmid)))

    def timer_tick(self, hart: HartId) -> None:
        """The guest on ``hart``, if one runs, leaves guest mode for the timer and enters again."""
        if self._seats[hart].in_guest:
            self._exit(hart, forced=False)
            self._enter(hart)

    def _enter(self, hart: HartId) -> None:
        self._run(hart, self.begin_enter(hart))
        self.end_enter(hart)

    def _exit(self, hart: HartId, *, forced: bool) -> None:
        if self._seats[hart].in_guest:
            self._run(hart, self.begin_exit(hart, forced=forced))

    def force_exit(self, hart: HartId) -> None:
        """Take the guest on ``hart`` out of guest mode, to enter again soon."""
        if self._seats[hart].in_guest:
            self._exit(hart, forced=True)
            self._forced_out.add(hart)

    def owe_entry(self, hart: HartId) -> None:
        """The vCPU on ``hart``, which is out of guest mode, is to enter again soon."""
        self._forced_out.add(hart)

    def settle(self) -> None:
        """Let the vCPUs that were forced out enter again, once each, another hart first each time.

        The last to enter may roll over and throw the others out: none is last every time.
        """
        if not self._forced_out:
            return
        waiting, self._forced_out = self._forced_out, set()
        harts = list(self._seats)
        # One place more than harts: else it would keep step with whose quantum ends.
        first, self._first = self._first, (self._first + 1) % (len(harts) + 1)
        for hart in harts[first:] + harts[:first]:
            seat = self._seats[hart]
            if hart in waiting and seat.vcpu is not None and not seat.in_guest:
                self._enter(hart)

    def catch_up(self, hart: HartId) -> None:
        """The accesses the guest on ``hart`` is due until now, as one batch."""
        seat, machine = self._seats[hart], self._machine
        now = machine.now_ns
        if not seat.in_guest or seat.since_ns == now:
            return
        vcpu = seat.vcpu
        assert vcpu is not None
        vcpu.ran_ns += now - seat.since_ns
        seat.since_ns = now
        due = int(vcpu.ran_ns * self._accesses_per_us / 1000) - vcpu.accesses
        if due <= 0:
            return
        registers = self._harts[hart]
        domain = machine.domains[vcpu.domain]
        batch = machine.memory.play(
            registers.tlb, registers.vmid, registers.asid, domain, vcpu, due
        )
        vcpu.accesses += due
        self._record(registers, vcpu, due, batch)

    def touch(self, vcpu: Vcpu, pages: list[int]) -> None:
        """A vCPU in guest mode touches ``pages``, beside what its working set makes it touch."""
        hart = vcpu.hart
        assert hart is not None
        self.catch_up(hart)
        registers = self._harts[hart]
        domain = self._machine.domains[vcpu.domain]
        memory = self._machine.memory
        batch = memory.touch(registers.tlb, registers.vmid, registers.asid, domain, vcpu, pages)
        self._record(registers, vcpu, len(pages), batch)

    def touch_all(self, domain: Domain, pages: list[int]) -> None:
        """Every vCPU of ``domain`` that is in guest mode touches the GVA pages of ``pages``."""
        for vcpu in domain.vcpus:
            if vcpu.hart is not None and self.in_guest(vcpu.hart):
                shift = vcpu.space * SPACE_STRIDE
                self.touch(vcpu, [(page - shift) % domain.p2m.pages for page in pages])

    def _record(self, hart: Hart, vcpu: Vcpu, accesses: int, batch: Batch) -> None:
        machine = self._machine
        hits, misses, _, _, references, _, *wrong = batch
        cycles = references * self._walk_reference_cycles
        hart.cycles += accesses + cycles
        what = (machine.now_ns, hart.id, *vcpu.key)
        self._emit(_new(ev.PagesAccessed, (*what, accesses, hits, misses, cycles)))
        for kind, (count, page, ghost) in zip(ev.VIOLATION_KINDS, wrong, strict=True):
            if count:
                owner: OwnerOf = machine.memory.owner(ghost)
                self._emit(ev.StaleHit(*what, kind, count, page, hart.vmid, *owner))

    def key(self) -> tuple[object, ...]:
        """Seats and forced-out harts as plain values."""
        seats = tuple(
            (
                hart,
                seat.vcpu.key if seat.vcpu else None,
                seat.in_guest,
                seat.since_ns,
                seat.previous,
            )
            for hart, seat in self._seats.items()
        )
        return (seats, tuple(sorted(self._forced_out)), self._first)
