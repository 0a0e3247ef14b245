"""Reading valgrind lackey text: which pages are touched, and what is no such text."""

import gzip
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simcore.formats import lackey
from simcore.formats.lackey import NotLackeyError, read_page_stream
from simcore.page_stream import MAX_PAGES, PageStream

SHARED = Path(__file__).parents[3] / "shared" / "traces"
TEXT = """\
==8186== Lackey, an example Valgrind tool
==8186== Command: sort -r words, in reverse
==8186==
I  0401ab70,3
 L 1fff000738,8
 S 1fff000740,8
 M 1fff000740,4
I  0401affe,4
==8186==
==8186== Exit code: 0
"""


def touched(stream: PageStream) -> list[int]:
    """The virtual page numbers in the order of the accesses."""
    return [int(number) for number in stream.pages[stream.touches]]


def test_each_kind_of_access_touches_its_page_and_a_modify_twice() -> None:
    stream = read_page_stream(TEXT.splitlines(keepends=True))
    stack = 0x1FFF000
    assert touched(stream) == [0x401A, stack, stack, stack, stack, 0x401A, 0x401B]
    assert stream.pages.tolist() == [0x401A, 0x401B, stack]
    assert (stream.format, stream.lines) == ("lackey", 10)


@pytest.mark.parametrize(
    ("line", "pages"),
    [
        (" L 00000fff,1", [0]),
        (" L 00000fff,2", [0, 1]),
        (" M 00000ffc,8", [0, 1, 0, 1]),
        ("I  2ff8,512", [2, 3]),
        (" S ffffffffff600000,8", [0xFFFFFFFFFF600]),
    ],
)
def test_access_that_goes_on_in_the_next_page_touches_both(line: str, pages: list[int]) -> None:
    assert touched(read_page_stream([line])) == pages


@pytest.mark.parametrize(
    "line",
    ["I  0401ab70", "I  0401ab70,", "I  0401ab70,0", "I 0401ab70,3", " X 0401ab70,3", "L 1000,8",
     " L 0401AB70,3", " L ,3", "sorted words\n", " L 0401ab70,3,", " L 12345678901234567,3",
     "-=8186==", " L ٠٠٠٠,٣"],
)  # fmt: skip
def test_line_that_lackey_does_not_print_is_named(line: str) -> None:
    with pytest.raises(NotLackeyError) as raised:
        read_page_stream(["I  0401ab70,3\n", "\n", line, " L 1000,8\n"])
    message = str(raised.value)
    assert message.startswith(f"line 3 is {line.rstrip()!r}; allowed is the text of valgrind")


def test_line_in_a_later_block_is_named_by_its_place_in_the_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(lackey, "_BLOCK_LINES", 4)
    with pytest.raises(NotLackeyError, match=r"^line 11 is 'nonsense'"):
        read_page_stream([*TEXT.splitlines(keepends=True), "nonsense"])


@pytest.mark.parametrize(("lines", "read"), [([], 0), (["==1== Lackey\n", "==1==\n"], 2)])
def test_text_without_an_access_is_refused(lines: list[str], read: int) -> None:
    with pytest.raises(NotLackeyError, match=f"^no memory reference in {read} lines; allowed"):
        read_page_stream(lines)


def test_program_of_too_many_pages_is_refused_at_the_first_too_many() -> None:
    lines = [f" L {page << 12:08x},8\n" for page in range(MAX_PAGES + 1)]
    assert len(read_page_stream(lines[:-1]).pages) == MAX_PAGES
    with pytest.raises(NotLackeyError, match=f"^line {MAX_PAGES + 1} touches one page more than"):
        read_page_stream(lines)


@given(
    st.lists(
        st.tuples(st.sampled_from(("I ", " L", " S", " M")), st.integers(0, 1 << 15),
                  st.integers(1, 64)), min_size=1, max_size=60,
    ),
    st.integers(1, 7),
    st.integers(0, 5),
)  # fmt: skip
def test_blocks_and_forgetting_change_nothing(
    accesses: list[tuple[str, int, int]], block: int, most: int
) -> None:
    lines = [f"{kind} {address:08x},{size}\n" for kind, address, size in accesses]
    expected: list[int] = []
    for kind, address, size in accesses:
        pages = sorted({address >> 12, (address + size - 1) >> 12})
        expected += pages * (2 if kind == " M" else 1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lackey, "_BLOCK_LINES", block)
        patch.setattr(lackey, "_MOST_TEXTS", most)
        assert touched(read_page_stream(lines)) == expected


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recorded programs are not here")
@pytest.mark.parametrize(
    ("name", "lines", "accesses", "pages"),
    [("sort", 2_018_679, 2_023_244, 256), ("gzip", 4_286_280, 4_316_216, 219)],
)
def test_recorded_program_is_read_whole(name: str, lines: int, accesses: int, pages: int) -> None:
    with gzip.open(SHARED / f"{name}.lackey.txt.gz", "rt", encoding="utf-8") as text:
        stream = read_page_stream(text)
    assert (stream.lines, len(stream.touches), len(stream.pages)) == (lines, accesses, pages)
