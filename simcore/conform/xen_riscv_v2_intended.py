"""Replays `xen_riscv_v2_intended` vectors: the Xen patch v2 with the right bit tested."""

from collections.abc import Iterable

from simcore.conform.allocator import context_of, platform_of, replay_allocator
from simcore.conform.record import Record, read_choice, read_object
from simcore.conform.result import ConformResult
from simcore.conform.xen_riscv_v2_posted import V2Replay, field_bits_of
from simcore.policies.xen_riscv_v2_intended import FlushTarget, XenRiscvV2Intended

KIND = "xen_riscv_v2_intended"
_TARGETS: dict[str, FlushTarget] = {"dirty_cpumask": "dirty_cpumask", "all": "all"}


def replay(
    header: Record,
    operations: Iterable[Record],
    policy: type[XenRiscvV2Intended] = XenRiscvV2Intended,
) -> ConformResult:
    """Replay the operation lines of one file under `policy`; `header` is its first line.

    `config.flush_target` says whom the fence before reuse is sent to. Raises VectorFormatError or
    ValueError for a malformed file.
    """
    platform = platform_of(header)
    bits = field_bits_of(header, platform.xlen)
    target = _TARGETS[read_choice(read_object(header, "config"), "flush_target", tuple(_TARGETS))]
    scheme = policy(context_of(platform), field_bits=bits, flush_target=target)
    return replay_allocator(KIND, header, operations, V2Replay(platform, scheme))
