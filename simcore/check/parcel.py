"""States on their way from one process to another: as numbers of parts, each part sent once.

Both processes build the same machine. So vCPUs go by name, and owners of TLB entries by a number
that is agreed on beforehand; a part is packed for another process when the first state with it goes
there.
"""

from __future__ import annotations

import io
import pickle
from array import array
from collections.abc import Iterator
from typing import Any, NamedTuple

from simcore.check.collapse import Collapsed
from simcore.check.footprint import POLICY
from simcore.check.labels import DEAD, Naming
from simcore.check.parts import hart_key, policy_key, unpack
from simcore.check.steps import State
from simcore.hv.domain import DrivenBy, Vcpu
from simcore.hw.ids import DomainId
from simcore.machine.guest_memory import G_STAGE_SPACE, OwnerOf


class Reached(NamedTuple):
    """A state with its fingerprint, and how it was reached: by which choice from which state.

    ``given`` is the ids that were given out on the way, as of `Search`.
    """

    fingerprint: bytes
    state: State
    parent: int
    choice: int
    given: int


class Parcel(NamedTuple):
    """States by the sender's numbers, with the parts that the receiver has not had yet."""

    parts: bytes
    numbers: array[int]
    fingerprints: tuple[bytes, ...]
    parents: array[int]
    choices: array[int]
    given: tuple[int, ...]


class Packing:
    """Parts of one process's states as bytes, and from bytes in another's."""

    def __init__(self, collapsed: Collapsed) -> None:
        self._collapsed = collapsed
        pools = collapsed.pools
        self.kinds = tuple(map(pools.index, pools))
        """For each part of a state, where its pool is first used: whose numbers it has."""
        bounds = collapsed.bounds
        self._as_it_is = Naming(tuple(range(bounds.domains)), tuple(range(bounds.vcpus)))
        vcpus = [*self._all_vcpus()]
        self._vcpus = {vcpu.key: vcpu for vcpu in vcpus}
        self._owners = _agreed_owners(collapsed, vcpus)

    def _all_vcpus(self) -> Iterator[Vcpu]:
        """The vCPUs of every place, and of the domain that a fault may free once more."""
        machine, bounds = self._collapsed.machine, self._collapsed.bounds
        for place in range(bounds.domains):
            number = DomainId(place)
            yield from machine.new_domain(number, bounds.vcpus, "", None, DrivenBy.RUN_QUEUE).vcpus
        machine.put_freed(freed=True)
        assert machine.freed is not None
        yield from machine.freed.vcpus

    def packed(self, parts: list[tuple[int, int]]) -> bytes:
        """Parts by (index, number), with what they are."""
        pools, packed = self._collapsed.pools, io.BytesIO()
        names = _Pickler(packed, pickle.HIGHEST_PROTOCOL)
        names.dump([(index, number, pools[index].parts[number]) for index, number in parts])
        return packed.getvalue()

    def unpacked(self, packed: bytes) -> Iterator[tuple[int, int, int]]:
        """Parts by (index, number there, number here)."""
        unpickler = _Unpickler(io.BytesIO(packed))
        unpickler.vcpus = self._vcpus
        for index, number, part in unpickler.load():
            yield index, number, self._number(index, part)
        assert len(self._collapsed.machine.memory.owners) == self._owners

    def _number(self, index: int, part: Any) -> int:
        collapsed = self._collapsed
        machine, key = collapsed.machine, part
        if index == POLICY:
            policy = unpack(part, type(machine.policy), machine.policy.context)
            key = policy_key(policy, self._as_it_is)
        elif index in collapsed.layout.harts:
            key = hart_key(part, machine.memory, self._as_it_is, machine.spec.guests)
        return collapsed.pools[index].number(key, part)


def _agreed_owners(collapsed: Collapsed, vcpus: list[Vcpu]) -> int:
    """Number every owner that an entry may have, in one order; returns how many there are."""
    memory = collapsed.machine.memory
    assert not memory.owners
    spaces = {G_STAGE_SPACE, 0, *(int(vcpu.space) for vcpu in vcpus)}
    memory.number_of(OwnerOf(int(DEAD), -1))
    for place in range(collapsed.bounds.domains):
        for space in sorted(spaces):
            memory.number_of(OwnerOf(place, space))
    return len(memory.owners)


class _Pickler(pickle.Pickler):
    def persistent_id(self, obj: Any) -> tuple[int, int] | None:
        return obj.key if isinstance(obj, Vcpu) else None


class _Unpickler(pickle.Unpickler):
    vcpus: dict[Any, Vcpu]

    def persistent_load(self, pid: Any) -> Vcpu:
        return self.vcpus[pid]


class Outbox:
    """States for one other process."""

    def __init__(self, packing: Packing) -> None:
        self._packing = packing
        self._known: tuple[set[int], ...] = tuple(set() for _ in packing.kinds)
        self._known = tuple(self._known[kind] for kind in packing.kinds)
        self._states: list[Reached] = []
        self._parts: list[tuple[int, int]] = []

    def add(self, reached: Reached) -> None:
        """One more state."""
        self._states.append(reached)
        for index, number in enumerate(reached.state):
            known = self._known[index]
            if number not in known:
                known.add(number)
                self._parts.append((self._packing.kinds[index], number))

    def parcel(self) -> Parcel:
        """All that was added since the last one."""
        states = self._states
        parcel = Parcel(
            self._packing.packed(self._parts),
            array("l", [number for reached in states for number in reached.state]),
            tuple(reached.fingerprint for reached in states),
            array("q", [reached.parent for reached in states]),
            array("l", [reached.choice for reached in states]),
            tuple(reached.given for reached in states),
        )
        self._states, self._parts = [], []
        return parcel


class Inbox:
    """States from one other process, whose numbers it learns."""

    def __init__(self, packing: Packing) -> None:
        self._packing = packing
        numbers: tuple[dict[int, int], ...] = tuple({} for _ in packing.kinds)
        self._numbers = tuple(numbers[kind] for kind in packing.kinds)

    def opened(self, parcel: Parcel, known: set[bytes]) -> Iterator[Reached]:
        """The states that are not ``known``, by numbers as they are here."""
        for index, number, here in self._packing.unpacked(parcel.parts):
            self._numbers[index][number] = here
        size = len(self._numbers)
        for place, fingerprint in enumerate(parcel.fingerprints):
            if fingerprint not in known:
                numbers = parcel.numbers[place * size : (place + 1) * size]
                yield Reached(
                    fingerprint,
                    tuple(map(dict.__getitem__, self._numbers, numbers)),
                    parcel.parents[place],
                    parcel.choices[place],
                    parcel.given[place],
                )
