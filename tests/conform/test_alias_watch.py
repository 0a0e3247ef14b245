"""Aliases: a tag that another owner left on the hart, with no covering fence since."""

import pytest

from simcore import events as ev
from simcore.conform.alias_watch import AliasWatch

VMIDLEN = {0: 2, 1: 2}


def entered(hart: int, domain: int, vcpu: int, vmid: int) -> ev.GuestEntered:
    return ev.GuestEntered(0, hart, domain, vcpu, vmid)


def fenced(hart: int, fence: str, operand: int = -1, address: int = -1) -> ev.FenceExecuted:
    return ev.FenceExecuted(0, hart, fence, address, operand, -1, "roll-over", -1, 0, 1)


def test_a_tag_taken_over_names_its_previous_owner() -> None:
    watch = AliasWatch(VMIDLEN, per_vcpu=True)
    assert watch.see([entered(0, 1, 2, 3)]) is None
    assert watch.see([entered(0, 4, 0, 3)]) == [1, 2]
    assert watch.see([entered(0, 1, 2, 3)]) == [4, 0]
    assert watch.see([entered(0, 1, 2, 3)]) is None


def test_vcpus_of_one_domain_share_a_tag_that_belongs_to_the_domain() -> None:
    watch = AliasWatch(VMIDLEN, per_vcpu=False)
    watch.see([entered(0, 1, 2, 3)])
    assert watch.see([entered(0, 1, 0, 3)]) is None
    assert watch.see([entered(0, 2, 0, 3)]) == [1]


def test_tags_are_watched_hart_by_hart() -> None:
    watch = AliasWatch(VMIDLEN, per_vcpu=True)
    watch.see([entered(0, 1, 0, 3)])
    assert watch.see([entered(1, 2, 0, 3)]) is None


@pytest.mark.parametrize(
    ("fence", "covers"),
    [
        (fenced(0, "hfence_gvma"), True),
        (fenced(0, "hfence_gvma_vmid", 3), True),
        (fenced(0, "hfence_gvma_vmid", 7), True),  # two bits are implemented: 7 is 3
        (fenced(0, "hfence_gvma_vmid", 2), False),
        (fenced(1, "hfence_gvma"), False),
        (fenced(0, "hfence_gvma_gpa_vmid", 3, 0x80), False),
        (fenced(0, "hfence_vvma"), False),
    ],
)
def test_only_a_fence_of_the_whole_tag_on_that_hart_covers(
    fence: ev.FenceExecuted, covers: bool
) -> None:
    watch = AliasWatch(VMIDLEN, per_vcpu=False)
    watch.see([entered(0, 1, 0, 3)])
    assert watch.see([fence, entered(0, 2, 0, 3)]) == (None if covers else [1])
