"""A bitmap of ids, taken lowest first, with a second bitmap of ids to fence before reuse."""

from __future__ import annotations


class VmidBitmap:
    """Ids 0 to ``size`` - 1. Taking the lowest free one is one scan in C of one byte an id.

    ``flush_needed`` marks ids that were freed and not fenced since.
    """

    __slots__ = ("flush_needed", "taken")

    def __init__(self, size: int) -> None:
        self.taken = bytearray(size)
        self.flush_needed = bytearray(size)

    def take_lowest(self) -> int | None:
        """The lowest free id, now taken; None when all are."""
        vmid = self.taken.find(0)
        if vmid < 0:
            return None
        self.taken[vmid] = 1
        return vmid

    def free(self, vmid: int) -> None:
        """Give an id back and mark it to be fenced before reuse."""
        self.taken[vmid] = 0
        self.flush_needed[vmid] = 1

    def test_and_clear_flush_needed(self, vmid: int) -> bool:
        """Whether ``vmid`` was to be fenced; it no longer is."""
        needed = bool(self.flush_needed[vmid])
        self.flush_needed[vmid] = 0
        return needed
