"""Chapter 8: from a counterexample to a fix."""

from __future__ import annotations

from collections.abc import Iterable

from app.bounds import page_of
from app.event_log import Logged
from app.learn.chapter import CREATE, DESTROY, STEP, Chapter, Twin, Verdict, ground
from app.learn.finding import Reuse, is_foreign_hit, reuses
from simcore import events as ev
from simcore.check.library import TRACES
from simcore.machine.commands import CreateDomain


def check(entries: Iterable[Logged]) -> Verdict:
    """Half of it: a VMID got a new owner with no fence in between, and there was a wrong hit."""
    unfenced: Reuse | None = None
    for found in reuses(entries):
        if isinstance(found, Reuse):
            unfenced = found if not found.fences else unfenced
        elif unfenced and is_foreign_hit(found[1], unfenced):
            reason = (
                f"Broken: VMID {unfenced.vmid} went from domain {unfenced.old} to domain "
                f"{unfenced.new} without a fence in between, and there was a wrong hit. One thing "
                "is left: the same commands with the fix."
            )
            return Verdict(False, reason, (unfenced.first, unfenced.second, found[0]))
    if unfenced is None:
        return Verdict(False, "No VMID has had two owners yet.")
    return Verdict(
        False, f"VMID {unfenced.vmid} has a new owner, no fence in between, and no wrong hit yet."
    )


def check_fixed(entries: Iterable[Logged]) -> Verdict:
    """The other half: on the same commands a fence came in between, and all hits were right."""
    fenced: Reuse | None = None
    ran = 0
    for found in reuses(entries):
        if isinstance(found, Reuse):
            if found.fences:
                fenced, ran = found, 0
            continue
        seq, event = found
        if isinstance(event, ev.StaleHit):
            return Verdict(False, "There was a wrong hit with the fix, too.", (seq,))
        if fenced and isinstance(event, ev.PagesAccessed) and event.domain == fenced.new:
            ran = ran or seq
    if fenced is None or not ran:
        return Verdict(False, "No VMID has had a second owner that ran. Break the first one.")
    reason = (
        f"VMID {fenced.vmid} went from domain {fenced.old} to domain {fenced.new} with a fence in "
        "between. The same commands, and no wrong hit."
    )
    return Verdict(True, reason, (fenced.first, *fenced.fences, fenced.second, ran))


def _counterexample() -> str:
    """The player's address of the shortest way to break it, which the checker found."""
    trace = next(trace for trace in TRACES if trace.name == "xen-v2-missing-flush")
    return page_of(trace.policy, trace.bounds, trace.path)


CHAPTER = Chapter(
    number=8,
    title="Break a real allocator",
    summary="Find the order of steps that lets one guest read another's memory, then fix it.",
    text=(
        "`xen-riscv-v2-posted` is the patch of [chapter 7](/learn/7) as posted, with the one call "
        "that it lacks: p2m_free_vmid has no caller there, and here destroying a domain calls "
        "it. A freed VMID is marked as in need of a flush, but the mark is looked up at the wrong "
        "VMID. Every line looks reasonable; an order of steps breaks it: a counterexample.",
        "The checker finds the shortest one by trying all orders on a small machine: "
        f"[look at it]({_counterexample()}) when you have tried yourself.",
        "A fix is worth as much as its evidence: the counterexample's commands must give no wrong "
        "hit, and the checker must find no other order that does. [Check the "
        "fix](/check?policy=xen-riscv-v2-reviewed&harts=1&domains=2).",
    ),
    body=ground("xen-riscv-v2-posted", harts=1, vmidlen=4),
    prepare=(CreateDomain(1, "A"), CreateDomain(1, "B")),
    task="With these buttons, have one domain hit an entry of another. Then press “Same commands "
    "with the fix”.",
    actions=(CREATE, DESTROY, STEP),
    check=check,
    question="What have you shown?",
    answer="The posted scheme breaks I3, FlushBeforeReuse: an id given to a new owner was fenced "
    "on every hart that may hold the old one's entries. The corrected one kept it on your "
    "commands. For all orders, within its bounds, ask the checker.",
    twin=Twin(
        "xen-riscv-v2-reviewed",
        "Same commands with the fix",
        "The same commands under `xen-riscv-v2-reviewed`, which fences a VMID on all harts before "
        "it is used again.",
        check_fixed,
    ),
    links=(("The library of infamous traces", "/traces"), ("Check a scheme", "/check")),
)
