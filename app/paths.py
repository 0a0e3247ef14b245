"""Where the pages' templates and static files are on this machine."""

from pathlib import Path
from typing import Literal


def resource_folder(name: Literal["templates", "static"]) -> Path:
    """Folder with the top-level `templates` or `static` files, however the product was installed.

    A wheel carries both inside the package, in `app/_bundled` (see `force-include` in
    pyproject.toml); a checkout and an editable install have them beside the package.
    """
    package = Path(__file__).resolve().parent
    bundled = package / "_bundled" / name
    folder = bundled if bundled.is_dir() else package.parent / name
    assert folder.is_dir(), f"neither {bundled} nor {folder} is a folder: incomplete installation"
    return folder
