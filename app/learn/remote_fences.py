"""Chapter 5: a fence that other harts have to execute."""

from __future__ import annotations

from collections.abc import Iterable

from app.event_log import Logged
from app.learn.chapter import STEP, Action, Chapter, Request, Twin, Verdict, ground
from simcore import events as ev
from simcore.machine.commands import CreateDomain, Step


def check(entries: Iterable[Logged]) -> Verdict:
    """Pages were taken away, firmware was asked, and every target fenced: some for nothing."""
    unmapped = asked = 0
    targets = 0
    dropped: dict[int, int] = {}
    fences: list[int] = []
    for seq, event in entries:
        if isinstance(event, ev.PagesUnmapped):
            unmapped, asked = seq, 0
        elif isinstance(event, ev.RemoteFenceRequested) and unmapped and not event.error:
            asked, targets, fences = seq, event.targets, []
            dropped.clear()
        elif isinstance(event, ev.FenceExecuted) and asked and event.requester >= 0:
            dropped[event.hart] = event.dropped
            fences.append(seq)
            if len(dropped) == targets > 1:
                return Verdict(True, _done(dropped), (unmapped, asked, *fences))
    if not unmapped:
        return Verdict(False, "No page has been taken away yet.")
    return Verdict(False, "A page was taken away; no hart has fenced for another one yet.")


def _done(dropped: dict[int, int]) -> str:
    useful = [hart for hart, entries in sorted(dropped.items()) if entries]
    return (
        f"One request had {len(dropped)} harts fence; {len(useful)} of them dropped entries: "
        f"{', '.join(f'hart {hart}' for hart in useful) or 'none'}."
    )


CHAPTER = Chapter(
    number=5,
    title="Other harts: remote fences and SBI",
    summary="A page is taken away, and every hart that may hold it has to fence.",
    text=(
        "A fence acts on the hart that executes it. When pages are taken from a domain's P2M, its "
        "G-stage mapping, every hart that may still hold their translations has to fence.",
        "The hypervisor asks firmware: SBI RFENCE, function 3, remote HFENCE.GVMA by VMID, with a "
        "hart mask and its base. Base -1 stands for all harts. Firmware interrupts them, and in "
        "OpenSBI the call returns when all have executed the fence. Only then may the page be "
        "used for something else.",
        "A has a vCPU on hart 0 and one on hart 1, B runs on hart 2, hart 3 is idle. "
        "`xen-riscv-v2-reviewed` names all harts, and A's whole VMID.",
    ),
    body=ground("xen-riscv-v2-reviewed", harts=4, vmidlen=4),
    prepare=(CreateDomain(2, "A"), CreateDomain(1, "B"), Step(8)),
    task="Take guest page 0 from A. In the newest fences, see who asked, who executed, and who "
    "dropped nothing.",
    actions=(
        Action(
            "Take page 0 from A",
            (Request("POST", "/domains/0/unmap", {"first": 0, "count": 1}),),
        ),
        STEP,
    ),
    check=check,
    question="Which harts had to fence?",
    answer="Those that may hold entries under A's VMID: harts 0 and 1. The other two were "
    "interrupted for nothing. `lazy-epoch` interrupts only the harts that run A; any other fences "
    "for itself before it runs A again.",
    twin=Twin(
        "lazy-epoch",
        "Same steps, only where A runs",
        "The same commands under `lazy-epoch`, which sends the fence only to harts that run the "
        "domain at that moment.",
    ),
)
