"""A path as a pytest that follows it and says what it breaks."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import fields
from typing import Any

from simcore.check.bounds import Bounds
from simcore.check.path import Walker
from simcore.hw.tlb import Organisation

_TEMPLATE = '''\
"""Found by vmidscope: {title}

{policy} with {sentence}.

{steps}
"""

{imports}

POLICY = {policy!r}
BOUNDS = {bounds}
PATH = {path}


def test_{name}() -> None:
    walker = Walker(POLICY, BOUNDS)
    broken = [
        (step.number, invariant.name)
        for step in walker.follow(PATH)
        for invariant, _ in step.broken
    ]
    assert broken == {broken}
'''


def path_test(policy: str, bounds: Bounds, path: Sequence[int]) -> str:
    """The test's source. Raises PathError for a choice that is not open."""
    walker = Walker(policy, bounds)
    found = [
        (step.number, invariant, sentence)
        for step in walker.follow(path)
        for invariant, sentence in step.broken
    ]
    title = "a path that breaks nothing."
    name = "keeps_every_property"
    if found:
        number, invariant, sentence = found[-1]
        title = f"at step {number}, {sentence}."
        name = "breaks_" + re.sub(r"(?<!^)(?=[A-Z])", "_", invariant.title).lower()
    return _TEMPLATE.format(
        title=title,
        policy=policy,
        sentence=bounds.sentence(),
        steps="\n".join(f"{step.number}. {step.words}" for step in walker.steps),
        imports="\n".join(_imports(bounds)),
        bounds=_source(bounds),
        path=tuple(path),
        name=f"{re.sub('[^a-z0-9]+', '_', policy)}_{name}",
        broken=[(number, invariant.name) for number, invariant, _ in found],
    )


def _imports(bounds: Bounds) -> list[str]:
    lines = [
        "from simcore.check.bounds import Bounds",
        "from simcore.check.path import Walker",
    ]
    if bounds.tlb is not Organisation.COMBINED:
        lines.append("from simcore.hw.tlb import Organisation")
    if bounds.faults:
        lines.append("from simcore.machine.faults import Fault")
    return lines


def _source(bounds: Bounds) -> str:
    """The bounds as an expression, the usual ones left out."""
    usual = Bounds()
    shown = [
        f"{field.name}={_value(getattr(bounds, field.name))}"
        for field in fields(Bounds)
        if getattr(bounds, field.name) != getattr(usual, field.name)
    ]
    return f"Bounds({', '.join(shown)})"


def _value(value: Any) -> str:
    if isinstance(value, Organisation):
        return f"Organisation.{value.name}"
    if isinstance(value, frozenset):
        names = ", ".join(f"Fault.{fault.name}" for fault in sorted(value, key=lambda f: f.value))
        return f"frozenset({{{names}}})"
    return repr(value)
