"""Whether a command can be carried out: everything is checked before anything changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simcore.hv.domain import Domain, DomainState
from simcore.hw.ids import DomainId, HartId
from simcore.machine import commands as cmd
from simcore.machine.commands import CommandError
from simcore.machine.snapshot import resumed, snapshot

if TYPE_CHECKING:
    from simcore.machine.machine import Machine

_MAX_NAME = 64


class Checks:
    """Raises CommandError, naming field, value and what is allowed, for a command that is wrong."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def check(self, command: cmd.Command) -> None:
        """Check one command against the machine as it will find it."""
        if self._machine.interleaving.busy and not isinstance(command, cmd.Choose):
            self._handed_over().checks.check(command)
            return
        match command:
            case cmd.CreateDomain(vcpus, name, pages):
                _within("vcpus", vcpus, 1, cmd.MAX_VCPUS)
                if pages is not None:
                    _within("pages", pages, 1, cmd.MAX_PAGES)
                if name is not None:
                    _name(name)
            case cmd.Step(count):
                _within("count", count, 1, cmd.MAX_STEPS)
            case cmd.RunVcpu(domain, vcpu, hart) | cmd.MigrateVcpu(domain, vcpu, hart):
                self._vcpu(domain, vcpu)
                self._hart(hart)
                self._runnable(domain)
            case cmd.UnmapPages(domain, first, count):
                pages = self._domain(domain).p2m.pages
                _within("first", first, 0, pages - 1)
                _within("count", count, 1, pages - first)
            case cmd.GuestAccess(domain, vcpu, touched):
                self._guest_access(domain, vcpu, touched)
            case cmd.PauseDomain(domain):
                self._runnable(domain)
            case cmd.UnpauseDomain(domain):
                if self._domain(domain).state is not DomainState.PAUSED:
                    raise CommandError(
                        "domain", f"domain {domain} is runnable; a paused one is allowed"
                    )
            case cmd.DestroyDomain(domain):
                self._domain(domain)

    def _handed_over(self) -> Machine:
        """A copy on which what was left half done is finished, as it will be before a command."""
        machine = self._machine
        schedule = machine.playback.schedule if machine.playback else None
        twin = resumed(snapshot(machine), machine.spec, schedule)
        twin.interleaving.hand_over()
        return twin

    def _domain(self, number: int) -> Domain:
        _whole("domain", number)
        domain = self._machine.domains.get(DomainId(number))
        if domain is not None:
            return domain
        if 0 <= number < self._machine.next_domain:
            raise CommandError("domain", f"domain {number} was destroyed", unknown=True)
        listed = ", ".join(map(str, list(self._machine.domains)[:16])) or "none"
        raise CommandError(
            "domain", f"domain is {number}; the domains that exist: {listed}", unknown=True
        )

    def _runnable(self, number: int) -> None:
        if self._domain(number).state is not DomainState.RUNNABLE:
            raise CommandError("domain", f"domain {number} is paused; a runnable one is allowed")

    def _vcpu(self, number: int, index: int) -> None:
        domain = self._domain(number)
        _whole("vcpu", index)
        if not 0 <= index < len(domain.vcpus):
            raise CommandError(
                "vcpu",
                f"vcpu is {index}; domain {number} has vCPUs 0 to {len(domain.vcpus) - 1}",
                unknown=True,
            )

    def _hart(self, number: int) -> None:
        _whole("hart", number)
        harts = self._machine.spec.platform.hart_ids
        if HartId(number) not in harts:
            raise CommandError("hart", f"hart is {number}; the harts: {_list(harts)}")

    def _guest_access(self, number: int, index: int, pages: tuple[int, ...]) -> None:
        self._vcpu(number, index)
        domain = self._domain(number)
        hart = domain.vcpus[index].hart
        if hart is None or not self._machine.occupancy.in_guest(hart):
            raise CommandError("vcpu", f"vCPU {index} of domain {number} is not in guest mode")
        if not isinstance(pages, tuple):
            raise CommandError("pages", f"pages is {pages!r}; page numbers in a tuple are allowed")
        if not 1 <= len(pages) <= 4096:
            raise CommandError("pages", f"pages has {len(pages)} numbers; 1 to 4096 are allowed")
        for page in pages:
            _within("pages", page, 0, domain.p2m.pages - 1)


def _whole(field: str, value: object) -> None:
    """Refuse what a journal, or a caller without a type checker, passes off as a number."""
    if type(value) is not int:
        raise CommandError(field, f"{field} is {value!r}; a whole number is allowed")


def _name(name: object) -> None:
    if not isinstance(name, str):
        raise CommandError("name", f"name is {name!r}; text is allowed")
    if not 1 <= len(name) <= _MAX_NAME:
        raise CommandError("name", f"name has {len(name)} characters; 1 to {_MAX_NAME} are allowed")


def _within(field: str, value: int, low: int, high: int) -> None:
    _whole(field, value)
    if not low <= value <= high:
        raise CommandError(field, f"{field} is {value}; {low} to {high} is allowed")


def _list(harts: tuple[HartId, ...]) -> str:
    if len(harts) > 16:
        return f"{harts[0]} … {harts[-1]} ({len(harts)} of them)"
    return ", ".join(map(str, harts))
