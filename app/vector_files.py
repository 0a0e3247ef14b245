"""Opens golden vectors: finds the files, parses them line by line, hands them to their replay."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

from simcore.conform.kinds import LINE_REPLAYS, SAMPLE_REPLAYS, kind_of
from simcore.conform.record import Record
from simcore.conform.result import ConformResult

_SUFFIXES = (".jsonl", ".json")
_MOST_BYTES = 1 << 26
_MOST_CHARACTERS = 300


class VectorFileError(ValueError):
    """A file that cannot be replayed. One line: where in the file, and what is wrong."""


@dataclass(frozen=True, slots=True)
class NotReplayed:
    """A vector file of a kind that has no replay yet."""

    kind: str


def vector_files(paths: Sequence[Path]) -> list[Path]:
    """The files that are given, and those in given folders and below, in order, each once.

    A folder's are its `*.jsonl` and `*.json` files, sorted. A path that does not exist stays in
    the list, so that opening it says so.
    """
    found: dict[Path, None] = {}
    for path in paths:
        found |= dict.fromkeys(_files_in(path) if path.is_dir() else [path])
    return list(found)


def _files_in(folder: Path) -> list[Path]:
    return sorted(
        file for file in folder.rglob("*") if file.suffix in _SUFFIXES and not file.is_dir()
    )


def replay_file(path: Path) -> ConformResult | NotReplayed:
    """Replay one file: `*.json` is one object, any other name one object a line.

    Raises VectorFileError for whatever is wrong with the file or its content.
    """
    position = _Position()
    try:
        with path.open("rb") as raw:
            whole = path.suffix == ".json"
            records = _one_record(raw) if whole else _records(raw, position)
            return _replay(records)
    except OSError as error:
        raise VectorFileError((error.strerror or str(error)).lower()) from None
    except VectorFileError:
        raise
    except ValueError as error:
        _fail(max(position.line, 1), str(error))


@dataclass(slots=True)
class _Position:
    """The line that was read last, counted from 1."""

    line: int = 0


def _fail(line: int, problem: str) -> NoReturn:
    if len(problem) > _MOST_CHARACTERS:
        problem = problem[:_MOST_CHARACTERS] + "..."
    raise VectorFileError(f"line {line}: {problem}") from None


def _replay(records: Iterator[Record]) -> ConformResult | NotReplayed:
    header = next(records, None)
    if header is None:
        raise ValueError("the file is empty; allowed is a header and operations, or one object")
    kind = kind_of(header)
    if kind in LINE_REPLAYS:
        return LINE_REPLAYS[kind](header, records)
    if kind not in SAMPLE_REPLAYS:
        return NotReplayed(kind)
    if next(records, None) is not None:
        raise ValueError(f"{kind} samples are one object; this is a second")
    return SAMPLE_REPLAYS[kind](header)


def _records(raw: BinaryIO, position: _Position) -> Iterator[Record]:
    """The objects of a file with one a line; empty lines are passed over."""
    while line := raw.readline(_MOST_BYTES + 1):
        position.line += 1
        if line.strip():
            yield _parse(line, position.line)


def _one_record(raw: BinaryIO) -> Iterator[Record]:
    """The object that a whole file is."""
    content = raw.read(_MOST_BYTES + 1)
    if content.strip():
        yield _parse(content, 1)


def _parse(content: bytes, line: int) -> Record:
    """One JSON object that begins on `line`."""
    if len(content) > _MOST_BYTES:
        _fail(line, f"longer than {_MOST_BYTES} bytes")
    try:
        value = json.loads(content.decode(), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        _fail(line, f"byte {error.start + 1} is not UTF-8; allowed is JSON text")
    except json.JSONDecodeError as error:
        _fail(line + error.lineno - 1, f"no JSON at column {error.colno}: {error.msg.lower()}")
    except (ValueError, RecursionError) as error:
        _fail(line, f"no JSON: {error}")
    if not isinstance(value, dict):
        _fail(line, f"a JSON {_json_type(value)}; allowed is an object")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _json_type(value: Any) -> str:
    names = {list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")
