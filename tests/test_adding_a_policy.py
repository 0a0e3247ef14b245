"""docs/adding-a-policy.md adds a policy that works, in one file."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from simcore import policies
from simcore.events import StaleHit
from simcore.hw.platform import preset
from simcore.hw.tlb import Organisation
from simcore.machine import Machine, MachineSpec
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.scenario import QUIET
from tests.policies.hypervisor import Hypervisor, context

PAGE = Path(__file__).resolve().parents[1] / "docs/adding-a-policy.md"


@pytest.fixture
def added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The page's code as one more file among the policies."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    (tmp_path / "hvisor_riscv.py").write_text(code, encoding="utf-8")
    monkeypatch.setattr(policies, "__path__", [*policies.__path__, str(tmp_path)])
    policies._found.cache_clear()
    yield "hvisor-riscv"
    sys.modules.pop("simcore.policies.hvisor_riscv", None)
    policies._found.cache_clear()


def wrong_hits(policy: str, organisation: Organisation) -> int:
    """Two guests after each other on one hart, touching the same page."""
    platform = preset("rv64").with_harts(1)
    platform = replace(platform, tlb=replace(platform.tlb, organisation=organisation))
    machine = Machine(MachineSpec(platform, policy, guests=QUIET))
    events = []
    for domain in (0, 1):
        for command in (CreateDomain(1), RunVcpu(domain, 0, 0), GuestAccess(domain, 0, (5,))):
            events += machine.apply(command)
    return sum(isinstance(event, StaleHit) for event in events)


def test_the_page_adds_a_policy_in_one_file(added: str) -> None:
    assert added in policies.names()
    assert wrong_hits(added, Organisation.COMBINED) == 0


def test_it_fails_where_the_page_says_so(added: str) -> None:
    assert "VS-stage" in policies.find(added).hazards
    assert wrong_hits(added, Organisation.SPLIT) == 1


def test_it_keeps_the_contract_s_first_rules(added: str) -> None:
    first, second = (Hypervisor(policies.find(added)(context()), 0) for _ in range(2))
    for hypervisor in (first, second):
        domain = hypervisor.create(2)
        assert domain is not None
        hypervisor.run(hypervisor.policy.context.hart_ids[0], domain.vcpus[0])
        hypervisor.destroy(domain)
    assert first.policy.key() == second.policy.key() == first.policy.clone().key()
