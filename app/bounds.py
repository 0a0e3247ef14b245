"""From request to bounds, and from bounds to links: the same fields, the defaults left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, Literal
from urllib.parse import urlencode

from app.errors import invalid
from app.schemas.checks import MOST_STEPS_OF_A_PATH, CheckBody, PathBody, PathQuery
from simcore.check.bounds import Bounds
from simcore.check.path import PathError, format_path, parse_path
from simcore.hw.tlb import Organisation
from simcore.invariants import Invariant
from simcore.machine.faults import fault

Where = Literal["body", "query"]
_FIELDS = [field.name for field in fields(Bounds)]
_PLAIN = [name for name in _FIELDS if name not in ("tlb", "faults")]


def bounds_of(asked: CheckBody | PathBody | PathQuery) -> Bounds:
    """The bounds a request names, which its policy can run in.

    Raises ProblemError naming the field, in the body or in the query.
    """
    where: Where = "query" if isinstance(asked, PathQuery) else "body"
    names = asked.fault if isinstance(asked, PathQuery) else asked.faults
    field = "fault" if where == "query" else "faults"
    try:
        faults = frozenset(fault(name) for name in names)
        field = "policy"
        plain = {name: getattr(asked, name) for name in _PLAIN}
        bounds = Bounds(tlb=Organisation(asked.tlb), faults=faults, **plain)
        bounds.spec(asked.policy)
    except ValueError as error:
        raise invalid((where, field), str(error)) from None
    return bounds


def path_of(asked: PathBody | PathQuery) -> tuple[int, ...]:
    """The path a request names. Raises ProblemError where it is none, or too long."""
    where: Where = "query" if isinstance(asked, PathQuery) else "body"
    try:
        path = parse_path(asked.path)
        if len(path) > MOST_STEPS_OF_A_PATH:
            raise PathError(
                f"path has {len(path)} steps, the last at step {len(path)}; "
                f"{MOST_STEPS_OF_A_PATH} is allowed"
            )
    except PathError as error:
        raise invalid((where, "path"), str(error)) from None
    return path


def properties_of(names: Sequence[str]) -> tuple[Invariant, ...]:
    """The invariants of these names, in their order, each once. Raises ProblemError."""
    known = Invariant.__members__
    for name in names:
        if name not in known:
            message = f"properties has {name[:40]!r}; allowed: {', '.join(known)}"
            raise invalid(("body", "properties"), message)
    return tuple(invariant for name, invariant in known.items() if name in names)


def query_of(policy: str, bounds: Bounds, path: Sequence[int] | None = None) -> str:
    """The query of a link: policy, what differs from the usual bounds, and a path."""
    pairs = [("policy", policy), *_differing(bounds)]
    if path is not None:
        pairs.append(("path", format_path(path)))
    return urlencode(pairs)


def page_of(policy: str, bounds: Bounds, path: Sequence[int]) -> str:
    """The player's address."""
    return f"/path?{query_of(policy, bounds, path)}"


def _differing(bounds: Bounds) -> Iterator[tuple[str, str]]:
    usual = Bounds()
    for name in _FIELDS:
        value = getattr(bounds, name)
        if value == getattr(usual, name):
            continue
        if name == "faults":
            yield from (("fault", word) for word in sorted(fault.value for fault in value))
        elif isinstance(value, bool):
            yield name, "true" if value else "false"
        else:
            yield name, value.value if isinstance(value, Organisation) else str(value)


def bounds_json(bounds: Bounds) -> dict[str, Any]:
    """Bounds as a JSON object."""
    return {
        **{name: getattr(bounds, name) for name in _FIELDS},
        "tlb": bounds.tlb.value,
        "faults": sorted(fault.value for fault in bounds.faults),
    }


def property_json(invariant: Invariant) -> dict[str, str]:
    """An invariant as a JSON object."""
    return {"name": invariant.name, "title": invariant.title, "sentence": invariant.value}
