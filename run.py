"""Start vmidscope or run its tests, making the environment first where that is needed.

    python3 run.py [options of `vmidscope serve`]    the dashboard, with a machine already replaying
    python3 run.py test [options of pytest]          ruff, mypy and every test

The environment is the folder .venv beside this file. Versions come from constraints.txt.
"""

# Standard library only. It must parse and start on Python 3.6, to say there that 3.6 is too old:
# no syntax newer than that, and annotations of newer types in quotes.

import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Callable

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
OLDEST_PYTHON = (3, 11)
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
LINTS = (
    ("ruff check", ("ruff", "check")),
    ("ruff format", ("ruff", "format", "--check")),
    ("mypy", ("mypy",)),
)
# As many test processes as CPUs, four at most: each has a server and a browser of its own.
SIDE_BY_SIDE = ("-n", "auto", "--maxprocesses", "4", "--dist", "loadfile")
INTERRUPTED = 130  # what a shell reports after Ctrl-C: 128 + SIGINT


class StartError(Exception):
    """Something about this machine prevents the start; the message says what to do."""


def complaint_about_python(version: "tuple[int, ...]") -> "str | None":
    """One line saying that this Python is too old, or None if it will do."""
    if tuple(version[:2]) >= OLDEST_PYTHON:
        return None
    return (
        "vmidscope needs Python {}.{} or newer, and this is Python {}: install a newer one "
        "and start with it, for example: python3.11 run.py"
    ).format(*OLDEST_PYTHON, ".".join(str(part) for part in version[:3]))


def complaint_about_modules(
    find_spec: "Callable[[str], object]" = importlib.util.find_spec,
) -> "str | None":
    """One line saying which module for environments is missing, or None if they are there."""
    missing = [name for name in ("venv", "ensurepip") if find_spec(name) is None]
    if not missing:
        return None
    return (
        "this Python has no module {} and cannot make an environment; on Debian or Ubuntu: "
        "apt install python3-venv"
    ).format(" and no module ".join(missing))


def find_chromium() -> "str | None":
    """Path of a Chromium: VMIDSCOPE_CHROMIUM if set, else the first known name on PATH."""
    named = os.environ.get("VMIDSCOPE_CHROMIUM")
    if named:
        return named
    return next(filter(None, map(shutil.which, CHROMIUM_NAMES)), None)


def wanted_key(root: Path = ROOT) -> str:
    """Digest of everything an environment is made from: place, Python, metadata and versions."""
    digest = hashlib.sha256()
    digest.update("{}\n{}\n".format(root, sys.version).encode())
    for name in ("pyproject.toml", "constraints.txt"):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


class Stamp:
    """The note inside an environment that says what it was made from.

    It is marked unfinished before an install and rewritten after, so an install that was cut off
    at any point, even by a power failure, is never taken for a whole one.
    """

    def __init__(self, environment: Path) -> None:
        self.file = environment / "vmidscope-stamp.json"

    def read(self) -> "dict[str, object] | None":
        """What was written last, or None if there is nothing readable."""
        try:
            noted = json.loads(self.file.read_text())
        except (OSError, ValueError):
            return None
        return noted if isinstance(noted, dict) else None

    def extras(self) -> "frozenset[str]":
        """The extras that the environment holds."""
        extras = (self.read() or {}).get("extras")
        return frozenset(map(str, extras)) if isinstance(extras, list) else frozenset()

    def satisfies(self, key: str, extras: "frozenset[str]") -> bool:
        """Is the environment finished, made from `key`, and does it hold at least `extras`?"""
        return (self.read() or {}).get("key") == key and extras <= self.extras()

    def is_unfinished(self) -> bool:
        """Was an install into this environment started and not finished?"""
        noted = self.read()
        return self.file.exists() and (noted is None or noted.get("key") is None)

    def begin(self, extras: "frozenset[str]") -> None:
        """Mark the environment unfinished."""
        self._write(None, extras)

    def finish(self, key: str, extras: "frozenset[str]") -> None:
        """Mark the environment as made from `key`, holding `extras`."""
        self._write(key, extras)

    def _write(self, key: "str | None", extras: "frozenset[str]") -> None:
        new = self.file.with_suffix(".new")
        new.write_text(json.dumps({"key": key, "extras": sorted(extras)}) + "\n")
        new.replace(self.file)


def in_environment(program: str) -> str:
    """Path of a program inside the environment."""
    return str(ENVIRONMENT / "bin" / program)


def environment_works() -> bool:
    """Does the environment have this Python's version, and pip?"""
    question = "import sys, pip; print(sys.version)"
    try:
        answer = subprocess.run([in_environment("python"), "-c", question], capture_output=True)
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.decode().strip() == sys.version.strip()


def run_or_explain(command: "list[str]", failure: str) -> None:
    """Run a quiet command; if it fails, show all it said and raise StartError."""
    done = subprocess.run(command, cwd=str(ROOT), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        sys.stderr.write(done.stdout.decode(errors="replace"))
        raise StartError(failure)


def install(extras: "frozenset[str]") -> None:
    """Install the checkout, editable, with these extras and the tested versions."""
    target = "{}[{}]".format(ROOT, ",".join(sorted(extras))) if extras else str(ROOT)
    pip = [in_environment("python"), "-m", "pip", "install", "--quiet", "--no-input"]
    run_or_explain(
        [*pip, "--disable-pip-version-check", "-c", str(ROOT / "constraints.txt"), "-e", target],
        "pip could not install what vmidscope needs (its words are above)",
    )


def prepare(extras: "frozenset[str]") -> None:
    """Make or complete the environment, unless its stamp says that it is as wanted."""
    stamp, key = Stamp(ENVIRONMENT), wanted_key()
    if stamp.satisfies(key, extras):
        return
    complaint = complaint_about_modules()
    if complaint:
        raise StartError(complaint)
    print("making the environment (first start, about a minute)...", flush=True)
    if stamp.is_unfinished() or not environment_works():
        run_or_explain(
            [sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)],
            "the environment could not be made in {}".format(ENVIRONMENT),
        )
    extras = extras | stamp.extras()
    stamp.begin(extras)
    install(extras)
    stamp.finish(key, extras)


def serve(arguments: "list[str]") -> int:
    """Become `vmidscope serve --demo`; does not return unless that cannot start."""
    prepare(frozenset())
    python = in_environment("python")
    # -P: an `app` package in the user's working directory must not be taken for ours.
    os.execv(python, [python, "-P", "-m", "app", "serve", "--demo", *arguments])


def lint() -> int:
    """Run ruff and mypy over everything; exit status of the first that fails, else 0."""
    first = 0
    for name, command in LINTS:
        status = subprocess.run([in_environment(command[0]), *command[1:]], cwd=str(ROOT))
        if status.returncode != 0:
            print("run.py: {} failed; going on, the exit status will say so".format(name))
            first = first or status.returncode
    return first


def follow(command: "list[str]") -> int:
    """Run a command that handles Ctrl-C itself, to its own end; returns its exit status."""
    child = subprocess.Popen(command, cwd=str(ROOT))
    while True:
        try:
            return child.wait()
        except KeyboardInterrupt:
            continue  # the terminal told the child too; it is about to end with a summary


def test(arguments: "list[str]") -> int:
    """Run ruff, mypy and pytest; exit status of the first that fails, else 0."""
    required = os.environ.get("VMIDSCOPE_REQUIRE_BROWSER") == "1"
    browser = required or find_chromium() is not None
    prepare(frozenset(["test", "browser"] if browser else ["test"]))
    if not browser:
        print("no Chromium found: browser tests will be skipped (Debian: apt install chromium)")
    linted = lint()
    sys.stdout.flush()
    tested = follow([in_environment("python"), "-m", "pytest", *SIDE_BY_SIDE, *arguments])
    return linted or tested


def main(arguments: "list[str]") -> int:
    """Do what the arguments ask for; returns the exit status."""
    complaint = complaint_about_python(sys.version_info[:3])
    if complaint:
        print(complaint, file=sys.stderr)
        return 1
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    try:
        return test(arguments[1:]) if arguments[:1] == ["test"] else serve(arguments)
    except StartError as problem:
        print("run.py: {}".format(problem), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("run.py: stopped", file=sys.stderr)
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
