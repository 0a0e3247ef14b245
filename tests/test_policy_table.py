"""docs/policies.md says what the policies do now."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.policy_table import SHIPPED, VMIDLENS, cell, entry, shipped_schedule
from simcore import policies
from simcore.hw.tlb import Organisation

PAGE = (Path(__file__).resolve().parents[1] / "docs/policies.md").read_text(encoding="utf-8")
CHECKED = (2, 14)
"""VMIDLENs that are replayed here; a whole page takes minutes."""


def row(policy: str, organisation: Organisation) -> list[str]:
    """The cells of a policy in the shipped recording's table of an organisation."""
    section = PAGE.split(f"## {SHIPPED}")[1].split(f"On a {organisation.value} TLB:")[1]
    section = section.split("On a split TLB:")[0].split("\n## ")[0]
    found = [line for line in section.splitlines() if line.startswith(f"| `{policy}` |")]
    if not found:
        pytest.skip(f"{policy} has no row yet: python -m app.policy_table")
    return [cell.strip() for cell in found[0].strip("|").split("|")[1:]]


@pytest.mark.parametrize("policy", policies.names())
def test_page_has_what_a_replay_shows(policy: str) -> None:
    schedule = shipped_schedule()
    for vmidlen in CHECKED:
        shown = row(policy, Organisation.COMBINED)[VMIDLENS.index(vmidlen)]
        assert cell(schedule, policy, vmidlen, Organisation.COMBINED) == shown
    shown = row(policy, Organisation.SPLIT)[VMIDLENS.index(2)]
    assert cell(schedule, policy, 2, Organisation.SPLIT) == shown


@pytest.mark.parametrize("policy", policies.names())
def test_page_says_what_each_policy_is_and_what_endangers_it(policy: str) -> None:
    kind = policies.find(policy)
    row(policy, Organisation.COMBINED)
    assert "\n".join(entry(kind)) in PAGE


@pytest.mark.parametrize("policy", policies.names())
def test_policy_that_fails_on_the_page_says_why(policy: str) -> None:
    cells = [cell for organisation in Organisation for cell in row(policy, organisation)]
    if any(cell[0].isdigit() or "exposed" in cell for cell in cells):
        assert policies.find(policy).hazards
