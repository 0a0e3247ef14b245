"""Chapter 1: what it costs to have no tag."""

from __future__ import annotations

from collections.abc import Iterable

from app.event_log import Logged
from app.learn.chapter import STEP, Chapter, Twin, Verdict, ground
from simcore import events as ev
from simcore.machine.commands import CreateDomain


def check(entries: Iterable[Logged]) -> Verdict:
    """A world switch dropped entries, and a guest that had run before it missed again after it."""
    names: dict[int, str] = {}
    ran: dict[int, int] = {}
    dropped: dict[int, int] = {}
    back = ""
    for seq, event in entries:
        if isinstance(event, ev.FenceExecuted) and event.cause == "world switch" and event.dropped:
            dropped |= dict.fromkeys(ran, seq)
        elif isinstance(event, ev.DomainCreated):
            names[event.domain] = event.name
        elif isinstance(event, ev.GuestEntered):
            back = _name(names, event.domain) if event.domain in dropped else ""
        elif isinstance(event, ev.PagesAccessed):
            fence = dropped.get(event.domain)
            if fence is not None and event.misses:
                reason = (
                    f"{_name(names, event.domain)} ran, a world switch dropped what it had in the "
                    f"TLB, and back on the hart it missed {event.misses} times."
                )
                return Verdict(True, reason, (ran[event.domain], fence, seq))
            ran[event.domain] = seq
    if not dropped:
        return Verdict(False, "No world switch has dropped an entry yet.")
    if back:
        return Verdict(False, f"{back} is back and has touched nothing yet: one more step.")
    return Verdict(False, "No domain that ran before has come back yet.")


def _name(names: dict[int, str], domain: int) -> str:
    """As the task calls it. Of a long history the middle is not read, and a name may be there."""
    return names.get(domain, f"Domain {domain}")


CHAPTER = Chapter(
    number=1,
    title="Why tag a TLB",
    summary="Two guests, one TLB, and a fence at every world switch.",
    text=(
        "A hart translates a guest's addresses in two stages: from guest-virtual (GVA) to "
        "guest-physical (GPA) by the guest's tables, from there to supervisor-physical (SPA) by "
        "the hypervisor's. With Sv39 over Sv39x4 a walk that finds nothing cached reads 15 "
        "page-table entries. So the results are kept in a TLB.",
        "Guests use the same GVAs for different memory. Where an entry does not say whose it is, "
        "all of them have to go at every world switch. `untagged` does that: HFENCE.GVMA, then "
        "HFENCE.VVMA. The guest that comes back walks again for pages it used a moment ago.",
        "A tag lets the entries of many guests stay side by side: an entry hits only under the "
        "VMID it was filled under.",
    ),
    body=ground("untagged", harts=1, vmidlen=4),
    prepare=(CreateDomain(1, "A"), CreateDomain(1, "B")),
    task="Press Step until A has run, then B, then A again. A step ends as the next guest enters: "
    "the TLB is empty at that moment, and the log says how many entries the switch dropped.",
    actions=(STEP,),
    check=check,
    question="What would a tag have saved?",
    answer="The fences at the switches and the walks after them. Compare the same steps with "
    "VMIDs: nothing is fenced at a switch, and A finds its entries where it left them.",
    twin=Twin(
        "xen-riscv-v2-reviewed",
        "Same steps with VMIDs",
        "The same commands under `xen-riscv-v2-reviewed`, which gives each domain a VMID.",
    ),
)
