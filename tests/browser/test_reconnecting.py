"""The page survives a restart of its server, and says so where its machine is no more."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest, start

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_page_goes_on_where_the_restarted_server_is(chromium: Browser, tmp_path: Path) -> None:
    server = start(tmp_path)
    port = urlsplit(server.url).port
    rest = Rest(server.url)
    machine = rest.machine()
    rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
    context = chromium.new_context(base_url=server.url)
    visit = Visit(context.new_page())
    visit.open_machine(rest, machine)
    server.stop()
    expect(visit.page.locator("#connection")).to_be_visible()
    server = start(tmp_path, port or 0)
    expect(visit.page.locator("#connection")).to_be_hidden()
    rest.post(f"/machines/{machine}/step", {"count": 7})
    expect(visit.page.locator("#machine-steps")).to_have_text("7")
    visit.wait_for_seq(rest, machine)
    context.close()
    rest.client.close()
    server.stop()


def test_page_of_a_deleted_machine_says_so(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine()
    browser_page.open_machine(rest, machine)
    rest.client.delete(f"/machines/{machine}")
    connection = browser_page.page.locator("#connection")
    expect(connection).to_contain_text("This machine was deleted")
    browser_page.expect_error("404")


def test_hidden_page_lets_its_stream_go_and_catches_up_later(
    browser_page: Visit, rest: Rest
) -> None:
    machine = rest.machine()
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    hide = """(hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }"""
    page.evaluate(hide, True)
    rest.post(f"/machines/{machine}/step", {"count": 3})
    page.wait_for_timeout(300)
    expect(page.locator("#machine-steps")).to_have_text("0")
    page.evaluate(hide, False)
    expect(page.locator("#machine-steps")).to_have_text("3")
    browser_page.wait_for_seq(rest, machine)
