"""Every state along a path as a JSON object: the same link, the same bytes on any server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.bounds import bounds_json, page_of, property_json
from app.views.platform import policy_json
from app.views.todo import flight_words, todo
from simcore import events as ev
from simcore.check.bounds import Bounds
from simcore.check.path import PathStep, Walker, format_path
from simcore.check.why import Filled, TlbHistory, domains_having, why
from simcore.check.words import choice_words, event_words
from simcore.hw.csr import Hgatp, Vsatp
from simcore.hw.hart import Hart
from simcore.hw.ids import DomainId
from simcore.invariants import ISOLATION, Invariant
from simcore.machine.execution import Flight

_ISOLATION = {invariant.name for invariant in ISOLATION}


def path_json(policy: str, bounds: Bounds, path: Sequence[int]) -> dict[str, Any]:
    """Every state along a path. Raises PathError for a choice that is not open."""
    tour = _Tour(policy, bounds)
    states = [tour.boot(), *(tour.step(choice) for choice in path)]
    return {
        "policy": policy,
        "summary": policy_json(policy)["summary"],
        "bounds": bounds_json(bounds),
        "sentence": bounds.sentence(),
        "path": format_path(path),
        "page": page_of(policy, bounds, path),
        "broken": _broken(states),
        "requests": tour.requests,
        "states": states,
    }


def _isolation_first(broken: tuple[Invariant, str]) -> bool:
    return broken[0] not in ISOLATION


def _broken(states: list[dict[str, Any]]) -> int | None:
    """The first state that breaks isolation; where none does, the first that breaks anything."""
    breaking = [state for state in states if state["breaches"]]
    for state in breaking:
        if any(breach["property"]["name"] in _ISOLATION for breach in state["breaches"]):
            return int(state["number"])
    return breaking[0]["number"] if breaking else None


class _Tour:
    """A walker with what the story of its path needs."""

    def __init__(self, policy: str, bounds: Bounds) -> None:
        self._walker = Walker(policy, bounds)
        self._history = TlbHistory(self._walker)
        self._asked: list[tuple[Flight, dict[str, Any]]] = []
        self.requests: list[dict[str, Any]] = []

    def boot(self) -> dict[str, Any]:
        """The state that every path begins with."""
        told = [words for words in map(event_words, self._walker.booted) if words]
        booted = "the machine is booted"
        return {
            "number": 0, "choice": None, "action": None, "hart": None,
            "words": "; ".join((booted, *told)), "did": booted, "told": told,
            "events": [ev.to_dict(event) for event in self._walker.booted],
            **self._machine(0), "breaches": [], "why": [], "choices": self._choices(),
        }  # fmt: skip

    def step(self, choice: int) -> dict[str, Any]:
        """Take one more choice; the state that it leads to."""
        step = self._walker.take(choice)
        self._history.record(step)
        self._follow_requests(step)
        reasons = why(self._walker, self._history, step) if step.broken else []
        return {
            "number": step.number,
            "choice": step.choice,
            "action": step.taken.action,
            "hart": step.taken.hart,
            "words": step.words,
            "did": step.chosen,
            "told": [words for words in map(event_words, step.events) if words],
            "events": [ev.to_dict(event) for event in step.events],
            **self._machine(step.number),
            "breaches": [
                {"property": property_json(invariant), "sentence": sentence}
                for invariant, sentence in sorted(step.broken, key=_isolation_first)
            ],
            "why": [reason._asdict() for reason in reasons],
            "choices": self._choices(),
        }

    def _choices(self) -> list[dict[str, Any]]:
        machine = self._walker.machine
        return [
            {"number": n, "action": c.action, "hart": c.hart, "words": choice_words(machine, c)}
            for n, c in enumerate(self._walker.choices())
        ]

    def _follow_requests(self, step: PathStep) -> None:
        """Match what is under way now with what was before: each request is served once."""
        before, self._asked = self._asked, []
        for flight in self._walker.machine.interleaving.flights:
            known = next((entry for entry in before if entry[0] == flight), None)
            if known is not None:
                before.remove(known)
                self._asked.append(known)
                continue
            request = {
                "requester": flight.requester,
                "target": flight.target,
                "asked": step.number,
                "served": None,
                "words": flight_words(flight),
            }
            self.requests.append(request)
            self._asked.append((flight, request))
        for _, request in before:
            request["served"] = step.number

    # One state

    def _machine(self, number: int) -> dict[str, Any]:
        machine = self._walker.machine
        return {
            "harts": [self._hart(hart) for hart in machine.execution.harts.values()],
            "domains": [
                {
                    "id": domain.id,
                    "version": domain.p2m.version,
                    "vcpus": [
                        {"vcpu": vcpu.index, "hart": vcpu.hart, "last_hart": vcpu.last_hart}
                        for vcpu in domain.vcpus
                    ],
                }
                for domain in machine.domains.values()
            ],
            "flights": [
                {
                    "requester": flight.requester,
                    "target": flight.target,
                    "asked": request["asked"],
                    "awaited": flight.awaited,
                    "words": request["words"],
                }
                for flight, request in self._asked
            ],
        }

    def _hart(self, hart: Hart) -> dict[str, Any]:
        machine = self._walker.machine
        loaded = machine.occupancy.on(hart.id)
        xlen = machine.spec.platform.xlen
        owners = sorted(machine.policy.owners(hart.id).items())
        return {
            "id": hart.id,
            "vcpu": loaded and {"domain": loaded.domain, "vcpu": loaded.index},
            "in_guest": machine.occupancy.in_guest(hart.id),
            "hgatp": {
                "value": hex(hart.hgatp),
                "id": Hgatp.unpack(hart.hgatp, xlen).vmid if hart.hgatp else None,
            },
            "vsatp": {
                "value": hex(hart.vsatp),
                "id": Vsatp.unpack(hart.vsatp, xlen).asid if hart.vsatp else None,
            },
            "generation": machine.policy.generation(hart.id),
            "todo": todo(machine.interleaving.work[hart.id]),
            "waits": machine.interleaving.waits(hart.id),
            "ids": [
                {
                    "vmid": vmid,
                    "domain": owner[0] if isinstance(owner, tuple) else owner,
                    "vcpu": owner[1] if isinstance(owner, tuple) else None,
                }
                for vmid, owner in owners
            ],
            "tlb": [self._entry(hart, filled) for filled in self._history.entries(hart.id)],
        }

    def _entry(self, hart: Hart, filled: Filled) -> dict[str, Any]:
        entry, owner = filled.entry, filled.owner
        return {
            "kind": entry.kind.label,
            "vmid": entry.vmid,
            "asid": None if entry.asid < 0 else entry.asid,
            "page": entry.page,
            "target": entry.target,
            "domain": owner.domain,
            "space": None if owner.space < 0 else owner.space,
            "filled": filled.step,
            "stale": self._wrong(hart, filled),
        }

    def _wrong(self, hart: Hart, filled: Filled) -> str | None:
        """What makes an entry one that nobody must hit; None: it is right."""
        machine, owner = self._walker.machine, filled.owner.domain
        domain = machine.domains.get(DomainId(owner))
        if domain is None:
            return f"domain {owner} is gone"
        if not machine.memory.is_current(filled.entry, domain.p2m):
            return f"page {filled.entry.page} leads elsewhere now"
        having = domains_having(self._walker, hart.id, filled.entry.vmid)
        if having and owner not in having:
            others = ", ".join(f"domain {other}" for other in sorted(having))
            return f"VMID {filled.entry.vmid} is {others}'s now"
        return None
