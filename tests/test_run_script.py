"""run.py: what can be seen of it without making an environment."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import run

NOTHING: frozenset[str] = frozenset()
TEST = frozenset({"test"})
BOTH = frozenset({"test", "browser"})


@pytest.fixture
def stamp(tmp_path: Path) -> run.Stamp:
    return run.Stamp(tmp_path)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    (tmp_path / "constraints.txt").write_text("numpy==2.4.6\n")
    return tmp_path


def test_script_parses_on_python_3_6() -> None:
    ast.parse((run.ROOT / "run.py").read_text(), feature_version=(3, 6))


def test_script_imports_the_standard_library_only() -> None:
    tree = ast.parse((run.ROOT / "run.py").read_text())
    plain = {n.name for i in ast.walk(tree) if isinstance(i, ast.Import) for n in i.names}
    taken_from = {str(i.module) for i in ast.walk(tree) if isinstance(i, ast.ImportFrom)}
    roots = {name.partition(".")[0] for name in plain | taken_from}
    assert roots - sys.stdlib_module_names == set()


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 13)])
def test_too_old_python_gets_one_line_naming_both_versions(version: tuple[int, ...]) -> None:
    complaint = run.complaint_about_python(version)
    assert complaint is not None
    assert "\n" not in complaint
    assert "needs Python 3.11 or newer" in complaint
    assert f"Python {'.'.join(map(str, version))}:" in complaint


@pytest.mark.parametrize("version", [(3, 11, 0), (3, 14, 1), (4, 0, 0)])
def test_new_enough_python_gets_no_complaint(version: tuple[int, ...]) -> None:
    assert run.complaint_about_python(version) is None


def test_missing_ensurepip_names_the_one_apt_line() -> None:
    complaint = run.complaint_about_modules(lambda name: None if name == "ensurepip" else object())
    assert complaint is not None
    assert "\n" not in complaint
    assert "no module ensurepip" in complaint
    assert complaint.endswith("apt install python3-venv")


def test_python_with_both_modules_gets_no_complaint() -> None:
    assert run.complaint_about_modules(lambda name: object()) is None


def test_key_changes_with_the_metadata_the_versions_and_the_place(checkout: Path) -> None:
    keys = [run.wanted_key(checkout)]
    for name in ("pyproject.toml", "constraints.txt"):
        file = checkout / name
        file.write_text(file.read_text() + "# changed\n")
        keys.append(run.wanted_key(checkout))
    moved = checkout.rename(checkout.with_name("moved"))
    keys.append(run.wanted_key(moved))
    assert len(set(keys)) == 4


def test_key_stays_while_nothing_changes(checkout: Path) -> None:
    assert run.wanted_key(checkout) == run.wanted_key(checkout)


def test_finished_stamp_satisfies_its_key_and_fewer_extras(stamp: run.Stamp) -> None:
    stamp.finish("k", BOTH)
    assert stamp.satisfies("k", BOTH)
    assert stamp.satisfies("k", NOTHING)
    assert not stamp.satisfies("another", NOTHING)
    assert stamp.extras() == BOTH


def test_stamp_without_the_wanted_extra_does_not_satisfy(stamp: run.Stamp) -> None:
    stamp.finish("k", TEST)
    assert not stamp.satisfies("k", BOTH)


def test_interrupted_install_leaves_an_unfinished_stamp(stamp: run.Stamp) -> None:
    stamp.finish("k", TEST)
    stamp.begin(BOTH)
    assert stamp.is_unfinished()
    assert not stamp.satisfies("k", NOTHING)


def test_environment_made_by_hand_is_not_unfinished_but_satisfies_nothing(stamp: run.Stamp) -> None:
    assert not stamp.is_unfinished()
    assert not stamp.satisfies("k", NOTHING)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"key": 7, "extras": "test"}'])
def test_damaged_stamp_satisfies_nothing(stamp: run.Stamp, text: str) -> None:
    stamp.file.write_text(text)
    assert not stamp.satisfies("k", NOTHING)
    assert stamp.extras() == NOTHING


def test_failed_install_shows_all_the_output_and_leaves_no_finished_stamp(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The environment's Python answers questions (-c) truly, and fails at everything else."""
    (tmp_path / "bin").mkdir()
    python = tmp_path / "bin" / "python"
    python.write_text(
        f'#!/bin/sh\n[ "$1" = -c ] && exec {sys.executable} "$@"\necho "pip says why"; exit 3\n'
    )
    python.chmod(0o755)
    monkeypatch.setattr(run, "ENVIRONMENT", tmp_path)
    assert run.main(["test"]) == 1
    heard = capsys.readouterr()
    assert heard.out == "making the environment (first start, about a minute)...\n"
    assert heard.err.startswith("pip says why\nrun.py: pip could not install")
    assert run.Stamp(tmp_path).is_unfinished()


def test_chromium_named_in_the_environment_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VMIDSCOPE_CHROMIUM", "/somewhere/chromium")
    assert run.find_chromium() == "/somewhere/chromium"


def test_chromium_is_found_on_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VMIDSCOPE_CHROMIUM", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert run.find_chromium() is None
    browser = tmp_path / "chromium"
    browser.write_text("#!/bin/sh\n")
    browser.chmod(0o755)
    assert run.find_chromium() == str(browser)


def test_help_works_from_another_folder_and_makes_nothing(tmp_path: Path) -> None:
    script = str(run.ROOT / "run.py")
    asked = subprocess.run(
        [sys.executable, script, "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
    )
    assert "python3 run.py test" in asked.stdout
    assert list(tmp_path.iterdir()) == []


def test_stamp_is_written_whole_or_not_at_all(stamp: run.Stamp) -> None:
    stamp.finish("k", TEST)
    assert json.loads(stamp.file.read_text()) == {"key": "k", "extras": ["test"]}
    assert [file.name for file in stamp.file.parent.iterdir()] == ["vmidscope-stamp.json"]
