"""The Xen RISC-V patch v5: `used` in its right sense, not looked at before a VMID is given."""

import pytest

from simcore.hw.ids import HartId
from simcore.machine import Machine
from simcore.machine import commands as cmd
from simcore.policies.xen_riscv_head import XenRiscvHead
from simcore.policies.xen_riscv_v5 import XenRiscvV5
from tests.policies.small_machine import round_robin, run, small_machine, vmids


def without_vmids(policy: type[XenRiscvHead], domains: int) -> Machine:
    """A machine of two VMID bits under a policy with the option `vmid` off."""
    machine = small_machine("untagged", 2)
    machine.policy = policy(machine.policy.context, vmid_option=False)
    machine.policy.boot(HartId(0), 2)
    for _ in range(domains):
        machine.apply(cmd.CreateDomain(1))
    return machine


@pytest.mark.parametrize("vmidlen", [0, 1, 2, 3, 7])
def test_vmids_are_those_of_v3(vmidlen: int) -> None:
    events = round_robin(small_machine("xen-riscv-v5", vmidlen, domains=5), 5, 3)
    assert events == round_robin(small_machine("xen-riscv-v3", vmidlen, domains=5), 5, 3)


def test_with_one_bit_it_differs_from_the_merged_code_by_the_check_at_the_top() -> None:
    orders = {}
    for policy in ("xen-riscv-v5", "xen-riscv-head"):
        machine = small_machine(policy, 1, domains=4)
        orders[policy] = [vmids(run(machine, domain)) for domain in (0, 1, 2, 3)]
    assert orders == {
        "xen-riscv-v5": [[1], [0], [1], [0]],
        "xen-riscv-head": [[0], [0], [0], [0]],
    }


def test_with_the_option_off_vmids_are_given_out_all_the_same() -> None:
    machine = without_vmids(XenRiscvV5, 5)
    assert [vmids(run(machine, domain)) for domain in range(5)] == [[1], [2], [3], [0], [1]]
    assert vmids(run(machine, 0)) == [1]
    merged = without_vmids(XenRiscvHead, 5)
    assert [vmids(run(merged, domain)) for domain in range(5)] == [[0]] * 5
