"""The loop that every file of operation lines goes through: answer, compare, count."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from simcore.conform.record import Record, VectorFormatError, read_integer, read_object
from simcore.conform.result import AliasResult, ConformResult, Mismatch, first_difference

Answer = Callable[[Record], dict[str, object]]
"""What the model makes of one operation: the `r` object, `alias` included where it saw one."""


@dataclass(slots=True)
class _Differences:
    """How many operations differ, and the first that does."""

    count: int = 0
    first: Mismatch | None = None

    def compare(self, index: int, expected: object, actual: object) -> None:
        difference = first_difference(expected, actual)
        if difference:
            self.count += 1
            self.first = self.first or Mismatch(index, *difference)


def replay_lines(
    name: str, kind: str, header: Record, operations: Iterable[Record], answer: Answer
) -> ConformResult:
    """Replay the operation lines of one file in order, against what each records in `r`.

    `alias` is compared apart from the other fields, and only where the header counts them
    (`stats.alias_entries`). Raises VectorFormatError for a missing or malformed field, a line out
    of order, and a number of lines that is not the one the header announces (a truncated file).
    """
    announced = read_integer(header, "ops")
    fields, aliases = _Differences(), _Differences()
    index = expected_aliases = found_aliases = 0
    for index, operation in enumerate(operations, 1):
        _require_order(operation, index - 1)
        expected, actual = dict(read_object(operation, "r")), answer(operation)
        recorded, found = _take_alias(expected), _take_alias(actual)
        expected_aliases += len(recorded)
        found_aliases += len(found)
        fields.compare(index - 1, expected, actual)
        aliases.compare(index - 1, recorded, found)
    if index != announced:
        raise VectorFormatError(f"ops is {announced}, but {index} operations follow")
    derived = AliasResult(expected_aliases, found_aliases, aliases.count, aliases.first)
    return ConformResult(
        name, kind, index, fields.count, fields.first, derived if _has_aliases(header) else None
    )


def _require_order(operation: Record, index: int) -> None:
    number = read_integer(operation, "i")
    if number != index:
        raise VectorFormatError(f"i is {number}; allowed is {index}, the lines are numbered from 0")


def _take_alias(fields: dict[str, object]) -> dict[str, object]:
    """The `alias` field as an object of its own, empty where there is none."""
    return {"alias": fields.pop("alias")} if "alias" in fields else {}


def _has_aliases(header: Record) -> bool:
    return "stats" in header and "alias_entries" in read_object(header, "stats")
