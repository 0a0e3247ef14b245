"""The wheel and the source archive carry what the product needs, and a wheel finds it."""

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from hatchling.builders.sdist import SdistBuilder
from hatchling.builders.wheel import WheelBuilder

import app
import simcore
from app.paths import resource_folder

ROOT = Path(__file__).resolve().parent.parent

WHERE_IT_FINDS_THEM = """
import sys
sys.path.insert(0, sys.argv[1])
import app, simcore
from app.paths import resource_folder
print(app.__file__, simcore.__file__, resource_folder("templates"), resource_folder("static"))
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    (built,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return Path(built)


def files_below(folder: str) -> set[str]:
    """Files of the checkout that a package of this folder has to contain."""
    found = (file for file in (ROOT / folder).rglob("*") if file.is_file())
    return {str(f.relative_to(ROOT)) for f in found if "__pycache__" not in f.parts}


def test_wheel_has_every_template_static_file_recording_and_module(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
    pages = files_below("templates") | files_below("static")
    assert {f"app/_bundled/{name}" for name in pages} <= inside
    assert files_below("app") | files_below("simcore") <= inside
    assert {name for name in inside if name.startswith("app/data/") and name.endswith(".gz")}
    assert {name for name in inside if name.startswith("app/_bundled/templates/")}
    assert {name for name in inside if name.startswith("app/_bundled/static/")}


def test_wheel_has_nothing_else_at_its_top(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        tops = {name.partition("/")[0] for name in archive.namelist()}
    assert tops == {"app", "simcore", f"vmidscope-{app.__version__}.dist-info"}


def test_wheel_declares_command_licence_and_typing(wheel: Path) -> None:
    information = f"vmidscope-{app.__version__}.dist-info"
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        commands = archive.read(f"{information}/entry_points.txt").decode()
    assert "vmidscope = app.cli:main" in commands
    assert {f"{information}/licenses/LICENSE", "app/py.typed", "simcore/py.typed"} <= set(names)


def test_installed_wheel_finds_its_own_templates_and_static_files(
    wheel: Path, tmp_path: Path
) -> None:
    target = tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", "--target", target, wheel], check=True)
    found = subprocess.run(
        [sys.executable, "-c", WHERE_IT_FINDS_THEM, target],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    expected = ["app/__init__.py", "simcore/__init__.py"]
    expected += ["app/_bundled/templates", "app/_bundled/static"]
    assert found.stdout.split() == [str(target / name) for name in expected]


def test_checkout_finds_the_folders_at_its_top() -> None:
    assert resource_folder("templates") == ROOT / "templates"
    assert resource_folder("static") == ROOT / "static"


def test_source_archive_has_pages_recordings_tests_and_the_start_script(tmp_path: Path) -> None:
    (built,) = SdistBuilder(str(ROOT)).build(directory=str(tmp_path), versions=["standard"])
    with tarfile.open(built) as archive:
        inside = {name.partition("/")[2] for name in archive.getnames()}
    assert files_below("templates") | files_below("static") | files_below("app/data") <= inside
    assert {"run.py", "constraints.txt", "LICENSE", "tests/test_packaging.py"} <= inside


def test_both_packages_tell_one_version() -> None:
    assert app.__version__ == simcore.__version__
