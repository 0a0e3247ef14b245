"""K4: two vCPUs of one VM take turns on a CPU, and look the same to the TLB.

The page's variant, an SFENCE.VMA by A0 elsewhere that this hart does not hear of, needs guests that
change their own tables, which the model leaves out.
"""

from __future__ import annotations

from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="kvm-riscv-two-vcpus-one-cpu",
    title="A vCPU is served by its sibling's entry: same VMID, same ASID, other tables",
    source="kvm-riscv/linux issue #32",
    policy="kvm-riscv",
    platform=preset("rv64").with_harts(1),
    guests=GuestSpec(accesses_per_us=0, asids="same"),
    steps=(
        Step(
            "A0 and A1 take turns on the hart. The guest numbers its ASIDs for each of its harts "
            "alone, so both have ASID 1 in vsatp, with tables of their own; their VMID is the "
            "VM's. Each first run fences.",
            (CreateDomain(2, "A"), RunVcpu(0, 0, 0), RunVcpu(0, 1, 0)),
        ),
        Step(
            "A0 again, and it touches page 5. Both vCPUs last left guest mode on this very hart, "
            "so nothing is fenced.",
            (RunVcpu(0, 0, 0), GuestAccess(0, 0, (5,))),
        ),
        Step(
            "A1, without a fence either, touches the same address, which its own tables map "
            "elsewhere.",
            (RunVcpu(0, 1, 0), GuestAccess(0, 1, (5,))),
        ),
    ),
    sees=(
        Sighting(3, "I1", "A1 enters under a tag under which entries of A0's tables are"),
        Sighting(3, "cross-vcpu", "A0's entry serves A1"),
    ),
    fixed=Variant(
        "last_vcpu_ran: a hart that ran another vCPU of the VM fences the VMID first, as KVM on "
        "arm64 and Xen on Arm do.",
        policy="kvm-arm64",
    ),
)
