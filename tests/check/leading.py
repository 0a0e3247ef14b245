"""Leading a walker by what is to happen, instead of by choice numbers."""

from __future__ import annotations

from typing import Any

from simcore.check.bounds import Bounds
from simcore.check.path import PathStep, Walker
from simcore.check.why import Reason, TlbHistory, why
from simcore.machine.micro_steps import Action

Wanted = dict[str, Any]


def create() -> Wanted:
    """The toolstack creates a domain."""
    return {"action": Action.CREATE.value}


def destroy(domain: int) -> Wanted:
    """The toolstack destroys a domain."""
    return {"action": Action.DESTROY.value, "domain": domain}


def unmap(domain: int) -> Wanted:
    """The toolstack takes a page away."""
    return {"action": Action.UNMAP.value, "domain": domain}


def switch(hart: int, domain: int, vcpu: int = 0) -> Wanted:
    """A hart switches to a vCPU."""
    return {"action": Action.SWITCH.value, "hart": hart, "domain": domain, "vcpu": vcpu}


def leave(hart: int) -> Wanted:
    """A hart becomes idle."""
    return {"action": Action.LEAVE.value, "hart": hart}


def touch(hart: int) -> Wanted:
    """The guest on a hart touches its page."""
    return {"action": Action.TOUCH.value, "hart": hart}


def walk(hart: int) -> Wanted:
    """A hart walks ahead of time."""
    return {"action": Action.WALK.value, "hart": hart}


class Led:
    """A walker with its history, led by what is wanted."""

    def __init__(self, policy: str, bounds: Bounds) -> None:
        self.walker = Walker(policy, bounds)
        self.history = TlbHistory(self.walker)
        self.path: list[int] = []

    def take(self, wanted: Wanted) -> PathStep:
        """The one open choice that is like ``wanted``, which must exist."""
        for number, choice in enumerate(self.walker.choices()):
            if all(getattr(choice, name) == value for name, value in wanted.items()):
                return self._take(number)
        raise AssertionError(f"{wanted} is not open: {self.walker.choices()}")

    def _take(self, number: int) -> PathStep:
        step = self.walker.take(number)
        self.history.record(step)
        self.path.append(number)
        return step

    def finish(self) -> None:
        """Go on and serve until nothing is left half done."""
        following = {Action.SERVE.value, Action.GO_ON.value}
        while numbers := [
            n for n, choice in enumerate(self.walker.choices()) if choice.action in following
        ]:
            self._take(numbers[0])

    def why(self) -> list[Reason]:
        """Why the last step could hit what it hit."""
        return why(self.walker, self.history, self.walker.steps[-1])


def lead(policy: str, bounds: Bounds, *wanted: Wanted) -> Led:
    """Each thing wanted, done to its end; the last as one step."""
    led = Led(policy, bounds)
    for thing in wanted[:-1]:
        led.take(thing)
        led.finish()
    led.take(wanted[-1])
    return led
