"""Replays `linux_kvm_arm64` vectors: KVM's VMIDs on Arm (`arch/arm64/kvm/vmid.c`)."""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from simcore import events as ev
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
from simcore.conform.translated import TranslatedReplay, Translation, renamed
from simcore.policies.kvm_arm64 import KvmArm64, TaggedId

KIND = "linux_kvm_arm64"


class _Replay(TranslatedReplay[KvmArm64]):
    """The files record the allocator: neither VTTBR nor the local flush of `last_vcpu_ran`."""

    translations: ClassVar[Mapping[str, Translation]] = {
        "remote_hfence_gvma_all": renamed("flush_all_vmids_broadcast", cpus="cpus"),
    }

    def init(self, operation: Record) -> Fields:
        """`kvm_arm_vmid_alloc_init`, and every hart comes up."""
        self.boot_untold(*self.rig.execution.harts)
        policy = self.policy
        fields: Fields = {"vmid_bits": policy.bits, "generation": policy.current_generation}
        return fields | {"ev": [{"k": "warn_too_few_vmids"}]} if policy.warns else fields

    def vcpu_load(self, operation: Record) -> Fields:
        """`kvm_arch_vcpu_load`, and the guest runs."""
        domain = self.domain_of(operation).id
        old = self.policy.ids[domain]
        hart, _ = self.switch(operation)
        self.rig.enter(hart)
        new = self.policy.ids[domain]
        rolled = any(isinstance(event, ev.GenerationRolledOver) for event in self.rig.events)
        return {
            "old_id": self._number(old),
            "vmid": new.index,
            "gen": new.generation,
            "global_gen": self.policy.current_generation,
            "changed": new != old,
            "rollover": rolled,
        }

    def _number(self, tagged: TaggedId) -> int:
        """An id as Linux keeps it: the generation above the index."""
        assert self.policy.bits is not None
        return tagged.generation << self.policy.bits | tagged.index

    def vcpu_put(self, operation: Record) -> Fields:
        """`kvm_arch_vcpu_put`."""
        hart, _ = self.current_of(operation)
        self.rig.put(hart)
        return {}

    steps: ClassVar[Mapping[str, Step]] = {
        "init": init,
        "domain_create": AllocatorReplay.domain_create,
        "domain_destroy": AllocatorReplay.domain_destroy,
        "vcpu_load": vcpu_load,
        "vcpu_put": vcpu_put,
    }


def replay(
    header: Record, operations: Iterable[Record], policy: type[KvmArm64] = KvmArm64
) -> ConformResult:
    """Replay the operation lines of one file under `policy`; `header` is its first line.

    Raises VectorFormatError or ValueError for a malformed file.
    """
    platform = platform_of(header)
    return replay_allocator(
        KIND, header, operations, _Replay(platform, policy(context_of(platform)))
    )
