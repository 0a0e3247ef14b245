"""What a replay found: how many operations, how many differ, and the first difference."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mismatch:
    """One operation whose answer differs: its 0-based index and the first field that does."""

    index: int
    field: str
    expected: object
    actual: object


@dataclass(frozen=True, slots=True)
class AliasResult:
    """The `alias` entries of one file: what its lines record and what the replay found.

    An alias is derived by whoever watches a scheme and is no answer of the scheme itself, so a
    difference here is not among the mismatches: `differing` counts the operations.
    """

    expected: int
    found: int
    differing: int
    first: Mismatch | None


@dataclass(frozen=True, slots=True)
class ConformResult:
    """The outcome of one vector file.

    An operation counts as one mismatch however many of its fields differ; `first` is the
    mismatch with the lowest index, None when there is none. `aliases` is None for a file that
    does not record them.
    """

    name: str
    kind: str
    operations: int
    mismatches: int
    first: Mismatch | None
    aliases: AliasResult | None = None


# A field path such as "calls[1].hmask", the expected and the actual value.
Difference = tuple[str, object, object]

ABSENT = "(absent)"


def first_difference(expected: object, actual: object, path: str = "") -> Difference | None:
    """The first place where two JSON values differ, or None when they are exactly equal.

    Objects are compared key by key in sorted order, arrays by position; 1 is neither true nor
    1.0, and a key or element that one side lacks is a difference.
    """
    if isinstance(expected, dict) and isinstance(actual, dict):
        prefix = f"{path}." if path else ""
        for key in sorted(expected.keys() | actual.keys()):
            found = first_difference(
                expected.get(key, ABSENT), actual.get(key, ABSENT), f"{prefix}{key}"
            )
            if found:
                return found
        return None
    if isinstance(expected, list) and isinstance(actual, list):
        for position in range(max(len(expected), len(actual))):
            found = first_difference(
                expected[position] if position < len(expected) else ABSENT,
                actual[position] if position < len(actual) else ABSENT,
                f"{path}[{position}]",
            )
            if found:
                return found
        return None
    # A truth value is no number, though Python has it so; a number of a class of its own is one.
    alike = isinstance(expected, bool) == isinstance(actual, bool)
    same = alike and isinstance(actual, type(expected)) and expected == actual
    return None if same else (path, expected, actual)
