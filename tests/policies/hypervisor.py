"""Drives a policy's hooks as a machine would, and nothing else: no hardware, no clock."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field

from simcore.hv import operations as op
from simcore.hv.domain import Domain, P2m, Vcpu
from simcore.hw.csr import Xlen
from simcore.hw.ids import DomainId, HartId
from simcore.policies import Policy, PolicyContext

Action = tuple[str, int, int, int]
ACTIONS = ("create", "destroy", "run", "stop", "tick", "unmap")


class NothingCached:
    """The TLBs of a machine without any: nobody's entries are under any VMID."""

    def owners(self, hart: HartId, vmid: int) -> frozenset[tuple[DomainId, int, int]]:
        return frozenset()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NothingCached)

    def __hash__(self) -> int:
        return 0


def context(harts: int = 2, xlen: Xlen = 64) -> PolicyContext:
    return PolicyContext(tuple(HartId(number) for number in range(harts)), xlen, NothingCached())


def new_domain(number: int, vcpus: int = 1) -> Domain:
    """A domain of four pages that nobody has seen yet."""
    p2m = P2m(0x80000 + 260 * number, array("q", range(4)), array("q", [0] * 4))
    members = [Vcpu(DomainId(number), index, index + 1, index) for index in range(vcpus)]
    return Domain(DomainId(number), f"domain {number}", p2m, members)


def snapshot(domain: Domain) -> tuple[object, ...]:
    """All fields of a domain and its vCPUs, as values."""
    p2m = domain.p2m
    return (
        domain.id, domain.name, domain.driven_by, domain.state, frozenset(domain.dirty_harts),
        (p2m.root_ppn, tuple(p2m.frames), tuple(p2m.versions), p2m.version),
        tuple(
            (v.domain, v.index, v.asid, v.space, v.hart, v.last_hart, v.ran_ns, v.accesses, v.key)
            for v in domain.vcpus
        ),
    )  # fmt: skip


@dataclass
class Hypervisor:
    """A policy with the domains and harts it is asked about.

    ``log`` has (hart, operation) in order, hart -1 for what no hart asked for.
    """

    policy: Policy
    vmidlen: int
    log: list[tuple[int, op.Operation]] = field(default_factory=list)
    domains: dict[int, Domain] = field(default_factory=dict)
    seats: dict[HartId, Vcpu | None] = field(default_factory=dict)
    in_guest: set[HartId] = field(default_factory=set)
    programmed: dict[HartId, int] = field(default_factory=dict)
    refused: list[op.Refusal] = field(default_factory=list)
    created: int = 0

    def __post_init__(self) -> None:
        for hart in self.policy.context.hart_ids:
            self.seats[hart] = None
            self._carry_out(hart, self.policy.boot(hart, self.vmidlen))

    def _carry_out(self, hart: int, operations: op.Operations) -> None:
        assert isinstance(operations, tuple)
        for operation in operations:
            self.log.append((hart, operation))
            if isinstance(operation, op.WriteHgatp):
                self.programmed[HartId(hart)] = operation.vmid
            elif isinstance(operation, op.ForceExit):
                for target in operation.harts:
                    self._exit(target)

    def _exit(self, hart: HartId) -> None:
        vcpu = self.seats[hart]
        if vcpu is not None and hart in self.in_guest:
            self.in_guest.remove(hart)
            self._carry_out(hart, self.policy.exit(hart, vcpu))

    def enter(self, hart: HartId) -> None:
        vcpu = self.seats[hart]
        assert vcpu is not None
        self._carry_out(hart, self.policy.enter(hart, vcpu))
        self.in_guest.add(hart)

    def create(self, vcpus: int = 1) -> Domain | None:
        """A new domain, or None where the policy refuses it."""
        domain = new_domain(self.created, vcpus)
        before = snapshot(domain)
        answer = self.policy.create(domain)
        assert snapshot(domain) == before
        if isinstance(answer, op.Refusal):
            self.refused.append(answer)
            return None
        self.created += 1
        self.domains[domain.id] = domain
        self._carry_out(-1, answer)
        return domain

    def destroy(self, domain: Domain) -> None:
        for vcpu in domain.vcpus:
            if vcpu.hart is not None:
                self.stop(vcpu.hart)
        self._carry_out(-1, self.policy.destroy(domain))
        del self.domains[domain.id]

    def run(self, hart: HartId, vcpu: Vcpu) -> None:
        """A world switch to ``vcpu``."""
        if vcpu.hart == hart:
            return
        if vcpu.hart is not None:
            self.stop(vcpu.hart)
        self.stop(hart)
        self.seats[hart], vcpu.hart, vcpu.last_hart = vcpu, hart, hart
        self.domains[vcpu.domain].dirty_harts.add(hart)
        self._carry_out(hart, self.policy.load(hart, vcpu))
        self.enter(hart)

    def stop(self, hart: HartId) -> None:
        vcpu = self.seats[hart]
        if vcpu is None:
            return
        self._exit(hart)
        self._carry_out(hart, self.policy.put(hart, vcpu))
        self.seats[hart], vcpu.hart = None, None
        self.domains[vcpu.domain].dirty_harts.discard(hart)

    def unmap(self, domain: Domain) -> None:
        domain.p2m.remap(range(1, 3), 1000 * domain.p2m.version)
        self._carry_out(-1, self.policy.p2m_changed(domain, range(1, 3)))

    def settle(self) -> None:
        """Let those that were forced out enter again, once each."""
        for hart, vcpu in self.seats.items():
            if vcpu is not None and hart not in self.in_guest:
                self.enter(hart)

    def act(self, action: Action) -> None:
        """One action of a random history; what cannot be done is left out."""
        what, first, second, third = action
        harts = self.policy.context.hart_ids
        hart = harts[third % len(harts)]
        alive = list(self.domains.values())
        if what == "create":
            self.create(1 + first % 3)
        elif what == "stop":
            self.stop(hart)
        elif what == "tick":
            if hart in self.in_guest:
                self._exit(hart)
                self.enter(hart)
        elif alive:
            domain = alive[first % len(alive)]
            if what == "run":
                self.run(hart, domain.vcpus[second % len(domain.vcpus)])
            elif what == "destroy":
                self.destroy(domain)
            else:
                self.unmap(domain)
        self.settle()

    def operations(self, *kinds: type[op.Operation]) -> list[op.Operation]:
        """Everything of some kinds so far."""
        return [operation for _, operation in self.log if isinstance(operation, kinds)]
