"""Cycle costs, as a table of parameters: each with where it comes from, or the word "assumed".

No H-extension core publishes the price of a fence, an IPI or a page-table walk. The defaults are
round numbers to compare policies by, never facts about a core; change them to match yours.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

_SOURCES = {
    "csr_write_cycles": "assumed",
    "fence_all_cycles": "assumed",
    "fence_id_cycles": "assumed",
    "fence_address_cycles": "assumed",
    "sbi_call_cycles": "assumed: one trap to M-mode and back",
    "ipi_cycles": "assumed: a remote acknowledge of 1000 cycles or more is quoted in a blog, weak",
    "walk_reference_cycles": "assumed: one PTE read, mostly from cache",
}


@dataclass(frozen=True, slots=True)
class CostTable:
    """Cycles of what a VMID scheme causes. Raises ValueError for a negative cost."""

    csr_write_cycles: int = 10
    """One write of hgatp or vsatp."""
    fence_all_cycles: int = 100
    """One HFENCE with both operands x0, on the hart that executes it."""
    fence_id_cycles: int = 100
    """One HFENCE for one VMID or ASID."""
    fence_address_cycles: int = 40
    """One HFENCE for one page."""
    sbi_call_cycles: int = 300
    """One SBI call, on the calling hart."""
    ipi_cycles: int = 1000
    """One inter-processor interrupt: on the target to take it, on the sender to wait for it."""
    walk_reference_cycles: int = 20
    """One page-table entry read of a walk."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not 0 <= value <= 1_000_000:
                raise ValueError(f"costs.{field.name} is {value}; 0 to 1000000 is allowed")

    @staticmethod
    def source(name: str) -> str:
        """Where the default of one cost comes from."""
        return _SOURCES[name]


def two_stage_references(vs_levels: int, g_levels: int) -> int:
    """PTE reads of a two-stage walk that misses everywhere: (n + 1)(m + 1) - 1.

    15 for Sv39 over Sv39x4. With no VS-stage (vsatp Bare, n = 0) it is m.
    """
    return (vs_levels + 1) * (g_levels + 1) - 1
