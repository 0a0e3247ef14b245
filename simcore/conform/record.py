"""Fields of a parsed vector file, checked as they are read."""

from collections.abc import Mapping

from simcore.hw.csr import Xlen

Record = Mapping[str, object]


class VectorFormatError(ValueError):
    """A vector file that is not what it should be; the message names field, value and allowed."""


def _wrong(field: str, value: object, allowed: str) -> VectorFormatError:
    return VectorFormatError(f"{field} is {value!r}; allowed is {allowed}")


def read(record: Record, field: str) -> object:
    """The field's content; VectorFormatError when the record has no such field."""
    if field not in record:
        raise VectorFormatError(f"{field} is missing; the record has {sorted(record)}")
    return record[field]


def read_integer(record: Record, field: str) -> int:
    """A JSON integer of any size; VectorFormatError for anything else, true and 1.0 included."""
    value = read(record, field)
    if not isinstance(value, int) or isinstance(value, bool):
        raise _wrong(field, value, "an integer")
    return value


def read_integers(record: Record, field: str) -> list[int]:
    """A JSON array of integers; VectorFormatError for anything else."""
    value = read(record, field)
    if not isinstance(value, list) or not all(type(item) is int for item in value):
        raise _wrong(field, value, "a list of integers")
    return value


def read_within(record: Record, field: str, least: int, most: int) -> int:
    """A JSON integer from `least` to `most`; VectorFormatError for anything else."""
    value = read_integer(record, field)
    if not least <= value <= most:
        raise _wrong(field, value, f"{least} to {most}")
    return value


def read_boolean(record: Record, field: str) -> bool:
    """JSON true or false; VectorFormatError for anything else."""
    value = read(record, field)
    if not isinstance(value, bool):
        raise _wrong(field, value, "true or false")
    return value


def read_object(record: Record, field: str) -> Record:
    """A JSON object; VectorFormatError for anything else."""
    value = read(record, field)
    if not isinstance(value, dict):
        raise _wrong(field, value, "an object")
    return value


def read_hex(record: Record, field: str) -> int:
    """A string such as "0x8000000000000000"; VectorFormatError for anything else."""
    value = read(record, field)
    if not isinstance(value, str) or not value.startswith("0x"):
        raise _wrong(field, value, "a hexadecimal string with 0x")
    try:
        return int(value, 16)
    except ValueError:
        raise _wrong(field, value, "a hexadecimal string with 0x") from None


def read_choice(record: Record, field: str, allowed: tuple[str, ...]) -> str:
    """One of the allowed strings; VectorFormatError for anything else."""
    value = read(record, field)
    if not isinstance(value, str) or value not in allowed:
        raise _wrong(field, value, " or ".join(allowed))
    return value


def read_xlen(record: Record) -> Xlen:
    """The `xlen` field, 32 or 64; VectorFormatError for anything else."""
    value = read_integer(record, "xlen")
    if value == 32:
        return 32
    if value == 64:
        return 64
    raise _wrong("xlen", value, "32 or 64")
