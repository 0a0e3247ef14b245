"""The scenario library: data, one file each, found by itself.

A module in this package that defines ``SCENARIO`` is a scenario.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from simcore.scenario import Scenario


@cache
def library() -> dict[str, Scenario]:
    """Every scenario by name, in alphabetical order."""
    found: dict[str, Scenario] = {}
    for module_info in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        scenario: Scenario = module.SCENARIO
        found[scenario.name] = scenario
    return dict(sorted(found.items()))


def find(name: str) -> Scenario:
    """The scenario called ``name``. Raises ValueError that lists the known ones."""
    try:
        return library()[name]
    except KeyError:
        raise ValueError(f"scenario is {name!r}; allowed: {', '.join(library())}") from None
