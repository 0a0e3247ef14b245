"""lazy-epoch is the cheapest of the policies that are safe everywhere and refuse nobody."""

from __future__ import annotations

from pathlib import Path

import pytest

from simcore import policies
from simcore.hw.platform import preset
from simcore.lab.replay import replay
from simcore.machine import MachineSpec
from simcore.machine.spec import UnsuitableError
from simcore.policies.base import Exhaustion
from tests.lab.test_replay import FTRACE_25S, SHIPPED, schedule_of

SAFE = [
    name
    for name in policies.names()
    if not policies.find(name).hazards
    and policies.find(name).exhaustion is not Exhaustion.REFUSES
    and not policies.find(name).sees_ghosts
]


def test_the_policies_that_are_safe_everywhere_are_known() -> None:
    assert set(SAFE) >= {"bhyve-svm", "kvm-svm-asid", "kvm-vmx-vpid", "lazy-epoch", "untagged"}


@pytest.mark.parametrize(
    ("path", "vmidlen"),
    # With VMIDLEN 2, the shipped recording's seven domains at once favour ids of each hart's own.
    [(SHIPPED, bits) for bits in (3, 7, 14)] + [(FTRACE_25S, bits) for bits in (2, 3, 7, 14)],
    ids=lambda value: value.name if isinstance(value, Path) else str(value),
)
def test_lazy_epoch_loses_the_fewest_cycles_and_fences_nobody_remotely(
    path: Path, vmidlen: int
) -> None:
    platform = preset("rv64").with_harts(2).with_vmidlen(vmidlen)
    lost = {}
    for name in SAFE:
        try:
            spec = MachineSpec(platform, name)
        except UnsuitableError:
            continue
        metrics = replay(schedule_of(path), spec).metrics
        lost[name] = metrics["cycles_lost"]
        if name == "lazy-epoch":
            assert metrics["remote_fences"] == 0
            assert metrics["domains_refused"] == 0
    assert min(lost, key=lost.__getitem__) == "lazy-epoch"
