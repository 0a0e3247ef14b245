"""States as tuples of part numbers, and steps that are remembered by the parts they depend on.

A step of the machine depends on few of a state's parts and changes few: a write of hgatp on one
hart says nothing of the other. So each distinct situation of those parts is played once, on the
machine itself, and what came of it is looked up ever after. (State collapsing as in SPIN; the
caching of transitions by what they depend on as in LTSmin's PINS: Blom, van de Pol, Weber, CAV
2010.) A step that turns out to touch a hart that was not counted in is played again with that hart
in; `Collapsed(…, remember=False)` plays every step with the whole state, which tests compare.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from simcore import events as ev
from simcore.check.aftermath import Aftermath
from simcore.check.bounds import Bounds
from simcore.check.footprint import FLIGHTS, MEMORY, POLICY, Footprint, Layout
from simcore.check.labels import DEAD, FREED, Naming
from simcore.check.parts import (
    HartPart,
    PolicyPart,
    ThreadPart,
    hart_key,
    pack,
    policy_key,
    renamed,
    unpack,
    without_generations,
)
from simcore.check.properties import Judge, Memory, Question
from simcore.check.resident import Resident
from simcore.check.steps import NOTHING, Outcome, Pool, State, Step, Successor
from simcore.hv.generation import Generation
from simcore.hw.ids import HartId
from simcore.invariants import Invariant
from simcore.machine.commands import Choose
from simcore.machine.faults import Fault
from simcore.machine.micro_steps import Action, Stage
from simcore.policies.base import Policy

_FREES = frozenset({Fault.DOUBLE_FREE, Fault.FREE_WITHOUT_ALLOC})


class Collapsed:
    """A policy within bounds, as states and the steps between them."""

    def __init__(
        self,
        policy: str,
        bounds: Bounds,
        wanted: Sequence[Invariant],
        *,
        remember: bool = True,
    ) -> None:
        self.bounds = bounds
        self.machine = Resident(policy, bounds)
        self.judge = Judge(self.machine, wanted)
        self.layout = Layout(bounds, self.machine)
        self._remember = remember
        self._kind: type[Policy] = type(self.machine.policy)
        self._as_it_is = Naming(tuple(range(bounds.domains)), tuple(range(bounds.vcpus)))
        self.policies, self.flights, self.memories = Pool(), Pool(), Pool()
        self.places, self.threads = Pool(), Pool()
        layout = self.layout
        self.pools: list[Pool] = [self.policies, self.flights, self.memories]
        self.pools += [self.places] * len(layout.places) + [self.threads] * len(layout.threads)
        self.pools += [Pool() for _ in layout.harts]
        self._frees = bool(_FREES & bounds.faults)
        self._steps: dict[tuple[Choose, tuple[int, ...]], Step] = {}
        self._open: dict[State, tuple[list[list[Step]], list[Step]]] = {}
        self._next: dict[object, tuple[Step | None, frozenset[HartId]]] = {}
        self._walks: dict[tuple[int, int, int], list[Step]] = {}
        self._aftermath = Aftermath(self.machine, layout, self._hart_number, self.pools)
        self._answers: dict[tuple[object, ...], bool] = {}
        self._loaded: dict[int, Policy] = {}
        self._packed: dict[PolicyPart, int] = {}

    # States

    def initial(self) -> State:
        """The machine after its harts booted."""
        self.machine.put_domains((None,) * self.bounds.domains)
        self.machine.put_freed(freed=False)
        return tuple(self._number(index, Memory()) for index in range(self.layout.size))

    def _number(self, index: int, memory: Memory) -> int:
        """The number of the part at ``index`` as the machine has it now."""
        machine, layout, pool = self.machine, self.layout, self.pools[index]
        if index == POLICY:
            return self._policy_number()
        if index == FLIGHTS:
            flights = tuple(machine.interleaving.flights)
            return pool.number(flights, flights)
        if index == MEMORY:
            part = (memory, machine.freed is not None)
            return pool.number(part, part)
        if index in layout.places:
            place = machine.place(index - layout.places[0])
            return pool.number(place, place)
        hart = layout.hart_of(index)
        if index in layout.threads:
            thread = machine.thread(hart)
            thread = thread._replace(work=without_generations(thread.work))
            return pool.number(thread, thread)
        return self._hart_number(index, machine.hart(hart))

    def _hart_number(self, index: int, part: HartPart) -> int:
        key = hart_key(part, self.machine.memory, self._as_it_is, self.machine.spec.guests)
        return self.pools[index].number(key, part)

    def _policy_number(self) -> int:
        """The number of the policy's state; one packed state may be another's equal."""
        policy = self.machine.policy
        part = pack(policy)
        if part not in self._packed:
            key = policy_key(policy, self._as_it_is)
            self._packed[part] = self.policies.number(key, part)
        return self._packed[part]

    def put(self, state: State, *, to_change: bool) -> Memory:
        """Have the machine be in ``state``; ``to_change``: on copies of its parts."""
        machine, layout = self.machine, self.layout
        machine.policy = self._policy(state[POLICY], to_change=to_change)
        machine.put_flights(self.flights.parts[state[FLIGHTS]])
        memory: Memory
        memory, freed = self.memories.parts[state[MEMORY]]
        machine.put_freed(freed=freed)
        machine.put_domains(tuple(self.places.parts[state[index]] for index in layout.places))
        for index in layout.threads:
            machine.put_thread(layout.hart_of(index), self.threads.parts[state[index]])
        for index in layout.harts:
            part: HartPart = self.pools[index].parts[state[index]]
            machine.put_hart(layout.hart_of(index), part, to_change=to_change)
        return memory

    def _policy(self, number: int, *, to_change: bool) -> Policy:
        if to_change:
            part: PolicyPart = self.policies.parts[number]
            return unpack(part, self._kind, self.machine.policy.context)
        return self.unpacked(number)

    def unpacked(self, number: int) -> Policy:
        """The policy with a number, not to be changed."""
        policy = self._loaded.get(number)
        if policy is None:
            part: PolicyPart = self.policies.parts[number]
            policy = unpack(part, self._kind, self.machine.policy.context)
            self._loaded[number] = policy
        return policy

    # Steps

    def steps(self, state: State) -> Iterator[Step]:
        """What is open in ``state``, in the order of `Interleaving.choices`."""
        layout = self.layout
        key = (state[FLIGHTS], *state[layout.places[0] : layout.harts[0]])
        found = self._open.get(key)
        if found is None:
            found = self._open[key] = self._opened(state)
        of_harts, of_toolstack = found
        if not self.bounds.speculation:
            for steps in of_harts:
                yield from steps
        else:
            for number, steps in enumerate(of_harts):
                yield from steps
                yield from self._walks_of(state, number)
        yield from of_toolstack

    def _opened(self, state: State) -> tuple[list[list[Step]], list[Step]]:
        self.put(state, to_change=False)
        interleaving, room = self.machine.interleaving, self.bounds.room
        interleaving.place_domains()
        harts = [[*interleaving.of_hart(hart)] for hart in self.machine.execution.harts]
        toolstack = [*interleaving.of_toolstack(room)]
        footprint = Footprint(self.machine, self.layout)
        if not self.bounds.touch:
            harts = [[c for c in of if c.action != Action.TOUCH.value] for of in harts]
        of_harts = [[self._step(choice, footprint.of(choice)) for choice in of] for of in harts]
        return of_harts, [self._step(choice, footprint.of(choice)) for choice in toolstack]

    def _walks_of(self, state: State, number: int) -> list[Step]:
        layout = self.layout
        thread, hart = layout.threads[number], layout.harts[number]
        key = (number, state[thread], state[hart])
        found = self._walks.get(key)
        if found is None:
            self.put(state, to_change=False)
            choices = [*self.machine.interleaving.walks(layout.hart_of(hart))]
            found = self._walks[key] = [self._step(choice, (hart,)) for choice in choices]
        return found

    def _step(self, choice: Choose, footprint: tuple[int, ...]) -> Step:
        if not self._remember:
            footprint = tuple(range(self.layout.size))
        if not self.bounds.touch:
            choice = replace(choice, quiet=True)
        if len(footprint) == 1:
            footprint = footprint * 2  # itemgetter of one index gives no tuple.
        step = self._steps.get((choice, footprint))
        if step is None:
            step = self._steps[(choice, footprint)] = Step(choice, footprint)
        return step

    def successors(self, state: State) -> Iterator[Successor]:
        """Where each open choice leads; choices that the bounds cut are left out."""
        take = self.take if self.bounds.cut else self._take_whole
        for number, step in enumerate(self.steps(state)):
            yield take(state, number, step)

    def _take_whole(self, state: State, number: int, step: Step) -> Successor:
        """Where a step leads with all that follows from it, remembered as a whole."""
        whole = step.whole or self._whole_of(step)
        outcome = whole.outcomes.get(whole.look(state))
        while not isinstance(outcome, Outcome):
            if outcome is None:
                outcome = self._composed(state, whole)
                whole.outcomes[whole.look(state)] = outcome
            else:
                whole = outcome
                outcome = whole.outcomes.get(whole.look(state))
        return Successor(number, self._after(state, whole, outcome), outcome, outcome.broken)

    def _whole_of(self, step: Step) -> Step:
        step.whole = Step(step.choice, step.footprint)
        step.whole.whole = step
        return step.whole

    def _composed(self, state: State, whole: Step) -> Outcome | Step:
        """A step and all that follows from it; or a wider step, if that depends on more."""
        step: Step | None = whole.whole
        outcome, broken = NOTHING, list[Invariant]()
        # What comes next depends on what every hart has still to do.
        parts = {*whole.footprint, *self.layout.threads}
        entered = self._entering(state, whole.choice)
        while step is not None:
            taken = self.take(state, 0, step)
            state, outcome = taken.state, outcome.then(taken.outcome)
            parts |= set(taken.depends)
            broken += taken.broken
            step, entered = self._next_of_all(state, entered)
        if not parts <= set(whole.footprint):
            wider = Step(whole.choice, tuple(sorted(parts)))
            wider.whole = whole.whole
            return wider
        return outcome._replace(
            parts=tuple(state[index] for index in whole.footprint), broken=tuple(broken)
        )

    def _entering(self, state: State, choice: Choose) -> frozenset[HartId]:
        """Whether a choice is the entry of a vCPU that was left out before."""
        thread: ThreadPart = self.threads.parts[state[self.layout.thread(choice.hart)]]
        first = thread.work[0].stage if thread.work else None
        goes_on = choice.action == Action.GO_ON.value and first is Stage.ENTER
        return frozenset({HartId(choice.hart)}) if goes_on else frozenset()

    def _next_of_all(
        self, state: State, entered: frozenset[HartId]
    ) -> tuple[Step | None, frozenset[HartId]]:
        """The next step where all runs back to back, and who has entered after it."""
        key = (state[FLIGHTS], state[self.layout.places[0] : self.layout.harts[0]], entered)
        if key not in self._next:
            self.put(state, to_change=False)
            interleaving = self.machine.interleaving
            choice = interleaving.next_of_all(entered)
            footprint = Footprint(self.machine, self.layout)
            self._next[key] = (
                (self._step(choice, footprint.of(choice)), entered | interleaving.entering(choice))
                if choice
                else (None, entered)
            )
        return self._next[key]

    def take(self, state: State, number: int, step: Step) -> Successor:
        """Where one step leads."""
        outcome = step.outcomes.get(step.look(state))
        while not isinstance(outcome, Outcome):
            if outcome is None:
                outcome = self._played(state, step)
                step.outcomes[step.look(state)] = outcome
            else:
                step = outcome
                outcome = step.outcomes.get(step.look(state))
        after = self._after(state, step, outcome)
        broken, depends = outcome.broken, step.footprint
        if outcome.questions:
            broken += self._answered(after, outcome.questions)
            depends += self._asked_of(outcome.questions)
        return Successor(number, after, outcome, broken, depends)

    def _after(self, state: State, step: Step, outcome: Outcome) -> State:
        """The state with what the step changed, and what that means for the harts beside it."""
        after = list(state)
        for index, part in zip(step.footprint, outcome.parts, strict=True):
            after[index] = part
        if outcome.dead >= 0:
            self._aftermath.bury(after, outcome.dead)
        if outcome.outdated is not None:
            held = after[self.layout.harts[0] :]
            self._aftermath.outdate(after, outcome.outdated, step.footprint)
            if after[self.layout.harts[0] :] != held:
                self.judge.met.add(Invariant.I9)
        return tuple(after)

    def _asked_of(self, questions: Sequence[Question]) -> tuple[int, ...]:
        """The parts that the answers depend on."""
        harts = {hart for question in questions for hart in question.harts}
        layout = self.layout
        if any(question.invariant is Invariant.I4 for question in questions):
            return tuple(range(layout.size))
        of_harts = [index for hart in harts for index in (layout.thread(hart), layout.hart(hart))]
        return (POLICY, *of_harts)

    def _played(self, state: State, step: Step) -> Outcome | Step:
        """What the machine does; or, where it touched more harts than were counted in, a step
        that counts them."""
        machine, layout = self.machine, self.layout
        memory = self.put(state, to_change=True)
        machine.interleaving.do(step.choice)
        events = machine.take_events()
        touched = layout.touched(events)
        missing = touched - set(step.footprint)
        if missing:
            return self._step(step.choice, tuple(sorted(set(step.footprint) | missing)))
        memory, found = self.judge.judge(events, memory)
        dead = next((e.domain for e in events if isinstance(e, ev.DomainDestroyed)), -1)
        if dead >= 0:
            self._forget(dead)
        outdated = machine.changed_pages()
        if outdated and self._aftermath.outdate_in_hand(step.footprint, *outdated):
            self.judge.met.add(Invariant.I9)
        return Outcome(
            tuple(self._number(index, memory) for index in step.footprint),
            dead,
            outdated,
            tuple(invariant for invariant, _ in found.broken),
            tuple(found.questions),
            frozenset(found.seen),
            tuple(found.given),
            self._is_cut(events),
        )

    def _is_cut(self, events: Sequence[ev.Event]) -> bool:
        """Whether a generation begins that lies beyond the bounds."""
        return any(
            isinstance(event, ev.GenerationRolledOver)
            and event.generation > self.bounds.generations
            and not isinstance(
                self.machine.policy.generation(HartId(max(event.hart, 0))), Generation
            )
            for event in events
        )

    def _forget(self, dead: int) -> None:
        """The policy's own notes of a domain that is gone are of a dead one from now on."""
        machine = self.machine
        names = {dead: FREED, int(FREED): DEAD} if self._frees else {dead: DEAD}
        machine.policy = renamed(machine.policy, names)
        machine.put_freed(freed=self._frees)

    def _answered(self, state: State, questions: Sequence[Question]) -> tuple[Invariant, ...]:
        """The properties that a look at each hart shows broken."""
        return tuple(
            question.invariant
            for question in questions
            if any(self._answer(state, question, hart) for hart in question.harts)
        )

    def _answer(self, state: State, question: Question, hart: int) -> bool:
        layout = self.layout
        number = layout.number_of(hart)
        whole = question.invariant is Invariant.I4
        beside = state[: layout.harts[0]] if whole else ()
        thread, registers = state[layout.threads[number]], state[layout.harts[number]]
        key = (question, hart, beside, thread, registers)
        if key not in self._answers:
            self.put(state, to_change=False)
            self._answers[key] = self.judge.is_broken(question, hart)
        return self._answers[key]
