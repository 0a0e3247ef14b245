"""Commands: what may be done to a machine from outside. The unit of journal and replay."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

MAX_VCPUS = 256
MAX_PAGES = 1 << 20
MAX_STEPS = 1_000_000


class CommandError(ValueError):
    """A command that cannot be carried out.

    ``field`` is what is wrong; ``unknown`` says that it names a thing that does not exist.
    """

    def __init__(self, field: str, message: str, *, unknown: bool = False) -> None:
        super().__init__(message)
        self.field = field
        self.unknown = unknown


@dataclass(frozen=True, slots=True)
class CreateDomain:
    """Create a domain. ``pages`` guest-physical pages (None: what the working sets need)."""

    vcpus: int
    name: str | None = None
    pages: int | None = None


@dataclass(frozen=True, slots=True)
class DestroyDomain:
    """Destroy a domain; its vCPUs leave their harts first."""

    domain: int


@dataclass(frozen=True, slots=True)
class PauseDomain:
    """Take a domain's vCPUs off their harts and keep them off."""

    domain: int


@dataclass(frozen=True, slots=True)
class UnpauseDomain:
    """Let a paused domain's vCPUs run again."""

    domain: int


@dataclass(frozen=True, slots=True)
class RunVcpu:
    """Switch a hart to a vCPU now, whatever the run queues say."""

    domain: int
    vcpu: int
    hart: int


@dataclass(frozen=True, slots=True)
class MigrateVcpu:
    """Move a vCPU to a hart's run queue; if it is running, it goes on running there at once."""

    domain: int
    vcpu: int
    hart: int


@dataclass(frozen=True, slots=True)
class UnmapPages:
    """Take guest pages away from a domain's P2M; touched again, they come back on fresh frames."""

    domain: int
    first: int
    count: int = 1


@dataclass(frozen=True, slots=True)
class GuestAccess:
    """Have a vCPU that is in guest mode touch guest pages, in order."""

    domain: int
    vcpu: int
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """Go on by ``count`` steps: recorded scheduling events, or quanta where there is none."""

    count: int = 1


@dataclass(frozen=True, slots=True)
class Choose:
    """Take one micro-step of those that are open; see `simcore.machine.interleaving`.

    ``action`` is the value of an `Action`. ``vcpus`` is how many a domain is created with.
    ``whole``: together with all that follows from it, back to back. ``quiet``: a guest that enters
    touches no memory.
    """

    action: str
    hart: int
    domain: int | None = None
    vcpu: int | None = None
    page: int | None = None
    vcpus: int | None = None
    whole: bool = False
    quiet: bool = False


Command = (
    CreateDomain
    | DestroyDomain
    | PauseDomain
    | UnpauseDomain
    | RunVcpu
    | MigrateVcpu
    | UnmapPages
    | GuestAccess
    | Step
    | Choose
)
_BY_NAME: dict[str, type[Any]] = {
    kind.__name__: kind
    for kind in (
        CreateDomain, DestroyDomain, PauseDomain, UnpauseDomain, RunVcpu, MigrateVcpu,
        UnmapPages, GuestAccess, Step, Choose,
    )
}  # fmt: skip


def to_dict(command: Command) -> dict[str, Any]:
    """The command as a JSON object, its name under ``command``."""
    return {"command": type(command).__name__, **asdict(command)}


def from_dict(data: dict[str, Any]) -> Command:
    """The command a JSON object describes. Raises ValueError for one that none does."""
    arguments = dict(data)
    name = arguments.pop("command", None)
    if not isinstance(name, str) or name not in _BY_NAME:
        raise ValueError(f"command is {name!r}; allowed: {', '.join(_BY_NAME)}")
    if "pages" in arguments and isinstance(arguments["pages"], list):
        arguments["pages"] = tuple(arguments["pages"])
    try:
        command: Command = _BY_NAME[name](**arguments)
    except TypeError as error:
        raise ValueError(f"command {name}: {error}") from None
    return command
