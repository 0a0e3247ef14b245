from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.client import Api, running


@pytest.fixture
def api(tmp_path: Path) -> Iterator[Api]:
    """An application of this test's own."""
    with running(tmp_path / "data") as api:
        yield api


@pytest.fixture(scope="module")
def shared_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An application that the tests of a module share, each with machines of its own."""
    with running(tmp_path_factory.mktemp("data")) as api:
        yield api
