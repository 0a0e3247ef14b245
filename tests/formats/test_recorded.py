"""Telling the formats apart, and text that is no recording."""

import pickle
from pathlib import Path

import pytest

from simcore.formats.recorded import NotATraceError, TruncatedTraceError, read_schedule

DATA = Path(__file__).parents[1] / "data" / "schedules"
STORIES = ("three-machines.perf.txt", "three-machines.ftrace.txt")


def story(name: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8").splitlines(keepends=True)


@pytest.mark.parametrize(
    ("name", "format_name"), [(STORIES[0], "perf script"), (STORIES[1], "ftrace")]
)
def test_format_is_told_by_the_first_event_line_whatever_stands_before(
    name: str, format_name: str
) -> None:
    schedule = read_schedule(["hello\n", "12/12 [000] 5: no\n", *story(name)])
    assert schedule.format == format_name
    assert schedule.skipped["not an event line"] == 2
    assert schedule.lines == len(story(name)) + 2


@pytest.mark.parametrize("name", STORIES)
def test_recording_that_begins_with_an_unused_event_is_read(name: str) -> None:
    wakeup = [line for line in story(name) if "sched_wakeup" in line]
    schedule = read_schedule(wakeup + story(name))
    assert schedule.skipped["event not used: sched_wakeup"] == 2
    assert len(schedule.domains) == 3


@pytest.mark.parametrize("text", ["", "\n \n", "hello\nworld\n", "a,b\n1,2\n", "{}"])
def test_text_without_events_is_no_trace(text: str) -> None:
    with pytest.raises(NotATraceError, match="no line is a scheduler event") as raised:
        read_schedule(text.splitlines(keepends=True))
    assert "perf script" in str(raised.value)
    assert "ftrace" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_no_trace_names_what_was_seen() -> None:
    with pytest.raises(NotATraceError, match="2 lines, the first is 'hello'"):
        read_schedule(["hello\n", "world\n"])


@pytest.mark.parametrize("name", STORIES)
def test_recording_without_vcpu_threads_is_no_trace_and_says_what_it_has(name: str) -> None:
    lines = [line.replace("CPU 0/", "qemu").replace("CPU 1/", "qemu") for line in story(name)]
    with pytest.raises(NotATraceError, match=r"no thread is a vCPU.*CPU 0/KVM.*debug-threads"):
        read_schedule(lines)


def test_recording_without_process_ids_says_how_to_record_them() -> None:
    perf = [
        line.replace("100/", "").replace("200/", "").replace("300/", "")
        for line in story(STORIES[0])
    ]
    with pytest.raises(NotATraceError, match=r"no vCPU thread has a process id.*comm,pid,tid"):
        read_schedule(perf)
    ftrace = [line[:24] + line[34:] if "[00" in line else line for line in story(STORIES[1])]
    assert any("-102 " in line for line in ftrace)
    with pytest.raises(NotATraceError, match=r"no vCPU thread has a process id.*record-tgid"):
        read_schedule(ftrace)


@pytest.mark.parametrize("name", STORIES)
def test_last_line_cut_short_is_a_truncated_trace(name: str) -> None:
    lines = story(name)
    with pytest.raises(TruncatedTraceError, match=f"line {len(lines)} is cut short"):
        read_schedule([*lines[:-1], lines[-1][:-30]])


@pytest.mark.parametrize("name", STORIES)
def test_last_line_without_newline_is_fine_when_it_is_whole(name: str) -> None:
    lines = story(name)
    assert read_schedule([*lines[:-1], lines[-1].rstrip("\n")]) == read_schedule(lines)
    assert read_schedule([*lines, "# end"]).skipped["comment"] == 1 + sum(
        line.startswith("#") for line in lines
    )


@pytest.mark.parametrize("name", STORIES)
def test_windows_line_ends_change_nothing(name: str) -> None:
    lines = [line.replace("\n", "\r\n") for line in story(name)]
    assert read_schedule(lines) == read_schedule(story(name))


def test_schedule_survives_a_trip_to_another_process() -> None:
    schedule = read_schedule(story(STORIES[0]))
    assert pickle.loads(pickle.dumps(schedule)) == schedule
