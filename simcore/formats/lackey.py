"""Valgrind lackey text: every memory reference of a program, one a line.

    valgrind --tool=lackey --trace-mem=yes --log-file=FILE PROGRAM

``I  0401ab70,3`` is an instruction fetch of three bytes at a hexadecimal address, `` L`` a load,
`` S`` a store and `` M`` both at one place; ``==8186== …`` is Valgrind speaking.
"""

import re
from array import array
from collections.abc import Iterable
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from simcore.page_stream import MAX_PAGES, PageStream

FORMAT = "lackey"
_ALLOWED = (
    "allowed is the text of valgrind --tool=lackey --trace-mem=yes: "
    "'I  0401ab70,3', ' L 1fff000738,8', ' S …', ' M …' and '==pid== …'"
)
_ACCESS = re.compile(r"(I | L| S| M) ([0-9a-f]{1,16}),(\d{1,4})\n?", re.ASCII)
_PAGE_SHIFT = 12
_BLOCK_LINES = 1 << 16
_MOST_TEXTS = 1 << 18


class NotLackeyError(ValueError):
    """A line is none that lackey prints, or there is none with a memory reference."""


class _Texts(dict[str, int]):
    """A number for each distinct line, which is worked out once: a program is mostly loops.

    Line ``n`` touches ``touches[ends[n]:ends[n + 1]]``, indices of pages by first sight.
    """

    def __init__(self) -> None:
        super().__init__()
        self.index_of: dict[int, int] = {}
        self.forget()

    def forget(self) -> None:
        """Forget the texts, to stay small; the pages keep their indices."""
        self.clear()
        self.touches = array("i")
        self.ends = array("q", [0])

    def __missing__(self, line: str) -> int:
        self.touches.extend(self.index(page) for page in _pages(line))
        self.ends.append(len(self.touches))
        self[line] = number = len(self)
        return number

    def index(self, page: int) -> int:
        """The index of a virtual page number. Raises ValueError beyond `MAX_PAGES`."""
        index = self.index_of.setdefault(page, len(self.index_of))
        if index >= MAX_PAGES:
            raise ValueError(f"touches one page more than the {MAX_PAGES} that are allowed")
        return index

    def touched(self, block: list[str]) -> NDArray[np.int32]:
        """What the lines of a block touch, in order."""
        numbers = np.fromiter(map(self.__getitem__, block), np.int64, len(block))
        ends = np.array(self.ends)
        first, after = ends[numbers], ends[numbers + 1]
        before = np.cumsum(after - first) - (after - first)
        places = np.repeat(first - before, after - first)
        return np.array(self.touches, np.int32)[places + np.arange(len(places))]


def _pages(line: str) -> list[int]:
    """The virtual page numbers a line touches. Raises ValueError for a line that lackey has not."""
    found = _ACCESS.fullmatch(line)
    if not found or not int(found[3]):
        if line.startswith("==") or not line.strip():
            return []
        raise ValueError(f"is {line.rstrip()[:60]!r}; {_ALLOWED}")
    first = int(found[2], 16)
    last = first + int(found[3]) - 1
    pages = list(range(first >> _PAGE_SHIFT, (last >> _PAGE_SHIFT) + 1))
    return pages * 2 if found[1] == " M" else pages


def read_page_stream(lines: Iterable[str]) -> PageStream:
    """The pages that a program touched, in order: two where an access goes on in the next page.

    A modify is a load and a store. ``lines`` are read once. Raises NotLackeyError that names the
    line, where one is none of lackey's or touches more pages than `MAX_PAGES`.
    """
    source, texts, read = iter(lines), _Texts(), 0
    parts: list[NDArray[np.int32]] = []
    while block := list(islice(source, _BLOCK_LINES)):
        try:
            parts.append(texts.touched(block))
        except ValueError as error:
            wrong = next(number for number, line in enumerate(block, 1) if line not in texts)
            raise NotLackeyError(f"line {read + wrong} {error}") from None
        read += len(block)
        if len(texts) > _MOST_TEXTS:
            texts.forget()
    touched = np.concatenate(parts) if parts else np.empty(0, np.int32)
    if not len(touched):
        raise NotLackeyError(f"no memory reference in {read} lines; {_ALLOWED}")
    # From indices by first sight to indices by address.
    pages = np.fromiter(texts.index_of, np.int64, len(texts.index_of))
    order = np.argsort(pages)
    ranks = np.empty(len(order), np.uint16)
    ranks[order] = np.arange(len(order), dtype=np.uint16)
    return PageStream(FORMAT, pages[order], ranks[touched], read)
