"""Replays `linux_kvm_riscv` vectors: KVM's global VMID version (`arch/riscv/kvm/vmid.c`)."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from simcore.conform.allocator import (
    AllocatorReplay,
    Fields,
    Step,
    context_of,
    platform_of,
    replay_allocator,
)
from simcore.conform.record import Record
from simcore.conform.result import ConformResult
from simcore.conform.vocabulary import Word
from simcore.hw.ids import DomainId
from simcore.policies.kvm_riscv import KvmRiscv

KIND = "linux_kvm_riscv"


class _Replay(AllocatorReplay[KvmRiscv]):
    """The files record hgatp and its fences, not vsatp."""

    unrecorded = frozenset({"vsatp_zero", "vsatp_restore"})

    def init(self, operation: Record) -> Fields:
        """`kvm_riscv_gstage_vmid_detect`, and every hart comes up."""
        self.boot_all()
        policy = self.policy
        return {
            "vmid_bits": policy.bits,
            "version": policy.version,
            "vmid_next": policy.next_vmid,
        }

    def _vm_fields(self, domain: DomainId) -> Fields:
        vm = self.policy.vms[domain]
        return {"vmid": vm.vmid, "version": vm.version}

    def domain_create(self, operation: Record) -> Fields:
        """`kvm_riscv_gstage_vmid_init`."""
        domain, _ = self.create(operation)
        return self._vm_fields(domain)

    def vcpu_load(self, operation: Record) -> Fields:
        """`kvm_arch_vcpu_load`: hgatp with the VMID as stored."""
        _, vcpu = self.switch(operation)
        return self._vm_fields(vcpu.domain)

    def vcpu_enter(self, operation: Record) -> Fields:
        """One pass of the run loop; harts it forces out stay out until the file enters them."""
        hart, vcpu = self.current_of(operation)
        last_exit = self.policy.vcpus[vcpu.key].last_exit_hart
        self.rig.enter(hart)
        return self._vm_fields(vcpu.domain) | {
            "global_version": self.policy.version,
            "vmid_next": self.policy.next_vmid,
            "hgatp_vmid_hw": self.rig.vmid(hart),
            "last_exit_cpu": last_exit,
        }

    def vcpu_exit(self, operation: Record) -> Fields:
        """The guest leaves guest mode."""
        hart, _ = self.current_of(operation)
        self.rig.exit(hart)
        return {}

    def vcpu_put(self, operation: Record) -> Fields:
        """`kvm_arch_vcpu_put`."""
        hart, _ = self.current_of(operation)
        self.rig.put(hart)
        return {}

    def as_recorded(self, words: list[Word]) -> list[Word]:
        """One interrupt fences and ends guest mode: the files name the exits after the requests."""
        exits = [word for word in words if word["k"] == "forced_exit"]
        others = [word for word in words if word["k"] != "forced_exit"]
        kinds = [word["k"] for word in others]
        place = kinds.index("req_update_hgatp") + 1 if "req_update_hgatp" in kinds else len(kinds)
        return [*others[:place], *exits, *others[place:]]

    steps: ClassVar[Mapping[str, Step]] = {
        "init": init,
        "domain_create": domain_create,
        "domain_destroy": AllocatorReplay.domain_destroy,
        "vcpu_load": vcpu_load,
        "vcpu_enter": vcpu_enter,
        "vcpu_exit": vcpu_exit,
        "vcpu_put": vcpu_put,
    }


def replay(
    header: Record, operations: Iterable[Record], policy: type[KvmRiscv] = KvmRiscv
) -> ConformResult:
    """Replay the operation lines of one file under `policy`; `header` is its first line.

    Raises VectorFormatError or ValueError for a malformed file.
    """
    platform = platform_of(header)
    return replay_allocator(
        KIND, header, operations, _Replay(platform, policy(context_of(platform)))
    )
