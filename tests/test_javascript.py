"""The pages' modules type-check, their pure parts pass their own tests, and nothing is inline."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from app.paths import resource_folder

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(resource_folder("static").glob("js/**/*.js"))
TEMPLATES = sorted(resource_folder("templates").glob("**/*.html"))
OLDEST_NODE = 18


def test_modules_type_check() -> None:
    compiler = shutil.which("tsc")
    if compiler is None:
        required = os.environ.get("VMIDSCOPE_REQUIRE_TSC") == "1"
        assert not required, "no tsc on PATH, and VMIDSCOPE_REQUIRE_TSC is 1"
        pytest.skip("no tsc on PATH: npm install -g typescript")
    checked = subprocess.run(
        [compiler, "-p", "jsconfig.json"], cwd=ROOT, capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout


def test_pure_modules_pass_their_own_tests() -> None:
    node = shutil.which("node")
    version = "missing"
    if node is not None:
        version = subprocess.run([node, "--version"], capture_output=True, text=True).stdout.strip()
    if node is None or int(version.lstrip("v").split(".")[0]) < OLDEST_NODE:
        required = os.environ.get("VMIDSCOPE_REQUIRE_NODE") == "1"
        assert not required, f"node is {version}, and VMIDSCOPE_REQUIRE_NODE is 1"
        pytest.skip(f"node is {version}; {OLDEST_NODE} or newer is needed")
    files = [str(file) for file in sorted((ROOT / "tests" / "js").glob("*.test.mjs"))]
    assert len(files) == 12
    tested = subprocess.run([node, "--test", *files], cwd=ROOT, capture_output=True, text=True)
    assert tested.returncode == 0, tested.stdout


def test_every_module_asks_to_be_type_checked() -> None:
    assert len(MODULES) > 20
    assert [m.name for m in MODULES if not m.read_text().startswith("// @ts-check\n")] == []


def test_modules_import_only_each_other() -> None:
    imported = [
        (module, name)
        for module in MODULES
        for name in re.findall(r'(?:from|import)\s*\(?"([^"]+)"', module.read_text())
    ]
    assert len(imported) > 60
    assert [pair for pair in imported if (pair[0].parent / pair[1]).resolve() not in MODULES] == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
def test_templates_have_no_inline_script_style_or_handler(template: Path) -> None:
    source = template.read_text()
    assert re.findall(r"<script(?![^>]*\bsrc=)", source) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|javascript:", source) == []
    assert re.findall(r"(?:src|href)=\"(?:https?:)?//", source) == []
