"""Guests mapped by megapages: what an entry covers, what a walk reads, and what an unmap takes."""

from dataclasses import replace

import pytest

from simcore import events as ev
from simcore.guests.working_set import Asids, GuestSpec, PageSize
from simcore.machine import Machine, MachineSpec
from simcore.machine.commands import CreateDomain, DestroyDomain, GuestAccess, RunVcpu, UnmapPages
from tests.machine.machines import Watched, of_type, platform, spec, tlb_entries

WALK_CYCLES = 20


def machine(
    page_size: PageSize, *, asids: Asids = "distinct", split: bool = False, policy: str = "untagged"
) -> Watched:
    """One hart; guests that touch 1,500 pages of 4 KiB when they are told to."""
    guests = GuestSpec(1500, accesses_per_us=0, asids=asids, page_size=page_size)
    return Watched(Machine(MachineSpec(platform(1, split=split), policy, guests=guests)))


@pytest.mark.parametrize(("page_size", "pages"), [("4K", 1500), ("2M", 3)])
def test_domain_has_as_many_pages_as_its_working_set_needs(page_size: PageSize, pages: int) -> None:
    (created,) = of_type(machine(page_size)(CreateDomain(1)), ev.DomainCreated)
    assert created.pages == pages


@pytest.mark.parametrize(
    ("asids", "split", "small", "large"),
    [
        ("distinct", False, 15, 8),  # (3 + 1)(3 + 1) - 1 and (2 + 1)(2 + 1) - 1
        ("distinct", True, 6, 4),  # each stage in a structure of its own
        ("bare", False, 3, 2),
    ],
)
def test_walk_reads_one_entry_less_at_each_stage(
    asids: Asids, split: bool, small: int, large: int
) -> None:
    sizes: tuple[tuple[PageSize, int], ...] = (("4K", small), ("2M", large))
    for page_size, references in sizes:
        guest = machine(page_size, asids=asids, split=split)
        guest(CreateDomain(1), RunVcpu(0, 0, 0))
        (accessed,) = of_type(guest(GuestAccess(0, 0, (1, 1))), ev.PagesAccessed)
        assert (accessed.hits, accessed.misses) == (1, 1)
        assert accessed.cycles == references * WALK_CYCLES


def test_one_entry_covers_what_512_did() -> None:
    """The same touches, of 1,500 pages of 4 KiB all alike, with the TLB's 32 entries."""
    sizes: tuple[PageSize, ...] = ("4K", "2M")
    misses = {}
    for page_size in sizes:
        guests = GuestSpec(1500, 0, accesses_per_us=1, page_size=page_size)
        guest = Watched(Machine(MachineSpec(platform(1), "untagged", guests=guests)))
        guest(CreateDomain(1), RunVcpu(0, 0, 0))
        guest.machine.now_ns += 10_000_000
        guest.machine.catch_up(guest.machine.control_hart)
        (accessed,) = of_type(guest.machine.take_events(), ev.PagesAccessed)
        assert accessed.accesses == 10_000
        misses[page_size] = accessed.misses
        assert tlb_entries(guest.machine, 0) == (32 if page_size == "4K" else 3)
    assert misses["2M"] == 3
    assert misses["4K"] > 9_000


@pytest.mark.parametrize("split", [False, True])
def test_unmapped_megapage_is_hit_where_the_fence_goes_nowhere(split: bool) -> None:
    wrong = {}
    for policy in ("xen-riscv-v2-posted", "xen-riscv-v2-reviewed"):
        guest = machine("2M", split=split, policy=policy)
        guest(CreateDomain(1), RunVcpu(0, 0, 0), GuestAccess(0, 0, (0, 1, 2)))
        (unmapped,) = of_type(guest(UnmapPages(0, 1)), ev.PagesUnmapped)
        assert (unmapped.first, unmapped.pages) == (1, 1)
        guest(GuestAccess(0, 0, (0, 1, 2)))
        wrong[policy] = guest.hits("stale-mapping")
    assert wrong == {"xen-riscv-v2-posted": 1, "xen-riscv-v2-reviewed": 0}


def test_id_given_out_again_without_a_fence_shows_with_megapages_too() -> None:
    guest = machine("2M", policy="xen-riscv-v2-posted")
    guest(CreateDomain(1), RunVcpu(0, 0, 0), GuestAccess(0, 0, (0, 1, 2)), DestroyDomain(0))
    guest(CreateDomain(1), RunVcpu(1, 0, 0), GuestAccess(1, 0, (0, 1, 2)))
    assert guest.hits("cross-domain") == 3


def test_platform_whose_megapages_have_another_size_is_refused() -> None:
    small = spec("untagged", platform(xlen=32, vmidlen=7))
    with pytest.raises(ValueError, match=r"guests.page_size is '2M'.*Sv32x4.*4K is allowed"):
        replace(small, guests=replace(small.guests, page_size="2M"))
