"""One state for all that differ by names alone: which domain is where, which vCPU is which.

Domains are alike, since a scheme is handed nothing of a domain but its number. vCPUs are alike
where their pages are (`Bounds.pages` 1); then one renaming of vCPU indices goes for all domains,
since guests of different domains may use one ASID. A state's canonical form is the least of its
forms under all renamings. Only those have to be looked at that put places in order of what each
place is to every part, all other places being alike; places that tie are tried in every order.
"""

from __future__ import annotations

from itertools import groupby, pairwise, permutations, product
from typing import Any
from zlib import crc32

from simcore.check.collapse import Collapsed
from simcore.check.footprint import FLIGHTS, MEMORY, POLICY
from simcore.check.labels import Naming
from simcore.check.parts import hart_key, named, policy_key
from simcore.check.steps import Pool, State


class Symmetry:
    """Canonical forms of a checker's states."""

    def __init__(self, collapsed: Collapsed) -> None:
        self._collapsed = collapsed
        bounds, layout = collapsed.bounds, collapsed.layout
        self._domains = bounds.domains
        self._places = layout.places
        self._rest = [POLICY, FLIGHTS, MEMORY, *layout.threads, *layout.harts]
        vcpus = range(bounds.vcpus)
        alike = bounds.pages == 1
        self._members = list(permutations(vcpus)) if alike else [tuple(vcpus)]
        self._namings: dict[object, list[Naming]] = {}
        self._keys: dict[tuple[int, int, Naming], int] = {}
        self._roles: dict[tuple[int, int], tuple[int, ...]] = {}
        self._moves: dict[tuple[int, int, int, int], bool] = {}
        markers = tuple(_MARKER - place for place in range(bounds.domains))
        self._marked = Naming(markers, (0,) * bounds.vcpus)
        self._as_it_is = Naming(tuple(range(bounds.domains)), tuple(vcpus))
        self._forms, self._seen = Pool(), Pool()

    def canonical(self, state: State) -> State:
        """The least of the state's forms: equal for states that differ by names alone."""
        roles = [self._roles_of(index, state[index]) for index in self._rest]
        # What a place itself says (which vCPU is where) depends on the members' names: not a role.
        by_place = [tuple(role[place] for role in roles) for place in range(self._domains)]
        namings = self._candidates(state, by_place)
        if len(namings) == 1:
            return self._form(state, namings[0])
        return min(self._form(state, naming) for naming in namings)

    def _candidates(self, state: State, by_place: list[tuple[int, ...]]) -> list[Naming]:
        """Every naming that puts the places in the order of their roles.

        Of neighbours in that order whose exchange changes nothing, one order is enough.
        """
        order = sorted(range(self._domains), key=by_place.__getitem__)
        groups = [tuple(of) for _, of in groupby(order, key=by_place.__getitem__)]
        fixed = tuple(
            all(self._exchangeable(state, *pair) for pair in pairwise(group)) for group in groups
        )
        shape = (tuple(groups), fixed)
        found = self._namings.get(shape)
        if found is None:
            found = self._namings[shape] = self._in_order(groups, fixed)
        return found

    def _exchangeable(self, state: State, one: int, other: int) -> bool:
        """Whether every part stays as it is where two places change names."""
        return all(
            self._unmoved(index, state[index], one, other)
            for index in (*self._rest, self._places[one], self._places[other])
        ) and (
            self._named(self._places[one], state[self._places[one]], self._as_it_is)
            == self._named(self._places[other], state[self._places[other]], self._as_it_is)
        )

    def _unmoved(self, index: int, number: int, one: int, other: int) -> bool:
        key = (self._kind(index), number, one, other)
        unmoved = self._moves.get(key)
        if unmoved is None:
            slots = list(self._as_it_is.slots)
            slots[one], slots[other] = other, one
            swapped = Naming(tuple(slots), self._as_it_is.members)
            unmoved = self._name(index, number, swapped) == self._name(
                index, number, self._as_it_is
            )
            self._moves[key] = unmoved
        return unmoved

    def _in_order(self, groups: list[tuple[int, ...]], fixed: tuple[bool, ...]) -> list[Naming]:
        orders = [
            [group] if one_is_enough else permutations(group)
            for group, one_is_enough in zip(groups, fixed, strict=True)
        ]
        namings = []
        for arranged in product(*orders):
            places = [place for group in arranged for place in group]
            slots = [0] * self._domains
            for name, place in enumerate(places):
                slots[place] = name
            namings += [Naming(tuple(slots), members) for members in self._members]
        return namings

    def _form(self, state: State, naming: Naming) -> State:
        parts = [self._named(index, state[index], naming) for index in self._rest]
        where = [0] * self._domains
        for place in range(self._domains):
            index = self._places[place]
            where[naming.slots[place]] = self._named(index, state[index], naming)
        return (*parts, *where)

    def _named(self, index: int, number: int, naming: Naming) -> int:
        """The number of a part's name under a naming."""
        key = (self._kind(index), number, naming)
        form = self._keys.get(key)
        if form is None:
            form = self._forms.number((key[0], self._name(index, number, naming)), None)
            self._keys[key] = form
        return form

    def _kind(self, index: int) -> int:
        """Parts of one kind share a pool: places do, and threads; each hart has its own."""
        layout = self._collapsed.layout
        if index in layout.places:
            return -1
        return -2 if index in layout.threads else index

    def _name(self, index: int, number: int, naming: Naming) -> Any:
        collapsed = self._collapsed
        part = collapsed.pools[index].parts[number]
        if index == POLICY:
            return policy_key(collapsed.unpacked(number), naming)
        if index in collapsed.layout.harts:
            machine = collapsed.machine
            return hart_key(part, machine.memory, naming, machine.spec.guests)
        if index in collapsed.layout.places:
            if part is None:
                return None
            harts = sorted(zip(naming.members, part, strict=True))
            return tuple(hart for _, hart in harts)
        if index == MEMORY:
            memory, freed = part
            given = frozenset((naming.slot(domain), vmid) for domain, vmid in memory.given)
            return (given, named(memory.promises, naming), freed)
        return named(part, naming)

    def _roles_of(self, index: int, number: int) -> tuple[int, ...]:
        """What each place is to a part, whatever the others and the vCPUs are called."""
        key = (self._kind(index), number)
        roles = self._roles.get(key)
        if roles is None:
            name = self._name(index, number, self._marked)
            contexts: dict[int, list[int]] = {marker: [] for marker in self._marked.slots}
            _collect(name, 0, contexts)
            roles = tuple(
                self._seen.number((key[0], tuple(sorted(contexts[marker]))), None)
                for marker in self._marked.slots
            )
            self._roles[key] = roles
        return roles


_MARKER = -1_000
"""Below every number that a part may hold; the marker of place i is i less."""


def _collect(value: Any, context: int, found: dict[int, list[int]]) -> None:
    """Note for each marker in ``value`` in what it stands, each level told without names.

    The order in what holds it does not count, since containers are sorted by names.
    """
    if isinstance(value, tuple | frozenset):
        inner = hash((context, _blank(value)))
        for item in value:
            _collect(item, inner, found)
    elif value in found:
        found[value].append(context)


def _blank(value: Any) -> int:
    """A number for what ``value`` is, names and order apart; the same in every process."""
    if isinstance(value, tuple | frozenset):
        return hash(tuple(sorted(map(_blank, value))))
    if isinstance(value, str | bytes):
        return crc32(value.encode() if isinstance(value, str) else value)
    if isinstance(value, int):
        return 0 if value <= _MARKER else 2 * value + 3
    return crc32(repr(value).encode())
