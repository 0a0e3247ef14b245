"""Opening recorded schedules, and every way in which a file can be none."""

import gzip
from pathlib import Path

import pytest

from app.trace_files import TraceFileError, open_page_stream, open_schedule
from simcore.formats.recorded import read_schedule
from tests.formats.well_formed import broken_promises, counts, moves

STORY = Path(__file__).parent / "data" / "schedules" / "three-machines.perf.txt"
FIRST_START = Path(__file__).parents[1] / "app" / "data" / "first-start.ftrace.txt.gz"


def refusal(path: Path) -> str:
    with pytest.raises(TraceFileError) as raised:
        open_schedule(path)
    message = str(raised.value)
    assert message.startswith(f"trace file {str(path)!r}: ")
    assert "allowed" in message
    assert "\n" not in message
    return message


def test_plain_and_packed_files_give_the_same_schedule_whatever_their_names(tmp_path: Path) -> None:
    with STORY.open() as lines:
        expected = read_schedule(lines)
    (tmp_path / "packed.txt").write_bytes(gzip.compress(STORY.read_bytes()))
    (tmp_path / "plain.gz").write_bytes(STORY.read_bytes())
    assert open_schedule(STORY) == expected
    assert open_schedule(str(tmp_path / "packed.txt")) == expected
    assert open_schedule(tmp_path / "plain.gz") == expected


def test_files_of_many_blocks_are_cut_at_line_ends_only(tmp_path: Path) -> None:
    noise = (
        "             héllo  9/9  [000]     1.000000000: sched:sched_waking: comm=ü\x85\u2028x\n"
    )
    long = tmp_path / "long.txt"
    long.write_text(noise * 40_000 + STORY.read_text(), encoding="utf-8", newline="\n")
    assert long.stat().st_size > 3 << 20
    schedule = open_schedule(long)
    assert schedule.lines == 40_000 + 27
    assert schedule.skipped["event not used: sched_waking"] == 40_000
    assert counts(schedule) == counts(open_schedule(STORY))


@pytest.mark.parametrize("packed", [False, True])
def test_progress_tells_bytes_of_the_file_up_to_its_size(tmp_path: Path, packed: bool) -> None:
    file = tmp_path / "trace"
    text = STORY.read_bytes() * 400
    file.write_bytes(gzip.compress(text) if packed else text)
    told: list[tuple[int, int]] = []
    open_schedule(file, lambda done, total: told.append((done, total)))
    size_bytes = file.stat().st_size
    assert told == sorted(told)
    assert len(told) > 1
    assert told[-1] == (size_bytes, size_bytes)


def test_missing_file_is_refused(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "none.txt")


def test_folder_is_refused(tmp_path: Path) -> None:
    assert "is a directory" in refusal(tmp_path)


@pytest.mark.parametrize("content", [b"", gzip.compress(b"")], ids=["plain", "gzip"])
def test_empty_file_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "empty.txt"
    file.write_bytes(content)
    assert "empty" in refusal(file)


def test_binary_files_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "binary"
    file.write_bytes(b"\x7fELF\x02\x01\x01\0\0")
    assert "binary" in refusal(file)
    file.write_bytes(STORY.read_bytes() + b"\0\n")
    assert "binary" in refusal(file)
    file.write_bytes(bytes(range(1, 256)) * 9)
    assert "no line is a scheduler event" in refusal(file)
    file.write_bytes(STORY.read_text().encode("utf-16"))
    assert "binary" in refusal(file)


def test_binary_recordings_are_refused_with_the_tool_that_prints_them(tmp_path: Path) -> None:
    file = tmp_path / "perf.data"
    file.write_bytes(b"PERFILE2" + bytes(96))
    assert "print it with perf script" in refusal(file)
    file.write_bytes(b"\x17\x08\x44tracing6\0")
    assert "print it with trace-cmd report" in refusal(file)


def test_names_cut_within_a_character_are_read(tmp_path: Path) -> None:
    file = tmp_path / "cut-name.txt"
    file.write_bytes(STORY.read_bytes().replace(b"=host ", b"=h\xc3 "))
    assert open_schedule(file).events == open_schedule(STORY).events


def test_truncated_and_damaged_gzip_is_refused(tmp_path: Path) -> None:
    packed = gzip.compress(STORY.read_bytes())
    file = tmp_path / "cut.gz"
    for end in (2, 9, len(packed) // 2, len(packed) - 1):
        file.write_bytes(packed[:end])
        assert "gzip data is cut short" in refusal(file)
    file.write_bytes(packed[:60] + b"\xff" * 20 + packed[80:])
    assert "gzip data is damaged" in refusal(file)
    file.write_bytes(packed[:-8] + bytes(8))
    assert "gzip data is damaged" in refusal(file)


def test_text_that_is_no_trace_and_text_cut_short_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "text.txt"
    file.write_text("hello\n")
    assert "no line is a scheduler event" in refusal(file)
    file.write_text(STORY.read_text()[:-20])
    assert "line 27 is cut short" in refusal(file)
    file.write_bytes(b"x" * (3 << 20))
    assert "a line of more than" in refusal(file)


def test_schedule_of_the_first_start_has_domains_that_come_and_go() -> None:
    assert FIRST_START.stat().st_size <= 60_000
    schedule = open_schedule(FIRST_START)
    assert broken_promises(schedule) == []
    assert counts(schedule) == {"CREATE": 18, "ENTER": 3885, "LEAVE": 3885, "DESTROY": 11}
    assert schedule.skipped == {"comment": 12, "vCPU left without entering": 27}
    assert (schedule.format, schedule.lines, moves(schedule)) == ("ftrace", 6712, 92)
    assert (schedule.cpus, schedule.span_ns) == ((0, 1), 10_735_782_000)


PROGRAM = b"==1== Lackey\nI  0401ab70,3\n L 1fff000738,8\n"


@pytest.mark.parametrize("packed", [False, True])
def test_page_stream_is_read_from_plain_and_packed_files(tmp_path: Path, packed: bool) -> None:
    file = tmp_path / "program"
    file.write_bytes(gzip.compress(PROGRAM) if packed else PROGRAM)
    stream = open_page_stream(file)
    assert stream.pages.tolist() == [0x401A, 0x1FFF000]
    assert stream.touches.tolist() == [0, 1]


@pytest.mark.parametrize(
    "content",
    [b"", b"\0", STORY.read_bytes(), gzip.compress(PROGRAM)[:-9], None],
    ids=["empty", "binary", "another recording", "cut short", "none"],
)
def test_page_stream_refusal_names_the_file_and_what_is_allowed(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "program"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(TraceFileError) as raised:
        open_page_stream(file)
    message = str(raised.value)
    assert message.startswith(f"trace file {str(file)!r}: ")
    assert "allowed is the text of valgrind --tool=lackey --trace-mem=yes" in message
    assert "\n" not in message
