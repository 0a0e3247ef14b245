"""Machine: `apply(command)` is the only way its state changes.

The same specification and the same commands give the same events, byte for byte. A command that
cannot be carried out raises CommandError before anything has changed.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Callable
from typing import Any

from simcore import events as ev
from simcore import policies
from simcore.hv.domain import Domain, DomainState, DrivenBy, P2m, Vcpu
from simcore.hv.operations import Operations, Refusal
from simcore.hv.scheduler import RunQueues
from simcore.hw.csr import probe_vmidlen
from simcore.hw.ids import DomainId, HartId
from simcore.machine import commands as cmd
from simcore.machine.checks import Checks
from simcore.machine.execution import Execution
from simcore.machine.faults import Fault, Faults
from simcore.machine.ghosts import Ghosts
from simcore.machine.guest_memory import GuestMemory
from simcore.machine.interleaving import Interleaving
from simcore.machine.occupancy import Occupancy
from simcore.machine.playback import Playback
from simcore.machine.spec import MachineSpec
from simcore.policies.base import PolicyContext
from simcore.schedule import Schedule

_ROOT_TABLE_PPN = 0x80000
"""Where the first G-stage root table lies; each domain has 4 pages for it (16 KiB aligned) and
as many more for VS-stage root tables as a domain may have vCPUs."""
_ROOT_STRIDE = 4 + cmd.MAX_VCPUS
_PPN_SPACE = 1 << 21


class Machine:
    """All state of one run: platform, hypervisor, domains, policy, clock."""

    def __init__(self, spec: MachineSpec, schedule: Schedule | None = None) -> None:
        self.spec = spec
        self.now_ns = 0
        self._events: list[ev.Event] = []
        self.emit = self._events.append
        """Records that something happened."""
        platform = spec.platform
        self.faults = Faults(spec.faults, platform.xlen)
        self.execution = Execution(
            platform, self, self._events, self.faults, speculation=spec.speculation,
            leaf_level=spec.guests.leaf_level,
        )  # fmt: skip
        self.memory = GuestMemory(spec.guests, spec.seed)
        self.queues = RunQueues(platform.hart_ids)
        self.domains: dict[DomainId, Domain] = {}
        self.next_domain = 0
        self.next_frame = 1 << 16
        self.speculations = 0
        self.freed: Domain | None = None
        self.policy = policies.find(spec.policy)(
            PolicyContext(platform.hart_ids, platform.xlen, Ghosts(self))
        )
        self.occupancy = Occupancy(self)
        # A nanosecond at least: time that stands still would starve every guest.
        self._step_ns = max(1, spec.quantum_ns // len(platform.hart_ids))
        self.playback = Playback(self, schedule) if schedule else None
        self.checks = Checks(self)
        self.interleaving = Interleaving(self)
        self._handlers: dict[type[object], Callable[[Any], None]] = {
            cmd.CreateDomain: self._create_command,
            cmd.DestroyDomain: self._destroy_command,
            cmd.PauseDomain: self._pause,
            cmd.UnpauseDomain: self._unpause,
            cmd.RunVcpu: self._run_vcpu,
            cmd.MigrateVcpu: self._migrate,
            cmd.UnmapPages: self._unmap,
            cmd.GuestAccess: self._guest_access,
            cmd.Step: self._steps,
            cmd.Choose: self.interleaving.take,
        }
        self._boot()

    def apply(self, command: cmd.Command) -> list[ev.Event]:
        """Carry a command out; returns what happened, the first time with what booting did.

        What was left half done by micro-steps is finished first. Raises CommandError, and changes
        nothing, for a command that cannot be carried out.
        """
        self.checks.check(command)
        if self.interleaving.busy and not isinstance(command, cmd.Choose):
            self.interleaving.hand_over()
        self.execution.deliver_late()
        self._handlers[type(command)](command)
        return self.take_events()

    def take_events(self) -> list[ev.Event]:
        """The events since the last call."""
        taken = self._events[:]
        self._events.clear()
        return taken

    def _boot(self) -> None:
        for hart in self.execution.harts.values():
            probed = probe_vmidlen(hart.hgatp_spec) if self.policy.probes_vmidlen else -1
            self.emit(ev.HartBooted(self.now_ns, hart.id, hart.vmidlen, probed))
            vmidlen = self.faults.probed(hart.vmidlen)
            self.execution.run(hart.id, self.policy.boot(hart.id, vmidlen))

    @property
    def control_hart(self) -> HartId:
        """The hart on which the toolstack's work (create, destroy, unmap) is done: the first."""
        return self.spec.platform.hart_ids[0]

    def root_ppn(self, domain: DomainId) -> int:
        """Where a domain's G-stage root table lies; addresses come round after 8,000 domains."""
        return _ROOT_TABLE_PPN + domain * _ROOT_STRIDE % _PPN_SPACE

    # Domains

    def _create_command(self, command: cmd.CreateDomain) -> None:
        domain = self.create_domain(command.vcpus, command.name, command.pages)
        if domain is not None:
            for vcpu in domain.vcpus:
                self.queues.place(vcpu.key)

    def create_domain(
        self,
        vcpus: int,
        name: str | None = None,
        pages: int | None = None,
        driven_by: DrivenBy = DrivenBy.RUN_QUEUE,
    ) -> Domain | None:
        """Create a domain; None where the policy refuses it, which leaves nothing behind."""
        domain, operations = self.begin_create(vcpus, name, pages, driven_by)
        self.execution.run(self.control_hart, operations)
        self.execution.run(self.control_hart, self.freed_again(created=domain is not None))
        return domain

    def begin_create(
        self,
        vcpus: int,
        name: str | None = None,
        pages: int | None = None,
        driven_by: DrivenBy = DrivenBy.RUN_QUEUE,
    ) -> tuple[Domain | None, Operations]:
        """A domain, or None where the policy refuses it, and the operations that are owed first."""
        number = DomainId(self.next_domain)
        domain = self.new_domain(number, vcpus, name or f"domain {number}", pages, driven_by)
        answer = self.policy.create(domain)
        if isinstance(answer, Refusal):
            self.emit(ev.DomainRefused(self.now_ns, domain.name, vcpus, *answer))
            return None, ()
        self.next_domain += 1
        self.next_frame += domain.p2m.pages
        self.domains[number] = domain
        self.emit(ev.DomainCreated(self.now_ns, number, domain.name, vcpus, domain.p2m.pages))
        return domain, answer

    def freed_again(self, *, created: bool) -> Operations:
        """What freeing the domain destroyed last once more asks for, where a fault does that."""
        if self.freed is None:
            return ()
        if not created:
            again = Fault.FREE_WITHOUT_ALLOC in self.faults
            return self.policy.destroy(self.freed) if again else ()
        if Fault.DOUBLE_FREE not in self.faults:
            return ()
        freed, self.freed = self.freed, None
        return self.policy.destroy(freed)

    def new_domain(
        self, number: DomainId, vcpus: int, name: str, pages: int | None, driven_by: DrivenBy
    ) -> Domain:
        """A domain that nothing knows yet, on frames that nobody has."""
        size = pages or self.spec.guests.pages_of(vcpus)
        frames = array("q", range(self.next_frame, self.next_frame + size))
        p2m = P2m(self.root_ppn(number), frames, array("q", bytes(8 * size)))
        spaces = [self.spec.guests.address_space(index) for index in range(vcpus)]
        members = [Vcpu(number, index, *space) for index, space in enumerate(spaces)]
        return Domain(number, name, p2m, members, driven_by)

    def _destroy_command(self, command: cmd.DestroyDomain) -> None:
        self.destroy_domain(self.domains[DomainId(command.domain)])

    def destroy_domain(self, domain: Domain) -> None:
        """Destroy a domain; its vCPUs leave their harts first."""
        self._take_off(domain)
        self.execution.run(self.control_hart, self.begin_destroy(domain))
        self.end_destroy(domain)

    def begin_destroy(self, domain: Domain) -> Operations:
        """What the policy asks for as it lets go of a domain."""
        return () if Fault.LEAKED_ID in self.faults else self.policy.destroy(domain)

    def end_destroy(self, domain: Domain) -> None:
        """A domain, which the policy has let go of, is gone."""
        domain.state = DomainState.DESTROYED
        self.freed = domain
        del self.domains[domain.id]
        self.memory.forget(domain)
        self.emit(ev.DomainDestroyed(self.now_ns, domain.id))

    def _take_off(self, domain: Domain) -> None:
        for vcpu in domain.vcpus:
            self.queues.remove(vcpu.key)
            if vcpu.hart is not None:
                self.occupancy.vacate(vcpu.hart)

    def _pause(self, command: cmd.PauseDomain) -> None:
        domain = self.domains[DomainId(command.domain)]
        self._take_off(domain)
        domain.state = DomainState.PAUSED
        self.emit(ev.DomainPaused(self.now_ns, domain.id))

    def _unpause(self, command: cmd.UnpauseDomain) -> None:
        domain = self.domains[DomainId(command.domain)]
        domain.state = DomainState.RUNNABLE
        if domain.driven_by is DrivenBy.RUN_QUEUE:
            for vcpu in domain.vcpus:
                self.queues.place(vcpu.key)
        self.emit(ev.DomainUnpaused(self.now_ns, domain.id))

    def _unmap(self, command: cmd.UnmapPages) -> None:
        domain = self.domains[DomainId(command.domain)]
        gpns = range(command.first, command.first + command.count)
        for hart in sorted(domain.dirty_harts):
            self.catch_up(hart)
        if Fault.FENCE_BEFORE_CHANGE in self.faults:
            self.execution.run(self.control_hart, self.policy.p2m_changed(domain, gpns))
            self.occupancy.settle()
            self.occupancy.touch_all(domain, list(gpns))
        self.remap(domain, gpns)
        if Fault.FENCE_BEFORE_CHANGE not in self.faults:
            self.execution.run(self.control_hart, self.policy.p2m_changed(domain, gpns))
        self.occupancy.settle()

    def remap(self, domain: Domain, gpns: range) -> None:
        """Change a domain's P2M: ``gpns`` lead to other frames from now on."""
        domain.p2m.remap(gpns, self.next_frame)
        self.next_frame += len(gpns)
        version = domain.p2m.version
        self.emit(ev.PagesUnmapped(self.now_ns, domain.id, gpns.start, len(gpns), version))

    # vCPUs on harts

    def vcpu(self, domain: int, index: int) -> Vcpu:
        """A vCPU of a domain that exists."""
        return self.domains[DomainId(domain)].vcpus[index]

    def _run_vcpu(self, command: cmd.RunVcpu) -> None:
        self.occupancy.switch(HartId(command.hart), self.vcpu(command.domain, command.vcpu))
        self.occupancy.settle()

    def _migrate(self, command: cmd.MigrateVcpu) -> None:
        vcpu, hart = self.vcpu(command.domain, command.vcpu), HartId(command.hart)
        recorded = self.domains[vcpu.domain].driven_by is DrivenBy.RECORDING
        if not recorded:
            self.queues.move(vcpu.key, hart)
        if recorded or vcpu.hart not in (None, hart):
            self.occupancy.switch(hart, vcpu)
            self.occupancy.settle()

    def _guest_access(self, command: cmd.GuestAccess) -> None:
        vcpu = self.vcpu(command.domain, command.vcpu)
        self.occupancy.touch(vcpu, list(command.pages))

    def catch_up(self, hart: HartId) -> None:
        """Let the guest on ``hart`` make the accesses it is due until now."""
        self.occupancy.catch_up(hart)

    def force_exit(self, hart: HartId) -> None:
        """Take the guest on ``hart``, if one runs, out of guest mode."""
        self.occupancy.force_exit(hart)

    def speculate(self, hart: HartId) -> None:
        """One walk by ``hart`` for a page of its own choosing, under its registers as they are.

        Nothing is walked through the tables of a domain that is gone: what their memory holds
        then is not modelled.
        """
        self.speculations += 1
        host = self.walked(hart)
        if host is not None:
            guest, _ = self._tables(hart, host)
            pages = min(guest.p2m.pages, host.p2m.pages, self.spec.guests.working_set_pages)
            self.walk(hart, self.memory.drawn(guest, self.speculations) % pages)

    def walked(self, hart: HartId) -> Domain | None:
        """The domain whose G-stage root a walk by ``hart`` would go through; None: no walk."""
        host = self.domains.get(self.execution.host_of.get(hart, DomainId(-1)))
        tables = self.execution.tables_of.get(hart)
        return host if tables is None or tables[0] in self.domains else None

    def _tables(self, hart: HartId, host: Domain) -> tuple[Domain, int]:
        """Whose VS-stage tables a walk by ``hart`` would go through, and which."""
        number, space = self.execution.tables_of.get(hart) or (host.id, 0)
        return self.domains[number], space

    def walk(self, hart: HartId, page: int) -> None:
        """``hart`` walks for ``page`` under its registers as they stand, and caches the result."""
        host = self.walked(hart)
        assert host is not None
        self.memory.speculate(self.execution.harts[hart], host, *self._tables(hart, host), page)

    # Time

    def _steps(self, command: cmd.Step) -> None:
        for _ in range(command.count):
            self.step()

    def step(self) -> None:
        """One step: the next recorded scheduling event, or the next hart's quantum."""
        if self.execution.late:
            self.execution.deliver_late()
        if self.playback is None or not self.playback.advance():
            self.now_ns += self._step_ns
        self._turn(self.queues.next_turn())
        self.occupancy.settle()

    def _turn(self, hart: HartId) -> None:
        """The quantum on ``hart`` ends: the next vCPU of its queue, unless a recorded one runs."""
        current = self.occupancy.on(hart)
        if self.playback is not None and current and self._is_played(current, self.playback):
            return
        key = self.queues.rotate(hart)
        if key is None or (current and current.key == key):
            if current:
                self.occupancy.timer_tick(hart)
        else:
            domain, index = key
            self.occupancy.switch(hart, self.domains[domain].vcpus[index])

    def _is_played(self, vcpu: Vcpu, playback: Playback) -> bool:
        """Whether the recording still decides when a vCPU runs."""
        recorded = self.domains[vcpu.domain].driven_by is DrivenBy.RECORDING
        return recorded and not playback.finished

    # Copies, and the end

    def dismantle(self) -> None:
        """Let go of all parts; the machine cannot be used any more.

        A machine and its parts refer to each other, and some parts to methods of their own, so the
        memory of one that is merely dropped stays until the garbage collector comes round.
        """
        for part in (self.execution, self.interleaving, self.playback, self):
            if part is not None:
                vars(part).clear()

    def key(self) -> tuple[object, ...]:
        """The whole state as nested tuples of plain values: equal machines act alike."""
        return (
            self.now_ns,
            self.next_domain,
            self.next_frame,
            self.speculations,
            self.freed.id if self.freed else None,
            tuple(self.execution.late),
            tuple(_domain_key(domain) for domain in self.domains.values()),
            self.policy.key(),
            tuple(hart.key() for hart in self.execution.harts.values()),
            self.queues.key(),
            self.occupancy.key(),
            self.playback.key() if self.playback else None,
            *((self.interleaving.key(),) if self.interleaving.busy else ()),
        )

    def digest(self) -> str:
        """A SHA-256 of `key`, the same in every process."""
        return hashlib.sha256(repr(self.key()).encode()).hexdigest()


def _domain_key(domain: Domain) -> tuple[object, ...]:
    p2m = domain.p2m
    return (
        domain.id,
        domain.name,
        domain.state.value,
        domain.driven_by.value,
        (p2m.version, p2m.frames.tobytes(), p2m.versions.tobytes()),
        tuple(
            (v.index, v.asid, v.space, v.hart, v.last_hart, v.ran_ns, v.accesses)
            for v in domain.vcpus
        ),
    )
