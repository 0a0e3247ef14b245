"""Ctrl-K does on every page what its panels do; links and commands can be copied from each."""

from __future__ import annotations

import re

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest

pytestmark = pytest.mark.browser
PAGES = ["/", "/new", "/check", "/traces", "/docs", "/problems/not-found", "/path?policy=untagged"]


def choose(visit: Visit, text: str) -> None:
    """Open the palette, type, and take what is found first."""
    visit.page.keyboard.press("Control+k")
    expect(visit.page.locator("#commands[data-ready]")).to_be_visible()
    visit.page.keyboard.type(text)
    visit.page.keyboard.press("Enter")


def copied(visit: Visit) -> str:
    return str(visit.page.evaluate("navigator.clipboard.readText()"))


def allow_clipboard(visit: Visit) -> None:
    visit.page.context.grant_permissions(["clipboard-read", "clipboard-write"])


@pytest.mark.parametrize("path", PAGES)
def test_palette_opens_on_every_page_and_leads_to_another(browser_page: Visit, path: str) -> None:
    page = browser_page.page
    page.goto(path)
    expect(page.locator("#open-commands")).to_be_visible()
    choose(browser_page, "trac")
    page.wait_for_url("**/traces")


def test_palette_finds_machines_traces_and_demonstrations(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(name="Quite a particular one")
    page = browser_page.page
    page.goto("/check")
    choose(browser_page, "particular")
    page.wait_for_url(f"**/machines/{machine}")
    page.keyboard.press("Control+k")
    for query, found in (("roll-over", "Watch: Roll-over"), ("xen-v2-empty", "A fence for nobody")):
        page.fill("#commands-input", query)
        expect(page.locator("#commands-list li").first).to_contain_text(found)
    page.fill("#commands-input", "no such thing at all")
    expect(page.locator("#commands-status")).to_have_text("Nothing fits.")


def test_arrow_keys_move_through_the_list_and_escape_leaves_it(browser_page: Visit) -> None:
    page = browser_page.page
    page.goto("/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Command")
    expect(field).to_be_focused()
    expect(page.locator("#commands")).to_have_attribute("data-ready", "true")
    for key, active in (("ArrowDown", 1), ("ArrowDown", 2), ("ArrowUp", 1), ("PageDown", 9)):
        page.keyboard.press(key)
        expect(field).to_have_attribute("aria-activedescendant", f"command-{active}")
        expect(page.locator("[role=option][aria-selected=true]")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.locator("#commands")).to_be_hidden()


def test_machine_is_driven_without_a_panel(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine()
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    choose(browser_page, "create dom")
    expect(page.locator("#create-dialog")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("#domain-rows tr")).to_have_count(1)
    choose(browser_page, "step many 5")
    expect(page.locator("#machine-steps")).to_have_text("5")
    choose(browser_page, "vmid 0x20")
    expect(page.locator("#inspector-title")).to_have_text("VMID 32 · 0x0020")
    choose(browser_page, "select hart 1")
    expect(page.locator("#map-hart")).to_have_value("1")
    choose(browser_page, "play")
    expect(page.locator("#machine-status")).to_have_text("running")
    choose(browser_page, "play")
    expect(page.locator("#machine-status")).to_have_text("paused")
    choose(browser_page, "destroy domain 0")
    expect(page.locator("#domain-rows tr")).to_have_count(0)


def test_command_that_wants_a_number_waits_for_one(browser_page: Visit, rest: Rest) -> None:
    browser_page.open_machine(rest, rest.machine())
    page = browser_page.page
    choose(browser_page, "go to vmid")
    expect(page.locator("#commands-input")).to_have_value("Go to VMID ")
    page.keyboard.type("7")
    expect(page.locator("#commands-list li").first).to_contain_text("Go to VMID 7")
    page.keyboard.press("Enter")
    expect(page.locator("#inspector-title")).to_have_text("VMID 7 · 0x0007")


def test_player_is_driven_from_the_palette(browser_page: Visit, rest: Rest) -> None:
    page = browser_page.page
    page.goto(rest.get("/traces")["items"][0]["page"])
    expect(page.locator("#player[data-at]")).to_be_visible()
    choose(browser_page, "to the start")
    expect(page.locator("#player")).to_have_attribute("data-at", "0")
    choose(browser_page, "go to step 3")
    expect(page.locator("#player")).to_have_attribute("data-at", "3")


def test_palette_is_reached_by_touch_and_closed_beside_it(browser_page: Visit) -> None:
    page = browser_page.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/")
    page.get_by_role("button", name=re.compile("Go to")).click()
    expect(page.locator("#commands[data-ready]")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    page.mouse.click(5, 800)
    expect(page.locator("#commands")).to_be_hidden()


def test_short_address_is_copied_as_it_is(browser_page: Visit, rest: Rest) -> None:
    allow_clipboard(browser_page)
    machine = rest.machine()
    browser_page.open_machine(rest, machine, "?vmid=5")
    browser_page.page.locator("footer").get_by_role("button", name="Copy link").click()
    expect(browser_page.page.locator("#copied")).to_have_text("Copied the link to this page.")
    assert copied(browser_page) == browser_page.page.url


def test_long_address_is_copied_as_a_short_link_that_leads_back(
    browser_page: Visit, rest: Rest
) -> None:
    allow_clipboard(browser_page)
    page = browser_page.page
    page.goto(max((trace["page"] for trace in rest.get("/traces")["items"]), key=len))
    expect(page.locator("#player[data-at]")).to_be_visible()
    page.keyboard.press("Home")
    page.wait_for_url("**&at=0")
    address = page.url
    assert len(address) > 120
    page.locator("footer").get_by_role("button", name="Copy link").click()
    expect(page.locator("#copied")).to_contain_text("Copied")
    short = copied(browser_page)
    assert re.search(r"/s/[a-z2-7]{8}$", short)
    page.goto(short)
    page.wait_for_url(address)
    expect(page.locator("#player")).to_have_attribute("data-at", "0")
    page.locator("#copy-link").click()
    expect(page.locator("#notice-done")).to_contain_text("Copied")
    assert copied(browser_page) == short


def test_curl_reads_the_page_s_twin(browser_page: Visit, rest: Rest) -> None:
    allow_clipboard(browser_page)
    machine = rest.machine()
    browser_page.open_machine(rest, machine)
    choose(browser_page, "copy curl")
    expect(browser_page.page.locator("#copied")).to_contain_text("Copied")
    url = str(rest.client.base_url).rstrip("/")
    assert copied(browser_page) == f"curl -s '{url}/machines/{machine}'"


def test_what_cannot_be_copied_is_shown(browser_page: Visit) -> None:
    page = browser_page.page
    page.add_init_script("delete Navigator.prototype.clipboard")
    page.goto("/traces")
    page.locator("footer").get_by_role("button", name="Copy link").click()
    expect(page.locator("#copied")).to_contain_text("/traces")
