"""What is worth sharing is in the address, and an address brings it back."""

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest

pytestmark = pytest.mark.browser


def per_hart_machine(rest: Rest) -> str:
    machine = rest.machine(
        policy="xen-riscv-head", platform={"preset": "rv64", "vmidlen": 7, "harts": 2}
    )
    rest.post(f"/machines/{machine}/domains", {"vcpus": 2})
    rest.post(f"/machines/{machine}/step", {"count": 8})
    return machine


def test_address_is_the_state_of_the_page(browser_page: Visit, rest: Rest) -> None:
    machine = per_hart_machine(rest)
    query = "?hart=1&vmid=5&filter=kind:hfence_gvma+hart:1"
    browser_page.open_machine(rest, machine, query)
    page = browser_page.page
    expect(page.locator("#map-hart")).to_have_value("1")
    expect(page.locator("#inspector-title")).to_have_text("VMID 5 · 0x0005")
    expect(page.locator("#log-filter")).to_have_value("kind:hfence_gvma hart:1")
    page.locator("#map-grid").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_url("**?hart=1&vmid=6&filter=kind:hfence_gvma+hart:1")
    page.reload()
    expect(page.locator("#inspector-title")).to_have_text("VMID 6 · 0x0006")


def test_per_hart_scheme_begins_with_the_first_hart(browser_page: Visit, rest: Rest) -> None:
    machine = per_hart_machine(rest)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    expect(page.locator("#map-hart")).to_have_value("0")
    page.select_option("#map-hart", "all")
    page.wait_for_url("**?hart=all")
    expect(page.locator("#map-grid")).to_have_attribute(
        "aria-label", "VMID map of all harts together"
    )


def test_address_keeps_what_is_open_and_the_arrows(browser_page: Visit, rest: Rest) -> None:
    machine = per_hart_machine(rest)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    page.locator("#map-table summary").click()
    page.locator("#tlb-part > summary").click()
    page.get_by_label("Arrows").check()
    page.wait_for_url("**arrows=yes&toggled=map-table+tlb-part")
    page.reload()
    expect(page.locator("#map-table table")).to_be_visible()
    expect(page.locator("#tlb-part")).not_to_have_attribute("open", "")
    expect(page.get_by_label("Arrows")).to_be_checked()
    page.locator("#map-table summary").click()
    page.locator("#tlb-part > summary").click()
    page.get_by_label("Arrows").uncheck()
    page.wait_for_url(lambda url: url.endswith(machine))


def test_unknown_hart_and_vmid_are_passed_over(browser_page: Visit, rest: Rest) -> None:
    machine = per_hart_machine(rest)
    browser_page.open_machine(rest, machine, "?hart=9&vmid=9999")
    expect(browser_page.page.locator("#map-hart")).to_have_value("0")
    expect(browser_page.page.locator("#inspector-hint")).to_be_visible()


@pytest.mark.parametrize(
    ("vmidlen", "columns", "rows"),
    [(0, 1, 1), (1, 2, 1), (3, 8, 1), (6, 8, 8), (7, 16, 8), (14, 128, 128)],
)
def test_map_has_a_cell_for_every_vmid(
    browser_page: Visit, rest: Rest, vmidlen: int, columns: int, rows: int
) -> None:
    machine = rest.machine(platform={"preset": "rv64", "vmidlen": vmidlen, "harts": 1})
    browser_page.open_machine(rest, machine)
    grid = browser_page.page.locator("#map-grid")
    expect(grid).to_have_attribute("aria-colcount", str(columns))
    expect(grid).to_have_attribute("aria-rowcount", str(rows))
    size = browser_page.page.locator("#map-states").evaluate("c => [c.width, c.height]")
    assert size == [columns, rows]


def test_click_on_the_map_pins_a_vmid(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(platform={"preset": "rv64", "vmidlen": 14})
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    states = page.locator("#map-states")
    side = states.evaluate("canvas => canvas.clientWidth") / 128
    # The overlay above it takes what the pointer does.
    states.hover(position={"x": 79.5 * side, "y": 40.5 * side}, force=True)
    expect(page.locator("#inspector-title")).to_have_text("VMID 5199 · 0x144F")
    states.click(position={"x": 2.5 * side, "y": 1.5 * side}, force=True)
    page.wait_for_url("**?vmid=130")
    expect(page.locator("#inspector-lens")).to_be_visible()
    expect(page.locator(".per-hart li")).to_have_count(4)
