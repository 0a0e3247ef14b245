"""A flush is marked as needed, and the way back to the guest does not look at the mark."""

from __future__ import annotations

from simcore.hw.platform import preset
from simcore.machine.commands import CreateDomain, GuestAccess, RunVcpu, UnmapPages
from simcore.machine.faults import Fault
from simcore.scenario import Scenario, Sighting, Step, Variant

SCENARIO = Scenario(
    name="altp2m-missing-invept",
    title="need_flush is set for an altp2m, and no return to the guest consumes it",
    source='xen-project/xen@69f7643df6 (2019-02-11), "x86/vmx: Properly flush the TLB when an '
    'altp2m is modified"',
    policy="kvm-vmx-vpid",
    platform=preset("rv64").with_harts(2),
    faults=frozenset({Fault.UNSERVED_REQUEST}),
    steps=(
        Step(
            "A runs on hart 1 and has page 5 in its TLB.",
            (CreateDomain(1, "A"), RunVcpu(0, 0, 1), GuestAccess(0, 0, (5,))),
        ),
        Step(
            "Page 5 is taken away: the P2M is marked as needing a flush on hart 1, and A0 is made "
            "to leave guest mode and return. The path back does not look at that mark: no INVEPT. "
            "(A domain here has one P2M; KVM's VMX code, which asks for the flush in the same way, "
            "plays it with the fault unserved-request.)",
            (UnmapPages(0, 5),),
        ),
        Step("A0 goes on and touches page 5.", (GuestAccess(0, 0, (5,)),)),
    ),
    sees=(
        Sighting(2, "I9", "A0 is entered with an entry for the page that was taken away"),
        Sighting(3, "stale-mapping", "A's entry of before the change serves A"),
    ),
    fixed=Variant("Every way back to the guest consumes the mark.", faults=frozenset()),
)
