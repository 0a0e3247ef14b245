"""Chapter 4: what happens when the last VMID is gone."""

from __future__ import annotations

from collections.abc import Iterable

from app.event_log import Logged
from app.learn.chapter import CREATE, STEP, Chapter, Verdict, ground
from simcore import events as ev
from simcore.machine.commands import CreateDomain, Step


def check(entries: Iterable[Logged]) -> Verdict:
    """A generation ended, a VMID got another owner, and the fence came before that one ran."""
    owner: dict[int, int] = {}
    ended = given = fence = 0
    again: ev.VmidAssigned | None = None
    for seq, event in entries:
        if isinstance(event, ev.GenerationRolledOver):
            ended, again, fence = seq, None, 0
        elif isinstance(event, ev.VmidAssigned):
            if ended and owner.get(event.vmid, event.domain) != event.domain:
                given, again, fence = seq, event, 0
            owner[event.vmid] = event.domain
        elif isinstance(event, ev.FenceExecuted) and again and event.cause == "roll-over":
            fence = seq
        elif isinstance(event, ev.GuestEntered) and again and event.domain == again.domain:
            if fence:
                return Verdict(True, _done(again), (ended, given, fence, seq))
            again = None
    if not ended:
        return Verdict(False, "No generation has ended yet.")
    return Verdict(False, "A generation has ended; no VMID of it has a new owner that ran yet.")


def _done(again: ev.VmidAssigned) -> str:
    return (
        f"Generation {again.generation} began, VMID {again.vmid} went to domain {again.domain}, "
        "and HFENCE.GVMA was executed before that domain ran."
    )


CHAPTER = Chapter(
    number=4,
    title="When ids run out: roll-over and generations",
    summary="How three VMIDs serve four guests, with one fence a generation.",
    text=(
        "When no VMID is left, a scheme may refuse the next domain, take an id from somebody, or "
        "roll over: begin a new generation, fence everything once, and count from the start.",
        "`xen-riscv-head` counts on each hart. A vCPU has a pair, (generation, VMID). As it enters "
        "the guest, a pair of the hart's generation stays good; any other is replaced by the next "
        "VMID. Behind the last one comes a roll-over: `GenerationRolledOver`, then VMID 1 is given "
        "out, and HFENCE.GVMA drops the entries of all guests on this hart. One number voids every "
        "old pair; nobody goes through a list.",
        "With VMIDLEN 2 there are VMIDs 1, 2 and 3: VMID 0 is never given out. The guests here "
        "have vsatp Bare, so that there are G-stage entries only.",
    ),
    body=ground("xen-riscv-head", harts=1, vmidlen=2, bare=True),
    prepare=(CreateDomain(1, "A"), CreateDomain(1, "B"), CreateDomain(1, "C"), Step(4)),
    task="A, B and C have the three VMIDs. Create a fourth domain, and press Step (or Play) until "
    "it has run. Was there a fence between the two owners of VMID 1?",
    actions=(CREATE, STEP),
    check=check,
    question="Is this safe, and what does it cost?",
    answer="On one hart with this TLB it is safe: the fence comes before the new owner's first "
    "access. It also drops what others still wanted. That happens once in 3 assignments here, and "
    "once in 16,383 with 14 bits.",
    map_hart=0,
)
