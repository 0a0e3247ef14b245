"""What every schedule promises (`simcore.schedule.Schedule`), as a check of the events."""

from simcore.schedule import NONE, Schedule, ScheduleKind


def broken_promises(schedule: Schedule) -> list[str]:
    """Every promise that an event breaks, in order; empty for a well-formed schedule."""
    broken: list[str] = []
    alive: dict[int, bool] = {}
    on_cpu: dict[int, tuple[int, int]] = {}
    cpu_of: dict[tuple[int, int], int] = {}
    now_ns = 0
    for event in schedule.events:
        who = (event.domain, event.vcpu)
        if not now_ns <= event.at_ns <= schedule.span_ns:
            broken.append(f"time: {event}")
        now_ns = event.at_ns
        if event.kind is ScheduleKind.CREATE:
            if event.domain in alive or event.domain != len(alive) or event[2::2] != (NONE, NONE):
                broken.append(f"create: {event}")
            alive[event.domain] = True
            continue
        if not alive.get(event.domain):
            broken.append(f"not alive: {event}")
        if event.kind is ScheduleKind.ENTER:
            if event.cpu in on_cpu or who in cpu_of or event.cpu not in schedule.cpus:
                broken.append(f"enter: {event}")
            if not 0 <= event.vcpu < schedule.domains[event.domain].vcpus:
                broken.append(f"vcpu: {event}")
            on_cpu[event.cpu], cpu_of[who] = who, event.cpu
        elif event.kind is ScheduleKind.LEAVE:
            if on_cpu.pop(event.cpu, None) != who or cpu_of.pop(who, None) != event.cpu:
                broken.append(f"leave: {event}")
        else:
            if any(domain == event.domain for domain, _ in cpu_of) or event[2::2] != (NONE, NONE):
                broken.append(f"destroy: {event}")
            alive[event.domain] = False
    if on_cpu:
        broken.append(f"still on a CPU: {on_cpu}")
    if len(alive) != len(schedule.domains):
        broken.append(f"{len(alive)} created of {len(schedule.domains)}")
    return broken


def counts(schedule: Schedule) -> dict[str, int]:
    """How many events of each kind."""
    kinds = [event.kind for event in schedule.events]
    return {kind.name: kinds.count(kind) for kind in ScheduleKind}


def moves(schedule: Schedule) -> int:
    """How often a vCPU entered on another CPU than the last time."""
    last: dict[tuple[int, int], int] = {}
    moved = 0
    for event in schedule.events:
        if event.kind is ScheduleKind.ENTER:
            who = (event.domain, event.vcpu)
            moved += last.get(who, event.cpu) != event.cpu
            last[who] = event.cpu
    return moved
