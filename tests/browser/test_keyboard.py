"""Everything works without a mouse, and single keys can be switched off."""

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest

pytestmark = pytest.mark.browser


def test_create_step_and_destroy_without_a_mouse(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine()
    browser_page.open_machine(rest, machine)
    page, keys = browser_page.page, browser_page.page.keyboard
    keys.press("n")
    expect(page.locator("#create-vcpus")).to_be_focused()
    keys.type("2")
    keys.press("Tab")
    keys.type("n.b! g?")
    keys.press("Enter")
    expect(page.locator("#create-dialog")).to_be_hidden()
    expect(page.locator("#domain-rows")).to_contain_text("n.b! g?")
    browser_page.wait_for_cell(0, "assigned")
    for _ in range(3):
        keys.press(".")
    expect(page.locator("#machine-steps")).to_have_text("3")
    expect(page.locator("#step-buttons")).to_have_attribute("aria-busy", "false")
    browser_page.wait_for_cell(0, "running")
    destroy = page.get_by_role("button", name="Destroy domain 0")
    for _ in range(80):
        keys.press("Tab")
        if destroy.evaluate("button => button === document.activeElement"):
            break
    expect(destroy).to_be_focused()
    keys.press("Space")
    browser_page.wait_for_cell(0, "stale")
    expect(page.locator("#create-domain")).to_be_focused()
    assert rest.get(f"/machines/{machine}")["status"] == "paused"


def test_space_plays_and_pauses(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine()
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    page.keyboard.press("Space")
    expect(page.locator("#machine-status")).to_have_text("running")
    page.keyboard.press("Space")
    expect(page.locator("#machine-status")).to_have_text("paused")


def test_arrow_keys_move_on_the_map_and_the_cell_is_told(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine()
    rest.post(f"/machines/{machine}/domains", {"vcpus": 1, "name": "web"})
    browser_page.open_machine(rest, machine)
    page, grid = browser_page.page, browser_page.page.locator("#map-grid")
    expect(page.locator("#domain-rows tr")).to_have_count(1)
    grid.focus()
    cell = page.locator("#map-grid [role=gridcell]:not([hidden])")
    expect(cell).to_have_text("VMID 0 (0x0000), assigned, domain 0 “web”")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(cell).to_have_text("VMID 9 (0x0009), free")
    active = grid.get_attribute("aria-activedescendant")
    assert cell.get_attribute("id") == active
    page.keyboard.press("Control+End")
    expect(page.locator("#inspector-title")).to_have_text("VMID 63 · 0x003F")
    page.keyboard.press("n")
    expect(page.locator("#inspector-title")).to_have_text("VMID 0 · 0x0000")
    expect(page.locator("#create-dialog")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.type("0x20")
    page.keyboard.press("Enter")
    expect(page.locator("#inspector-title")).to_have_text("VMID 32 · 0x0020")
    page.keyboard.press("Enter")
    expect(page.locator("#inspector")).to_be_focused()


def test_vmid_that_does_not_exist_is_refused(browser_page: Visit, rest: Rest) -> None:
    browser_page.open_machine(rest, rest.machine())
    page = browser_page.page
    page.keyboard.press("g")
    page.keyboard.type("64")
    page.keyboard.press("Enter")
    expect(page.locator("#go-to-problem")).to_have_text("VMID is 64; 0 to 63 is allowed")


def test_exclamation_mark_leads_to_the_next_violation(browser_page: Visit, rest: Rest) -> None:
    machine = rest.troubled_machine()
    vmid = rest.get(f"/machines/{machine}/violations?limit=1")["items"][0]["vmid"]
    browser_page.open_machine(rest, machine)
    browser_page.page.keyboard.press("!")
    expect(browser_page.page.locator("#inspector-title")).to_contain_text(f"VMID {vmid} ·")
    expect(browser_page.page.locator("#inspector-state")).to_contain_text("violation")


def test_single_keys_can_be_switched_off_for_good(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine()
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    page.keyboard.press("?")
    expect(page.locator("#help-dialog")).to_be_visible()
    page.keyboard.press(".")
    page.locator("#shortcuts-enabled").uncheck()
    page.keyboard.press("Escape")
    expect(page.locator("#help-dialog")).to_be_hidden()
    page.reload()
    browser_page.wait_for_seq(rest, machine)
    page.keyboard.press(".")
    page.keyboard.press("n")
    expect(page.locator("#create-dialog")).to_be_hidden()
    assert rest.get(f"/machines/{machine}")["steps"] == 0
    page.locator("#open-help").press("Enter")
    expect(page.locator("#help-dialog")).to_be_visible()
