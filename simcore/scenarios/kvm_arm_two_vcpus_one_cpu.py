"""Two vCPUs of a VM on one CPU, with one VMID, one ASID and tables of their own."""

from __future__ import annotations

from simcore.guests.working_set import GuestSpec
from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.machine.faults import Fault
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="kvm-arm-two-vcpus-one-cpu",
    title="A vCPU hits what its sibling cached on the same CPU under the same VMID and ASID",
    source='Linux 94d0e598, "arm/arm64: KVM: Perform local TLB invalidation when multiplexing '
    'vcpus on a single CPU"',
    policy="kvm-arm64",
    platform=preset("rv64").with_harts(1),
    guests=GuestSpec(accesses_per_us=0, asids="same"),
    faults=frozenset({Fault.NO_VCPU_SWITCH_FENCE}),
    steps=(
        Step(
            "A0 runs on hart 0 and maps page 5 by its own tables, under the VM's VMID and ASID 1.",
            (CreateDomain(2, "A"), RunVcpu(0, 0, 0), GuestAccess(0, 0, (5,))),
        ),
        Step("A1 maps page 5 too, under ASID 1 as well, and to another page of the guest."),
        Step(
            "A1 runs on hart 0. The VMID is the same, so nothing is fenced; it touches page 5.",
            (RunVcpu(0, 1, 0), GuestAccess(0, 1, (5,))),
        ),
    ),
    sees=(
        Sighting(3, "I1", "A1 enters under the tag under which A0's entries are"),
        Sighting(3, "cross-vcpu", "A0's entry serves A1"),
    ),
    fixed=Variant(
        "last_vcpu_ran: a CPU where another vCPU of the VM ran last fences the VM's VS-stage "
        "entries.",
        faults=frozenset(),
    ),
)
