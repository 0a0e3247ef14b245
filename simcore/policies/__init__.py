"""The policies: one file, one real scheme, found by itself.

A module in this package that defines a `Policy` with a ``name`` is a policy; nothing else has to
be edited to add one.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from simcore.policies.base import Policy, PolicyContext, UnknownPolicyError

__all__ = ["Policy", "PolicyContext", "UnknownPolicyError", "find", "names"]


@cache
def _found() -> dict[str, type[Policy]]:
    policies: dict[str, type[Policy]] = {}
    for module_info in sorted(pkgutil.iter_modules(__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        for value in vars(module).values():
            if not (isinstance(value, type) and issubclass(value, Policy)):
                continue
            if value.__module__ == module.__name__ and "name" in vars(value):
                policies[value.name] = value
    return policies


def names() -> tuple[str, ...]:
    """The names of all policies, in alphabetical order."""
    return tuple(sorted(_found()))


def find(name: str) -> type[Policy]:
    """The policy called ``name``. Raises UnknownPolicyError, which lists the known ones."""
    try:
        return _found()[name]
    except KeyError:
        raise UnknownPolicyError(name, names()) from None
