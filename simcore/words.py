"""Numbers in sentences."""

from __future__ import annotations

from collections.abc import Sequence


def counted(number: int, one: str, many: str = "") -> str:
    """``number`` with its noun: "1 hart", "1,024 harts"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def vmidlen_words(vmidlen: Sequence[int]) -> str:
    """The VMIDLEN of harts: one number where it is the same on all, else hart by hart."""
    if len(set(vmidlen)) == 1:
        return str(vmidlen[0])
    return f"{', '.join(map(str, vmidlen))} (hart by hart)"
