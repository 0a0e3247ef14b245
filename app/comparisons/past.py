"""A machine that only made steps, as it was after fewer of them."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from app.live import LiveMachine
from app.live.chronicle import Chronicle
from simcore.machine import Machine
from simcore.machine.commands import Step
from simcore.machine.snapshot import resumed


@dataclass(frozen=True, slots=True)
class Standing:
    """A machine where it stands: the events so far, what is known from them, and itself."""

    seq: int
    chronicle: Chronicle
    machine: Machine


def after_steps(live: LiveMachine, steps: int) -> Standing:
    """The machine after ``steps`` steps, which it has made: a snapshot, and the steps from there.

    Its command list is not read, since it holds nothing else.
    """
    kept = live.snapshots.before_step(steps)
    machine = resumed(zlib.decompress(kept.machine), live.spec, live.schedule)
    chronicle = live.chronicle.earlier(zlib.decompress(kept.folded))
    left = steps - kept.place.steps
    events = machine.apply(Step(left)) if left else []
    chronicle.fold(events)
    return Standing(kept.place.seq + len(events), chronicle, machine)
