"""`vmidscope conform`: golden vectors replayed, and a row printed for each file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from app.vector_files import NotReplayed, VectorFileError, replay_file, vector_files
from simcore.conform.result import ABSENT, ConformResult, Mismatch
from simcore.words import counted

SAME, DIFFERENT, UNREADABLE = 0, 1, 2
_HEADINGS = ("file", "operations", "mismatches", "aliases")
_MOST_CHARACTERS = 200


def conform(paths: Sequence[Path], out: TextIO) -> int:
    """Replay the vector files and print, per file and in all, operations and mismatches.

    `aliases` are a derived observation, compared apart: expected/found, "-" where a file records
    none. Returns 0, 1 where an operation or an alias differs, 2 where a file is unreadable or
    malformed, a path does not exist, or nothing was replayed.
    """
    files = vector_files(paths)
    names = _names(files, paths)
    report = _Report(out, max(map(len, [*names, _HEADINGS[0], _all_words(len(files))])))
    for file, name in zip(files, names, strict=True):
        try:
            result = replay_file(file)
        except VectorFileError as error:
            report.unreadable(name, error)
            continue
        if isinstance(result, NotReplayed):
            report.not_replayed(name, result.kind)
        else:
            report.replayed(name, result)
    report.sum_up(", ".join(_printable(str(path)) for path in paths))
    return report.status


class _Report:
    """The table as it is printed, and what there is to say below it."""

    def __init__(self, out: TextIO, width: int) -> None:
        self._out = out
        self._width = width
        self.results: list[ConformResult] = []
        self._skipped: Counter[str] = Counter()
        self._errors = 0
        self._differences: list[str] = []
        self._row(*_HEADINGS)

    @property
    def status(self) -> int:
        """The exit status that all this amounts to."""
        if self._errors or not self.results:
            return UNREADABLE
        return DIFFERENT if self._differences else SAME

    def replayed(self, name: str, result: ConformResult) -> None:
        """A file's row, and its first difference for later."""
        self.results.append(result)
        aliases = result.aliases
        counts = f"{aliases.expected}/{aliases.found}" if aliases else "-"
        self._row(name, str(result.operations), str(result.mismatches), counts)
        if result.first:
            self._differences.append(_sentence("first difference", name, result.first))
        if aliases and aliases.first:
            self._differences.append(_sentence("first alias difference", name, aliases.first))

    def not_replayed(self, name: str, kind: str) -> None:
        """The row of a file that no replay knows."""
        kind = kind if kind.isidentifier() else json.dumps(kind)[:_MOST_CHARACTERS]
        self._skipped[kind] += 1
        self._line(name, f"not replayed: {kind}")

    def unreadable(self, name: str, error: VectorFileError) -> None:
        """The row of a file that is not what it should be."""
        self._errors += 1
        self._line(name, f"unreadable: {error}")

    def sum_up(self, given: str) -> None:
        """All files together, what was left out, and the first difference of each file."""
        aliases = [result.aliases for result in self.results if result.aliases]
        counts = f"{sum(a.expected for a in aliases)}/{sum(a.found for a in aliases)}"
        self._row(
            _all_words(len(self.results)),
            str(sum(result.operations for result in self.results)),
            str(sum(result.mismatches for result in self.results)),
            counts if aliases else "-",
        )
        for kind, count in sorted(self._skipped.items()):
            self._print(f"not replayed: {kind} ({counted(count, 'file')})")
        if self._errors:
            self._print(f"unreadable: {counted(self._errors, 'file')}")
        elif not self.results:
            self._print(f"nothing was replayed: {given} has no vector file that can be")
        for sentence in self._differences:
            self._print(sentence)

    def _row(self, name: str, operations: str, mismatches: str, aliases: str) -> None:
        self._line(name, f"{operations:>10}  {mismatches:>10}  {aliases:>9}")

    def _line(self, name: str, rest: str) -> None:
        self._print(f"{name:<{self._width}}  {rest}")

    def _print(self, line: str) -> None:
        print(line, file=self._out)


def _names(files: Sequence[Path], paths: Sequence[Path]) -> list[str]:
    """Files as they are called in the table: inside one given folder, by their way from there."""
    folder = paths[0] if len(paths) == 1 and paths[0].is_dir() else None
    return [_printable(str(file.relative_to(folder) if folder else file)) for file in files]


def _printable(name: str) -> str:
    """A file name that any terminal can show on one line."""
    return name if name.isprintable() else ascii(name)[1:-1]


def _all_words(count: int) -> str:
    return f"in all, {counted(count, 'file')}"


def _sentence(what: str, name: str, mismatch: Mismatch) -> str:
    expected, actual = _value(mismatch.expected), _value(mismatch.actual)
    return (
        f"{what} in {name}: operation {mismatch.index}, field {mismatch.field}: "
        f"expected {expected}, found {actual}"
    )


def _value(value: object) -> str:
    """A value as JSON writes it."""
    text = "nothing" if value is ABSENT else json.dumps(value)
    return text if len(text) <= _MOST_CHARACTERS else text[:_MOST_CHARACTERS] + "..."
