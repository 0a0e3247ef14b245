"""Playing a chapter's machine without a server."""

from __future__ import annotations

from collections.abc import Iterable

from app.event_log import Logged
from app.learn.chapter import Chapter
from simcore.machine import Command, CommandError, Machine, MachineSpec


def played(chapter: Chapter, commands: Iterable[Command] = ()) -> list[Logged]:
    """The events of the chapter's machine, prepared, after some commands."""
    return _events(chapter.spec, [*chapter.prepare, *commands])


def compared(chapter: Chapter, commands: Iterable[Command] = ()) -> list[Logged]:
    """The events of its twin after the same, without commands that it cannot carry out."""
    spec = chapter.twin_spec
    assert spec is not None
    return _events(spec, [*chapter.prepare, *commands])


def _events(spec: MachineSpec, commands: list[Command]) -> list[Logged]:
    machine = Machine(spec)
    events = machine.take_events()
    for command in commands:
        try:
            events += machine.apply(command)
        except CommandError:
            continue
    return list(enumerate(events, 1))
