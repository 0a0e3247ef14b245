"""The product keeps the house rules of tests/architecture.py, and each rule can be broken."""

import pytest

from tests.architecture import (
    ALLOWED_IMPORTS,
    ROOT,
    documented_methods,
    empty_names,
    impurities,
    is_package,
    modules_of,
    our_files,
    private_imports,
    row_of,
    too_long_files,
    too_long_functions,
    undocumented,
    wrong_imports,
)

# ---- the product keeps them


def test_rooms_import_only_what_the_table_allows() -> None:
    wrong = [
        complaint
        for module, source in modules_of("app", "simcore").items()
        for complaint in wrong_imports(source, module, is_package(module))
    ]
    assert wrong == []


def test_application_uses_public_names_of_the_model_only() -> None:
    assert [
        complaint
        for module, source in modules_of("app").items()
        for complaint in private_imports(source, module, is_package(module))
    ] == []


def test_model_is_pure() -> None:
    assert [
        complaint
        for module, source in modules_of("simcore").items()
        for complaint in impurities(source, module, is_package(module))
    ] == []


def test_files_are_short() -> None:
    lines = {str(f.relative_to(ROOT)): len(f.read_text().splitlines()) for f in our_files()}
    assert too_long_files(lines) == []


def test_functions_are_short() -> None:
    sources = {str(f.relative_to(ROOT)): f.read_text() for f in our_files() if f.suffix == ".py"}
    assert [c for name, source in sources.items() for c in too_long_functions(source, name)] == []


def test_files_are_named_after_what_they_hold() -> None:
    assert empty_names(file.stem for file in our_files()) == []


def test_everything_public_in_the_model_has_a_docstring() -> None:
    modules = modules_of("simcore")
    known = documented_methods(modules.values())
    assert [
        c for module, source in modules.items() for c in undocumented(source, module, known)
    ] == []


# ---- every rule can be broken


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("simcore.hw.tlb", "from simcore.hv import domain"),
        ("simcore.hw.tlb", "import simcore.hv.domain"),
        ("simcore.hw.tlb", "import app.cli"),
        ("simcore.hw.tlb", "def f():\n    import simcore.machine"),
        ("simcore.hw.tlb", "from ..hv.domain import Domain"),
        ("simcore.hw.tlb", "if TYPE_CHECKING:\n    from simcore.machine import Machine"),
        ("simcore.hv.domain", "from simcore.hw.tlb import Tlb"),
        ("simcore.policies.untagged", "from simcore.machine import Machine"),
        ("simcore.policies.untagged", "from simcore.hv.scheduler import RunQueues"),
        ("simcore.policies.untagged", "from simcore.hw.tlb import Tlb"),
        ("simcore.vmid_map", "from simcore.metrics import Metrics"),
        ("simcore.policies.untagged", "from simcore import machine"),
        ("simcore.schedule", "from simcore.events import Event"),
        ("simcore.scheduler", "from simcore.schedule import Schedule"),
        ("simcore.a_room_without_a_row", "from simcore.hw.ids import Vmid"),
        ("simcore", "from simcore.machine import Machine"),
    ],
)
def test_import_against_the_table_is_found(module: str, source: str) -> None:
    assert len(wrong_imports(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("simcore.hw.tlb", "from simcore.hw.fence import Fence\nimport numpy"),
        ("simcore.hw.tlb", "from .fence import Fence"),
        ("simcore.policies.untagged", "from simcore.policies.base import Policy"),
        ("simcore.policies.untagged", "from simcore.policies import base"),
        ("simcore.policies.untagged", "from simcore.policies.xen_riscv_head import XenRiscvHead"),
        ("simcore.vmid_map", "from simcore.machine import Machine"),
        ("simcore.machine_state", "from simcore.machine.run import Machine"),
        ("app.cli", "from simcore.machine import Machine\nimport app.paths\nimport apple"),
    ],
)
def test_import_by_the_table_is_not_found(module: str, source: str) -> None:
    assert wrong_imports(source, module) == []


def test_relative_import_in_a_package_file_starts_at_the_package() -> None:
    assert wrong_imports("from .fence import Fence", "simcore.hw", package=True) == []
    assert len(wrong_imports("from .fence import Fence", "simcore.hw")) == 1


def test_longest_row_is_the_module_s_row() -> None:
    assert row_of("simcore.hw.tlb") == "simcore.hw"
    assert row_of("simcore.machine_state") == "simcore.machine*"
    assert row_of("simcore.machinery.gear") == "simcore.machine*"
    assert row_of("simcore.hwx") == "simcore"


def test_every_room_that_a_row_allows_has_a_row_itself() -> None:
    allowed = {prefix for row in ALLOWED_IMPORTS.values() for prefix in row}
    assert all(row_of(prefix.rstrip("*")) != "simcore" for prefix in allowed - {"simcore"})


def test_private_name_taken_by_the_application_is_found() -> None:
    assert len(private_imports("from simcore.machine import _step", "app.live")) == 1
    assert len(private_imports("import simcore._machine", "app.live")) == 1
    assert private_imports("from simcore import __version__\nimport _thread", "app.live") == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("simcore.hw.tlb", "import time"),
        ("simcore.hw.tlb", "from datetime import datetime"),
        ("simcore.hw.tlb", "import os.path"),
        ("simcore.hw.tlb", "import random"),
        ("simcore.hw.tlb", "import logging"),
        ("simcore.hw.tlb", "import asyncio"),
        ("simcore.hw.tlb", "from pathlib import Path"),
        ("simcore.hw.tlb", "from io import open"),
        ("simcore.hw.tlb", "from fastapi import FastAPI"),
        ("simcore.hw.tlb", "import pydantic"),
        ("simcore.hw.tlb", "import importlib"),
        ("simcore.policies.untagged", "import pkgutil"),
        ("simcore.hw.tlb", "text = open('trace.txt').read()"),
        ("simcore.hw.tlb", "text = io.open('trace.txt').read()"),
        ("simcore.hw.tlb", "print('here')"),
        ("simcore.hw.tlb", "draw = np.random.default_rng(7)"),
        ("simcore.guests.pages", "x = random.random()"),
        ("simcore.guests.pages", "x = np.random.rand(3)"),
        ("simcore.guests.pages", "from random import shuffle"),
        ("simcore.guests.pages", "import random\nr = random.Random()"),
        ("simcore.guests.pages", "from random import Random\nr = Random()"),
    ],
)
def test_impurity_is_found(module: str, source: str) -> None:
    assert len(impurities(source, module)) == 1


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("simcore.guests.pages", "import random\nr = random.Random(7)\nx = r.random()"),
        ("simcore.guests.pages", "import numpy as np\nr = np.random.default_rng(7)"),
        ("simcore.policies", "import pkgutil, importlib"),
        ("simcore.hw.kernel", "import numpy, numba, heapq\nfrom typing import NamedTuple"),
        ("simcore.formats.csv_rows", "import io\nout = io.StringIO()\nopened = reopen()"),
    ],
)
def test_pure_source_is_not_found(module: str, source: str) -> None:
    assert impurities(source, module) == []


def test_file_over_the_limit_is_found() -> None:
    assert too_long_files({"short.py": 400, "long.js": 401}) == ["long.js: 401 lines"]


def test_function_over_the_limit_is_found_wherever_it_stands() -> None:
    just_right = "def f():\n" + "    x = 1\n" * 59
    assert too_long_functions(just_right, "a.py") == []
    assert too_long_functions(just_right + "    y = 2\n", "a.py") == ["a.py: f: 61 lines"]
    nested = "class C:\n    async def g(self):\n" + "        x = 1\n" * 60
    assert too_long_functions(nested, "a.py") == ["a.py: g: 61 lines"]


def test_file_name_that_says_nothing_is_found() -> None:
    stems = ["utils", "hart_helper", "fence-util", "scheduler", "utility_bill"]
    assert empty_names(stems) == ["utils", "hart_helper", "fence-util"]


def test_missing_docstring_is_found_on_class_function_and_method() -> None:
    source = "def f(): pass\nclass C:\n    def m(self): pass\n    def _own(self): pass\n"
    assert undocumented(source, "m", {}) == ["m.f", "m.C", "m.C.m"]


def test_method_may_leave_its_docstring_to_the_base_class() -> None:
    base = 'class Policy:\n    """A scheme."""\n    def enter(self):\n        """Enter."""\n'
    derived = 'class Mine(Policy):\n    """Mine."""\n    def enter(self): ...\n'
    derived += "    def extra(self): ...\n"
    known = documented_methods([base, derived])
    assert undocumented(derived, "m", known) == ["m.Mine.extra"]
