"""Turns the scheduler records of a recording into a `Schedule`.

Two passes: `vm_threads` finds out what every thread is, then the vCPUs enter and leave in file
order, which also breaks ties of time. The rules:

* A process with vCPU threads is a domain. It is created at the first line on which any of its
  threads is switched, moved or ends, and destroyed at the step `Process.last_step` tells.
* A switch is a LEAVE of the vCPU that was on the CPU and an ENTER of the one that comes.
* What cannot have happened shows that an event is missing: it is repaired by the LEAVE that must
  have been, or the line is ignored, and counted either way (`Tally`).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from simcore.formats.sched_lines import UNKNOWN_PROCESS, SchedRecord, Tally
from simcore.formats.vm_threads import Process, ThreadMap
from simcore.schedule import NONE, Schedule, ScheduledDomain, ScheduleEvent, ScheduleKind


@dataclass(slots=True, eq=False)
class _Vcpu:
    """A vCPU of a domain, and the CPU it is on at the moment (`NONE` when on none)."""

    domain: int
    number: int
    cpu: int = NONE


def build_schedule(format_name: str, records: Iterable[SchedRecord], tally: Tally) -> Schedule:
    """The schedule of a recording; without any vCPU thread its `domains` are empty.

    `tally` is the one that the reader of the records fills; its counts are in the schedule.
    """
    threads = ThreadMap()
    threads.follow(records, tally)
    steps, machines = threads.steps, threads.machines()
    run = _Run(threads, machines, tally)
    done = 0
    for until, kind, domain in _lifetimes(machines):
        run.play(done, until)
        done = until
        if kind is ScheduleKind.CREATE:
            run.create(steps.at_ns[until], domain)
        else:
            run.destroy(steps.at_ns[until - 1], domain)
    run.play(done, len(steps))
    span_ns = steps.at_ns[-1] if steps else 0
    run.stop(span_ns)
    return Schedule(
        format=format_name,
        domains=tuple(
            ScheduledDomain(f"pid {vm.process_id}", vm.process_id, vm.vcpus()) for vm in machines
        ),
        events=tuple(run.events),
        cpus=tuple(sorted(run.on_cpu)),
        span_ns=span_ns,
        lines=tally.lines,
        skipped=dict(tally.skipped),
    )


def _lifetimes(machines: list[Process]) -> list[tuple[int, ScheduleKind, int]]:
    """(number of steps before, CREATE or DESTROY, domain): the lives of the machines, in order."""
    marks = []
    for domain, machine in enumerate(machines):
        marks.append((machine.first_step(), ScheduleKind.CREATE, domain))
        last = machine.last_step()
        if last != NONE:
            marks.append((last + 1, ScheduleKind.DESTROY, domain))
    # Between two steps, what follows the first comes before what belongs to the second.
    return sorted(marks, key=lambda mark: (mark[0], mark[1] is ScheduleKind.CREATE, mark[2]))


class _Run:
    """The second pass: who is on which CPU, and the events so far."""

    __slots__ = ("_domains", "_in_vm", "_skipped", "_threads", "_vcpus", "events", "on_cpu")

    def __init__(self, threads: ThreadMap, machines: list[Process], tally: Tally) -> None:
        self.events: list[ScheduleEvent] = []
        self.on_cpu: dict[int, _Vcpu | None] = {}
        self._skipped = tally.skipped
        self._threads = threads
        self._domains = [
            [_Vcpu(domain, number) for number in range(machine.vcpus())]
            for domain, machine in enumerate(machines)
        ]
        # By thread index. A vCPU may have one thread after another (unplugged, plugged again).
        self._in_vm = [False] * len(threads.threads)
        self._vcpus: list[_Vcpu | None] = [None] * len(threads.threads)
        for machine, vcpus in zip(machines, self._domains, strict=True):
            for thread in machine.threads:
                self._in_vm[thread.index] = True
                if thread.vcpu >= 0:
                    self._vcpus[thread.index] = vcpus[thread.vcpu]

    def create(self, at_ns: int, domain: int) -> None:
        """A domain begins."""
        self.events.append(ScheduleEvent(at_ns, ScheduleKind.CREATE, NONE, domain, NONE))

    def destroy(self, at_ns: int, domain: int) -> None:
        """A domain ends; whichever of its vCPUs is on a CPU leaves it before."""
        for vcpu in self._domains[domain]:
            if vcpu.cpu != NONE:
                self._repair(at_ns, vcpu, "vCPU still on a CPU when its VM ended")
        self.events.append(ScheduleEvent(at_ns, ScheduleKind.DESTROY, NONE, domain, NONE))

    def stop(self, at_ns: int) -> None:
        """The recording ends: whoever is on a CPU leaves it."""
        for cpu in sorted(self.on_cpu):
            if vcpu := self.on_cpu[cpu]:
                self._leave(at_ns, vcpu)

    def play(self, start: int, stop: int) -> None:
        """The vCPUs leave and enter as the steps say."""
        on_cpu, add, vcpus = self.on_cpu, self.events.append, self._vcpus
        enter, leave = ScheduleKind.ENTER, ScheduleKind.LEAVE
        # A named tuple's own constructor is a Python function: half of what a line costs here.
        new, kind = tuple.__new__, ScheduleEvent
        for at_ns, cpu, left, came in self._threads.steps.between(start, stop):
            leaving, entering = vcpus[left], vcpus[came]
            if not leaving and not entering:
                self._count_strangers(left, came)
            if cpu == NONE:
                continue
            running = on_cpu.get(cpu)
            if running and running is leaving:
                add(new(kind, (at_ns, leave, cpu, running.domain, running.number)))
                on_cpu[cpu] = None
                running.cpu = NONE
            elif running or leaving:
                self._miss(at_ns, running, leaving)
            if entering:
                if entering.cpu != NONE:
                    self._repair(at_ns, entering, "vCPU moved without leaving")
                add(new(kind, (at_ns, enter, cpu, entering.domain, entering.number)))
                entering.cpu = cpu
                on_cpu[cpu] = entering

    def _leave(self, at_ns: int, vcpu: _Vcpu) -> None:
        cpu = vcpu.cpu
        self.events.append(ScheduleEvent(at_ns, ScheduleKind.LEAVE, cpu, vcpu.domain, vcpu.number))
        self.on_cpu[cpu] = None
        vcpu.cpu = NONE

    def _repair(self, at_ns: int, vcpu: _Vcpu, reason: str) -> None:
        self._skipped[reason] += 1
        self._leave(at_ns, vcpu)

    def _miss(self, at_ns: int, running: _Vcpu | None, leaving: _Vcpu | None) -> None:
        """Another vCPU leaves a CPU than the one on it: the events between them are missing."""
        if running:
            self._repair(at_ns, running, "vCPU replaced without leaving")
        if leaving:
            self._skipped["vCPU left without entering"] += 1
            if leaving.cpu != NONE:
                self._repair(at_ns, leaving, "vCPU moved without leaving")

    def _count_strangers(self, left: int, came: int) -> None:
        if self._in_vm[left] or self._in_vm[came]:
            return
        threads = self._threads.threads
        lost = threads[left].vcpu >= 0 or threads[came].vcpu >= 0
        self._skipped[UNKNOWN_PROCESS if lost else "no virtual machine on the line"] += 1
