"""Slices and fences in tables add up to what the events say, whatever was done to the machine."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from app.tables.fence_marks import FenceMarks, within
from app.tables.slices import Moment, Slices
from simcore import events as ev
from simcore.machine import CommandError, Machine
from simcore.machine import commands as cmd
from simcore.machine.faults import Fault
from tests.machine.machines import platform, spec

HARTS = 3
COMMANDS = st.lists(
    st.one_of(
        st.builds(cmd.Step, st.integers(1, 30)),
        st.builds(cmd.CreateDomain, st.integers(1, 3)),
        st.builds(cmd.DestroyDomain, st.integers(0, 4)),
        st.builds(cmd.PauseDomain, st.integers(0, 4)),
        st.builds(cmd.UnpauseDomain, st.integers(0, 4)),
        st.builds(cmd.UnmapPages, st.integers(0, 4), st.just(0), st.just(2)),
        st.builds(cmd.MigrateVcpu, st.integers(0, 4), st.just(0), st.integers(0, 2)),
    ),
    max_size=25,
)
POLICIES = st.sampled_from(["kvm-riscv", "xen-riscv-head", "untagged", "kvm-arm64"])


def events_of(policy: str, commands: Sequence[cmd.Command]) -> tuple[list[ev.Event], int]:
    """What a machine does, and its clock at the end; commands that are refused do nothing."""
    machine = Machine(spec(policy, platform(HARTS, 1)))
    events = machine.take_events()
    for command in commands:
        try:
            events += machine.apply(command)
        except CommandError:
            continue
    return events, machine.now_ns


def busy_of(events: Sequence[ev.Event], end_ns: int) -> list[tuple[int, int, int, int]]:
    """(hart, domain, from, to) of each time in guest mode, from the events alone."""
    entered: dict[int, ev.GuestEntered] = {}
    spans = []
    for event in events:
        if isinstance(event, ev.GuestEntered):
            entered[event.hart] = event
        elif isinstance(event, ev.GuestExited):
            began = entered.pop(event.hart)
            spans.append((event.hart, began.domain, began.at_ns, event.at_ns))
    return spans + [(e.hart, e.domain, e.at_ns, end_ns) for e in entered.values()]


def shared_ns(span: tuple[int, int, int, int], from_ns: int, to_ns: int) -> int:
    return max(0, min(span[3], to_ns) - max(span[2], from_ns))


@settings(deadline=None, max_examples=60)
@given(POLICIES, COMMANDS, st.integers(1, 7), st.data())
def test_busy_time_of_lanes_is_that_of_entries_and_exits(
    policy: str, commands: list[cmd.Command], bins: int, data: st.DataObject
) -> None:
    events, now_ns = events_of(policy, commands)
    slices, size = Slices(), data.draw(st.integers(1, 50))
    for first in range(0, len(events), size):
        slices.record(first + 1, events[first : first + size])
    seq = data.draw(st.integers(1, len(events)))
    moment = Moment(seq, now_ns if seq == len(events) else events[seq - 1].at_ns)
    spans = busy_of(events[:seq], moment.ns)
    from_ns = data.draw(st.integers(0, now_ns))
    edges = from_ns + np.arange(bins + 1) * (now_ns - from_ns) // bins
    for hart in range(HARTS):
        lane = slices.lane(hart, moment)
        ours = [span for span in spans if span[0] == hart]
        exact = [sum(shared_ns(span, a, b) for span in ours) for a, b in pairwise(edges.tolist())]
        assert lane.busy_ns(edges).tolist() == exact
        shown = lane.window(0, now_ns)
        triples = zip(shown["domain"], shown["start_ns"], shown["end_ns"], strict=True)
        assert list(triples) == [span[1:] for span in ours]
        assert lane.count(0, now_ns) == len(ours)


@settings(deadline=None, max_examples=40)
@given(COMMANDS, st.integers(1, 60))
def test_domain_of_a_pixel_ran_longest_in_it_where_few_slices_share_it(
    commands: list[cmd.Command], bins: int
) -> None:
    events, now_ns = events_of("untagged", commands)
    slices = Slices()
    slices.record(1, events)
    edges = np.arange(bins + 1) * now_ns // bins
    spans = busy_of(events, now_ns)
    for hart in range(HARTS):
        domains = slices.lane(hart, Moment(len(events), now_ns)).density(edges)[1].tolist()
        for domain, (a, b) in zip(domains, pairwise(edges.tolist()), strict=True):
            ran: Counter[int] = Counter()
            inside = [s for s in spans if s[0] == hart and shared_ns(s, a, b)]
            for span in inside:
                ran[span[1]] += shared_ns(span, a, b)
            if len(inside) <= 4:
                assert ran[domain] == max(ran.values(), default=0)
            else:
                assert domain in ran


def test_slice_that_ended_later_is_seen_as_on_a_machine_that_stands_there() -> None:
    events: list[ev.Event] = []
    for n in range(9):
        events += [ev.GuestEntered(2 * n, 0, 0, 0, 1), ev.GuestExited(2 * n + 1, 0, 0, 0, False)]
    events += [ev.GuestEntered(20, 0, 1, 0, 2), ev.GuestExited(200, 0, 1, 0, False)]
    standing, gone_on = Slices(), Slices()
    standing.record(1, events[:-1])
    gone_on.record(1, events)
    edges = np.array([0, 100])
    one, other = (slices.lane(0, Moment(19, 100)) for slices in (standing, gone_on))
    assert one.density(edges)[1].tolist() == [1]
    assert other.density(edges)[1].tolist() == [1]
    assert one.busy_ns(edges).tolist() == other.busy_ns(edges).tolist() == [89]
    assert one.window(0, 100) == other.window(0, 100)
    assert one.count(0, 100) == other.count(0, 100) == 10


def test_older_slices_go_when_there_are_too_many() -> None:
    slices = Slices(most=10)
    for n in range(12):
        entry = ev.GuestEntered(10 * n, n % 2, 0, 0, 1)
        slices.record(2 * n + 1, [entry, ev.GuestExited(10 * n + 7, n % 2, 0, 0, False)])
    lanes = [slices.lane(hart, Moment(24, 200)) for hart in (0, 1)]
    assert slices.kept.since_ns == 51
    assert [lane.window(0, 200)["start_ns"] for lane in lanes] == [[60, 80, 100], [70, 90, 110]]
    assert sum(lane.busy_ns(np.array([0, 200]))[0] for lane in lanes) == 42


def rolling_over(*faults: Fault) -> tuple[list[ev.Event], FenceMarks]:
    """A machine that rolls over often, which asks all harts for a fence each time."""
    machine = Machine(replace(spec("kvm-riscv", platform(HARTS, 2)), faults=frozenset(faults)))
    events = machine.take_events()
    for vcpus in (3, 1, 1, 1):
        events += machine.apply(cmd.CreateDomain(vcpus))
    events += machine.apply(cmd.Step(60))
    table = FenceMarks()
    table.record(1, events)
    return events, table


def fences_by_request(
    events: Sequence[ev.Event], table: FenceMarks
) -> dict[int, list[ev.FenceExecuted]]:
    belongs: dict[int, list[ev.FenceExecuted]] = defaultdict(list)
    for hart in range(HARTS):
        rows = within(table.executed.rows(hart), 0, 1 << 62, len(events))
        for seq, request in zip(rows["seq"].tolist(), rows["request"].tolist(), strict=True):
            fence = events[seq - 1]
            assert isinstance(fence, ev.FenceExecuted)
            belongs[request].append(fence)
    return belongs


def test_executed_fences_belong_to_the_request_that_caused_them() -> None:
    events, table = rolling_over()
    belongs = fences_by_request(events, table)
    asked = [(n, e) for n, e in enumerate(events, 1) if isinstance(e, ev.RemoteFenceRequested)]
    assert len(asked) > 20
    for seq, request in asked:
        assert len(belongs[seq]) == request.targets == HARTS
        assert {fence.requester for fence in belongs[seq]} == {request.hart}
    assert {fence.requester for fence in belongs[-1]} == {-1}


def test_fences_that_come_after_their_requester_went_on_belong_to_their_request() -> None:
    events, table = rolling_over(Fault.EARLY_ACKNOWLEDGE)
    belongs = fences_by_request(events, table)
    late = 0
    for seq in belongs.keys() - {-1}:
        assert len({fence.hart for fence in belongs[seq]}) == len(belongs[seq])
        last = max(events.index(fence, seq) for fence in belongs[seq])
        entered = [e.hart for e in events[seq:last] if isinstance(e, ev.GuestEntered)]
        request = events[seq - 1]
        assert isinstance(request, ev.RemoteFenceRequested)
        late += request.hart in entered
    assert late > 20


def test_fences_that_are_dropped_leave_a_request_short() -> None:
    belongs = fences_by_request(*rolling_over(Fault.DROPPED_FENCE))
    assert {len(fences) for seq, fences in belongs.items() if seq >= 0} == {1}
