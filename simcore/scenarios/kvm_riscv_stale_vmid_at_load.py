"""K2: vcpu_load programs the stored VMID, before anybody looked whether it still holds."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu
from simcore.scenario import Scenario, Sighting, Step, Variant

PAGES = tuple(range(64))

SCENARIO = Scenario(
    name="kvm-riscv-stale-vmid-at-load",
    title="A speculative walk after vcpu_load fills under a VMID that is another VM's by now",
    source="Linux v6.17, arch/riscv/kvm/vcpu.c, kvm_arch_vcpu_load; arm64 allocates first since "
    'February 2025 ("Ensure a VMID is allocated before programming VTTBR_EL2")',
    policy="kvm-riscv",
    platform=preset("rv64").with_harts(1).with_vmidlen(2),
    speculation=True,
    steps=(
        Step(
            "VM A gets VMID 1, and C and D get 2 and 3. Then the ids run out: the version "
            "changes, everything is fenced, and VM B gets VMID 1.",
            (
                CreateDomain(1, "A"),
                CreateDomain(1, "B"),
                CreateDomain(1, "C"),
                CreateDomain(1, "D"),
                RunVcpu(0, 0, 0),
                RunVcpu(2, 0, 0),
                RunVcpu(3, 0, 0),
                RunVcpu(1, 0, 0),
            ),
        ),
        Step("A0 is being loaded: hgatp gets A's root and the VMID as stored, 1."),
        Step(
            "The hart walks for an address of its own choosing, and caches A's translations "
            "under VMID 1."
        ),
        Step(
            "The run loop finds the version old, gives A VMID 2, and the request to rewrite hgatp "
            "is served. A0 enters.",
            (RunVcpu(0, 0, 0),),
        ),
        Step(
            "B0 comes back. It last ran on this hart, so nothing is fenced for it; it touches its "
            "pages.",
            (RunVcpu(1, 0, 0), GuestAccess(1, 0, PAGES)),
        ),
    ),
    sees=(
        Sighting(5, "I1", "B0 enters under VMID 1, under which A's entries may be"),
        Sighting(5, "cross-domain", "an entry that A filled speculatively serves B"),
    ),
    fixed=Variant(
        "The VMID is allocated before hgatp is written, as arm64 does it since 2025.",
        policy="kvm-arm64",
    ),
)
