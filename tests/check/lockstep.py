"""Leads the checker's collapsed states and the machine itself along one path, and compares them."""

from collections.abc import Callable

from simcore.check.bounds import Bounds
from simcore.check.collapse import Collapsed
from simcore.check.path import Walker
from simcore.invariants import Invariant
from simcore.machine.commands import Choose


def in_places(choice: Choose, walker: Walker) -> tuple[object, ...]:
    """A choice of the machine with its domain by place, as the checker counts."""
    slots = walker.machine.interleaving.slots
    place = None if choice.domain is None else slots.index(choice.domain)  # type: ignore[arg-type]
    return (choice.action, choice.hart, place, choice.vcpu, choice.page, choice.vcpus)


def plain(choice: Choose) -> tuple[object, ...]:
    """A choice of the checker."""
    return (
        choice.action, choice.hart, choice.domain, choice.vcpu, choice.page, choice.vcpus,
    )  # fmt: skip


def compare(policy: str, bounds: Bounds, steps: int, pick: Callable[[int], int]) -> int:
    """Take up to ``steps`` steps; returns how many broke a property. Raises AssertionError."""
    collapsed = Collapsed(policy, bounds, tuple(Invariant))
    walker = Walker(policy, bounds)
    state, broken = collapsed.initial(), 0
    for _ in range(steps):
        theirs = [in_places(choice, walker) for choice in walker.choices()]
        mine = [plain(step.choice) for step in collapsed.steps(state)]
        assert mine == theirs
        if not mine:
            break
        number = pick(len(mine))
        successor = list(collapsed.successors(state))[number]
        taken = walker.take(number)
        expected = {invariant for invariant, _ in taken.broken}
        assert set(successor.broken) == expected, taken.words
        state, broken = successor.state, broken + bool(expected)
        assert held(collapsed, state) == held_by_machine(walker), taken.words
    return broken


def held(collapsed: Collapsed, state: tuple[int, ...]) -> list[object]:
    """VMID, ASID and the tags in the TLB of every hart, as the checker has them."""
    harts = [collapsed.pools[index].parts[state[index]].hart for index in collapsed.layout.harts]
    return [
        (h.vmid, h.asid, sorted((e.kind, e.vmid, e.asid, e.page) for e in h.tlb.entries()))
        for h in harts
    ]


def held_by_machine(walker: Walker) -> list[object]:
    """The same of the machine itself."""
    return [
        (h.vmid, h.asid, sorted((e.kind, e.vmid, e.asid, e.page) for e in h.tlb.entries()))
        for h in walker.machine.execution.harts.values()
    ]
