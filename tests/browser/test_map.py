"""The map by state, owner, generation and age; zoomed; compared with a bookmark; quick to paint."""

from __future__ import annotations

import struct
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
WIDE = {"preset": "rv64", "vmidlen": 14, "harts": 2}
AGES = (1e6, 1e7, 1e8, 1e9, 1e10, 1e11)
PAINT = """async () => {
  const { VmidMap } = await import("/static/js/map/vmid-map.js");
  const palette = await (await fetch("/static/palette.json")).json();
  const frame = document.createElement("div");
  const states = document.createElement("canvas");
  const overlay = document.createElement("canvas");
  frame.append(states, overlay);
  frame.style.width = "740px";
  document.querySelector("main").append(frame);
  const map = new VmidMap(frame, states, overlay, palette, { onSelect() {}, onHover() {} });
  const times = [];
  for (let round = 0; round < 60; round += 1) {
    map.show(Uint8Array.from({ length: 16384 }, (_, vmid) => (vmid * 7 + round) % 6), false);
    const began = performance.now();
    map.paint();
    times.push(performance.now() - began);
  }
  frame.remove();
  return times.sort((a, b) => a - b)[30];
}"""


def busy_machine(rest: Rest) -> str:
    """Twelve domains under 14 bits, of which one is gone."""
    machine = rest.machine(policy="kvm-riscv", platform=WIDE)
    for _ in range(12):
        rest.post(f"/machines/{machine}/domains", {"vcpus": 2})
    rest.post(f"/machines/{machine}/step", {"count": 60})
    rest.client.delete(f"/machines/{machine}/domains/3")
    return machine


def lens(rest: Rest, machine: str, name: str) -> list[float]:
    """The server's number for each VMID."""
    answer = rest.client.get(f"/machines/{machine}/bitmap/{name}?format=binary")
    return [value for (value,) in struct.iter_unpack("<d", answer.content)]


def counts(page: Page) -> list[str]:
    return page.locator("[data-class-count]").all_inner_texts()


def test_legend_counts_what_the_api_says_of_owners(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest)
    browser_page.open_machine(rest, machine, "?show=owner")
    none = rest.get(f"/machines/{machine}/bitmap/owner")["none"]
    expect(browser_page.page.locator("[data-class-count=nobody]")).to_have_text(f"{none:,}")
    owners = rest.get(f"/machines/{machine}/bitmap")["owners"]
    assert counts(browser_page.page) == [f"{16384 - len(owners):,}", f"{len(owners):,}"]


def test_legend_counts_what_the_api_says_of_generations_and_ages(
    browser_page: Visit, rest: Rest
) -> None:
    machine = busy_machine(rest)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    page.select_option("#map-show", "generation")
    page.wait_for_url("**?show=generation")
    behind = lens(rest, machine, "generation")
    wanted = [behind.count(-1), behind.count(0), behind.count(1), sum(n > 1 for n in behind)]
    browser_page.wait_until(
        lambda: counts(page) == [f"{n:,}" for n in wanted], "the counts are the API's"
    )
    page.select_option("#map-show", "age")
    ages = lens(rest, machine, "age")
    steps = [0, *AGES, float("inf")]
    wanted = [ages.count(-1)] + [
        sum(low <= age < high for age in ages) for low, high in pairwise(steps)
    ]
    browser_page.wait_until(
        lambda: counts(page) == [f"{n:,}" for n in wanted], "the counts are the API's"
    )
    expect(page.locator("#legend-text")).to_contain_text("Machine time since a VMID was last")


def test_zoom_by_keys_buttons_and_wheel_is_in_the_address(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    grid, states = page.locator("#map-grid"), page.locator("#map-states")
    fitted = states.evaluate("canvas => canvas.clientWidth")
    grid.focus()
    page.keyboard.press("+")
    browser_page.wait_until(lambda: "zoom=1.5@" in page.url, "the address has the zoom")
    page.click("#map-zoom-in")
    assert states.evaluate("canvas => canvas.clientWidth") == pytest.approx(fitted * 2.25, abs=1)
    grid.focus()
    page.keyboard.press("Control+End")
    browser_page.wait_until(
        lambda: "?vmid=16383&zoom=2.25@1" in page.url, "the map follows the selection"
    )
    page.reload()
    browser_page.wait_for_seq(rest, machine)
    assert states.evaluate("canvas => canvas.clientWidth") == pytest.approx(fitted * 2.25, abs=1)
    page.locator("#map-grid").focus()
    page.keyboard.press("0")
    page.wait_for_url("**?vmid=16383")
    page.locator("#map-overlay").hover(position={"x": 200, "y": 200})
    # A wheel that is turned right after the page was scrolled goes on scrolling it.
    browser_page.wait_a_frame()
    page.wait_for_timeout(300)
    page.mouse.wheel(0, -600)
    browser_page.wait_until(lambda: "zoom=" in page.url, "the wheel zooms")


def test_click_on_a_zoomed_map_selects_what_is_drawn_there(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest)
    browser_page.open_machine(rest, machine, "?zoom=8@5199")
    page = browser_page.page
    page.locator("#map-grid").scroll_into_view_if_needed()
    box = page.locator(".map-window").bounding_box()
    states = page.locator("#map-states").bounding_box()
    assert box is not None
    assert states is not None
    side = states["width"] / 128
    assert side == pytest.approx(box["width"] / 128 * 8, abs=0.1)
    column, row = 5199 % 128, 5199 // 128
    x = states["x"] - box["x"] + (column + 0.5) * side
    y = states["y"] - box["y"] + (row + 0.5) * side
    # The overlay above it takes what the pointer does.
    page.locator(".map-window").click(position={"x": x, "y": y}, force=True)
    expect(page.locator("#inspector-title")).to_have_text("VMID 5199 · 0x144F")


def test_dragging_moves_a_zoomed_map_and_selects_nothing(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest)
    browser_page.open_machine(rest, machine, "?zoom=8@5199")
    page = browser_page.page
    page.locator("#map-grid").scroll_into_view_if_needed()
    before = page.locator("#map-states").evaluate("canvas => canvas.style.left")
    window = page.locator(".map-window")
    window.hover(position={"x": 300, "y": 200}, force=True)
    box = window.bounding_box()
    assert box is not None
    page.mouse.down()
    page.mouse.move(box["x"] + 180, box["y"] + 200, steps=4)
    page.mouse.up()
    after = page.locator("#map-states").evaluate("canvas => canvas.style.left")
    assert float(before.removesuffix("px")) - float(after.removesuffix("px")) == pytest.approx(120)
    assert "vmid=" not in page.url


def test_overview_leads_to_the_part_that_is_chosen(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    strip = page.locator("#map-strip")
    expect(strip).to_have_attribute("aria-valuemax", "63")
    strip.focus()
    page.keyboard.press("End")
    expect(strip).to_have_attribute("aria-valuetext", "VMIDs 16128 to 16383: 256 free")
    browser_page.wait_until(lambda: "zoom=4@" in page.url, "the map is zoomed")
    narrow = rest.machine()
    browser_page.open_machine(rest, narrow)
    expect(strip).to_be_hidden()


def test_bookmark_tells_which_vmids_differ(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(policy="xen-riscv-v2-reviewed")
    for _ in range(3):
        rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
    seq = rest.get(f"/machines/{machine}")["seq"]
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    page.keyboard.press("b")
    page.wait_for_url(f"**?bookmark={seq}")
    expect(page.locator("#bookmark-status")).to_have_text(f"As at event {seq:,}.")
    rest.client.delete(f"/machines/{machine}/domains/1")
    rest.post(f"/machines/{machine}/step", {"count": 1})
    expect(page.locator("#bookmark-status")).to_have_text(f"2 VMIDs differ from event {seq:,}.")
    page.get_by_text("Which differ").click()
    rows = page.locator("#bookmark-rows li")
    expect(rows).to_have_text(
        ["VMID 0 (0x0000): assigned → running", "VMID 1 (0x0001): assigned → free"]
    )
    rows.nth(1).get_by_role("button").click()
    page.wait_for_url(f"**?vmid=1&bookmark={seq}")
    page.get_by_role("button", name="Remove bookmark").click()
    page.wait_for_url("**?vmid=1")
    expect(page.locator("#bookmark-status")).to_be_empty()


def test_selected_domain_stands_out_and_others_step_back(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine()
    for name in ("web", "db"):
        rest.post(f"/machines/{machine}/domains", {"vcpus": 1, "name": name})
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    for vmid in (0, 1):
        browser_page.wait_for_cell(vmid, "assigned")
    page.locator("#domain-rows").get_by_role("button", name="db", exact=True).click()
    page.wait_for_url("**?domain=1")
    browser_page.wait_until(
        lambda: browser_page.cell_state(0) == "None", "the other domain's VMID steps back"
    )
    assert browser_page.cell_state(1) == "assigned"


def test_guest_that_runs_on_after_a_wrong_hit_is_told(browser_page: Visit, rest: Rest) -> None:
    machine = rest.troubled_machine()
    vmid = rest.get(f"/machines/{machine}/violations?limit=1")["items"][0]["vmid"]
    bitmap = rest.get(f"/machines/{machine}/bitmap")
    assert bitmap["in_hgatp"] == 1
    browser_page.open_machine(rest, machine, f"?vmid={vmid}")
    page = browser_page.page
    expect(page.locator("#inspector-state")).to_contain_text("violation, running now")
    expect(page.locator("#legend-more")).to_contain_text(
        "1 VMID in violation (!): 1 live, 0 freed; 1 running now (●)"
    )


def test_violations_are_told_by_whether_somebody_has_the_id(
    browser_page: Visit, rest: Rest
) -> None:
    machine = rest.troubled_machine()
    rest.client.delete(f"/machines/{machine}/domains/2")
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    expect(page.locator("#legend-more")).to_have_text("1 VMID in violation (!): 0 live, 1 freed")
    summary = rest.get(f"/machines/{machine}/summary")
    assert (summary["live"], summary["stale"]) == (0, 1)
    browser_page.open_index()
    expect(page.locator("#live-wrong")).to_have_text("served a wrong hit: 0 live, 1 freed")


def test_one_harts_state_is_said_to_be_of_that_hart(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(
        policy="kvm-riscv", platform={"preset": "rv64", "vmidlen": 6, "harts": 2}
    )
    rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
    rest.post(f"/machines/{machine}/step", {"count": 3})
    [running] = [h for h in rest.get(f"/machines/{machine}/harts")["items"] if h["in_guest"]]
    vmid, other = running["hgatp"]["vmid"], 1 - running["hart"]
    browser_page.open_machine(rest, machine, f"?hart={other}&vmid={vmid}")
    page = browser_page.page
    expect(page.locator("#inspector-state")).to_contain_text(f"on hart {other}: a guest has it")
    expect(page.locator("#inspector-facts")).to_contain_text(f"In hgatp ofhart {running['hart']}")


def test_policy_without_generations_says_so(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(policy="xen-riscv-v2-posted")
    rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
    browser_page.open_machine(rest, machine, "?show=generation&vmid=0")
    page = browser_page.page
    expect(page.locator("#legend-text")).to_have_text("This policy has no generations.")
    expect(page.locator("#legend")).to_be_hidden()
    expect(page.locator("#inspector-facts")).not_to_contain_text("never given out")
    page.select_option("#map-show", "state")
    expect(page.locator("#legend")).to_be_visible()


def test_painting_a_change_of_all_16384_cells_takes_less_than_4_ms(
    browser_page: Visit, rest: Rest
) -> None:
    browser_page.open_machine(rest, rest.machine())
    assert browser_page.page.evaluate(PAINT) < 4
