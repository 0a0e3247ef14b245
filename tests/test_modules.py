"""The modules that a page asks for at once, before its scripts ask for them."""

import re
from pathlib import Path

import pytest

from app.modules import modules
from app.paths import resource_folder

SCRIPTS = resource_folder("static") / "js"
ENTRIES = sorted(
    name
    for template in resource_folder("templates").glob("*.html")
    for name in re.findall(r'{% set script = "([^"]+)" %}', template.read_text("utf-8"))
)


def test_every_page_names_its_script() -> None:
    assert len(ENTRIES) == 12
    assert all((SCRIPTS / name).is_file() for name in ENTRIES)


@pytest.mark.parametrize("entry", sorted(set(ENTRIES)))
def test_modules_are_files_once_each_and_without_the_script_itself(entry: str) -> None:
    found = modules("every-page.js", entry)
    assert len(set(found)) == len(found) >= 9
    assert not {"every-page.js", entry} & set(found)
    assert all((SCRIPTS / name).is_file() for name in found)


def test_imports_of_an_import_come_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "js" / "near").mkdir(parents=True)
    for name, text in {
        "page.js": '// import { x } from "./no.js";\nimport { a } from "./near/a.js";\n',
        "near/a.js": 'export * from "./b.js";\nimport {\n  c,\n} from "../c.js";\n',
        "near/b.js": '/** @typedef {import("./types.js").T} T */\nimport "../page.js";\n',
        "c.js": 'export const late = () => import("./late.js");\n',
    }.items():
        (tmp_path / "js" / name).write_text(text)
    monkeypatch.setattr("app.modules.resource_folder", lambda _: tmp_path)
    assert modules.__wrapped__("page.js") == ("near/a.js", "near/b.js", "c.js")
