"""A vCPU counts as preempted, so its flush is put off, while the host goes on using its TLB."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.scenario import Scenario, Step, Variant

SCENARIO = Scenario(
    name="kvm-cve-2022-39189",
    title="A guest's own flush is skipped for a vCPU that is not at a boundary of its instructions",
    source="CVE-2022-39189, Linux KVM x86, KVM_VCPU_PREEMPTED (general knowledge; no page of the "
    "fix was read)",
    policy="kvm-vmx-vpid",
    platform=preset("rv64").with_harts(2),
    steps=(
        Step("A guest asks for a flush of its other vCPUs by the paravirtual interface."),
        Step("The target is marked preempted: the flush is left for when it runs again."),
        Step(
            "It was preempted in the middle of an instruction that the host emulates: the host "
            "goes on with translations it took before the flush."
        ),
    ),
    sees=(),
    fixed=Variant("A vCPU is marked preempted only between two of its instructions."),
    outside="guests do not flush here, since they do not change their tables, and no host emulates "
    "their instructions",
)
