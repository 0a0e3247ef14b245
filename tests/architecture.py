"""The house rules as data and checks: who imports whom, what is pure, how large things are.

Every check is a plain function from source text to a list of complaints. test_architecture.py
holds the product to them, and shows each of them complaining.
"""

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# Who may import whom among our own modules. The longest row that a module's name starts with is
# the module's row; a module under a row without the imported name's prefix may not import it.
# A trailing * matches the rest of the word too: simcore.machine* covers simcore.machine_state.
ALLOWED_IMPORTS: dict[str, tuple[str, ...]] = {
    "app": ("app", "simcore"),
    "simcore": (),
    "simcore.hw": ("simcore.hw",),
    "simcore.hv": (
        "simcore.hv",
        "simcore.hw.csr",
        "simcore.hw.fence",
        "simcore.hw.ids",
        "simcore.hw.sbi",
    ),
    # A policy may be another policy with one rule changed.
    "simcore.policies": (
        "simcore.policies",
        "simcore.hv.domain",
        "simcore.hv.generation",
        "simcore.hv.operations",
        "simcore.hv.vmid_bitmap",
        "simcore.hv.xen_rfence",
        "simcore.hw.fence",
        "simcore.hw.ids",
        "simcore.hw.sbi",
    ),
    "simcore.guests": ("simcore.guests", "simcore.page_stream", "simcore.schedule"),
    "simcore.page_stream": (),
    "simcore.schedule": (),
    "simcore.events": ("simcore.hw.fence", "simcore.hw.ids", "simcore.hw.sbi"),
    "simcore.formats": (
        "simcore.formats",
        "simcore.events",
        "simcore.page_stream",
        "simcore.schedule",
    ),
    "simcore.metrics": ("simcore.events", "simcore.hw", "simcore.schedule"),
    "simcore.holdings": ("simcore.events", "simcore.guests", "simcore.hw"),
    "simcore.invariants": ("simcore.events", "simcore.guests", "simcore.holdings", "simcore.hw"),
    "simcore.words": (),
    "simcore.scenario": (
        "simcore.events",
        "simcore.guests",
        "simcore.hw",
        "simcore.invariants",
        "simcore.machine*",
        "simcore.policies",
    ),
    "simcore.scenarios": (
        "simcore.guests",
        "simcore.hw",
        "simcore.machine*",
        "simcore.scenario",
    ),
    "simcore.vmid_ages": ("simcore.events", "simcore.hw"),
    "simcore.vmid_map": (
        "simcore.events",
        "simcore.hw",
        "simcore.machine*",
        "simcore.policies",
    ),
    "simcore.machine*": (
        "simcore.machine*",
        "simcore.events",
        "simcore.guests",
        "simcore.hv",
        "simcore.hw",
        "simcore.policies",
        "simcore.schedule",
    ),
    "simcore.conform": (
        "simcore.conform",
        "simcore.events",
        "simcore.formats",
        "simcore.hv",
        "simcore.hw",
        "simcore.machine*",
        "simcore.policies",
    ),
    "simcore.check": (
        "simcore.check",
        "simcore.events",
        "simcore.guests",
        "simcore.hv",
        "simcore.hw",
        "simcore.invariants",
        "simcore.machine*",
        "simcore.metrics",
        "simcore.policies",
        "simcore.scenario",
        "simcore.words",
    ),
    "simcore.lab": (
        "simcore.lab",
        "simcore.invariants",
        "simcore.scenario",
        "simcore.events",
        "simcore.guests",
        "simcore.hw",
        "simcore.machine*",
        "simcore.metrics",
        "simcore.policies",
        "simcore.schedule",
    ),
}

# What would make simcore see the outside world, with the only modules that may use it.
FORBIDDEN_IN_SIMCORE: dict[str, tuple[str, ...]] = {
    "asyncio": (),
    "datetime": (),
    "gzip": (),
    "importlib": ("simcore.policies", "simcore.scenarios"),  # found by themselves
    "io.open": (),
    "logging": (),
    "os": (),
    "pathlib": (),
    "pkgutil": ("simcore.policies", "simcore.scenarios"),
    # Seeded random.Random only, checked below.
    "random": ("simcore.guests", "simcore.check.walk"),
    "secrets": (),
    "socket": (),
    "sqlite3": (),
    "subprocess": (),
    "tempfile": (),
    "threading": (),
    "time": (),
    "uuid": (),
}
FORBIDDEN_CALLS = ("open", "print", "input", "breakpoint")
PACKAGES_OF_SIMCORE = frozenset({"numpy", "numba"})
SEEDED_GENERATORS = frozenset({"Random", "default_rng", "Generator", "SeedSequence", "PCG64"})

MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60
SIZED_SUFFIXES = frozenset({".py", ".js", ".css", ".html"})
EMPTY_WORDS = frozenset({"util", "utils", "helper", "helpers", "manager", "managers"})
OUR_FOLDERS = ("app", "simcore", "templates", "static", "tests", "benchmarks")

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


# ---- reading


def our_files() -> Iterator[Path]:
    """Every sized file of ours, in a stated order."""
    yield ROOT / "run.py"
    for folder in OUR_FOLDERS:
        found = (ROOT / folder).rglob("*")
        yield from sorted(f for f in found if f.suffix in SIZED_SUFFIXES and f.is_file())


def module_name(file: Path) -> str:
    """Dotted name of a module of ours, from its path below the root."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def modules_of(*packages: str) -> dict[str, str]:
    """Source text of every module of the packages, by dotted name."""
    files = [file for package in packages for file in sorted((ROOT / package).rglob("*.py"))]
    return {module_name(file): file.read_text() for file in files}


def is_package(module: str) -> bool:
    return (ROOT / module.replace(".", "/") / "__init__.py").exists()


# ---- imports


def starts_with(name: str, prefix: str) -> bool:
    """Is the dotted name the prefix or below it?"""
    if prefix.endswith("*"):
        return name.startswith(prefix[:-1])
    return name == prefix or name.startswith(prefix + ".")


def row_of(module: str) -> str:
    """The row of ALLOWED_IMPORTS that a module of ours falls under."""
    return max((row for row in ALLOWED_IMPORTS if starts_with(module, row)), key=len)


def absolute_base(node: ast.ImportFrom, module: str, package: bool) -> str:
    """The module named after `from`, with leading dots resolved."""
    if node.level == 0:
        return node.module or ""
    parts = module.split(".")
    kept = parts[: len(parts) - node.level + (1 if package else 0)]
    return ".".join([*kept, node.module] if node.module else kept)


def imported_names(source: str, module: str, package: bool = False) -> list[str]:
    """Dotted names that a source imports anywhere, under TYPE_CHECKING and in functions too.

    `from a import b` gives `a.b`, whether b is a module or something inside one.
    """
    names: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = absolute_base(node, module, package)
            names += [f"{base}.{alias.name}" for alias in node.names]
    return names


def wrong_imports(source: str, module: str, package: bool = False) -> list[str]:
    """Imports between our rooms that the table does not allow."""
    allowed = ALLOWED_IMPORTS[row_of(module)]
    ours = [n for n in imported_names(source, module, package) if is_ours(n)]
    wrong = [name for name in ours if not any(starts_with(name, prefix) for prefix in allowed)]
    return [f"{module} imports {name}; its row allows {allowed or 'nothing'}" for name in wrong]


def is_ours(name: str) -> bool:
    return starts_with(name, "app") or starts_with(name, "simcore")


def private_imports(source: str, module: str, package: bool = False) -> list[str]:
    """Names of simcore that begin with an underscore, taken by the application."""
    names = [n for n in imported_names(source, module, package) if starts_with(n, "simcore")]
    private = [n for n in names if any(is_private(part) for part in n.split("."))]
    return [f"{module} imports {name}, which is not public" for name in private]


def is_private(name: str) -> bool:
    return name.startswith("_") and not name.endswith("__")


# ---- purity


def impurities(source: str, module: str, package: bool = False) -> list[str]:
    """What a simcore module uses of the outside world, and packages it may not know."""
    found: list[str] = []
    for name in imported_names(source, module, package):
        root = name.partition(".")[0]
        for forbidden, users in FORBIDDEN_IN_SIMCORE.items():
            if starts_with(name, forbidden) and not may_use(module, forbidden, users):
                found.append(f"{module} imports {name}")
        if root not in sys.stdlib_module_names | PACKAGES_OF_SIMCORE | {"simcore", "app"}:
            found.append(f"{module} imports the package {root}")
    return found + forbidden_calls(source, module) + unseeded_randomness(source, module)


def may_use(module: str, forbidden: str, users: tuple[str, ...]) -> bool:
    """Discovery belongs to the package itself, randomness to everything in its room."""
    if forbidden == "random":
        return any(starts_with(module, user) for user in users)
    return module in users


def forbidden_calls(source: str, module: str) -> list[str]:
    """Calls of built-in functions, and of io.open, that reach files or a terminal."""
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    called = [ast.unparse(function) for function in calls]
    return [f"{module} calls {name}()" for name in called if name in (*FORBIDDEN_CALLS, "io.open")]


def unseeded_randomness(source: str, module: str) -> list[str]:
    """Uses of `random` or `numpy.random` other than a generator made from a seed."""
    found: list[str] = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            base = ast.unparse(node.value)
            if base not in ("random", "np.random", "numpy.random"):
                continue
            if not starts_with(module, "simcore.guests") or node.attr not in SEEDED_GENERATORS:
                found.append(f"{module} uses {base}.{node.attr}")
        elif isinstance(node, ast.ImportFrom) and node.module in ("random", "numpy.random"):
            taken = [alias.name for alias in node.names if alias.name not in SEEDED_GENERATORS]
            found += [f"{module} takes {name} from {node.module}" for name in taken]
        elif isinstance(node, ast.Call) and not node.args and not node.keywords:
            name = ast.unparse(node.func).rpartition(".")[2]
            if name in SEEDED_GENERATORS:
                found.append(f"{module} calls {name}() without a seed")
    return found


# ---- sizes and names


def too_long_files(lines_by_name: Mapping[str, int]) -> list[str]:
    too_long = {n: count for n, count in lines_by_name.items() if count > MOST_LINES_OF_A_FILE}
    return [f"{name}: {count} lines" for name, count in too_long.items()]


def too_long_functions(source: str, name: str) -> list[str]:
    """Functions with too many lines from `def` to the end, docstring included."""
    functions = [n for n in ast.walk(ast.parse(source)) if isinstance(n, FUNCTIONS)]
    sized = [(f.name, (f.end_lineno or f.lineno) - f.lineno + 1) for f in functions]
    return [f"{name}: {f}: {size} lines" for f, size in sized if size > MOST_LINES_OF_A_FUNCTION]


def empty_names(stems: Iterable[str]) -> list[str]:
    """File names that say nothing about what is inside."""
    return [s for s in stems if EMPTY_WORDS & set(s.lower().replace("-", "_").split("_"))]


# ---- docstrings

Definition = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def public_definitions(body: list[ast.stmt]) -> Iterator[Definition]:
    for node in body:
        if isinstance(node, (ast.ClassDef, *FUNCTIONS)) and not node.name.startswith("_"):
            yield node


def documented_methods(sources: Iterable[str]) -> dict[str, frozenset[str]]:
    """Methods with a docstring, of every class, by the class's name."""
    classes = [n for s in sources for n in ast.walk(ast.parse(s)) if isinstance(n, ast.ClassDef)]
    return {
        c.name: frozenset(m.name for m in public_definitions(c.body) if ast.get_docstring(m))
        for c in classes
    }


def undocumented(source: str, module: str, known: Mapping[str, frozenset[str]]) -> list[str]:
    """Public classes, functions and methods without a docstring.

    A method may leave it to the base class named in `known` that documents the same method.
    """
    found: list[str] = []
    for node in public_definitions(ast.parse(source).body):
        if ast.get_docstring(node) is None:
            found.append(f"{module}.{node.name}")
        if isinstance(node, ast.ClassDef):
            bases = [ast.unparse(base).rpartition(".")[2] for base in node.bases]
            inherited = frozenset[str]().union(*(known.get(base, ()) for base in bases))
            found += [
                f"{module}.{node.name}.{method.name}"
                for method in public_definitions(node.body)
                if ast.get_docstring(method) is None and method.name not in inherited
            ]
    return found
