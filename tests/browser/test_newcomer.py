"""A newcomer's way, by clicks alone: from the start command to a wrong hit, seen and understood."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import started

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
LONGEST_S = 180
FIRST_HIT_MS = 60_000
STEPS = 14


def follow_to_the_end(page: Page) -> None:
    """Click forward through every state of the path, from the first to the last."""
    page.get_by_role("button", name="To the start").click()
    expect(page.locator("#player")).to_have_attribute("data-at", "0")
    for step in range(1, STEPS + 1):
        page.get_by_role("button", name="Forward", exact=True).click()
        expect(page.locator("#player")).to_have_attribute("data-at", str(step))
        expect(page.locator("#step-words")).to_contain_text(f"Step {step}: ")


def test_wrong_hit_is_seen_and_understood_in_three_minutes_without_typing(
    chromium: Browser, tmp_path: Path
) -> None:
    began = time.monotonic()
    with started(tmp_path, "--demo") as server:
        context = chromium.new_context(base_url=server.url)
        visit = Visit(context.new_page())
        page = visit.page
        page.goto("/")
        # Seen: the machine that runs there already serves a guest what is not its own.
        violations = page.locator("[data-summary=violations_total]")
        expect(violations).to_contain_text("that is not theirs", timeout=FIRST_HIT_MS)
        newest = page.locator("#live-now > div", has_text="Wrong hit").locator("dd")
        expect(newest).to_contain_text("hit an entry of domain")
        page.get_by_role("button", name="Pause").click()
        expect(page.locator("#live-status")).to_have_text("paused")
        # Understood: the same, in as few steps as there can be, with the reason.
        page.get_by_role("link", name="Replay a bug").click()
        expect(page.locator("#breach-name")).to_have_text("I1 UniqueTagPerHart")
        follow_to_the_end(page)
        reasons = page.locator("#why-reasons")
        for said in ("VMID 0", "domain 0", "domain 1", "hart 0"):
            expect(reasons).to_contain_text(said, ignore_case=True)
        page.get_by_role("button", name="Open as machine").click()
        expect(page.locator("#violations-total")).to_be_visible()
        context.close()
        assert visit.errors == []
    assert time.monotonic() - began < LONGEST_S
