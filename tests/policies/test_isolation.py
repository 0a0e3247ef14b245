"""Random lives of domains under the real schemes that are believed to isolate, and their faults."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simcore import events as ev
from simcore import policies
from simcore.guests.working_set import GuestSpec
from simcore.hv.domain import DomainState
from simcore.hv.operations import LocalFence, Operation, Operations, SbiFences
from simcore.hw.fence import FenceKind
from simcore.hw.ids import HartId
from simcore.hw.platform import preset
from simcore.hw.sbi import RfenceFunction
from simcore.hw.tlb import Organisation, TlbGeometry
from simcore.machine import Command, Machine, MachineSpec
from simcore.machine import commands as cmd
from tests.policies.small_machine import PAGES

ALL_KINDS = frozenset(ev.VIOLATION_KINDS)
MOST_DOMAINS = 6


@dataclass(frozen=True)
class Claim:
    """Where a scheme is believed right, and which wrong hits it never gives there."""

    policy: str
    vmidlens: tuple[tuple[int, int], ...] = ((0, 0), (1, 1), (2, 2), (3, 3), (7, 7))
    organisations: tuple[Organisation, ...] = tuple(Organisation)
    harts: int = 2
    destroys: bool = True
    never: frozenset[str] = ALL_KINDS


SHARED_BY_VCPUS = ALL_KINDS - {"cross-vcpu"}
TAGGED = ((1, 1), (2, 2), (3, 3), (7, 7))
COMBINED = (Organisation.COMBINED,)
CLAIMS = (
    Claim("kvm-svm-asid", (*TAGGED, (1, 2), (3, 1))),
    Claim("kvm-vmx-vpid", (*Claim.vmidlens, (0, 3), (2, 1))),
    Claim("bhyve-svm", (*TAGGED, (1, 7))),
    Claim("bhyve-riscv", organisations=COMBINED, never=ALL_KINDS - {"stale-mapping"}),
    Claim("salus", (*Claim.vmidlens, (0, 7)), COMBINED),
    Claim("linux-x86-pcid", (*Claim.vmidlens, (0, 2), (3, 1)), never=SHARED_BY_VCPUS),
    Claim("sel4-steal", harts=1, never=SHARED_BY_VCPUS),
    Claim("sel4-steal", ((7, 7), (3, 4)), never=SHARED_BY_VCPUS),
    Claim("xvisor-static", ((0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (0, 7))),
    Claim("xvisor-static", ((7, 7), (5, 4)), destroys=False, never=SHARED_BY_VCPUS),
    Claim("bao-static", ((7, 7), (14, 8)), never=SHARED_BY_VCPUS),
)

EVERY_CLAIM = pytest.mark.parametrize(
    "claim", CLAIMS, ids=lambda claim: f"{claim.policy}-{claim.vmidlens}"
)
WHATS = (
    *("create", "destroy", "unmap", "migrate", "step", "pause", "unpause"),
    *("run", "access") * 4,
)
numbers = st.integers(0, 63)
lives = st.lists(
    st.tuples(st.sampled_from(WHATS), numbers, numbers, numbers), min_size=8, max_size=80
)
Life = list[tuple[str, int, int, int]]


def new_machine(
    claim: Claim, vmidlen: tuple[int, int], organisation: Organisation, asids: str
) -> Machine:
    """A machine of tiny TLBs and guests that touch pages by themselves too."""
    platform = replace(
        preset("rv64").with_harts(claim.harts).with_vmidlen(*vmidlen[: claim.harts]),
        tlb=TlbGeometry(sets=8, ways=4, organisation=organisation),
    )
    guests = GuestSpec(working_set_pages=PAGES, accesses_per_us=0.02, asids=asids)  # type: ignore[arg-type]
    return Machine(MachineSpec(platform, claim.policy, guests=guests))


def next_command(machine: Machine, what: str, a: int, b: int, c: int) -> Command | None:
    """The command that three numbers choose, or None where it does not apply."""
    if what == "step":
        return cmd.Step(1 + a % 3)
    alive = list(machine.domains.values())
    if what == "create":
        return cmd.CreateDomain(1 + a % 2) if len(alive) < MOST_DOMAINS else None
    if not alive:
        return None
    domain = alive[a % len(alive)]
    vcpu = domain.vcpus[b % len(domain.vcpus)]
    hart = machine.spec.platform.hart_ids[c % len(machine.execution.harts)]
    runnable = domain.state is DomainState.RUNNABLE
    if what == "access":
        return access(machine, hart, a, b)
    choices: dict[str, Command | None] = {
        "destroy": cmd.DestroyDomain(domain.id),
        "unmap": cmd.UnmapPages(domain.id, b % PAGES, 1 + c % (PAGES - b % PAGES)),
        "migrate": cmd.MigrateVcpu(domain.id, vcpu.index, hart) if runnable else None,
        "run": cmd.RunVcpu(domain.id, vcpu.index, hart) if runnable else None,
        "pause": cmd.PauseDomain(domain.id) if runnable else None,
        "unpause": None if runnable else cmd.UnpauseDomain(domain.id),
    }
    return choices[what]


def access(machine: Machine, hart: HartId, a: int, b: int) -> Command | None:
    """Let whoever is in guest mode on a hart touch a few pages."""
    vcpu = machine.occupancy.on(hart)
    if vcpu is None or not machine.occupancy.in_guest(hart):
        return None
    pages = tuple((a + step) % PAGES for step in range(1 + b % PAGES))
    return cmd.GuestAccess(vcpu.domain, vcpu.index, pages)


def wrong_kinds(machine: Machine, life: Life, destroys: bool = True) -> set[str]:
    """Play a life; the kinds of wrong hits seen."""
    kinds: set[str] = set()
    for what, *choice in life:
        if what == "destroy" and not destroys:
            continue
        command = next_command(machine, what, *choice)
        if command is not None:
            events = machine.apply(command)
            kinds.update(event.kind for event in events if isinstance(event, ev.StaleHit))
    return kinds


@EVERY_CLAIM
@settings(max_examples=100, deadline=None)
@given(data=st.data(), life=lives)
def test_no_wrong_hit_where_a_scheme_is_believed_right(
    claim: Claim, data: st.DataObject, life: Life
) -> None:
    machine = new_machine(
        claim,
        data.draw(st.sampled_from(claim.vmidlens)),
        data.draw(st.sampled_from(claim.organisations)),
        data.draw(st.sampled_from(("distinct", "same", "bare"))),
    )
    assert wrong_kinds(machine, life, claim.destroys) & claim.never == set()


@EVERY_CLAIM
def test_platforms_of_a_claim_are_ones_the_scheme_can_run_on(claim: Claim) -> None:
    platform = preset("rv64").with_harts(claim.harts)
    policy = policies.find(claim.policy)
    context = policies.PolicyContext(platform.hart_ids, platform.xlen)
    for vmidlen in claim.vmidlens:
        assert policy.cannot_run(context, vmidlen[: claim.harts]) is None


# ---- the same lives show what is wrong


def first_wrong(
    claim: Claim, change: Callable[[Machine], None] = lambda machine: None, lives: int = 300
) -> str:
    """The first kind of wrong hit in so many random lives under a claim; "" for none."""
    random = Random(1)
    for _ in range(lives):
        machine = new_machine(
            claim,
            random.choice(claim.vmidlens),
            random.choice(claim.organisations),
            random.choice(("distinct", "same", "bare")),
        )
        change(machine)
        below = random.randrange
        life = [(random.choice(WHATS), below(64), below(64), below(64)) for _ in range(100)]
        kinds = wrong_kinds(machine, life, claim.destroys) & claim.never
        if kinds:
            return min(kinds)
    return ""


def without(lost: Callable[[Operation], bool]) -> Callable[[Machine], None]:
    """A machine that does not carry out some operations."""

    def change(machine: Machine) -> None:
        carry_out = machine.execution.run

        def run(hart: HartId, operations: Operations) -> None:
            carry_out(hart, tuple(each for each in operations if not lost(each)))

        vars(machine.execution)["run"] = run

    return change


def caused_by(cause: str) -> Callable[[Operation], bool]:
    return lambda each: isinstance(each, (LocalFence, SbiFences)) and each.cause == cause


def is_vvma(operation: Operation) -> bool:
    if isinstance(operation, LocalFence):
        return operation.fence.kind is FenceKind.VVMA
    wanted = RfenceFunction.REMOTE_HFENCE_VVMA
    return isinstance(operation, SbiFences) and operation.calls[0].function == wanted


def claim_of(policy: str) -> Claim:
    return next(claim for claim in CLAIMS if claim.policy == policy)


@pytest.mark.parametrize(
    ("policy", "cause"),
    [
        ("kvm-svm-asid", "roll-over"),
        ("kvm-svm-asid", "p2m change"),
        ("kvm-vmx-vpid", "vCPU on a new hart"),
        ("kvm-vmx-vpid", "no VPID"),
        ("kvm-vmx-vpid", "p2m change"),
        ("bhyve-svm", "new id"),
        ("bhyve-svm", "p2m change"),
        ("bhyve-riscv", "run"),
        ("salus", "roll-over"),
        ("salus", "p2m change"),
        ("linux-x86-pcid", "slot reuse"),
        ("linux-x86-pcid", "world switch"),
        ("linux-x86-pcid", "p2m change"),
        ("sel4-steal", "steal"),
        ("sel4-steal", "destroy"),
        ("sel4-steal", "p2m change"),
        ("xvisor-static", "world switch"),
        ("bao-static", "p2m change"),
    ],
)
def test_each_fence_is_needed(policy: str, cause: str) -> None:
    assert first_wrong(claim_of(policy), without(caused_by(cause))) != ""


@pytest.mark.parametrize(
    "policy",
    ["kvm-svm-asid", "kvm-vmx-vpid", "bhyve-svm", "linux-x86-pcid", "sel4-steal", "xvisor-static"],
)
def test_without_hfence_vvma_a_split_tlb_serves_another_domain(policy: str) -> None:
    claim = replace(
        claim_of(policy),
        organisations=(Organisation.SPLIT,),
        never=frozenset({"cross-domain"}),
    )
    assert first_wrong(claim, without(is_vvma)) == "cross-domain"
    combined = replace(claim, organisations=COMBINED)
    assert first_wrong(combined, without(is_vvma), lives=60) == ""


CROSS = frozenset({"cross-domain"})


@pytest.mark.parametrize(
    "claim",
    [
        Claim("bhyve-riscv", organisations=(Organisation.SPLIT,), never=CROSS),
        Claim("salus", organisations=(Organisation.SPLIT,), never=CROSS),
        Claim("sel4-steal", ((1, 1),), never=CROSS),
        Claim("xvisor-static", ((7, 7),), never=CROSS),
        Claim("bao-static", ((1, 1),), never=CROSS),
        Claim("xen-riscv-v3", ((7, 7),), COMBINED, never=CROSS),
        Claim("xen-riscv-v3", ((1, 1),), COMBINED, harts=1, never=CROSS),
        Claim("xen-riscv-v3", ((2, 2),), (Organisation.SPLIT,), harts=1, never=CROSS),
        Claim("xen-riscv-v4", ((1, 1),), COMBINED, harts=1, never=CROSS),
        Claim("xen-riscv-v5", ((0, 0),), COMBINED, harts=1, never=CROSS),
    ],
    ids=lambda claim: f"{claim.policy}-{claim.vmidlens}-{claim.harts}",
)
def test_schemes_that_are_not_right_serve_another_domain(claim: Claim) -> None:
    assert first_wrong(claim) == "cross-domain"


def test_on_one_hart_the_xen_patches_isolate_where_vmids_are_used_and_the_tlb_is_combined() -> None:
    for policy in ("xen-riscv-v3", "xen-riscv-v4", "xen-riscv-v5"):
        claim = Claim(policy, ((2, 2), (7, 7)), COMBINED, harts=1, never=CROSS)
        assert first_wrong(claim, lives=60) == ""
