"""Fixtures of the browser tests: a started server, its REST interface, and a Chromium."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

import run
from tests.browser.driving import Visit
from tests.browser.started import Rest, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser

_PLAYWRIGHT_MISSING = "playwright is not installed: pip install '.[browser]'"
_CHROMIUM_MISSING = "no Chromium found: apt install chromium, or name one in VMIDSCOPE_CHROMIUM"


def _skip_or_fail(reason: str) -> None:
    if os.environ.get("VMIDSCOPE_REQUIRE_BROWSER") == "1":
        pytest.fail(f"{reason} (VMIDSCOPE_REQUIRE_BROWSER=1)")
    pytest.skip(reason)


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A started server with no machine."""
    with started(tmp_path_factory.mktemp("data")) as server:
        yield server.url


@pytest.fixture(scope="module")
def rest(server_url: str) -> Iterator[Rest]:
    """The REST interface of the started server."""
    rest = Rest(server_url)
    yield rest
    rest.client.close()


# Not for the session: while Playwright runs, nothing else in the process can run an event loop.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium."""
    path = run.find_chromium()
    if path is None:
        _skip_or_fail(_CHROMIUM_MISSING)
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        _skip_or_fail(_PLAYWRIGHT_MISSING)
    # A Chromium that runs as root, as in containers, has no sandbox.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def browser_page(chromium: Browser, server_url: str) -> Iterator[Visit]:
    """A page on the started server. Afterwards: no error in its console, no foreign request."""
    context = chromium.new_context(
        base_url=server_url, viewport={"width": 1440, "height": 900}, reduced_motion="reduce"
    )
    visit = Visit(context.new_page())
    yield visit
    context.close()
    assert visit.errors == []
    assert [url for url in visit.requests if not url.startswith((server_url, "data:"))] == []
