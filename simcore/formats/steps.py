"""The lines of a recording in columns of numbers, between the first pass and the second."""

from array import array
from collections.abc import Iterator


class Steps:
    """What the lines say, a few bytes each and nothing for the garbage collector to trace.

    `at_ns` counts from the first line. `left` and `came` are the indices (`Thread.index`) of the
    thread that left `cpu` and of the one that came. Of a line that is no switch `cpu` is `NONE`
    and both are the thread it is about.
    """

    __slots__ = ("at_ns", "came", "cpu", "left")

    def __init__(self) -> None:
        self.at_ns, self.cpu = array("q"), array("q")
        self.left, self.came = array("q"), array("q")

    def __len__(self) -> int:
        return len(self.at_ns)

    def between(self, start: int, stop: int) -> Iterator[tuple[int, int, int, int]]:
        """(at_ns, cpu, left, came) of the steps from `start` to before `stop`."""
        part = slice(start, stop)
        return zip(self.at_ns[part], self.cpu[part], self.left[part], self.came[part], strict=True)
