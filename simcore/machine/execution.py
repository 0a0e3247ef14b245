"""Carries operations out on harts and firmware, one micro-step each, and records what happened.

Whatever fences a hart or forces its guest out first lets that guest catch up with the clock, so
that its accesses of before and after fall on the right side. (A guest runs on the fencing hart
itself where the toolstack's work is done on it.)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple, Protocol

from simcore import events as ev
from simcore.hv import operations as op
from simcore.hv.xen_rfence import errno_of
from simcore.hw.csr import Xlen, hgatp_word, vsatp_word
from simcore.hw.fence import Fence, FenceKind
from simcore.hw.hart import Hart
from simcore.hw.ids import DomainId, HartId
from simcore.hw.platform import Platform
from simcore.hw.sbi import Delivery, RfenceFunction, SbiRfence
from simcore.machine.faults import Fault, Faults

_new = tuple.__new__
"""Makes the records of which a switch has several: a named tuple's own constructor is a Python
function, and takes twice as long."""
_VVMA = FenceKind.VVMA
_WORDS = 1 << 15
"""Register values that are remembered of each kind, since a switch mostly writes what an earlier
one did. Room for every id of 14 bits, and for each domain's hgatp from before it was given one:
domains take turns, and a smaller memory would forget each value just before it comes round again.
"""


class Flight(NamedTuple):
    """Something a hart asked of another that has not happened yet.

    ``delivery`` None: to leave guest mode. The requester goes on before it happens unless
    ``awaited``.
    """

    requester: HartId
    target: HartId
    delivery: Delivery | None
    cause: str
    awaited: bool


class Guests(Protocol):
    """What the execution asks of the machine around it."""

    now_ns: int

    def catch_up(self, hart: HartId) -> None:
        """Let the guest on ``hart`` make the accesses it is due until now."""

    def force_exit(self, hart: HartId) -> None:
        """Take the guest on ``hart``, if one runs, out of guest mode."""

    def speculate(self, hart: HartId) -> None:
        """Let ``hart`` walk for an access of its own choosing, as its registers stand."""

    def root_ppn(self, domain: DomainId) -> int:
        """The page number of a domain's G-stage root table."""


class Execution:
    """The harts and the firmware of a machine, driven by operations."""

    def __init__(
        self,
        platform: Platform,
        guests: Guests,
        events: list[ev.Event],
        faults: Faults,
        *,
        speculation: bool,
        leaf_level: int = 0,
    ) -> None:
        self.platform = platform
        self._xlen: Xlen = platform.xlen
        self._g_mode = platform.g_mode
        self._csr_write_cycles = platform.costs.csr_write_cycles
        self._remember_words()
        self.harts: dict[HartId, Hart] = {
            hart: platform.hart(hart, leaf_level) for hart in platform.hart_ids
        }
        self.firmware = platform.firmware()
        self.guests = guests
        self.faults = faults
        self.speculation = speculation
        self._watched = speculation or bool(faults.active)
        self.host_of: dict[HartId, DomainId] = {}
        """Whose G-stage root each hart's hgatp holds."""
        self.tables_of: dict[HartId, tuple[DomainId, int] | None] = {}
        """Whose VS-stage tables, and which, each hart's vsatp holds; None: vsatp is 0."""
        self.late: list[tuple[HartId, Delivery, str]] = []
        self.flights: list[Flight] | None = None
        """Where what is asked of other harts waits; None: it happens at once."""
        self.emit = events.append
        self._steps: dict[type[object], Callable[..., None]] = {
            op.WriteHgatp: self._write_hgatp,
            op.WriteVsatp: self._write_vsatp,
            op.LocalFence: self._local_fence,
            op.SbiFences: self._sbi_fences,
            op.IpiFence: self._ipi_fence,
            op.ForceExit: self._force_exit,
            op.Assigned: self._assigned,
            op.Released: self._released,
            op.RolledOver: self._rolled_over,
            op.TaggingDisabled: self._tagging_disabled,
            op.ReloadRequested: self._reload_requested,
        }

    def run(self, hart: HartId, operations: op.Operations) -> None:
        """Carry out ``operations`` on ``hart``, back to back.

        With speculation, the hart walks once after each: it may at any point while hgatp or vsatp
        is active (hardware.md: "speculative walks are allowed for any address").
        """
        if self._watched:
            self._run_watched(hart, operations)
            return
        registers, steps = self.harts[hart], self._steps
        for operation in operations:
            steps[type(operation)](registers, operation)

    def _run_watched(self, hart: HartId, operations: op.Operations) -> None:
        """The same where faults change operations, or walks fall between them."""
        if self.faults.active:
            operations = self.faults.asked(operations)
        for operation in operations:
            self.step(hart, operation)
            if self.speculation:
                self.guests.speculate(hart)

    def step(self, hart: HartId, operation: op.Operation) -> None:
        """Carry one operation out; what it asks of other harts waits in `flights`, if kept."""
        registers = self.harts[hart]
        if self.faults.active:
            operation = self.faults.carried_out(operation, registers.vmid)
        self._steps[type(operation)](registers, operation)

    def deliver_late(self) -> None:
        """Execute the remote fences that were acknowledged before they were executed."""
        late, self.late = self.late, []
        for caller, delivery, cause in late:
            self.deliver(caller, delivery, cause)

    def _remember_words(self) -> None:
        self._hgatp = lru_cache(_WORDS)(self._programmed_hgatp)
        self._vsatp = lru_cache(_WORDS)(self._saved_vsatp)

    def __getstate__(self) -> dict[str, object]:
        """All but the remembered words, which are worked out anew."""
        return {key: value for key, value in vars(self).items() if key not in ("_hgatp", "_vsatp")}

    def __setstate__(self, state: dict[str, object]) -> None:
        """What `__getstate__` gave."""
        vars(self).update(state)
        self._remember_words()

    def _write_hgatp(self, hart: Hart, operation: op.WriteHgatp) -> None:
        vcpu, vmid = operation
        self.host_of[hart.id] = vcpu.domain
        hart.write_hgatp(self._hgatp(vcpu.domain, vmid))
        hart.cycles += self._csr_write_cycles
        written = (self.guests.now_ns, hart.id, vmid, hart.vmid, hart.hgatp)
        self.emit(_new(ev.HgatpWritten, written))

    def _programmed_hgatp(self, domain: DomainId, vmid: int) -> int:
        """A domain's root table under a VMID, as software writes it."""
        return hgatp_word(self._xlen, self._g_mode, vmid, self.guests.root_ppn(domain))

    def _write_vsatp(self, hart: Hart, operation: op.WriteVsatp) -> None:
        vcpu = operation.vcpu
        if vcpu is None:
            hart.write_vsatp(0)
            self.tables_of[hart.id] = None
        else:
            hart.write_vsatp(self._vsatp(vcpu.domain, vcpu.asid, vcpu.space))
            self.tables_of[hart.id] = (vcpu.domain, vcpu.space)
        hart.cycles += self._csr_write_cycles
        self.emit(_new(ev.VsatpWritten, (self.guests.now_ns, hart.id, hart.vsatp)))

    def _saved_vsatp(self, domain: DomainId, asid: int | None, space: int) -> int:
        """A vCPU's vsatp: its ASID, and a root table that its address space alone has."""
        if asid is None:
            return 0
        root = self.guests.root_ppn(domain) + 4 + space
        return vsatp_word(self._xlen, self._g_mode, asid, root)

    def _local_fence(self, hart: Hart, operation: op.LocalFence) -> None:
        self.guests.catch_up(hart.id)
        self._execute(hart, operation.fence, None, operation.cause, -1, 0)

    def _sbi_fences(self, hart: Hart, operation: op.SbiFences) -> None:
        if not operation.calls:
            self._request(hart, "none", "none", (0, 0, -1), 0, operation.error, operation.cause, 0)
        for call in operation.calls:
            issued = self.faults.issued(call)
            error, deliveries = self.firmware.rfence(issued, hart.id, hart.vmid)
            cycles = self.platform.costs.sbi_call_cycles + self._wait(hart, deliveries)
            hart.cycles += cycles
            operands = (call.hart_mask, call.hart_mask_base, _id_operand(call))
            name = RfenceFunction(call.function).name.lower()
            self._request(
                hart, name, "sbi", operands, len(deliveries), error, operation.cause, cycles
            )
            for delivery in deliveries:
                self._dispatch(hart, delivery, operation.cause)
            if errno_of(error):
                break

    def _wait(self, hart: Hart, deliveries: tuple[Delivery, ...]) -> int:
        """Cycles the caller spins until the slowest remote target has executed its fences."""
        remote = [sum(map(self._fence_cycles, d.fences)) for d in deliveries if d.ipi]
        return self.platform.costs.ipi_cycles + max(remote) if remote else 0

    def _dispatch(self, caller: Hart, delivery: Delivery, cause: str) -> None:
        """Have a target execute its fences now, later or never, as the firmware's faults say."""
        if delivery.hart == caller.id:
            self.deliver(caller.id, delivery, cause)
            return
        awaited = Fault.EARLY_ACKNOWLEDGE not in self.faults
        if Fault.DROPPED_FENCE in self.faults and awaited:
            return
        if self.flights is not None:
            self.flights.append(Flight(caller.id, delivery.hart, delivery, cause, awaited))
        elif awaited:
            self.deliver(caller.id, delivery, cause)
        else:
            self.late.append((caller.id, delivery, cause))

    def deliver(self, caller: HartId, delivery: Delivery, cause: str) -> None:
        """Have a target execute the fences that ``caller`` asked of it."""
        self.guests.catch_up(delivery.hart)
        interrupt = self.platform.costs.ipi_cycles if delivery.ipi else 0
        target = self.harts[delivery.hart]
        for fence in delivery.fences:
            self._execute(target, fence, delivery.vmid, cause, caller, interrupt)
            interrupt = 0

    def _ipi_fence(self, hart: Hart, operation: op.IpiFence) -> None:
        others = [target for target in operation.harts if target != hart.id]
        costs = self.platform.costs
        cycles = costs.ipi_cycles + self._fence_cycles(operation.fence) if others else 0
        hart.cycles += cycles
        fence = operation.fence
        operands = (sum(1 << target for target in operation.harts), 0, _operand(fence.id))
        name = f"remote_{fence.name}"
        self._request(hart, name, "ipi", operands, len(operation.harts), 0, operation.cause, cycles)
        for target in operation.harts:
            delivery = Delivery(target, (fence,), None, ipi=target != hart.id)
            self._dispatch(hart, delivery, operation.cause)

    def _request(
        self,
        hart: Hart,
        fence: str,
        via: str,
        operands: tuple[int, int, int],
        targets: int,
        error: int,
        cause: str,
        cycles: int,
    ) -> None:
        self.emit(
            ev.RemoteFenceRequested(
                self.guests.now_ns, hart.id, fence, via, *operands, targets, int(error), cause,
                cycles,
            )
        )  # fmt: skip

    def _fence_cycles(self, fence: Fence) -> int:
        costs = self.platform.costs
        if fence.address is not None:
            return costs.fence_address_cycles
        return costs.fence_all_cycles if fence.id is None else costs.fence_id_cycles

    def _execute(
        self, hart: Hart, fence: Fence, vmid: int | None, cause: str, requester: int, extra: int
    ) -> None:
        """One fence instruction on one hart, ``extra`` cycles on top of its own."""
        kind, address, identifier = fence
        dropped = hart.execute(fence, vmid)
        cycles = self._fence_cycles(fence) + extra
        hart.cycles += cycles
        executed = (
            self.guests.now_ns, hart.id, fence.name, -1 if address is None else address,
            -1 if identifier is None else identifier,
            hart.acting_vmid(vmid) if kind is _VVMA else -1, cause, requester, dropped, cycles,
        )  # fmt: skip
        self.emit(_new(ev.FenceExecuted, executed))

    def _force_exit(self, hart: Hart, operation: op.ForceExit) -> None:
        for target in operation.harts:
            if self.flights is None:
                self.guests.force_exit(target)
            else:
                self.flights.append(Flight(hart.id, target, None, "forced exit", True))

    def _assigned(self, hart: Hart, operation: op.Assigned) -> None:
        domain, vcpu, where, vmid, generation = operation
        self.emit(
            ev.VmidAssigned(
                self.guests.now_ns, domain, _operand(vcpu), _operand(where), vmid, int(generation)
            )
        )

    def _released(self, hart: Hart, operation: op.Released) -> None:
        self.emit(ev.VmidReleased(self.guests.now_ns, operation.domain, operation.vmid))

    def _rolled_over(self, hart: Hart, operation: op.RolledOver) -> None:
        where = _operand(operation.hart)
        self.emit(ev.GenerationRolledOver(self.guests.now_ns, where, int(operation.generation)))

    def _tagging_disabled(self, hart: Hart, operation: op.TaggingDisabled) -> None:
        self.emit(ev.TaggingTurnedOff(self.guests.now_ns, operation.hart))

    def _reload_requested(self, hart: Hart, operation: op.ReloadRequested) -> None:
        self.emit(ev.HgatpReloadRequested(self.guests.now_ns, operation.domain, operation.vcpus))


def _operand(value: int | None) -> int:
    """-1 for "none": register x0, a whole domain, every hart."""
    return -1 if value is None else value


def _id_operand(call: SbiRfence) -> int:
    by_id = (RfenceFunction.REMOTE_HFENCE_GVMA_VMID, RfenceFunction.REMOTE_HFENCE_VVMA_ASID)
    return call.arg4 if call.function in by_id else -1
