"""A2: a vCPU enters with the VMID 0 it was loaded with, as another took the VM's id meanwhile."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.scenario import Scenario, Step, Variant

SCENARIO = Scenario(
    name="kvm-arm64-vmid0-window",
    title="A second vCPU finds the VMID allocated, does not load VTTBR again, and runs as VMID 0",
    source="Linux fa808ed4e199, which fixes 934bf871f011 (kvm_arm_vmid_update returned a bool)",
    policy="kvm-arm64",
    platform=preset("rv64").with_harts(2),
    steps=(
        Step("A0 and A1 of a new VM are loaded on two harts: both write VTTBR with VMID 0."),
        Step(
            "A0 enters: kvm_arm_vmid_update gives the VM an id and says so, and A0 loads VTTBR "
            "again. A1 enters: the VM has an id, so nothing is said, and nothing is loaded."
        ),
        Step("A1 runs the guest as VMID 0, the host's, while A0 runs it under the VM's id."),
    ),
    sees=(),
    fixed=Variant("The VMID is allocated in vcpu_load, before VTTBR is written: `kvm-arm64`."),
    outside="between one vCPU's load and its entry another vCPU of the VM must enter, and a "
    "machine does a vCPU's load and entry in one go. kvm-arm-vmid-rollover-race plays the same "
    "skipped reload, with an id of the generation before in the place of VMID 0",
)
