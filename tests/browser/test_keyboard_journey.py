"""One visit from the first page to a fork of the past, with the keyboard alone."""

from __future__ import annotations

import re

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest

pytestmark = pytest.mark.browser


class Keys:
    """The keyboard of a visit; a mouse does not exist here."""

    def __init__(self, visit: Visit) -> None:
        self.page = visit.page

    def press(self, *keys: str) -> None:
        """Press keys one after another."""
        for key in keys:
            self.page.keyboard.press(key)

    def tab_to(self, selector: str) -> None:
        """Go on by Tab until an element has the focus, as somebody without a mouse must."""
        target = self.page.locator(selector).first
        for _ in range(250):
            if target.evaluate("element => element === document.activeElement"):
                return
            self.press("Tab")
        raise AssertionError(f"Tab does not lead to {selector}")

    def command(self, words: str) -> None:
        """Take what the command palette finds first."""
        self.press("Control+k")
        expect(self.page.locator("#commands[data-ready]")).to_be_visible()
        self.page.keyboard.type(words)
        self.press("Enter")


@pytest.fixture
def keys(browser_page: Visit) -> Keys:
    return Keys(browser_page)


def test_domain_lives_and_dies(keys: Keys, browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine()
    browser_page.open_machine(rest, machine)
    page = keys.page
    keys.press("n", "Enter")
    expect(page.locator("#domain-rows tr")).to_have_count(1)
    keys.tab_to("[aria-label^='Pause domain 0']")
    keys.press("Enter")
    expect(page.locator("#domain-rows")).to_contain_text("paused")
    keys.tab_to("[aria-label^='Unmap domain 0']")
    keys.press("Enter")
    keys.tab_to("#unmap-count")
    page.keyboard.type("2")
    keys.press("Enter")
    expect(page.locator("#unmap-dialog")).to_be_hidden()
    keys.tab_to("[aria-label^='Unpause domain 0']")
    keys.press("Enter")
    expect(page.locator("#domain-rows")).to_contain_text("runnable")
    keys.tab_to("[aria-label^='Migrate domain 0']")
    keys.press("Enter")
    keys.tab_to("#migrate-hart")
    page.keyboard.type("3")
    keys.press("Enter")
    keys.tab_to("#migrate-form button[type=submit]")
    keys.press("Enter")
    expect(page.locator("#migrate-dialog")).to_be_hidden()
    keys.tab_to("[aria-label^='Destroy domain 0']")
    keys.press("Enter")
    expect(page.locator("#domain-rows tr")).to_have_count(0)
    events = [item["event"] for item in rest.get(f"/machines/{machine}/history")["items"]]
    for event in ("DomainPaused", "PagesUnmapped", "DomainUnpaused", "DomainDestroyed"):
        assert events.count(event) == 1


def test_map_tlb_and_registers_are_read(keys: Keys, browser_page: Visit, rest: Rest) -> None:
    browser_page.open_machine(rest, rest.troubled_machine())
    page = keys.page
    keys.tab_to("#map-show")
    # One letter: between several, a list forgets after a second what was typed.
    page.keyboard.press("a")
    page.wait_for_url("**?show=age")
    keys.tab_to("#map-grid")
    keys.press("ArrowRight", "+", "Enter")
    expect(page.locator("#inspector")).to_be_focused()
    expect(page.locator("#inspector-title")).to_have_text("VMID 1 · 0x0001")
    browser_page.wait_until(lambda: "zoom=" in page.url, "the address has the zoom")
    keys.press("b")
    expect(page.locator("#bookmark-remove")).to_be_visible()
    keys.tab_to("#tlb-grid")
    expect(page.locator("#tlb-shape")).to_contain_text("valid")
    keys.press("ArrowRight")
    expect(page.locator("#tlb-entry-title")).not_to_have_text("One entry")
    expect(page.locator("#tlb-entry-body")).to_contain_text("HFENCE.GVMA")
    keys.tab_to("#register-part summary")
    keys.press("Enter")
    keys.tab_to("#register-hgatp input")
    page.keyboard.insert_text("0xffffffffffffffff")
    keys.press("Enter")
    expect(page.locator("#register-hgatp")).to_contain_text("VMIDLEN")


def test_lanes_and_log_lead_into_the_past_and_out_by_a_fork(
    keys: Keys, browser_page: Visit, rest: Rest
) -> None:
    machine = rest.troubled_machine()
    browser_page.open_machine(rest, machine)
    page = keys.page
    keys.tab_to("#lanes-box")
    page.wait_for_selector("#lanes-box[data-span]")
    keys.press("w", "d", "m", "d", "m")
    expect(page.locator("#lanes-between")).not_to_be_empty()
    keys.press("f", "Shift+ArrowRight", "Enter")
    page.wait_for_url("**?at=*")
    expect(page.locator("#past")).to_be_visible()
    keys.press("Backspace")
    expect(page.locator("#past")).to_be_hidden()
    keys.press("/")
    # The list that was there looks the same, and goes when the filtered one has been read.
    with page.expect_response(re.compile(r"/log\?.*filter=.*first=")):
        page.keyboard.insert_text("type:violation")
        keys.press("Enter")
    expect(page.locator("#log-rows tr").first).to_contain_text("cross-domain")
    keys.tab_to("#log-table")
    keys.press("ArrowDown", "ArrowRight")
    expect(page.locator("#log-rows tr").nth(1)).to_contain_text("hit an entry")
    keys.press("End", "t")
    page.wait_for_url("**?at=*")
    keys.press(",", ".")
    keys.command("fork from here")
    page.wait_for_url(lambda url: machine not in url)
    twin = re.search(r"/machines/(\w+)", page.url)
    assert twin is not None
    browser_page.wait_until(
        lambda: rest.get(f"/machines/{twin[1]}")["status"] == "paused", "the fork is replayed"
    )
    assert 0 < rest.get(f"/machines/{twin[1]}")["seq"] < rest.get(f"/machines/{machine}")["seq"]


def test_site_is_crossed_from_the_first_page(keys: Keys, browser_page: Visit) -> None:
    page = keys.page
    page.goto("/")
    for link in ("/learn", "/compare", "/check", "/traces", "/docs"):
        keys.tab_to(f"nav a[href='{link}']")
        keys.press("Enter")
        page.wait_for_url(f"**{link}*")
        expect(page.locator("h1").first).to_be_visible()
    keys.press("Control+k")
    expect(page.locator("#commands[data-ready]")).to_be_visible()
    keys.press("Escape")
    keys.tab_to("#theme-toggle")
    before = page.locator("#theme-toggle").inner_text()
    keys.press("Enter")
    expect(page.locator("#theme-toggle")).not_to_have_text(before)


def test_undo_leads_to_a_machine_without_the_last_command(
    keys: Keys, browser_page: Visit, rest: Rest
) -> None:
    machine = rest.machine()
    for name in ("one", "two"):
        rest.post(f"/machines/{machine}/domains", {"vcpus": 1, "name": name})
    browser_page.open_machine(rest, machine)
    keys.command("undo")
    keys.page.wait_for_url(lambda url: machine not in url)
    expect(keys.page.locator("#domain-rows tr")).to_have_count(1)
    expect(keys.page.locator("#domain-rows")).to_contain_text("one")
