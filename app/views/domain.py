"""Domains and their vCPUs as JSON objects."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from app.live.shown import Shown
from app.problems import ProblemError
from simcore import events as ev
from simcore.hv.domain import Domain
from simcore.hw.ids import DomainId
from simcore.machine import Machine, commands
from simcore.policies.base import Scope

_Held = dict[int, list[dict[str, Any]]]


def _held_vmids(machine: Machine, only: int | None = None) -> _Held:
    """By domain: the ids in force, as programmed, and for whom and where they hold.

    O(ids in force); ``only`` the ids of one domain.
    """
    policy = machine.policy
    per_hart = policy.scope is Scope.PER_HART
    harts = machine.spec.platform.hart_ids
    held: _Held = defaultdict(list)
    for hart in harts if per_hart else harts[:1]:
        for vmid, owner in policy.owners(hart).items():
            domain, vcpu = owner if isinstance(owner, tuple) else (owner, None)
            if only not in (None, domain):
                continue
            held[domain].append(
                {
                    "vmid": vmid,
                    "hart": hart if per_hart else None,
                    "vcpu": vcpu,
                    "generation": policy.generation(hart),
                }
            )
    return held


def _domain_json(machine: Machine, domain: Domain, held: _Held) -> dict[str, Any]:
    on_guest = machine.occupancy.in_guest
    return {
        "id": domain.id,
        "name": domain.name,
        "state": domain.state.value,
        "driven_by": domain.driven_by.value,
        "pages": domain.p2m.pages,
        "p2m_version": domain.p2m.version,
        "vmids": held.get(domain.id, []),
        "vcpus": [
            {
                "index": vcpu.index,
                "asid": vcpu.asid,
                "hart": vcpu.hart,
                "last_hart": vcpu.last_hart,
                "in_guest": vcpu.hart is not None and on_guest(vcpu.hart),
                "accesses": vcpu.accesses,
            }
            for vcpu in domain.vcpus
        ],
        "dirty_harts": sorted(domain.dirty_harts),
    }


def domains_json(live: Shown, machine: Machine) -> list[dict[str, Any]]:
    """Every domain that exists, oldest first."""
    held = _held_vmids(machine)
    return [_domain_json(machine, domain, held) for domain in machine.domains.values()]


def domain_json(live: Shown, machine: Machine, number: int) -> dict[str, Any]:
    """One domain. Raises CommandError where it does not exist, or no more."""
    machine.checks.check(commands.DestroyDomain(number))
    return _domain_json(machine, machine.domains[DomainId(number)], _held_vmids(machine, number))


def domain_after(number: int) -> Callable[..., dict[str, Any]]:
    """The view of one domain after a command on it."""

    def view(live: Shown, machine: Machine, events: Sequence[ev.Event]) -> dict[str, Any]:
        return domain_json(live, machine, number)

    return view


def created_json(live: Shown, machine: Machine, events: Sequence[ev.Event]) -> dict[str, Any]:
    """The domain that a command created. Raises ProblemError where the policy refused it."""
    for event in events:
        if isinstance(event, ev.DomainCreated):
            return domain_json(live, machine, event.domain)
        if isinstance(event, ev.DomainRefused):
            raise ProblemError("vmid-pool-exhausted", f"the policy refused: {event.reason}")
    raise AssertionError("a creation gives a domain or a refusal")


def owners_json(live: Shown, pairs: Iterable[tuple[int, int]]) -> list[dict[str, Any]]:
    """The (domain, vCPU) pairs of a VMID map, vCPU -1 for a whole domain, with names."""
    return [
        {
            "domain": domain,
            "name": live.chronicle.name(domain),
            "vcpu": None if vcpu < 0 else vcpu,
        }
        for domain, vcpu in pairs
    ]
