"""Whatever is done to a machine in whatever order, under every policy, its books stay in order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from simcore import events as ev
from simcore import policies
from simcore.hv import operations as op
from simcore.hv.domain import DomainState, DrivenBy
from simcore.hw.ids import HartId
from simcore.machine import Command, CommandError, Machine
from simcore.machine import commands as cmd
from simcore.metrics import Metrics
from simcore.policies import Policy, PolicyContext
from simcore.policies.kvm_riscv import KvmRiscv
from simcore.policies.untagged import Untagged
from simcore.policies.xen_riscv_v2_reviewed import XenRiscvV2Reviewed
from tests.machine.machines import Watched, platform, spec
from tests.machine.test_playback import TWO

SAFE = ("untagged", "xen-riscv-v2-reviewed", "kvm-riscv")
"""Never a cross-domain hit on a combined TLB, whatever VMIDLEN is."""
VMIDLENS = (0, 1, 2, 3, 7, 14)
HARTS = 3
PAGES = 8


class AnyMachine(RuleBasedStateMachine):
    """Commands in any order, good and bad."""

    policy: str
    split = False

    @initialize(
        vmidlen=st.sampled_from(VMIDLENS),
        asids=st.sampled_from(("distinct", "shared", "same", "bare")),
        harts=st.integers(1, HARTS),
        domains=st.integers(0, 4),
        recorded=st.booleans(),
    )
    def boot(self, vmidlen: int, asids: Any, harts: int, domains: int, recorded: bool) -> None:
        count = max(harts, 2) if recorded else harts
        ids = tuple(HartId(number) for number in range(count))
        context = PolicyContext(ids, 64)
        if policies.find(self.policy).cannot_run(context, (vmidlen,) * count) is not None:
            vmidlen = 14
        hardware = platform(count, vmidlen, split=self.split)
        given = spec(self.policy, hardware, asids=asids, pages=PAGES, rate=0.05, loop=recorded)
        self.watched = Watched(Machine(given, TWO if recorded else None))
        self.machine = self.watched.machine
        self.destroyed: set[int] = set()
        for _ in range(domains):
            self.watched(cmd.CreateDomain(2), cmd.Step(2))

    def domain(self, draw: int) -> int:
        """Mostly a domain that exists; else one that was destroyed, or is the next."""
        alive = list(self.machine.domains)
        if alive and draw < 10:
            return alive[draw % len(alive)]
        return draw % (self.machine.next_domain + 1)

    def do(self, command: Command) -> None:
        """Apply a command; a refused one must leave no trace."""
        try:
            self.machine.checks.check(command)
        except CommandError:
            before = self.machine.digest()
            with pytest.raises(CommandError):
                self.watched(command)
            assert self.machine.digest() == before
            assert self.machine.take_events() == []
        else:
            self.watched(command)

    @rule(vcpus=st.integers(1, 3), pages=st.sampled_from((None, 1, 3, PAGES)))
    def create(self, vcpus: int, pages: int | None) -> None:
        known = self.machine.next_domain
        self.do(cmd.CreateDomain(vcpus, None, pages))
        refused = [e for e in self.watched.events[-2:] if isinstance(e, ev.DomainRefused)]
        assert self.machine.next_domain == known + 1 or refused

    @rule(domain=st.integers(0, 11))
    def destroy(self, domain: int) -> None:
        if self.domain(domain) in self.machine.domains:
            self.destroyed.add(self.domain(domain))
        self.do(cmd.DestroyDomain(self.domain(domain)))

    @rule(domain=st.integers(0, 11))
    def pause(self, domain: int) -> None:
        self.do(cmd.PauseDomain(self.domain(domain)))

    @rule(domain=st.integers(0, 11))
    def unpause(self, domain: int) -> None:
        self.do(cmd.UnpauseDomain(self.domain(domain)))

    @rule(domain=st.integers(0, 11), vcpu=st.integers(0, 2), hart=st.integers(0, HARTS - 1))
    def run(self, domain: int, vcpu: int, hart: int) -> None:
        self.do(cmd.RunVcpu(self.domain(domain), vcpu, hart))

    @rule(domain=st.integers(0, 11), vcpu=st.integers(0, 2), hart=st.integers(0, HARTS - 1))
    def migrate(self, domain: int, vcpu: int, hart: int) -> None:
        self.do(cmd.MigrateVcpu(self.domain(domain), vcpu, hart))

    @rule(domain=st.integers(0, 11), first=st.integers(0, PAGES), count=st.integers(0, PAGES))
    def unmap(self, domain: int, first: int, count: int) -> None:
        self.do(cmd.UnmapPages(self.domain(domain), first, count))

    @precondition(lambda self: bool(self.machine.domains))
    @rule(draw=st.integers(0, 11))
    def unmap_all(self, draw: int) -> None:
        alive = list(self.machine.domains.values())
        domain = alive[draw % len(alive)]
        self.do(cmd.UnmapPages(domain.id, 0, domain.p2m.pages))

    @rule(
        domain=st.integers(0, 11),
        vcpu=st.integers(0, 2),
        pages=st.lists(st.integers(0, PAGES - 1), min_size=1, max_size=6).map(tuple),
    )
    def access(self, domain: int, vcpu: int, pages: tuple[int, ...]) -> None:
        self.do(cmd.GuestAccess(self.domain(domain), vcpu, pages))

    @rule(count=st.integers(1, 5))
    def step(self, count: int) -> None:
        self.do(cmd.Step(count))

    def running(self) -> bool:
        return bool(getattr(self, "machine", None))

    @precondition(running)
    @invariant()
    def vcpu_and_hart_agree_on_who_is_where(self) -> None:
        machine, seated = self.machine, []
        for hart in machine.spec.platform.hart_ids:
            vcpu = machine.occupancy.on(hart)
            if vcpu is None:
                assert not machine.occupancy.in_guest(hart)
                continue
            assert vcpu.hart == hart == vcpu.last_hart
            assert machine.domains[vcpu.domain].vcpus[vcpu.index] is vcpu
            seated.append(vcpu.key)
        assert len(seated) == len(set(seated))
        loaded = [v.key for d in machine.domains.values() for v in d.vcpus if v.hart is not None]
        assert sorted(loaded) == sorted(seated)

    @precondition(running)
    @invariant()
    def dirty_harts_are_where_vcpus_are_loaded(self) -> None:
        for domain in self.machine.domains.values():
            assert domain.dirty_harts == {v.hart for v in domain.vcpus if v.hart is not None}
            paused = domain.state is DomainState.PAUSED
            queued = not paused and domain.driven_by is DrivenBy.RUN_QUEUE
            assert not (paused and domain.dirty_harts)
            for vcpu in domain.vcpus:
                assert (self.machine.queues.home(vcpu.key) is not None) is queued

    @precondition(running)
    @invariant()
    def destroyed_domains_are_gone(self) -> None:
        assert not self.destroyed & set(self.machine.domains)
        for number in self.destroyed:
            assert all(self.machine.queues.home((number, v)) is None for v in range(3))  # type: ignore[arg-type]

    @precondition(running)
    @invariant()
    def counters_agree_with_each_other(self) -> None:
        metrics, counts = self.watched.metrics, self.watched.metrics.counts
        assert counts["tlb_hits"] + counts["tlb_misses"] == counts["accesses"]
        assert counts["domains_created"] - counts["domains_destroyed"] == len(self.machine.domains)
        assert all(count <= counts["accesses"] for count in metrics.violations.values())

    def teardown(self) -> None:
        if self.running():
            again = Metrics()
            again.record(self.watched.events)
            assert again.to_dict() == self.watched.metrics.to_dict()

    @precondition(running)
    @invariant()
    def registers_hold_what_runs(self) -> None:
        machine = self.machine
        for hart in machine.execution.harts.values():
            vcpu = machine.occupancy.on(HartId(hart.id))
            assert hart.vmid < 2**hart.vmidlen
            if vcpu is not None:
                assert hart.asid == vcpu.asid
                assert hart.hgatp & (1 << 44) - 1 == machine.domains[vcpu.domain].p2m.root_ppn

    @precondition(running)
    @invariant()
    def safe_policies_never_serve_another_domain_s_entry(self) -> None:
        if self.policy in SAFE and not self.split:
            assert self.watched.hits("cross-domain") == 0
            assert self.watched.hits("stale-mapping") == 0


CALM = settings(
    stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


def run(policy: str, examples: int, *, split: bool = False, calm: settings = CALM) -> None:
    name = f"AnyMachine_{policy.replace('-', '_')}"
    kind = type(name, (AnyMachine,), {"policy": policy, "split": split})
    run_state_machine_as_test(kind, settings=settings(calm, max_examples=examples))


@pytest.mark.parametrize("policy", policies.names())
def test_books_stay_in_order_on_a_combined_tlb(policy: str) -> None:
    run(policy, examples=50 if policy in SAFE else 20)


@pytest.mark.parametrize("policy", policies.names())
def test_books_stay_in_order_on_a_split_tlb(policy: str) -> None:
    run(policy, examples=10, split=True)


def without(operation: type[Any], hook: Callable[..., Any]) -> Callable[..., Any]:
    """A hook that forgets one kind of operation."""

    def forgetful(self: Policy, *arguments: Any) -> Any:
        answer = hook(self, *arguments)
        if isinstance(answer, op.Refusal):
            return answer
        return tuple(step for step in answer if not isinstance(step, operation))

    return forgetful


@pytest.mark.parametrize(
    ("kind", "hook", "operation"),
    [
        (Untagged, "load", op.LocalFence),
        (Untagged, "p2m_changed", op.IpiFence),
        (XenRiscvV2Reviewed, "create", op.SbiFences),
        (XenRiscvV2Reviewed, "p2m_changed", op.SbiFences),
        (XenRiscvV2Reviewed, "load", op.LocalFence),
        (KvmRiscv, "enter", op.LocalFence),
        (KvmRiscv, "enter", op.IpiFence),
        (KvmRiscv, "p2m_changed", op.ForceExit),
        (KvmRiscv, "load", op.LocalFence),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_policy_that_forgets_a_fence_is_caught(
    kind: type[Policy], hook: str, operation: type[Any]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, hook, without(operation, getattr(kind, hook)))
        with pytest.raises(AssertionError, match="hits"):
            run(kind.name, 1000, calm=settings(CALM, derandomize=True, phases=[Phase.generate]))
