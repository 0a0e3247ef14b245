"""Searches in worker processes: the same answers, and nothing left behind."""

from __future__ import annotations

import os
import signal

import pytest

from app.check_workers import WorkerError, Workers, check_shared
from simcore.check.bounds import Bounds
from simcore.check.partition import Order, explore
from simcore.check.search import Progress, check
from simcore.invariants import Invariant

HOLDING = Order("kvm-riscv", Bounds(domains=2, vcpus=2, depth=13, speculation=True))
BREAKING = Order("xen-riscv-v2-posted", Bounds(unmap=False), (Invariant.I1,))
LARGE = Order("kvm-riscv", Bounds(harts=3, vcpus=2, speculation=True))


def ended(pid: int) -> bool:
    """Whether there is no such process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


def test_workers_find_what_one_search_finds() -> None:
    assert check_shared(HOLDING, 2) == check(*HOLDING[:3])


def test_breach_is_at_the_end_of_a_path_as_short() -> None:
    expected, found = check(*BREAKING[:3]), check_shared(BREAKING, 3)
    assert (found.holds, found.broken) == (False, Invariant.I1)
    assert len(found.path) == len(expected.path)


def test_workers_are_gone_when_the_search_is_over() -> None:
    with Workers(HOLDING, 2) as crew:
        explore(crew, HOLDING)
        pids = [process.pid for process in crew.processes]
    assert all(ended(pid) for pid in pids if pid is not None)


def test_stopped_search_says_what_was_covered() -> None:
    told: list[Progress] = []
    found = check_shared(LARGE, 2, told.append, lambda: bool(told) and told[-1].states > 2_000)
    assert (found.complete, found.holds) == (False, True)
    assert found.states > 2_000
    assert found.transitions > found.states


def test_lost_worker_ends_the_search_and_the_others() -> None:
    with Workers(LARGE, 2) as crew:
        first, second = (process.pid for process in crew.processes)
        assert first is not None
        assert second is not None

        def kill_first(progress: Progress) -> None:
            if progress.states > 500:
                os.kill(first, signal.SIGKILL)

        with pytest.raises(WorkerError, match="worker 1 of 2 ended with exit code -9"):
            explore(crew, LARGE, kill_first)
    assert ended(second)


def test_interrupts_are_not_for_workers() -> None:
    with Workers(HOLDING, 2) as crew:
        for process in crew.processes:
            assert process.pid is not None
            os.kill(process.pid, signal.SIGINT)
        assert explore(crew, HOLDING).holds
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.parametrize("workers", [0, 65])
def test_number_of_workers_is_limited(workers: int) -> None:
    with pytest.raises(ValueError, match=f"workers is {workers}; 1 to 64 is allowed"):
        check_shared(HOLDING, workers)


def test_bad_policy_is_said_before_a_process_is_started() -> None:
    with pytest.raises(ValueError, match="policy is 'nope'"):
        check_shared(Order("nope", Bounds()), 2)
