"""What the replays of all allocators share: reading an operation, and its answer's `ev`."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar, Generic, TypeVar

from simcore.conform.alias_watch import AliasWatch
from simcore.conform.record import (
    Record,
    VectorFormatError,
    read_choice,
    read_integer,
    read_integers,
    read_object,
    read_within,
    read_xlen,
)
from simcore.conform.replay_lines import replay_lines
from simcore.conform.result import ConformResult
from simcore.conform.rig import Rig
from simcore.conform.vocabulary import Word, words_of
from simcore.hv.domain import Domain, Vcpu
from simcore.hw.ids import DomainId, HartId
from simcore.hw.platform import MAX_HARTS, Platform, preset
from simcore.machine.commands import MAX_VCPUS
from simcore.policies.base import Policy, PolicyContext, Scope

P = TypeVar("P", bound=Policy)

Fields = dict[str, object]
"""The fields of `r` that one operation answers, without `ev` and `alias`."""

Step = Callable[[Any, Record], Fields]
"""A method of a replay that carries one operation out."""


def platform_of(header: Record) -> Platform:
    """The hardware that a header describes: XLEN, harts, VMIDLEN (one for all, or one a hart).

    Raises VectorFormatError or ValueError for a missing or malformed field.
    """
    cpus = read_within(header, "cpus", 1, MAX_HARTS)
    config = read_object(header, "config")
    if "vmidlen_per_hart" in config:
        vmidlen = read_integers(config, "vmidlen_per_hart")
    else:
        vmidlen = [read_integer(header, "vmidlen")] * cpus
    if len(vmidlen) != cpus:
        raise VectorFormatError(f"vmidlen_per_hart is {vmidlen}; allowed is one number a cpu")
    return preset(f"rv{read_xlen(header)}").with_harts(cpus).with_vmidlen(*vmidlen)


def context_of(platform: Platform) -> PolicyContext:
    """What a policy is told of the platform."""
    return PolicyContext(platform.hart_ids, platform.xlen)


class AllocatorReplay(Generic[P]):
    """One file in the middle of its replay: the rig, its policy, and the steps by `op`.

    A subclass lists its steps, and the words its files leave out. Whatever a file asks for that
    cannot be (a domain that does not exist, a vCPU on two harts) raises VectorFormatError.
    """

    steps: ClassVar[Mapping[str, Step]]
    unrecorded: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, platform: Platform, policy: P) -> None:
        self.policy = policy
        self.rig = Rig(platform, policy)
        vmidlen: dict[int, int] = dict(zip(platform.hart_ids, platform.vmidlen, strict=True))
        self._aliases = AliasWatch(vmidlen, per_vcpu=policy.scope is Scope.PER_HART)
        self._booted: set[HartId] = set()

    def answer(self, operation: Record) -> Fields:
        """The `r` object of one operation: the model's state after it, and what happened."""
        step = self.steps[read_choice(operation, "op", tuple(self.steps))]
        fields = step(self, operation)
        events, calls = self.rig.take()
        words = [word for word in words_of(events, calls) if word["k"] not in self.unrecorded]
        alias = self._aliases.see(events)
        if words:
            fields["ev"] = self.as_recorded(words)
        if alias is not None:
            fields["alias"] = alias
        return fields

    def as_recorded(self, words: list[Word]) -> list[Word]:
        """The words in the order in which the files name them."""
        return words

    # What an operation names

    def hart_of(self, operation: Record, *, booted: bool = True) -> HartId:
        """The hart that `cpu` names, which must be initialised unless this does it."""
        hart = HartId(read_within(operation, "cpu", 0, len(self.rig.execution.harts) - 1))
        if booted and hart not in self._booted:
            raise VectorFormatError(f"cpu is {hart}; allowed is one that was initialised before")
        return hart

    def domain_of(self, operation: Record) -> Domain:
        """The domain that `domain` names."""
        number = DomainId(read_integer(operation, "domain"))
        if number not in self.rig.domains:
            known = sorted(self.rig.domains)
            raise VectorFormatError(f"domain is {number}; allowed is one that exists: {known}")
        return self.rig.domains[number]

    def vcpu_of(self, operation: Record) -> Vcpu:
        """The vCPU that `domain` and `vcpu` name."""
        domain = self.domain_of(operation)
        return domain.vcpus[read_within(operation, "vcpu", 0, len(domain.vcpus) - 1)]

    def current_of(self, operation: Record) -> tuple[HartId, Vcpu]:
        """The hart that `cpu` names and the vCPU on it."""
        hart = self.hart_of(operation)
        if hart not in self.rig.loaded:
            raise VectorFormatError(f"cpu is {hart}; allowed is one with a vCPU on it")
        return hart, self.rig.loaded[hart]

    # What allocators have in common

    def boot(self, hart: HartId) -> None:
        """Bring a hart up."""
        self.rig.boot(hart)
        self._booted.add(hart)

    def boot_all(self) -> None:
        """Bring every hart up, in order."""
        for hart in self.rig.execution.harts:
            self.boot(hart)

    def create(self, operation: Record) -> tuple[DomainId, int]:
        """Create the domain; its number and 0, or the negative errno of a refusal."""
        number = DomainId(read_integer(operation, "domain"))
        if number < 0 or number in self.rig.domains:
            raise VectorFormatError(f"domain is {number}; allowed is a number not in use")
        refusal = self.rig.create(number, read_within(operation, "vcpus", 1, MAX_VCPUS))
        return number, refusal.error if refusal else 0

    def switch(self, operation: Record) -> tuple[HartId, Vcpu]:
        """The outgoing vCPU of a hart, if any, is put, the named one loaded."""
        hart, vcpu = self.hart_of(operation), self.vcpu_of(operation)
        if vcpu.hart not in (None, hart):
            raise VectorFormatError(
                f"vcpu is {vcpu.index} of domain {vcpu.domain}, on cpu {vcpu.hart}; "
                f"allowed is one on no other cpu"
            )
        self.rig.put(hart)
        self.rig.load(hart, vcpu)
        return hart, vcpu

    def domain_create(self, operation: Record) -> Fields:
        """A domain appears; nothing to report."""
        self.create(operation)
        return {}

    def domain_destroy(self, operation: Record) -> Fields:
        """A domain goes; nothing to report."""
        self.rig.destroy(self.domain_of(operation))
        return {}


def replay_allocator(
    kind: str, header: Record, operations: Iterable[Record], replay: AllocatorReplay[Any]
) -> ConformResult:
    """Replay the operation lines of one file with `replay`, which was made from its header."""
    platform_words = f"rv{header.get('xlen')}, VMIDLEN {header.get('vmidlen')}"
    name = f"{platform_words}, {header.get('cpus')} harts, seed {header.get('seed')}"
    return replay_lines(name, kind, header, operations, replay.answer)
