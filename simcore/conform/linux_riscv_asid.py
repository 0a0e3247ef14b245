"""Replays `linux_riscv_asid` vectors: Linux's ASIDs (`arch/riscv/mm/context.c`), as VMIDs.

An mm is a domain, with a vCPU for each hart, since an mm may run on all of them at once.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from simcore import events as ev
from simcore.conform.allocator import Fields, Step, context_of, platform_of, replay_allocator
from simcore.conform.record import Record, VectorFormatError, read_integer
from simcore.conform.result import ConformResult
from simcore.conform.translated import (
    OTHER_HALVES,
    VSATP_WORDS,
    TranslatedReplay,
    Translation,
    renamed,
)
from simcore.hv.domain import Domain
from simcore.hw.ids import DomainId
from simcore.policies.linux_riscv_asid import LinuxRiscvAsid

KIND = "linux_riscv_asid"


class _Replay(TranslatedReplay[LinuxRiscvAsid]):
    """The files record satp and its flushes; an mm has no tables below that."""

    unrecorded = VSATP_WORDS | OTHER_HALVES
    translations: ClassVar[Mapping[str, Translation]] = {
        "hgatp_write": renamed("satp_write", cpu="cpu", asid="vmid", asid_hw="vmid_hw"),
        "hfence_gvma_all": renamed("local_flush_all", cpu="cpu"),
        "hfence_gvma_vmid": renamed("local_flush_asid", cpu="cpu", asid="vmid"),
    }

    def init(self, operation: Record) -> Fields:
        """`asids_init`, and every hart comes up."""
        self.boot_all()
        policy = self.policy
        return {
            "num_asids": policy.num_ids,
            "use_asid": policy.use_ids,
            "version": policy.current_generation,
        }

    def _mm_of(self, operation: Record) -> Domain:
        """The mm that `mm` names."""
        number = DomainId(read_integer(operation, "mm"))
        if number not in self.rig.domains:
            known = sorted(self.rig.domains)
            raise VectorFormatError(f"mm is {number}; allowed is one that exists: {known}")
        return self.rig.domains[number]

    def mm_create(self, operation: Record) -> Fields:
        """An mm appears; nothing to report."""
        number = DomainId(read_integer(operation, "mm"))
        if number < 0 or number in self.rig.domains:
            raise VectorFormatError(f"mm is {number}; allowed is a number not in use")
        self.rig.create(number, len(self.rig.execution.harts))
        return {}

    def mm_destroy(self, operation: Record) -> Fields:
        """An mm goes; nothing to report."""
        self.rig.destroy(self._mm_of(operation))
        return {}

    def switch_mm(self, operation: Record) -> Fields:
        """`switch_mm`: a hart goes over to an mm, which may be the one it has."""
        hart, mm = self.hart_of(operation), self._mm_of(operation)
        policy = self.policy
        same = policy.current.get(hart) == mm.id
        self.rig.put(hart)
        self.rig.load(hart, mm.vcpus[list(self.rig.execution.harts).index(hart)])
        self.rig.enter(hart)
        rolled = any(isinstance(event, ev.GenerationRolledOver) for event in self.rig.events)
        return {
            "same": same,
            "asid": policy.ids[mm.id].index,
            "version": policy.ids[mm.id].generation,
            "global_version": policy.current_generation,
            "rollover": rolled,
            "flush_pending": sorted(policy.flush_pending),
        }

    steps: ClassVar[Mapping[str, Step]] = {
        "init": init,
        "mm_create": mm_create,
        "mm_destroy": mm_destroy,
        "switch_mm": switch_mm,
    }


def replay(
    header: Record, operations: Iterable[Record], policy: type[LinuxRiscvAsid] = LinuxRiscvAsid
) -> ConformResult:
    """Replay the operation lines of one file under `policy`; `header` is its first line.

    Raises VectorFormatError or ValueError for a malformed file.
    """
    platform = platform_of(header)
    return replay_allocator(
        KIND, header, operations, _Replay(platform, policy(context_of(platform)))
    )
