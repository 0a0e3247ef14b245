"""The first page: a machine that runs, and three doors."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest, started

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
PAUSED_AT = 3000


def read(page: Page, name: str) -> str:
    return str(page.locator(f"[data-summary={name}]").text_content())


def test_one_click_leads_from_nothing_to_a_running_machine(
    chromium: Browser, tmp_path: Path
) -> None:
    with started(tmp_path) as server:
        context = chromium.new_context(base_url=server.url)
        visit = Visit(context.new_page())
        visit.page.goto("/")
        expect(visit.page.locator("#no-machines")).to_be_visible()
        visit.page.get_by_role("link", name="Start this machine").click()
        expect(visit.page.locator("#machine-status")).to_have_text("running")
        expect(visit.page.locator("#machine-steps")).not_to_have_text("0")
        rest = Rest(server.url)
        assert [m["schedule"] for m in rest.get("/machines")["items"]] == ["first-start"]
        rest.client.close()
        context.close()
        assert visit.errors == []


def test_machine_already_runs_and_can_be_paused_and_stepped(
    chromium: Browser, tmp_path: Path
) -> None:
    with started(tmp_path, "--demo") as server:
        context = chromium.new_context(base_url=server.url)
        visit, rest = Visit(context.new_page()), Rest(server.url)
        page = visit.page
        page.goto("/")
        expect(page.locator("#live-status")).to_have_text("running")
        expect(page.locator("[data-summary=live]")).not_to_have_text("–")
        page.get_by_role("button", name="Pause").click()
        expect(page.locator("#live-status")).to_have_text("paused")
        (machine,) = rest.get("/machines")["items"]
        before = machine["seq"]
        # Its last frame and that of the step could be one, which leads back to before both.
        expect(page.locator("#live")).to_have_attribute("data-told", str(before))
        page.get_by_role("button", name="Step").click()
        visit.wait_until(
            lambda: rest.get(f"/machines/{machine['id']}")["steps"] == machine["steps"] + 1,
            "the machine went on by one step",
        )
        expect(page.locator("#live-back")).to_have_attribute(
            "href", f"/machines/{machine['id']}?at={before}"
        )
        rest.client.close()
        context.close()
        assert visit.errors == []


def test_key_numbers_are_those_of_the_api(browser_page: Visit, rest: Rest) -> None:
    demonstration = rest.put("/demonstrations/first-start", {})
    machine = f"/machines/{demonstration['id']}"
    rest.put(f"{machine}/clock", {"running": False, "speed": 250})
    rest.post(f"{machine}/step", {"count": PAUSED_AT})
    page = browser_page.page
    page.goto("/")
    summary = rest.get(f"{machine}/summary")
    expect(page.locator("#live")).to_have_attribute("data-seq", str(summary["seq"]))
    for name in ("live", "stale", "free", "ids_assigned", "cycles_lost"):
        assert read(page, name) == f"{summary[name]:,}"
    assert read(page, "fences_per_1000_ids") == f"{summary['fences_per_1000_ids']:,.1f}"
    wrong = summary["violations_total"]
    assert wrong > 0
    assert read(page, "violations_total") == (
        f"{wrong:,} accesses served by an entry that is not theirs"
    )
    assert page.locator("#live-canvas").evaluate("canvas => canvas.width") > 64


def test_first_door_opens_a_machine_that_rolls_over_within_seconds(
    browser_page: Visit, rest: Rest
) -> None:
    page = browser_page.page
    page.goto("/")
    page.get_by_role("link", name="Watch a roll-over").click()
    page.wait_for_url(re.compile("/machines/[0-9a-f]+$"))
    expect(page.locator("#machine-status")).to_have_text("running")
    machine = "/machines/" + page.url.rsplit("/", 1)[1]
    first = rest.get(machine)

    def rolled_over() -> bool:
        return bool(rest.get(machine)["metrics"]["rollovers"] > first["metrics"]["rollovers"])

    browser_page.wait_until(rolled_over, "it rolled over")
    # By its own clock: how fast the computer is does not matter.
    now = rest.get(machine)
    assert (now["steps"] - first["steps"]) / now["speed"] < 15
    rest.put(f"{machine}/clock", {"running": False, "speed": 2})
    page.goto("/demonstrations/roll-over")
    page.wait_for_url(f"**{machine}")
    expect(page.locator("#machine-status")).to_have_text("running")
    page.goto("about:blank")
    rest.client.delete(machine)


def test_doors_lead_to_a_comparison_and_to_the_best_trace(browser_page: Visit, rest: Rest) -> None:
    page = browser_page.page
    page.goto("/")
    compared = page.locator("[data-door=compare]").get_attribute("href")
    assert compared == (
        "/compare?a=xen-riscv-v2-posted&b=xen-riscv-v2-reviewed&schedule=first-start"
    )
    page.locator("[data-door=bug]").click()
    expect(page.locator("#breach")).to_be_visible()
    assert page.url.endswith(rest.get("/traces")["items"][0]["page"])


def test_map_of_every_vmid_there_can_be_is_drawn_at_once(browser_page: Visit, rest: Rest) -> None:
    for machine in rest.get("/machines")["items"]:
        rest.client.delete(f"/machines/{machine['id']}")
    machine = rest.machine(platform={"preset": "rv64", "harts": 1})
    rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
    page = browser_page.page
    page.goto("/")
    expect(page.locator("[data-summary=free]")).to_have_text("16,381")
    page.wait_for_selector("#live[data-seq]")
    drawn = page.locator("#live-canvas").evaluate(
        "canvas => [canvas.width, [...canvas.getContext('2d').getImageData(1, 1, 1, 1).data]]"
    )
    assert drawn == [480, [0x8A, 0xC6, 0xF5, 0xFF]]


@pytest.mark.parametrize("width", [390, 1440])
def test_nothing_of_the_first_page_is_wider_than_the_window(
    browser_page: Visit, rest: Rest, width: int
) -> None:
    rest.troubled_machine()
    page = browser_page.page
    page.set_viewport_size({"width": width, "height": 844})
    browser_page.open_index()
    assert page.evaluate("document.documentElement.scrollWidth") == width
