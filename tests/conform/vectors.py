"""Vector files as the tests of their replays use them."""

import json
from pathlib import Path
from typing import Any

from simcore.conform.kinds import LINE_REPLAYS, kind_of
from simcore.conform.result import ConformResult

ROOT = Path(__file__).parents[2]
COPIES = ROOT / "tests" / "data" / "vectors"
SHARED = ROOT.parent / "shared" / "vectors"

Line = dict[str, Any]


def load(path: Path) -> tuple[Line, list[Line]]:
    """Header and operations of one vector file."""
    header, *operations = map(json.loads, path.read_text().splitlines())
    return header, operations


def copy_of(name: str) -> tuple[Line, list[Line]]:
    """One vector file of tests/data, by folder and name."""
    return load(COPIES / f"{name}_a.jsonl")


def replay(header: Line, operations: list[Line]) -> ConformResult:
    """Replay a file of operation lines under the policy of its kind."""
    return LINE_REPLAYS[kind_of(header)](header, operations)
