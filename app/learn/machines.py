"""The chapters' machines: each visit has one of its own, and only the newest are kept."""

from __future__ import annotations

from app.errors import invalid
from app.journal import Journal
from app.learn import CHAPTERS
from app.learn.chapter import Chapter
from app.live import LiveMachine, LiveMachines, Wanted
from app.live.place import Place
from simcore.machine import Command, CommandError
from simcore.machine.commands import Step

STEPS_PER_SECOND = 4.0
"""Slow enough that each step can be read while the machine plays."""
MOST_STEPS = 20_000
MOST_COMMANDS = 1_000
"""What is played again under another policy, at most; a reader's machine has some tens."""


def most_kept(machines: LiveMachines) -> int:
    """How many machines of Learn the server keeps: 5 in 8 of all that it may hold.

    With the usual 64 that is 40: a class of thirty, and ten for those who begin again.
    """
    return max(1, machines.settings.max_machines * 5 // 8)


def is_of(live: LiveMachine, chapter: Chapter) -> bool:
    """Whether a machine was made for a chapter. A name alone does not say so: anybody may choose
    it."""
    return live.kept.name == chapter.machine_name and live.spec == chapter.spec


def is_twin_of(live: LiveMachine, chapter: Chapter) -> bool:
    """Whether a machine was made to compare a chapter's with."""
    return live.kept.name == chapter.twin_name and live.spec == chapter.twin_spec


async def make(machines: LiveMachines, chapter: Chapter) -> LiveMachine:
    """A fresh machine of a chapter, prepared. The oldest of Learn go, beyond `most_kept`."""
    async with machines.making_room:
        await _make_room(machines)
        live = await machines.create(Wanted(chapter.spec, name=chapter.machine_name))
        return await _prepared(machines, live, list(chapter.prepare))


async def compare(machines: LiveMachines, chapter: Chapter, after: LiveMachine) -> LiveMachine:
    """A machine under the policy of the chapter's twin, on which ``after``'s commands were carried
    out; one that cannot be, since the other policy refused a domain, is left out.

    Raises ProblemError where ``after`` is not the chapter's, or has too many commands.
    """
    spec = chapter.twin_spec
    if spec is None:
        raise invalid(("body", "after"), f"chapter {chapter.number} has nothing to compare with")
    require_of(after, chapter, ("body", "after"))
    commands = await machines.workers.run(_commands, machines.journal, after)
    async with machines.making_room:
        await _make_room(machines, keep=after)
        live = await machines.create(Wanted(spec, name=chapter.twin_name))
    return await _prepared(machines, live, commands)


def require_of(live: LiveMachine, chapter: Chapter, loc: tuple[str, str]) -> None:
    """Raises ProblemError naming ``loc`` unless the machine was made for the chapter."""
    if not is_of(live, chapter):
        message = (
            f"{loc[1]} is {live.id!r}, {live.kept.name!r}; machines made by POST "
            f"/api/v1/chapters/{chapter.number}/machine are allowed"
        )
        raise invalid(loc, message)


def _commands(journal: Journal, live: LiveMachine) -> list[Command]:
    """A machine's commands; in a worker thread."""
    totals = journal.totals(live.kept.number)
    for name, count, most in (
        ("commands", totals.commands, MOST_COMMANDS),
        ("steps", totals.steps, MOST_STEPS),
    ):
        if count > most:
            message = f"after is {live.id!r}, which has {count} {name}; {most} is allowed"
            raise invalid(("body", "after"), message)
    return [command for _, command in journal.commands_after(live.kept.number, Place())]


async def _prepared(
    machines: LiveMachines, live: LiveMachine, commands: list[Command]
) -> LiveMachine:
    try:
        await live.set_clock(False, STEPS_PER_SECOND)
        for command in commands:
            await _carry_out(live, command)
    except BaseException:
        await machines.delete(live.id)
        raise
    return live


async def _carry_out(live: LiveMachine, command: Command) -> None:
    if isinstance(command, Step):
        await live.step(command.count)
        return
    try:
        await live.command(command)
    except CommandError:
        return


async def _make_room(machines: LiveMachines, keep: LiveMachine | None = None) -> None:
    """Delete Learn's oldest machines until one more is allowed, by Learn and by the server.

    Machines to compare with go first: what they show is made again from their first machine.
    """
    while found := [live for live in machines.all() if live is not keep and _is_ours(live)]:
        kept = len(found) + (keep is not None)
        if kept < most_kept(machines) and not machines.full:
            return
        twins = (live for live in found if _is_twin(live))
        await machines.delete(next(twins, found[0]).id)


def _is_ours(live: LiveMachine) -> bool:
    return _is_twin(live) or any(is_of(live, chapter) for chapter in CHAPTERS)


def _is_twin(live: LiveMachine) -> bool:
    return any(is_twin_of(live, chapter) for chapter in CHAPTERS)
