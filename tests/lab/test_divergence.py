"""Where two policies on one schedule first part is found, and found first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simcore import events as ev
from simcore.hw.platform import preset
from simcore.lab.divergence import Divergence, StoppedError, divergences
from simcore.machine import Machine, MachineSpec
from simcore.machine.commands import Step
from simcore.metrics import Metrics
from tests.lab.test_replay import SHIPPED, schedule_of

SCHEDULE = schedule_of(SHIPPED)


def spec(policy: str, vmidlen: int = 6) -> MachineSpec:
    platform = preset("rv64").with_harts(2).with_vmidlen(vmidlen)
    return MachineSpec(platform, policy, loop=True)


POSTED, REVIEWED = spec("xen-riscv-v2-posted"), spec("xen-riscv-v2-reviewed")


def counters(one: MachineSpec, steps: int) -> dict[str, object]:
    """Fences and wrong hits after so many steps, as the counters have them."""
    machine, metrics = Machine(one, SCHEDULE), Metrics()
    metrics.record(machine.apply(Step(steps)))
    found = metrics.to_dict()
    return {name: found[name] for name in ("fences", "hart_fences", "violations")}


def at(one: Divergence | None) -> int:
    assert one is not None
    return one.step


def test_posted_and_reviewed_patch_part_at_the_first_reuse() -> None:
    found = divergences(SCHEDULE, (POSTED, REVIEWED), 5000)
    assert (found.searched, at(found.fences), at(found.wrong_hits)) == (2302, 2226, 2302)
    assert found.first is found.fences
    fences, hits = found.fences, found.wrong_hits
    assert fences is not None
    assert hits is not None
    posted, reviewed = fences.events
    assert posted == ()
    kinds = [type(event) for event in reviewed]
    assert kinds == [ev.RemoteFenceRequested, ev.FenceExecuted, ev.FenceExecuted]
    wrong, none = hits.events
    assert none == ()
    assert [(event.kind, event.vmid) for event in wrong if isinstance(event, ev.StaleHit)] == [
        ("cross-domain", 5)
    ]


@pytest.mark.parametrize("step", [2226, 2302])
def test_counters_are_equal_before_the_step_and_not_after_it(step: int) -> None:
    name = "fences" if step == 2226 else "violations"
    before, after = (
        [counters(one, steps)[name] for one in (POSTED, REVIEWED)] for steps in (step - 1, step)
    )
    assert before[0] == before[1]
    assert after[0] != after[1]


def test_order_of_the_two_changes_sides_only() -> None:
    one = divergences(SCHEDULE, (POSTED, REVIEWED), 3000)
    other = divergences(SCHEDULE, (REVIEWED, POSTED), 3000)
    assert one.fences is not None
    assert other.fences == replace(one.fences, events=one.fences.events[::-1])


def test_wrong_hits_may_come_first() -> None:
    narrow = spec("xen-riscv-v2-posted", 2), spec("xen-riscv-v2-reviewed", 2)
    found = divergences(SCHEDULE, narrow, 5000)
    assert (at(found.fences), at(found.wrong_hits)) == (2697, 1237)
    assert found.first is found.wrong_hits


def test_nothing_is_found_within_fewer_steps_or_between_equal_machines() -> None:
    found = divergences(SCHEDULE, (POSTED, REVIEWED), 2225)
    assert (found.searched, found.fences, found.wrong_hits, found.first) == (2225, None, None, None)
    alike = divergences(SCHEDULE, (POSTED, POSTED), 4000)
    assert alike.first is None


def test_search_ends_when_it_is_told_to() -> None:
    with pytest.raises(StoppedError):
        divergences(SCHEDULE, (POSTED, POSTED), 1000, lambda: False)
