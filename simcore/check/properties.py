"""The properties: the invariants, asked of every state that the checker reaches.

`judge` reads what one micro-step did. What needs a look at other harts it leaves as a `Question`,
which is about one hart at a time, so that the answer can be remembered with that hart's state.

`Invariants` follows one run from its events and says what a hart may hold; here the TLBs are looked
at themselves, since the checker's never evict. I1 and I9 are wrong hits, not exposures: a guest
that runs touches its pages, so where it could hit a wrong entry it does. An entry is *stale* here
whose owner is gone or whose mapping has changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from simcore import events as ev
from simcore.hv import operations as op
from simcore.hw.fence import Fence, FenceKind
from simcore.hw.ids import DomainId, HartId
from simcore.hw.tlb import Tag, TlbEntry, covers
from simcore.invariants import Invariant, not_sent
from simcore.machine import Machine
from simcore.machine.micro_steps import Stage
from simcore.policies.base import Scope
from simcore.scenario import wrong_hit_sentence


class Promise(NamedTuple):
    """A remote fence under way: who asked, what it covers, and whom it was sent to."""

    requester: int
    fence: Fence
    vmid: int
    targets: tuple[int, ...]


class Memory(NamedTuple):
    """What the properties have to remember: ids given and not taken back, fences under way."""

    given: frozenset[tuple[int, int]] = frozenset()
    promises: tuple[Promise, ...] = ()


class Question(NamedTuple):
    """Whether a property is broken on one of ``harts``; about the policy where there are none."""

    invariant: Invariant
    harts: tuple[int, ...]
    domain: int = -1
    vcpu: int = -1
    vmid: int = -1
    fence: Fence | None = None
    sentence: str = ""


@dataclass(slots=True)
class Findings:
    """What one step showed: properties broken, questions left, and whose twins were seen."""

    broken: list[tuple[Invariant, str]] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    seen: set[Invariant] = field(default_factory=set)
    given: list[tuple[int, int]] = field(default_factory=list)
    """Ids given out, as (hart or -1, VMID)."""


class Judge:
    """Reads steps of a machine for the properties that are asked for."""

    def __init__(self, machine: Machine, wanted: Sequence[Invariant]) -> None:
        self._machine = machine
        self.wanted = frozenset(wanted)
        self.control = machine.control_hart
        self._harts = tuple(machine.execution.harts)
        policy = machine.policy
        self._per_hart = policy.scope is Scope.PER_HART
        self._at_assignment = policy.reuse_fenced_at == "assignment"
        self._generations = policy.generation(self.control) is not None
        self.met: set[Invariant] = set()
        """Properties whose twins an answer showed."""

    def judge(self, events: Sequence[ev.Event], memory: Memory) -> tuple[Memory, Findings]:
        """What a step did to the properties; the machine is as the step left it."""
        found = Findings()
        for event in events:
            memory = self._of_event(event, memory, found)
        memory = self._kept(memory, found)
        found.broken = [entry for entry in found.broken if entry[0] in self.wanted]
        found.questions = [entry for entry in found.questions if entry.invariant in self.wanted]
        return memory, found

    def _of_event(self, event: ev.Event, memory: Memory, found: Findings) -> Memory:
        match event:
            case ev.StaleHit():
                self._wrong_hit(event, found)
            case ev.PagesAccessed(hits=hits):
                if hits:
                    found.seen.add(Invariant.I1)
            case ev.GuestEntered():
                self._entered(event, found)
            case ev.HgatpWritten():
                if event.vmid or event.programmed_vmid:
                    found.seen.add(Invariant.I6)
                if event.programmed_vmid != event.vmid:
                    found.broken.append((Invariant.I6, _not_as_written(event)))
            case ev.DomainRefused():
                found.broken.append((Invariant.I10, f"a domain is refused: {event.reason}"))
            case ev.DomainCreated():
                found.seen.add(Invariant.I10)
            case ev.GenerationRolledOver():
                found.seen.add(Invariant.I4)
            case ev.VmidAssigned():
                return self._assigned(event, memory, found)
            case ev.VmidReleased():
                return self._released(event, memory, found)
            case ev.RemoteFenceRequested():
                return self._requested(event, memory, found)
            case ev.FenceExecuted():
                if event.requester >= 0 and event.dropped:
                    found.seen.add(Invariant.I2)
        return memory

    def _wrong_hit(self, event: ev.StaleHit, found: Findings) -> None:
        sentence = wrong_hit_sentence(event)
        if event.kind == "stale-mapping":
            control = (int(self.control),)
            found.questions.append(Question(Invariant.I9, control, event.domain, sentence=sentence))
        else:
            found.broken.append((Invariant.I1, sentence))

    def _entered(self, event: ev.GuestEntered, found: Findings) -> None:
        who = f"vCPU {event.vcpu} of domain {event.domain} enters hart {event.hart}"
        sentence = f"{who} under VMID {event.vmid}"
        asked = Question(Invariant.I4, (), event.domain, event.vcpu, event.vmid, sentence=sentence)
        if self._generations and event.vmid:
            found.questions.append(asked._replace(harts=(event.hart,)))
        others = tuple(hart for hart in self._harts if hart != event.hart)
        if not self._per_hart:
            found.questions.append(asked._replace(invariant=Invariant.I5, harts=others))
        if not self._at_assignment:
            found.questions.append(asked._replace(invariant=Invariant.I3, harts=(event.hart,)))

    def _assigned(self, event: ev.VmidAssigned, memory: Memory, found: Findings) -> Memory:
        found.given.append((event.hart, event.vmid))
        if self._at_assignment:
            sentence = f"VMID {event.vmid} goes to domain {event.domain}"
            asked = Question(
                Invariant.I3, self._harts, event.domain, -1, event.vmid, sentence=sentence
            )
            found.questions.append(asked)
        if event.hart < 0 and Invariant.I8 in self.wanted:
            return memory._replace(given=memory.given | {(event.domain, event.vmid)})
        return memory

    def _released(self, event: ev.VmidReleased, memory: Memory, found: Findings) -> Memory:
        found.seen.add(Invariant.I8)
        if Invariant.I8 not in self.wanted:
            return memory
        pair = (event.domain, event.vmid)
        if pair not in memory.given:
            sentence = f"VMID {event.vmid} is freed for domain {event.domain}, which has it not"
            found.broken.append((Invariant.I8, sentence))
        return memory._replace(given=memory.given - {pair})

    def _requested(self, event: ev.RemoteFenceRequested, memory: Memory, found: Findings) -> Memory:
        found.seen.add(Invariant.I7)
        if not {Invariant.I2, Invariant.I7} & self.wanted:
            return memory
        gvma = "gvma" in event.fence or event.via == "none"
        kind = FenceKind.GVMA if gvma else FenceKind.VVMA
        fence = Fence(kind, None, None if event.id < 0 else event.id)
        vmid = self._machine.execution.harts[HartId(event.hart)].vmid
        targets = () if event.via == "none" or event.error else self._targets(event)
        others = tuple(hart for hart in self._harts if hart not in targets)
        sentence = f"{not_sent(event)} every hart that holds its entries"
        found.questions.append(Question(Invariant.I7, others, -1, -1, vmid, fence, sentence))
        if not targets or Invariant.I2 not in self.wanted:
            return memory
        promise = Promise(event.hart, fence, vmid, targets)
        return memory._replace(promises=(*memory.promises, promise))

    def _targets(self, event: ev.RemoteFenceRequested) -> tuple[int, ...]:
        if not event.hart_mask and event.targets:
            return self._harts
        base = event.hart_mask_base
        return tuple(
            hart for hart in self._harts if hart >= base and event.hart_mask >> (hart - base) & 1
        )

    def _kept(self, memory: Memory, found: Findings) -> Memory:
        """The promises of requesters that go on now must have been kept."""
        if not memory.promises:
            return memory
        waits = self._machine.interleaving.waits
        for promise in memory.promises:
            if not waits(HartId(promise.requester)):
                _, fence, vmid, targets = promise
                sentence = f"hart {promise.requester} goes on after {fence.name}"
                found.questions.append(
                    Question(Invariant.I2, targets, -1, -1, vmid, fence, sentence)
                )
        left = tuple(p for p in memory.promises if waits(HartId(p.requester)))
        return memory._replace(promises=left)

    # Questions

    def answered(self, found: Findings) -> list[tuple[Invariant, str]]:
        """Everything the step broke, its questions answered for the machine as it is."""
        return found.broken + [
            (question.invariant, question.sentence)
            for question in found.questions
            if any(self.is_broken(question, hart) for hart in question.harts)
        ]

    def is_broken(self, question: Question, hart: int) -> bool:
        """The answer for one hart, which depends on it, on what it does, and on nothing else.

        I4 depends on the policy, on what all harts do and on requests in flight as well.
        """
        machine = self._machine
        if question.invariant is Invariant.I9:
            work = machine.interleaving.work[self.control]
            return not any(t.stage is Stage.UNMAPPED and t.domain == question.domain for t in work)
        if question.invariant is Invariant.I4:
            if self._is_forced_out(HartId(hart)):
                return False
            owners = machine.policy.owners(HartId(hart))
            mine = (question.domain, (question.domain, question.vcpu))
            return bool(owners) and owners.get(question.vmid) not in mine
        registers = machine.execution.harts[HartId(hart)]
        if question.invariant is Invariant.I5:
            loaded = machine.occupancy.on(HartId(hart))
            runs = loaded is not None and machine.occupancy.in_guest(HartId(hart))
            same = loaded is not None and loaded.domain == question.domain
            if runs and same:
                self.met.add(Invariant.I5)
            return runs and same and registers.vmid != question.vmid
        if question.invariant is Invariant.I3:
            mask = (1 << registers.vmidlen) - 1
            return bool(mask) and any(
                entry.vmid == question.vmid & mask and self._owner(entry) != question.domain
                for entry in registers.tlb.entries()
            )
        if question.invariant is Invariant.I7 and self._fences_later(hart):
            return False
        return any(self._left(question, hart, entry) for entry in registers.tlb.entries())

    def _is_forced_out(self, hart: HartId) -> bool:
        """Whether an interrupt that ends guest mode on a hart is under way, or about to be sent."""
        interleaving = self._machine.interleaving
        return any(f.target == hart and not f.delivery for f in interleaving.flights) or any(
            isinstance(task.operation, op.ForceExit) and hart in task.operation.harts
            for work in interleaving.work.values()
            for task in work
        )

    def _fences_later(self, hart: int) -> bool:
        """Whether an idle hart owes no fence before it runs a domain again."""
        machine = self._machine
        return machine.policy.lazy_p2m and machine.occupancy.on(HartId(hart)) is None

    def _owner(self, entry: TlbEntry) -> int:
        return self._machine.memory.owners[entry.owner].domain

    def _left(self, question: Question, hart: int, entry: TlbEntry) -> bool:
        """Whether a stale entry is there that the fence asked for covers."""
        fence = question.fence
        assert fence is not None
        mask = (1 << self._machine.execution.harts[HartId(hart)].vmidlen) - 1
        if fence.kind is FenceKind.GVMA and fence.id is not None:
            fence = fence._replace(id=fence.id & mask)
        if not covers(fence, question.vmid & mask, Tag(entry.kind, entry.vmid, entry.asid)):
            return False
        alive = self._machine.domains.get(DomainId(self._owner(entry)))
        return not self._machine.memory.is_current(entry, alive.p2m if alive else None)


def _not_as_written(event: ev.HgatpWritten) -> str:
    return (
        f"VMID {event.programmed_vmid} is written to hgatp of hart {event.hart}, which holds "
        f"{event.vmid}"
    )
