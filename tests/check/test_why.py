"""Why a wrong hit could happen, told of real paths."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simcore import events as ev
from simcore.check.bounds import Bounds
from simcore.check.library import TRACES, Trace
from simcore.check.search import check
from simcore.check.why import Reason, missed
from simcore.hw.tlb import EntryKind, Organisation, TlbEntry
from simcore.invariants import Invariant
from simcore.machine.faults import Fault
from tests.check.leading import Led, create, destroy, lead, leave, switch, touch, unmap

ONE_HART = Bounds(harts=1, domains=1)


def words(reasons: list[Reason]) -> list[tuple[int, str, str]]:
    return [(reason.step, reason.part, reason.words) for reason in reasons]


def follow(policy: str, bounds: Bounds, path: tuple[int, ...]) -> Led:
    """A path that a search found."""
    led = Led(policy, bounds)
    for choice in path:
        led.history.record(led.walker.take(choice))
    return led


def test_reused_id_is_told_from_the_fill_to_the_hit() -> None:
    led = lead(
        "xen-riscv-v2-posted", ONE_HART,
        create(), switch(0, 0), leave(0), destroy(0), create(), switch(0, 1), touch(0),
    )  # fmt: skip
    assert words(led.why()) == [
        (
            5,
            "fill",
            "Hart 0 walks for page 0 through the tables of domain 0 and keeps what it finds, as a "
            "combined entry under VMID 0.",
        ),
        (9, "change", "VMID 0 is taken back from domain 0; the entry under it stays."),
        (9, "change", "Domain 0 is gone; its entry is still in the TLB of hart 0."),
        (10, "change", "VMID 0 is given to domain 1."),
        (14, "change", "vCPU 0 of domain 1 runs on hart 0 under VMID 0, the tag of that entry."),
        (15, "fence", "Hart 0 has executed no fence since."),
        (
            15,
            "hit",
            "vCPU 0 of domain 1 on hart 0, page 0, was served under VMID 0 by an entry that domain "
            "0 filled through its VS-stage tables 0.",
        ),
    ]


def test_page_that_is_taken_away_names_the_request_that_was_not_sent() -> None:
    led = lead(
        "xen-riscv-v2-posted", Bounds(harts=2, domains=1),
        create(), switch(1, 0), unmap(0), touch(1),
    )  # fmt: skip
    told = [reason.words for reason in led.why()]
    assert "Page 0 of domain 0 leads elsewhere; the entry still does not." in told
    assert any("and nothing is fenced: error -22" in line for line in told)
    assert "Hart 1 has executed no fence since." in told


def test_fence_that_is_still_on_its_way_is_told() -> None:
    led = Led("xen-riscv-v2-reviewed", Bounds(harts=2, domains=1))
    for wanted in (create(), switch(1, 0)):
        led.take(wanted)
        led.finish()
    led.take(unmap(0))
    while not led.walker.machine.interleaving.flights:
        led.take({"action": "go on", "hart": 0})
    led.take(touch(1))
    told = [reason.words for reason in led.why()]
    assert any("is still on its way to hart 1" in line for line in told)


def test_fence_of_another_id_says_which_it_names() -> None:
    bounds = Bounds(harts=2, domains=2, faults=frozenset({Fault.WRONG_ID}))
    verdict = check("kvm-riscv", bounds, (Invariant.I1, Invariant.I9))
    assert verdict.broken is not None
    led = follow("kvm-riscv", bounds, verdict.path)
    reasons = led.why()
    assert reasons[0].part == "fill"
    assert reasons[-1].part == "hit"
    assert any(
        reason.part == "fence" and "and the entry is under VMID" in reason.words
        for reason in reasons
    )


@pytest.mark.parametrize(
    ("policy", "bounds"),
    [
        ("xen-riscv-v2-posted", Bounds()),
        ("xen-riscv-head", Bounds(speculation=True)),
        ("xen-riscv-head", Bounds(tlb=Organisation.SPLIT, speculation=True)),
        ("xen-riscv-v2-posted", Bounds(tlb=Organisation.SPLIT)),
        ("linux-riscv-asid", Bounds(vcpus=2, domains=1, asids="same")),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_counterexample_to_isolation_is_explained(policy: str, bounds: Bounds) -> None:
    verdict = check(policy, replace(bounds, depth=14))
    assert verdict.broken is not None
    reasons = follow(policy, bounds, verdict.path).why()
    assert reasons[0].part == "fill"
    assert reasons[0].step < len(verdict.path)
    assert reasons[-1].part == "hit"
    assert [reason.step for reason in reasons] == sorted(reason.step for reason in reasons)
    assert any(reason.part == "fence" for reason in reasons)


def traced(name: str) -> list[str]:
    """The reasons of a trace of the library."""
    (trace,) = (trace for trace in TRACES if trace.name == name)
    return [reason.words for reason in follow(trace.policy, trace.bounds, trace.path).why()]


def test_id_that_was_not_the_owners_is_told_from_where_it_came() -> None:
    told = traced("xen-head-migrate")
    assert told[0] == "VMID 2 is given to domain 1 on hart 0."
    assert "vCPU 0 of domain 1 moves from hart 0 to hart 1." in told
    (fill,) = (words for words in told if words.startswith("Hart 1 walks"))
    assert fill.endswith("as a combined entry under VMID 2, which nobody has then.")


def test_tables_are_told_apart_where_vcpus_share_a_tag() -> None:
    told = traced("kvm-riscv-two-vcpus")
    assert "Hart 0 walks for page 0 through tables 1 of domain 0" in told[0]
    assert any("with tables 0 under the same ASID 1" in words for words in told)


def test_id_that_the_hardware_cuts_is_told_as_the_tlb_has_it() -> None:
    told = traced("xen-v2-vmidlen-alias")
    assert "VMID 1, which the TLB has as 0, is given to domain 1." in told


@pytest.mark.parametrize("trace", TRACES, ids=lambda trace: trace.name)
def test_every_infamous_trace_is_explained(trace: Trace) -> None:
    reasons = follow(trace.policy, trace.bounds, trace.path).why()
    parts = [reason.part for reason in reasons]
    assert parts.count("fill") == 1
    assert parts[-1] == "hit"
    assert "fence" in parts


def test_step_that_breaks_nothing_has_no_reason() -> None:
    led = lead("xen-riscv-v2-posted", ONE_HART, create(), switch(0, 0), touch(0))
    assert led.why() == []


def test_entries_know_the_step_that_filled_them() -> None:
    led = lead("xen-riscv-v2-posted", ONE_HART, create(), switch(0, 0), touch(0))
    (filled,) = led.history.entries(0)
    assert (filled.step, filled.owner, filled.holder) == (5, (0, 0), None)
    assert led.walker.steps[4].words.endswith("the TLB misses and fills")


def entry(kind: EntryKind, asid: int) -> TlbEntry:
    return TlbEntry(kind.label, 0, 0, kind, 1, asid, 0, 0, 0, 0, 0)


def fence(name: str, address: int = -1, number: int = -1, vmid: int = -1) -> ev.FenceExecuted:
    return ev.FenceExecuted(0, 0, name, address, number, vmid, "test", -1, 0, 0)


@pytest.mark.parametrize(
    ("executed", "held", "says"),
    [
        (fence("hfence_gvma"), entry(EntryKind.COMBINED, 1), None),
        (fence("hfence_gvma"), entry(EntryKind.VS_STAGE, 1), "leaves VS-stage entries"),
        (fence("hfence_gvma_vmid", number=5), entry(EntryKind.G_STAGE, -1), None),
        (
            fence("hfence_gvma_vmid", number=2),
            entry(EntryKind.G_STAGE, -1),
            "names VMID 2, and the entry is under VMID 1",
        ),
        (
            fence("hfence_gvma_gpa", address=3),
            entry(EntryKind.G_STAGE, -1),
            "names page 3, and the entry is for page 0",
        ),
        (fence("hfence_gvma_gpa", address=3), entry(EntryKind.COMBINED, 1), None),
        (fence("hfence_vvma", vmid=1), entry(EntryKind.COMBINED, 1), None),
        (fence("hfence_vvma", vmid=1), entry(EntryKind.G_STAGE, -1), "leaves G-stage entries"),
        (
            fence("hfence_vvma", vmid=0),
            entry(EntryKind.VS_STAGE, 1),
            "acts on VMID 0, and the entry is under VMID 1",
        ),
        (
            fence("hfence_vvma_asid", number=2, vmid=1),
            entry(EntryKind.VS_STAGE, 1),
            "names ASID 2, and the entry is under ASID 1",
        ),
        (
            fence("hfence_vvma_gva", address=1, vmid=1),
            entry(EntryKind.COMBINED, 1),
            "names page 1, and the entry is for page 0",
        ),
        (fence("sfence_vma"), entry(EntryKind.COMBINED, 1), "leaves what guests filled"),
    ],
)
def test_fence_says_why_it_leaves_an_entry(
    executed: ev.FenceExecuted, held: TlbEntry, says: str | None
) -> None:
    assert missed(executed, held, vmidlen=2) == says
