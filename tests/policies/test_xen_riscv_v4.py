"""The Xen RISC-V patch v4: a flag called `used` that means the contrary, in every place."""

from itertools import chain, combinations
from typing import get_args

import pytest

from simcore import events as ev
from simcore.machine import Machine
from simcore.machine import commands as cmd
from simcore.policies.xen_riscv_v4 import Place, XenRiscvV4
from tests.policies.small_machine import round_robin, run, small_machine, touch, vmids, wrong_hits

PLACES: tuple[Place, ...] = get_args(Place)


def corrected_machine(places: frozenset[Place], vmidlen: int, domains: int) -> Machine:
    """A machine under the patch with some of its six places put right."""
    machine = small_machine("xen-riscv-v4", vmidlen, asids="bare")
    machine.policy = XenRiscvV4(machine.policy.context, corrected=places)
    for hart in machine.execution.harts.values():
        machine.execution.run(hart.id, machine.policy.boot(hart.id, hart.vmidlen))
    machine.take_events()
    for _ in range(domains):
        machine.apply(cmd.CreateDomain(1))
    return machine


@pytest.mark.parametrize("vmidlen", [0, 1, 2, 7])
def test_as_posted_it_acts_exactly_as_v3(vmidlen: int) -> None:
    seen = []
    for policy in ("xen-riscv-v3", "xen-riscv-v4"):
        machine = small_machine(policy, vmidlen, harts=2, domains=5, asids="bare")
        events = round_robin(machine, 5, 3)
        for domain, hart in ((0, 0), (1, 1), (0, 1), (4, 1), (1, 0)):
            events += touch(machine, domain, hart=hart)
        seen.append(events)
    assert seen[0] == seen[1]


@pytest.mark.parametrize(("vmidlen", "used"), [(0, True), (1, True), (2, False), (14, False)])
def test_used_is_set_where_vmids_are_not_used(vmidlen: int, used: bool) -> None:
    policy = small_machine("xen-riscv-v4", vmidlen).policy
    assert isinstance(policy, XenRiscvV4)
    assert [data.used for data in policy.harts.values()] == [used]


def test_with_every_place_corrected_it_still_acts_as_v3() -> None:
    machine = corrected_machine(frozenset(PLACES), 2, 5)
    other = small_machine("xen-riscv-v3", 2, domains=5, asids="bare")
    assert round_robin(machine, 5, 3) == round_robin(other, 5, 3)


def test_correcting_only_where_it_is_set_makes_the_generation_never_end() -> None:
    machine = corrected_machine(frozenset({"vmid_init"}), 2, 5)
    seen = [touch(machine, domain) for domain in range(5)]
    assert [vmids(events) for events in seen] == [[1], [2], [3], [0], [1]]
    assert [e for events in seen for e in events if isinstance(e, ev.GenerationRolledOver)] == []
    assert wrong_hits(touch(machine, 0)) == [("cross-domain", 0, 4)]


def test_correcting_all_but_where_it_is_set_does_the_same() -> None:
    machine = corrected_machine(frozenset(PLACES) - {"vmid_init"}, 2, 5)
    assert [vmids(run(machine, domain)) for domain in range(5)] == [[1], [2], [3], [0], [1]]


def test_overrun_turns_vmids_off_whichever_places_are_right() -> None:
    right = [frozenset(), frozenset(PLACES)]
    for places in right:
        machine = corrected_machine(places, 2, 4)
        assert isinstance(machine.policy, XenRiscvV4)
        (data,) = machine.policy.harts.values()
        data.generation = 2**64 - 1
        events = [event for domain in range(4) for event in run(machine, domain)]
        assert vmids(events) == [1, 2, 3, 0]
        assert sum(isinstance(event, ev.TaggingTurnedOff) for event in events) == 1


def test_every_choice_of_places_runs() -> None:
    choices = chain.from_iterable(combinations(PLACES, size) for size in range(5))
    results = [
        tuple(vmids(round_robin(corrected_machine(frozenset(choice), 2, 5), 5, 1)))
        for choice in choices
    ]
    assert len(results) == 16
    assert set(results) == {(1, 2, 3, 1, 2), (1, 2, 3, 0, 1)}
