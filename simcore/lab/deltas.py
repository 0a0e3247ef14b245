"""What one policy did more or less often than another, in numbers and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

Direction = Literal["fewer", "more", "equal"]
_TIMES_FROM = 2.0
"""From this ratio on, "3.2 times as many" is plainer than "220 % more"."""

_PHRASES: dict[str, tuple[str, str, str]] = {
    "violations_total": ("serves", "wrong access", "wrong accesses"),
    "remote_fences": ("issues", "remote fence", "remote fences"),
    "local_fences": ("executes", "local fence", "local fences"),
    "hart_fences": ("has", "fence by SBI or IPI", "fences by SBI or IPI"),
    "cycles_lost": ("loses", "cycle", "cycles"),
    "ids_assigned": ("assigns", "id", "ids"),
    "rollovers": ("has", "roll-over", "roll-overs"),
    "entries_dropped": ("drops", "TLB entry", "TLB entries"),
    "tlb_misses": ("has", "TLB miss", "TLB misses"),
    "guest_entries": ("makes", "guest entry", "guest entries"),
    "world_switches": ("makes", "world switch", "world switches"),
    "entries_skipped": ("skips", "entry", "entries"),
    "forced_exits": ("forces", "guest exit", "guest exits"),
    "domains_refused": ("refuses", "domain", "domains"),
    "fence_cycles": ("spends", "cycle in fences", "cycles in fences"),
    "remote_fence_cycles": (
        "spends", "cycle waiting for remote fences", "cycles waiting for remote fences"
    ),
    "walk_cycles": ("spends", "cycle in page-table walks", "cycles in page-table walks"),
}  # fmt: skip
"""The counters that are compared, in the order they are shown: verb, one, many."""
_GROUPS: dict[str, tuple[str, str, str]] = {
    "fences": ("issues", "{kind} fence", "{kind} fences"),
    "violations": ("serves", "{kind} access", "{kind} accesses"),
}
"""Counters by kind, which are compared kind by kind below the others."""
HEADLINES = ("violations_total", "remote_fences", "cycles_lost")
"""What matters first: whether guests are kept apart, and what that costs."""


@dataclass(frozen=True, slots=True)
class Delta:
    """One counter of A and of B, and how B's compares with A's.

    ``name`` is the counter's, with its kind after a dot where it is counted by kind; ``one`` and
    ``noun`` are what it counts, of one and of many.
    """

    name: str
    a: int
    b: int
    verb: str
    one: str
    noun: str

    @property
    def change(self) -> int:
        """B's less A's."""
        return self.b - self.a

    @property
    def percent(self) -> float | None:
        """The change from A to B in percent of A, with one decimal; -100 only where B has none."""
        if not self.a:
            return None
        rounded = round(100 * self.change / self.a, 1)
        return max(rounded, -99.9) if self.b else rounded

    @property
    def direction(self) -> Direction:
        """Where B stands beside A."""
        if self.change == 0:
            return "equal"
        return "more" if self.change > 0 else "fewer"

    @property
    def words(self) -> str:
        """B beside A as a sentence: "B issues 38 % fewer remote fences (42; A 68)."."""
        if not (self.a or self.b):
            return f"Neither {self.verb} {self.noun}."
        return f"B {self.verb} {self._how_many()}."

    def _how_many(self) -> str:
        noun, numbers = self.noun, f"({self.b:,}; A {self.a:,})"
        if self.a == self.b:
            return f"as many {noun} as A ({self.a:,})" if self.a > 1 else f"1 {self.one}, as A"
        if self.a == 0:
            return f"{self.b:,} {self.one if self.b == 1 else noun}, where A {self.verb} none"
        if self.b == 0:
            return f"no {noun}, where A {self.verb} {self.a:,}"
        if self.b / self.a >= _TIMES_FROM:
            return f"{self.b / self.a:,.1f} times as many {noun} as A {numbers}"
        share = 100 * abs(self.change) / self.a
        amount = f"{share:.0f} %" if round(share) else "less than 1 %"
        # Not 100 %: there is something left, and it is not twice as much.
        amount = "more than 99 %" if round(share) == 100 else amount
        return f"{amount} {self.direction} {noun} {numbers}"


def deltas(a: dict[str, Any], b: dict[str, Any]) -> list[Delta]:
    """Every counter that is compared, of two `Metrics.to_dict`, those by kind last."""
    return [
        *(Delta(name, a[name], b[name], *words) for name, words in _PHRASES.items()),
        *(delta for group in _GROUPS for delta in _by_kind(group, a[group], b[group])),
    ]


def _by_kind(group: str, a: dict[str, int], b: dict[str, int]) -> Iterator[Delta]:
    verb, *nouns = _GROUPS[group]
    for kind in sorted({*a, *b}):
        counts = a.get(kind, 0), b.get(kind, 0)
        one, many = (noun.format(kind=kind) for noun in nouns)
        yield Delta(f"{group}.{kind}", *counts, verb, one, many)
