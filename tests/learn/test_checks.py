"""Each chapter's check is false before its task, true after it, and names the events."""

from __future__ import annotations

import pytest

from app.learn import CHAPTERS
from app.learn.chapter import Chapter
from simcore import events as ev
from simcore.machine import Command
from simcore.machine.commands import (
    CreateDomain,
    DestroyDomain,
    MigrateVcpu,
    Step,
    UnmapPages,
)
from tests.learn.playing import compared, played

REPLACED: tuple[Command, ...] = (DestroyDomain(0), CreateDomain(1))
TASKS: dict[int, tuple[Command, ...]] = {
    1: (Step(4),),
    2: (CreateDomain(1), Step(4)),
    3: (*REPLACED, Step(2)),
    4: (CreateDomain(1), Step(4)),
    5: (UnmapPages(0, 0, 1),),
    6: (MigrateVcpu(0, 0, 1), Step(2)),
    7: (*REPLACED, Step(3)),
    8: (Step(3), DestroyDomain(0), CreateDomain(1), Step(3)),
}
"""What the buttons do, by chapter."""
EVIDENCE: dict[int, tuple[type[ev.Event], ...]] = {
    1: (ev.PagesAccessed, ev.FenceExecuted, ev.PagesAccessed),
    2: (ev.HgatpWritten, ev.StaleHit),
    3: (ev.RemoteFenceRequested, ev.VmidAssigned, ev.StaleHit),
    4: (ev.GenerationRolledOver, ev.VmidAssigned, ev.FenceExecuted, ev.GuestEntered),
    5: (ev.PagesUnmapped, ev.RemoteFenceRequested, *(ev.FenceExecuted,) * 4),
    6: (ev.VmidAssigned, ev.VcpuMigrated, ev.StaleHit),
    7: (ev.RemoteFenceRequested, ev.VmidAssigned, ev.StaleHit),
    8: (ev.VmidAssigned, ev.VmidAssigned, ev.StaleHit),
}
every_chapter = pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.title)


@every_chapter
def test_check_is_false_as_the_chapter_opens(chapter: Chapter) -> None:
    verdict = chapter.check(played(chapter))
    assert not verdict.done
    assert verdict.evidence == ()
    assert verdict.reason


@every_chapter
def test_check_is_false_one_step_before_the_end_and_true_after_the_task(
    chapter: Chapter,
) -> None:
    *most, last = TASKS[chapter.number]
    if isinstance(last, Step):
        most.append(Step(last.count - 1))
    assert chapter.check(played(chapter, most)).evidence == ()
    entries = played(chapter, TASKS[chapter.number])
    verdict = chapter.check(entries)
    assert verdict.done == (chapter.number != 8)
    kinds = dict(entries)
    assert tuple(type(kinds[seq]) for seq in verdict.evidence) == EVIDENCE[chapter.number]


@every_chapter
def test_waiting_alone_does_no_task_but_the_first(chapter: Chapter) -> None:
    assert bool(chapter.check(played(chapter, [Step(200)])).evidence) == (chapter.number == 1)


def test_same_commands_show_no_wrong_hit_under_any_twin() -> None:
    with_twin = [chapter for chapter in CHAPTERS if chapter.twin]
    assert [chapter.number for chapter in with_twin] == [1, 2, 3, 5, 6, 7, 8]
    for chapter in with_twin:
        kinds = {type(event) for _, event in compared(chapter, [*TASKS[chapter.number], Step(50)])}
        assert ev.StaleHit not in kinds, chapter.title


def test_fix_is_shown_by_the_same_commands_and_not_by_others() -> None:
    chapter = CHAPTERS[7]
    assert chapter.twin
    assert chapter.twin.check
    assert not chapter.twin.check(compared(chapter)).done
    assert not chapter.twin.check(compared(chapter, [Step(100)])).done
    assert not chapter.twin.check(compared(chapter, [DestroyDomain(0), CreateDomain(1)])).done
    entries = compared(chapter, TASKS[8])
    verdict = chapter.twin.check(entries)
    assert verdict.done
    assert [type(dict(entries)[seq]).__name__ for seq in verdict.evidence] == [
        "VmidAssigned", "FenceExecuted", "VmidAssigned", "PagesAccessed",
    ]  # fmt: skip
    assert not chapter.twin.check(played(chapter, TASKS[8])).done


def test_reused_id_whose_entries_are_never_met_is_not_a_break() -> None:
    chapter = CHAPTERS[7]
    unused: list[Command] = [DestroyDomain(0), CreateDomain(1), Step(4)]
    verdict = chapter.check(played(chapter, unused))
    assert verdict.evidence == ()
    assert verdict.reason == ("VMID 0 has a new owner, no fence in between, and no wrong hit yet.")


def test_second_reuse_of_an_id_counts_like_the_first() -> None:
    replaced_twice: list[Command] = [*REPLACED, DestroyDomain(2), CreateDomain(1), Step(4)]
    verdict = CHAPTERS[6].check(played(CHAPTERS[6], replaced_twice))
    assert verdict.done


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (1, "A ran, a world switch dropped what it had in the TLB, and back on the hart it "
            "missed 9 times."),
        (2, "hgatp was given VMID 2 and holds 0. Under that tag domain 2 was served an entry of "
            "domain 0."),
        (5, "One request had 4 harts fence; 2 of them dropped entries: hart 0, hart 1."),
        (6, "VMID 1 of hart 1 is domain 1's. A vCPU of domain 0 came with VMID 1 of another hart, "
            "kept it, and was served what domain 1 had filled."),
    ],
)  # fmt: skip
def test_reason_says_what_happened(number: int, reason: str) -> None:
    chapter = CHAPTERS[number - 1]
    assert chapter.check(played(chapter, TASKS[number])).reason == reason


def test_first_chapter_says_at_each_step_what_is_still_to_come() -> None:
    chapter = CHAPTERS[0]
    reasons = [chapter.check(played(chapter, [Step(steps)])).reason for steps in (1, 2, 3)]
    assert reasons == [
        "No world switch has dropped an entry yet.",
        "No domain that ran before has come back yet.",
        "A is back and has touched nothing yet: one more step.",
    ]
