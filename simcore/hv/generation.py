"""A generation number that is only asked whether it is another's equal, or older."""

from __future__ import annotations


class Generation(int):
    """A counter of one id space whose next value was never used in it; 0 is "never".

    Only values of one space may be compared. Then states that differ by how large the numbers are,
    and not by their order, act alike, which makes an exhaustive check finite. A scheme whose
    numbers meet those of another space (two harts' generations) must count in plain integers.
    """

    def __add__(self, other: int) -> Generation:
        return Generation(int(self) + other)

    def __and__(self, mask: int) -> Generation:
        return Generation(int(self) & mask)
