"""A machine moved by hand: real harts, firmware, domains and vCPUs under one policy.

The vector files say who is loaded where and when, so there is no scheduler here, no clock, and no
guest that touches memory. Hooks are called and their operations carried out as on a Machine.
"""

from array import array
from collections.abc import Iterable

from simcore import events as ev
from simcore.hv.domain import Domain, P2m, Vcpu
from simcore.hv.operations import Operations, Refusal
from simcore.hw.csr import Xlen, probe_vmidlen
from simcore.hw.ids import DomainId, HartId
from simcore.hw.platform import Platform
from simcore.hw.sbi import DEFAULT_RANGE_LIMIT_BYTES, Answer, Firmware, SbiRfence
from simcore.machine.execution import Execution
from simcore.machine.faults import Faults
from simcore.policies.base import Policy

_FIRST_ROOT_PPN = 0x80000
_ROOT_STRIDE = 512  # 4 pages of root table, and one for each of the 256 vCPUs a domain may have
_ROOTS = 1 << 12  # so that every root fits the 22 PPN bits of RV32


class _RecordedFirmware(Firmware):
    """Firmware that keeps the calls made: an event has no room for their start and size."""

    def __init__(
        self,
        hart_ids: Iterable[int],
        hypervisor_harts: Iterable[int] | None = None,
        *,
        xlen: Xlen = 64,
        range_limit_bytes: int = DEFAULT_RANGE_LIMIT_BYTES,
    ) -> None:
        super().__init__(hart_ids, hypervisor_harts, xlen=xlen, range_limit_bytes=range_limit_bytes)
        self.calls: list[SbiRfence] = []

    def rfence(self, call: SbiRfence, caller: HartId, caller_vmid: int) -> Answer:
        """Serve one call, and keep it."""
        self.calls.append(call)
        return super().rfence(call, caller, caller_vmid)


class Rig:
    """Harts of `platform` on which `policy` loads and enters the vCPUs it is told to.

    Callers see to it that a hart is idle before `load`, and that a vCPU is loaded before `enter`.
    """

    def __init__(self, platform: Platform, policy: Policy) -> None:
        self.policy = policy
        self.now_ns = 0
        self.events: list[ev.Event] = []
        self.execution = Execution(platform, self, self.events, Faults(), speculation=False)
        self.firmware = _RecordedFirmware(
            platform.hart_ids,
            xlen=platform.xlen,
            range_limit_bytes=platform.rfence_range_limit_bytes,
        )
        self.execution.firmware = self.firmware
        self.domains: dict[DomainId, Domain] = {}
        self.loaded: dict[HartId, Vcpu] = {}
        self.in_guest: set[HartId] = set()
        self.control_hart = platform.hart_ids[0]

    def take(self) -> tuple[list[ev.Event], list[SbiRfence]]:
        """The events and the SBI calls since the last time."""
        taken = self.events[:], self.firmware.calls[:]
        self.events.clear()
        self.firmware.calls.clear()
        return taken

    def run(self, hart: HartId, operations: Operations) -> None:
        """Carry operations out on a hart."""
        self.execution.run(hart, operations)

    def vmid(self, hart: HartId) -> int:
        """The VMID in a hart's hgatp, as it reads."""
        return self.execution.harts[hart].vmid

    def boot(self, hart: HartId) -> None:
        """Bring a hart up, with the VMIDLEN that probing its hgatp finds."""
        probed = probe_vmidlen(self.execution.harts[hart].hgatp_spec)
        self.run(hart, self.policy.boot(hart, probed))

    def create(self, number: DomainId, vcpus: int) -> Refusal | None:
        """Create a domain; one that the policy refuses is there too, until it is destroyed."""
        # With an ASID, a saved vsatp is paged, and not the 0 that is written for nobody.
        members = [Vcpu(number, index, asid=1, space=index) for index in range(vcpus)]
        p2m = P2m(self.root_ppn(number), array("q"), array("q"))
        domain = Domain(number, f"domain {number}", p2m, members)
        self.domains[number] = domain
        answer = self.policy.create(domain)
        if isinstance(answer, Refusal):
            return answer
        self.run(self.control_hart, answer)
        return None

    def destroy(self, domain: Domain) -> None:
        """Destroy a domain; its vCPUs leave their harts first."""
        for vcpu in domain.vcpus:
            if vcpu.hart is not None:
                self.put(vcpu.hart)
        self.run(self.control_hart, self.policy.destroy(domain))
        del self.domains[domain.id]

    def load(self, hart: HartId, vcpu: Vcpu) -> None:
        """Put a vCPU on an idle hart."""
        assert hart not in self.loaded
        assert vcpu.hart is None
        self.loaded[hart] = vcpu
        vcpu.hart = vcpu.last_hart = hart
        self.domains[vcpu.domain].dirty_harts.add(hart)
        self.run(hart, self.policy.load(hart, vcpu))

    def put(self, hart: HartId) -> None:
        """Take whatever vCPU is on a hart off it, out of guest mode first."""
        vcpu = self.loaded.get(hart)
        if vcpu is None:
            return
        self.exit(hart)
        self.run(hart, self.policy.put(hart, vcpu))
        del self.loaded[hart]
        vcpu.hart = None
        self.domains[vcpu.domain].dirty_harts.discard(hart)

    def enter(self, hart: HartId) -> None:
        """Let the vCPU loaded on a hart enter guest mode, again if it is in it."""
        self.exit(hart)
        vcpu = self.loaded[hart]
        self.run(hart, self.policy.enter(hart, vcpu))
        self.in_guest.add(hart)
        self.events.append(ev.GuestEntered(self.now_ns, hart, *vcpu.key, self.vmid(hart)))

    def exit(self, hart: HartId, *, forced: bool = False) -> None:
        """Take the vCPU on a hart, if one is in guest mode, out of it; it stays loaded."""
        if hart not in self.in_guest:
            return
        vcpu = self.loaded[hart]
        self.in_guest.remove(hart)
        self.events.append(ev.GuestExited(self.now_ns, hart, *vcpu.key, forced))
        self.run(hart, self.policy.exit(hart, vcpu))

    # What the execution asks of the machine around it

    def catch_up(self, hart: HartId) -> None:
        """Nothing is due: the guests of a vector file touch no memory."""

    def force_exit(self, hart: HartId) -> None:
        """Take the guest on a hart out of guest mode; it enters when the file says so."""
        self.exit(hart, forced=True)

    def speculate(self, hart: HartId) -> None:
        """The recorded allocators ran without hardware: nothing walks ahead."""

    def root_ppn(self, domain: DomainId) -> int:
        """Where a domain's G-stage root table lies; addresses come round after 4,096 domains."""
        return _FIRST_ROOT_PPN + domain % _ROOTS * _ROOT_STRIDE
