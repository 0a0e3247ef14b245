"""Lines read many at once give what they give one by one."""

from pathlib import Path

import pytest

from simcore.formats import dialect
from simcore.formats.recorded import read_schedule

DATA = Path(__file__).parents[1] / "data" / "schedules"
STORIES = ("three-machines.perf.txt", "three-machines.ftrace.txt")


def story(name: str) -> list[str]:
    return (DATA / name).read_text(encoding="utf-8").splitlines(keepends=True)


@pytest.mark.parametrize("name", STORIES)
@pytest.mark.parametrize("lines", [1, 2, 3, 5, 1 << 10])
def test_blocks_of_any_size_give_the_same_schedule_and_counts(
    name: str, lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = read_schedule(story(name))
    monkeypatch.setattr(dialect, "_BLOCK_LINES", lines)
    assert read_schedule(story(name)) == expected


@pytest.mark.parametrize("name", STORIES)
def test_lines_that_are_alike_are_not_read_one_by_one(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    switches = [line for line in story(name) if "sched_switch" in line and "next_prio" in line]
    odd = switches[3].replace("sched_switch", "sched_waking")
    expected = read_schedule(switches)
    one_by_one: list[str] = []
    read = dialect.LineReader.read

    def watched(self: dialect.LineReader, line: str) -> object:
        one_by_one.append(line)
        return read(self, line)

    monkeypatch.setattr(dialect.LineReader, "read", watched)
    assert read_schedule(switches) == expected
    assert one_by_one == []
    schedule = read_schedule([*switches[:3], odd, *switches[3:]])
    assert schedule.events == expected.events
    assert schedule.skipped == {**expected.skipped, "event not used: sched_waking": 1}
    assert [line for line in one_by_one if line == odd] == [odd]


@pytest.mark.parametrize("name", STORIES)
def test_times_with_other_decimals_are_read_with_their_own_unit(name: str) -> None:
    lines = story(name)
    time = next(line for line in lines if "10.00001" in line).split(": ")[0].split()[-1]
    for text in ("10.00001", "10.000010", "10.00001000"):
        changed = [line.replace(f"{time}:", f"{text}:") for line in lines]
        assert read_schedule(changed) == read_schedule(lines)


@pytest.mark.parametrize("arrow", [" ==> ", "==>", " ==> next_comm=", "a ==> b"])
def test_names_may_hold_the_arrow_between_the_threads_of_a_switch(arrow: str) -> None:
    lines = story(STORIES[0])
    for side in ("prev_comm=host ", "next_comm=host "):
        assert any(side in line for line in lines)
        renamed = [line.replace(side, side.replace("host", arrow)) for line in lines]
        assert read_schedule(renamed) == read_schedule(lines)
