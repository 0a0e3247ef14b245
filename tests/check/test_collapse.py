"""Collapsed states against the machine, and remembered steps against played ones."""

import random
from dataclasses import replace

import pytest

from simcore import policies
from simcore.check.bounds import Bounds
from simcore.hw.tlb import Organisation
from simcore.machine.faults import Fault
from tests.check.lockstep import compare

GROUNDS = {
    "plain": Bounds(),
    "speculation, two vCPUs, split": Bounds(
        domains=2, vcpus=2, speculation=True, tlb=Organisation.SPLIT
    ),
    "same ASIDs, hooks as one": Bounds(domains=2, vcpus=2, asids="same", cut=False),
    "two pages, early acknowledge": Bounds(
        domains=2, pages=2, faults=frozenset({Fault.EARLY_ACKNOWLEDGE})
    ),
}


@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("policy", policies.names())
def test_the_checker_does_what_the_machine_does(policy: str, ground: str) -> None:
    rng = random.Random(f"{policy} {ground}")
    for _ in range(3):
        compare(policy, GROUNDS[ground], 120, rng.randrange)


def test_a_fault_that_frees_twice_is_followed_too() -> None:
    rng = random.Random(1)
    bounds = replace(GROUNDS["plain"], faults=frozenset({Fault.DOUBLE_FREE}), domains=2)
    for _ in range(5):
        compare("xen-riscv-v2-posted", bounds, 150, rng.randrange)
