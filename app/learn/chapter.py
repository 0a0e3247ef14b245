"""What a chapter is: a text, a prepared machine, one thing to try, and a check that it was done."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

from app.event_log import Logged
from app.machine_spec import spec_of
from app.schemas.bodies import MachineBody
from simcore.machine import Command, MachineSpec


class Verdict(NamedTuple):
    """Whether the thing to try was done, why (not), and the numbers of the events that show it."""

    done: bool
    reason: str
    evidence: tuple[int, ...] = ()


Check = Callable[[Iterable[Logged]], Verdict]
"""Judges a machine's events, in order; nobody's word counts."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the API, its path below the machine's.

    ``{oldest}`` in the path stands for the id of the domain that has existed for longest.
    """

    method: str
    path: str
    body: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a chapter: what it says, and the requests that it makes, in order."""

    label: str
    requests: tuple[Request, ...]


STEP = Action("Step", (Request("POST", "/step", {"count": 1}),))
CREATE = Action("Create a domain", (Request("POST", "/domains", {"vcpus": 1}),))
DESTROY = Action("Destroy the oldest domain", (Request("DELETE", "/domains/{oldest}"),))
REPLACE = Action("Destroy A, create another", (*DESTROY.requests, *CREATE.requests))


def is_called_learn(name: str) -> bool:
    """Whether a machine is called like those of a chapter, which lists fold into one line."""
    return re.match(r"Learn \d+: ", name) is not None


@dataclass(frozen=True, slots=True)
class Twin:
    """The same commands under another policy, to compare with.

    ``check`` is there where the chapter is done on the twin, and not on the machine before it.
    """

    policy: str
    label: str
    words: str
    check: Check | None = None


@dataclass(frozen=True)
class Chapter:
    """One step of the path. Texts may have `code` and [links](/address), see `app.learn.words`."""

    number: int
    title: str
    summary: str
    text: tuple[str, ...]
    body: MachineBody
    prepare: tuple[Command, ...]
    task: str
    actions: tuple[Action, ...]
    check: Check
    question: str
    answer: str
    twin: Twin | None = None
    map_hart: int | None = None
    """Whose VMIDs the map shows, where each hart has ids of its own."""
    links: tuple[tuple[str, str], ...] = field(default=())
    """Where to go on from here: (words, address)."""

    @property
    def page(self) -> str:
        """Its address."""
        return f"/learn/{self.number}"

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything it says."""
        twin = (self.twin.label, self.twin.words) if self.twin else ()
        said = (*self.text, self.task, self.question, self.answer)
        return (self.title, self.summary, *said, *twin)

    @property
    def machine_name(self) -> str:
        """What its machines are called."""
        return f"Learn {self.number}: {self.title}"

    @property
    def twin_name(self) -> str:
        """What machines with the same commands under the twin's policy are called."""
        return f"{self.machine_name} (compared)"

    @cached_property
    def spec(self) -> MachineSpec:
        """The specification of its machines."""
        return spec_of(self.body, self.body.policy)

    @cached_property
    def twin_spec(self) -> MachineSpec | None:
        """The specification of its twins."""
        if self.twin is None:
            return None
        return spec_of(self.body, self.twin.policy)


def ground(
    policy: str, *, harts: int, vmidlen: int, split: bool = False, bare: bool = False
) -> MachineBody:
    """A small machine, as POST /machines takes it: 32 entries a TLB, 20 touches a quantum."""
    platform = {"preset": "rv64-split" if split else "rv64", "harts": harts, "vmidlen": vmidlen}
    guests = {"working_set_pages": 16, "accesses_per_us": 0.02}
    return MachineBody.model_validate(
        {
            "policy": policy,
            "platform": platform | {"tlb": {"sets": 8, "ways": 4}},
            "guests": guests | ({"asids": "bare"} if bare else {}),
        }
    )
