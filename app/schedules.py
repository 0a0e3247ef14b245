"""The recorded schedules a server knows: the shipped one, and files given at the start."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path

from app.journal import PackedSchedule, pack_schedule
from app.trace_files import open_schedule
from simcore.schedule import Schedule

FIRST_START = "first-start"
_SHIPPED = "first-start.ftrace.txt.gz"


@cache
def _shipped() -> Schedule:
    with as_file(files("app") / "data" / _SHIPPED) as path:
        return open_schedule(path)


class Schedules:
    """Schedules by name. Raises ValueError, one line, for a file that is no recording."""

    def __init__(self, paths: Sequence[Path] = ()) -> None:
        self._packed: dict[str, PackedSchedule] = {}
        self._by_name = {FIRST_START: _shipped()}
        for path in paths:
            self._by_name[self._free_name(path)] = open_schedule(path)

    def _free_name(self, path: Path) -> str:
        """The file's name, with a number where two files have the same."""
        name, number = path.name, 2
        while name in self._by_name:
            name, number = f"{path.name} ({number})", number + 1
        return name

    def names(self) -> list[str]:
        """All names, the shipped one first."""
        return list(self._by_name)

    def packed(self, name: str) -> PackedSchedule:
        """A schedule as the journal keeps it; packed at first need, which may take a second."""
        if name not in self._packed:
            self._packed[name] = pack_schedule(self.get(name))
        return self._packed[name]

    def get(self, name: str) -> Schedule:
        """A schedule by name. Raises ValueError that lists the known ones."""
        try:
            return self._by_name[name]
        except KeyError:
            allowed = ", ".join(self._by_name)
            raise ValueError(f"schedule is {name!r}; allowed: {allowed}") from None
