"""What the files of Xen's per-hart generations share: RISC-V's, and x86's that it came from."""

from abc import ABC, abstractmethod
from typing import ClassVar, TypeVar

from simcore.conform.allocator import AllocatorReplay, Fields
from simcore.conform.record import Record, VectorFormatError, read_integer, read_within
from simcore.hw.ids import HartId
from simcore.policies.xen_riscv_head import XenRiscvHead

H = TypeVar("H", bound=XenRiscvHead)
_LAST_GENERATION = 2**64 - 1


class HartGenerations(AllocatorReplay[H], ABC):
    """A subclass says under which name its files have a hart's generation, and with what beside."""

    generation_field: ClassVar[str]

    @abstractmethod
    def hart_fields(self, hart: HartId) -> Fields:
        """The allocator's state on one hart, as the files name it."""

    def hart_to_boot(self, operation: Record) -> HartId:
        """The hart to initialise. Raises VectorFormatError where its VMIDLEN is another."""
        hart = self.hart_of(operation, booted=False)
        vmidlen = self.rig.execution.harts[hart].vmidlen
        if read_integer(operation, "vmidlen") != vmidlen:
            raise VectorFormatError(
                f"vmidlen is {operation['vmidlen']}; allowed is this cpu's in the header, {vmidlen}"
            )
        return hart

    def sched_out(self, operation: Record) -> Fields:
        """The vCPU leaves its hart, to the idle vCPU."""
        self.rig.put(self.hart_of(operation))
        return {}

    def flush_vcpu(self, operation: Record) -> Fields:
        """`vmid_flush_vcpu`, `hvm_asid_flush_vcpu`."""
        self.policy.flush_vcpu(self.vcpu_of(operation).key)
        return {}

    def flush_hart(self, operation: Record) -> Fields:
        """`vmid_flush_hart`, `hvm_asid_flush_core`."""
        hart = self.hart_of(operation)
        self.rig.run(hart, self.policy.flush_hart(hart))
        return self.hart_fields(hart)

    def poke_hart_gen(self, operation: Record) -> Fields:
        """Set the hart's generation to just below its end, so that it wraps soon."""
        data = self.policy.harts[self.hart_of(operation)]
        below = read_within(operation, "below_max", 0, _LAST_GENERATION)
        data.generation = _LAST_GENERATION - below
        return {self.generation_field: data.generation}
