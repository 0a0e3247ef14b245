"""What a hart may hold by its events: with speculation, whatever its registers let it walk."""

from simcore import events as ev
from simcore.guests.working_set import Asids, GuestSpec
from simcore.holdings import Holding, Holdings
from simcore.hw.platform import preset
from simcore.hw.tlb import EntryKind

HART, OLD, NEW = 0, 3, 4
ENTERED = ev.GuestEntered(0, HART, NEW, 0, 7)


def holdings(
    *events: ev.Event, split: bool = False, speculation: bool = True, asids: Asids = "distinct"
) -> Holdings:
    """Holdings of one hart of 14 VMID bits, after these events."""
    platform = preset("rv64-split" if split else "rv64").with_harts(1)
    followed = Holdings(platform, GuestSpec(asids=asids), speculation=speculation)
    for event in (ev.HartBooted(0, HART, 14, 14), *events):
        followed.record(event)
    return followed


def loaded(domain: int) -> ev.Event:
    return ev.WorldSwitched(0, HART, domain, 0, -1, -1)


def hgatp(vmid: int) -> ev.Event:
    return ev.HgatpWritten(0, HART, vmid, vmid, 0)


def vsatp(value: int) -> ev.Event:
    return ev.VsatpWritten(0, HART, value)


def fenced(fence: str, vmid: int = -1) -> ev.Event:
    return ev.FenceExecuted(0, HART, fence, -1, -1, vmid, "test", -1, 0, 0)


def owners(followed: Holdings, vmid: int) -> set[tuple[str, int]]:
    return {(holding.kind.label, holding.domain) for holding in followed.under(HART, vmid)}


def test_without_speculation_only_an_access_fills() -> None:
    followed = holdings(loaded(NEW), hgatp(7), vsatp(1), ENTERED, speculation=False)
    assert owners(followed, 7) == set()
    followed.record(ev.PagesAccessed(0, HART, NEW, 0, 1, 0, 1, 0))
    assert set(followed.under(HART, 7)) == {Holding(EntryKind.COMBINED, NEW, 0, 1)}


def test_a_register_that_is_written_lets_the_hart_walk() -> None:
    followed = holdings(loaded(NEW), hgatp(7), vsatp(1), ENTERED)
    assert owners(followed, 7) == {("G-stage", NEW), ("combined", NEW)}


def test_tables_of_one_guest_under_the_root_of_another_fill_for_both() -> None:
    before = (loaded(OLD), hgatp(7), vsatp(1))
    followed = holdings(*before, fenced("hfence_gvma"), loaded(NEW), vsatp(1), ENTERED, split=True)
    assert owners(followed, 7) == {("G-stage", OLD), ("VS-stage", OLD), ("VS-stage", NEW)}


def test_with_vsatp_zero_only_the_g_stage_is_walked() -> None:
    followed = holdings(vsatp(0), loaded(NEW), hgatp(7), ENTERED)
    assert owners(followed, 7) == {("G-stage", NEW)}


def test_a_hart_walks_again_after_a_fence_and_not_before_the_next_event() -> None:
    followed = holdings(loaded(NEW), vsatp(0), hgatp(7), fenced("hfence_gvma"))
    assert owners(followed, 7) == set()
    followed.record(ENTERED)
    assert owners(followed, 7) == {("G-stage", NEW)}


def test_nothing_is_walked_for_a_domain_that_is_gone() -> None:
    gone = (loaded(OLD), vsatp(0), hgatp(7), ev.DomainDestroyed(0, OLD), fenced("hfence_gvma"))
    assert owners(holdings(*gone, ENTERED), 7) == set()
