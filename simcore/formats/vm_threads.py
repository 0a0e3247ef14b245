"""Which thread of a recording is which vCPU of which virtual machine: the first pass.

A line tells the process only of the thread that leaves a CPU, and a vCPU thread runs before it
takes its name `CPU n/…`: what a thread is may be known long after it was first seen. So all threads
are followed to the end of the recording before any vCPU enters. A thread is not its id, because an
id is given to a new thread after the old one died.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from simcore.formats.sched_lines import (
    UNKNOWN,
    SchedExit,
    SchedMigrate,
    SchedRecord,
    SchedSwitch,
    Tally,
)
from simcore.formats.steps import Steps
from simcore.schedule import NONE


@dataclass(slots=True, eq=False)
class Thread:
    """A thread, with the steps where it was seen first and last."""

    index: int
    thread_id: int
    first: int
    last: int
    process_id: int = UNKNOWN
    process: "Process | None" = None
    vcpu: int = UNKNOWN
    dead: bool = False


@dataclass(slots=True, eq=False)
class Process:
    """A process; a virtual machine if one of its threads is a vCPU.

    `group_dead`: the step at which its last thread ended, or `NONE`.
    """

    process_id: int
    threads: list[Thread] = field(default_factory=list)
    group_dead: int = NONE
    leader_dead: bool = False

    def vcpu_threads(self) -> list[Thread]:
        """Those of its threads that were named as vCPUs."""
        return [thread for thread in self.threads if thread.vcpu >= 0]

    def vcpus(self) -> int:
        """How many vCPUs it has: one more than the highest number."""
        return 1 + max(thread.vcpu for thread in self.threads)

    def first_step(self) -> int:
        """Where any of its threads was seen first."""
        return min(thread.first for thread in self.threads)

    def last_step(self) -> int:
        """Where it was over, or `NONE` if it was alive at the end of the recording.

        It is over when `group_dead` says so or, without that line, when every vCPU thread has left
        for good; then after the last step of a vCPU thread.
        """
        vcpus = self.vcpu_threads()
        if self.group_dead == NONE and not all(thread.dead for thread in vcpus):
            return NONE
        return max(self.group_dead, *(thread.last for thread in vcpus))


class ThreadMap:
    """All threads and processes of a recording, and its lines as `steps` that refer to them."""

    __slots__ = ("_by_id", "_living", "_processes", "steps", "threads")

    def __init__(self) -> None:
        self.steps = Steps()
        self.threads: list[Thread] = []
        self._living: dict[int, Thread] = {}
        self._processes: list[Process] = []
        self._by_id: dict[int, Process] = {}

    def follow(self, records: Iterable[SchedRecord], tally: Tally) -> None:
        """Reads all records. Those that go back in time are counted in `tally` and left out."""
        living, steps = self._living, self.steps
        add_at, add_cpu = steps.at_ns.append, steps.cpu.append
        add_left, add_came = steps.left.append, steps.came.append
        step, origin_ns, now_ns = 0, -1, -1
        for at_ns, place, what in records:
            if at_ns < now_ns:
                tally.skipped["time goes backwards"] += 1
                continue
            if now_ns < 0:
                origin_ns = at_ns
            now_ns = at_ns
            cpu, process_id = place
            if isinstance(what, SchedSwitch):
                left_id, left_vcpu, left_dead, came_id, came_vcpu = what
                left = living.get(left_id) or self._begin(left_id, step)
                if left.process_id != process_id:
                    left = self._assign(left, process_id, step)
                came = living.get(came_id) or self._begin(came_id, step)
                left.last = came.last = step
                if left_vcpu >= 0:
                    left.vcpu = left_vcpu
                if came_vcpu >= 0:
                    came.vcpu = came_vcpu
                if left_dead:
                    self._bury(left)
            else:
                cpu, left = NONE, self._see_alone(what, process_id, step)
                came = left
            add_at(at_ns - origin_ns)
            add_cpu(cpu)
            add_left(left.index)
            add_came(came.index)
            step += 1

    def machines(self) -> list[Process]:
        """The virtual machines by first sight; two of one line in the order of process ids."""
        machines = [process for process in self._processes if process.vcpu_threads()]
        return sorted(machines, key=lambda vm: (vm.first_step(), vm.process_id))

    def _see_alone(self, what: SchedMigrate | SchedExit, process_id: int, step: int) -> Thread:
        thread = self._living.get(what.thread) or self._begin(what.thread, step)
        if isinstance(what, SchedExit):
            thread = self._assign(thread, process_id, step)
            if what.group_dead and thread.process:
                thread.process.group_dead = step
        thread.last = step
        if what.vcpu >= 0:
            thread.vcpu = what.vcpu
        return thread

    def _begin(self, thread_id: int, step: int) -> Thread:
        thread = Thread(len(self.threads), thread_id, first=step, last=step)
        self.threads.append(thread)
        self._living[thread_id] = thread
        return thread

    def _bury(self, thread: Thread) -> None:
        thread.dead = True
        del self._living[thread.thread_id]
        if thread.process and thread.thread_id == thread.process_id:
            thread.process.leader_dead = True

    def _assign(self, thread: Thread, process_id: int, step: int) -> Thread:
        """The thread as one of that process: itself, or a new one with the id of a dead one."""
        if process_id in (UNKNOWN, thread.process_id):
            return thread
        if thread.process:
            thread = self._begin(thread.thread_id, step)
        process = self._by_id.get(process_id)
        if process is None or _is_new_process(process, thread):
            process = self._by_id[process_id] = Process(process_id)
            self._processes.append(process)
        process.threads.append(thread)
        thread.process, thread.process_id = process, process_id
        return thread


def _is_new_process(known: Process, thread: Thread) -> bool:
    """Whether a new thread with the process id of a known process shows that the id was reused.

    Threads of a process may be seen first after its leader died, so then only a new leader does.
    """
    if known.group_dead != NONE:
        return thread.first > known.group_dead
    return known.leader_dead and thread.thread_id == known.process_id
