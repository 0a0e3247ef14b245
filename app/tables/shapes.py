"""What lines of the log have in common, said once: a line is the number of its shape, and numbers.

A machine's log has a few shapes a hart, so whatever is asked about their words is answered by
looking at the shapes, and not at a million lines.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from app.tables.growing import Growing
from simcore.hw.fence import kind_of

TYPES = ("executed", "requested", "violation")
SCOPES = ("all", "vmid", "asid", "address", "none")
REDUNDANT = ("yes", "no", "none")
NONE = "none"
"""Where a field does not apply to a line."""


class Shape(NamedTuple):
    """The words of a line. ``hart`` is a word too: there are few.

    ``redundant`` says of an executed fence whether it dropped no valid entry ("yes") or some
    ("no"); of all other lines it is "none".
    """

    type: str
    kind: str
    cause: str
    scope: str
    hart: int
    redundant: str
    via: str
    error: int
    label: str

    @property
    def words(self) -> str:
        """Everything that a free word of a filter is looked for in, in lower case."""
        fence = kind_of(self.kind)
        mnemonic = "" if fence is None else fence.mnemonic
        words = (self.label, mnemonic, self.kind, self.cause, self.scope, self.via)
        return " ".join(word for word in words if word != NONE).casefold()


def scope_of(kind: str) -> str:
    """What a fence covers, by its narrowest operand: `SCOPES`.

    HFENCE.VVMA without an ASID covers the one VMID that hgatp has then (`norm:hfence-vvma_mode`).
    """
    plain = kind.removeprefix("remote_")
    if plain in (NONE, "fence_i"):
        return NONE
    if any(f"_{operand}" in plain for operand in ("gpa", "gva", "va")):
        return "address"
    if plain.endswith("_asid"):
        return "asid"
    return "all" if plain in ("hfence_gvma", "sfence_vma") else "vmid"


class Field:
    """One field of all shapes: its distinct values, and which of them each shape has."""

    def __init__(self, of: Callable[[Shape], Hashable]) -> None:
        self._of = of
        self._numbers: dict[Hashable, int] = {}
        self.values: list[Any] = []
        self.codes = Growing(np.int32)
        """By shape: the place of its value in `values`."""

    def add(self, shape: Shape) -> None:
        """Take the next shape in."""
        value = self._of(shape)
        if value not in self._numbers:
            self._numbers[value] = len(self.values)
            self.values.append(value)
        self.codes.extend([self._numbers[value]])

    def where(self, holds: Callable[[Any], bool]) -> NDArray[np.bool_]:
        """By shape: whether ``holds`` of its value."""
        held = np.fromiter(map(holds, self.values), bool, len(self.values))
        return np.take(held, self.codes.values)


class Shapes:
    """All shapes of a log, numbered from 0 in the order they appeared."""

    def __init__(self) -> None:
        self._numbers: dict[Shape, int] = {}
        self._all: list[Shape] = []
        self.fields = {
            "type": Field(lambda shape: shape.type),
            "kind": Field(lambda shape: shape.kind),
            "cause": Field(lambda shape: shape.cause),
            "scope": Field(lambda shape: shape.scope),
            "hart": Field(lambda shape: shape.hart),
            "redundant": Field(lambda shape: shape.redundant),
            "words": Field(lambda shape: shape.words),
            "group": Field(lambda shape: shape[:4]),
        }
        """By name. Lines with equal "group" and requester make a group where they follow each
        other."""

    def __len__(self) -> int:
        return len(self._all)

    def __getitem__(self, number: int) -> Shape:
        return self._all[number]

    def number(self, shape: Shape) -> int:
        """The number of a shape, which may be new."""
        number = self._numbers.get(shape)
        if number is None:
            number = self._numbers[shape] = len(self._all)
            self._all.append(shape)
            for field in self.fields.values():
                field.add(shape)
        return number
