"""The very first visit, to a server without a machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser


def test_one_click_leads_from_nothing_to_a_running_machine(
    chromium: Browser, tmp_path: Path
) -> None:
    with started(tmp_path) as server:
        context = chromium.new_context(base_url=server.url)
        visit = Visit(context.new_page())
        visit.page.goto("/")
        expect(visit.page.locator("#no-machines")).to_be_visible()
        visit.page.get_by_role("button", name="Replay “first-start”").click()
        expect(visit.page.locator("#machine-status")).to_have_text("running")
        expect(visit.page.locator("#machine-steps")).not_to_have_text("0")
        rest = Rest(server.url)
        assert [m["schedule"] for m in rest.get("/machines")["items"]] == ["first-start"]
        rest.client.close()
        context.close()
        assert visit.errors == []
