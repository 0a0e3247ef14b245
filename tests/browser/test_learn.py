"""Learn, by clicks alone: each chapter until its check is done, comparing, and going on later."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
REPLACE = "Destroy A, create another"
CREATE = "Create a domain"
CLICKS = {
    1: ["Step"] * 4,
    2: [CREATE, *["Step"] * 4],
    3: [REPLACE, *["Step"] * 2],
    4: [CREATE, *["Step"] * 4],
    5: ["Take page 0 from A"],
    6: ["Migrate A to hart 1", *["Step"] * 2],
    7: [REPLACE, *["Step"] * 3],
    8: [*["Step"] * 3, "Destroy the oldest domain", CREATE, *["Step"] * 3],
}
WRONG_HITS = {2: 20, 3: 16, 6: 20, 7: 15, 8: 15}
"""Of the clicks above, by chapter; none in the others."""


def open_chapter(visit: Visit, number: int, query: str = "") -> str:
    """Open a chapter, wait until its machine is shown, and return the machine's id."""
    visit.page.goto(f"/learn/{number}{query}")
    visit.page.wait_for_selector("body[data-seq]", state="attached")
    return machine_of(visit.page)


def machine_of(page: Page) -> str:
    found = re.search(r"\?machine=([0-9a-f]{8})", page.url)
    assert found, page.url
    return found[1]


def click_through(visit: Visit, number: int) -> None:
    for label in CLICKS[number]:
        visit.page.get_by_role("button", name=label, exact=True).click()
    # Clicks take turns, and a chapter may be done before the last of them.
    expect(visit.page.locator("#task-buttons")).to_have_attribute("aria-busy", "false")


@pytest.mark.parametrize("number", CLICKS)
def test_chapter_is_done_by_clicks_and_shows_what_the_api_says(
    browser_page: Visit, rest: Rest, number: int
) -> None:
    page = browser_page.page
    machine = open_chapter(browser_page, number)
    expect(page.locator("#verdict-word")).to_have_text("Not yet.")
    expect(page.locator("#learned")).to_be_hidden()
    click_through(browser_page, number)
    half = number == 8
    expect(page.locator("#verdict-word")).to_have_text("Half of it." if half else "Done.")
    wrong = rest.get(f"/machines/{machine}")["metrics"]["violations_total"]
    assert wrong == WRONG_HITS.get(number, 0)
    if half:
        page.get_by_role("button", name="Same commands with the fix").click()
        page.wait_for_url("**first=**")
        machine = machine_of(page)
    expect(page.locator("#verdict-word")).to_have_text("Done.")
    verdict = rest.get(f"/chapters/{number}/check?machine={machine}")
    expect(page.locator("#verdict-reason")).to_have_text(verdict["reason"])
    links = page.locator("#verdict-evidence a")
    expect(links).to_have_count(len(verdict["evidence"]))
    for link, seq in zip(links.all(), verdict["evidence"], strict=True):
        expect(link).to_have_attribute("href", f"/machines/{machine}?at={seq}")
    expect(page.locator("#learned")).to_be_visible()


def test_machine_on_the_page_is_the_api_s(browser_page: Visit, rest: Rest) -> None:
    machine = open_chapter(browser_page, 3)
    click_through(browser_page, 3)
    page = browser_page.page
    expect(page.locator("#verdict-word")).to_have_text("Done.")
    browser_page.wait_for_seq(rest, machine)
    expect(page.locator("#map-words li")).to_have_text(["VMID 0: violation, domain 1 “domain 1”"])
    expect(page.locator(".hart-card .hart-running")).to_contain_text("domain 1")
    fences = rest.get(f"/machines/{machine}/flushes?limit=6")["items"]
    hits = rest.get(f"/machines/{machine}/violations?limit=6")["items"]
    newest = sorted((item["seq"] for item in fences + hits), reverse=True)[:6]
    shown = page.locator("#newest li").evaluate_all("lines => lines.map((l) => l.dataset.seq)")
    assert [int(seq) for seq in shown] == newest
    expect(page.locator("#newest")).to_contain_text("SBI call for HFENCE.GVMA, VMID 0 on all harts")
    expect(page.locator("#open-machine")).to_have_attribute("href", f"/machines/{machine}")


def test_comparison_has_the_counters_of_both_machines_and_leads_back(
    browser_page: Visit, rest: Rest
) -> None:
    page = browser_page.page
    first = open_chapter(browser_page, 1)
    click_through(browser_page, 1)
    page.get_by_role("button", name="Same steps with VMIDs").click()
    page.wait_for_url("**first=**")
    expect(page.locator("#comparison-title")).to_be_focused()
    expect(page.locator("#twin")).to_be_hidden()
    expect(page.locator("#verdict")).to_be_hidden()
    expect(page.locator("#live-policy")).to_have_text("xen-riscv-v2-reviewed")
    counted = [rest.get(f"/machines/{one}")["metrics"] for one in (first, machine_of(page))]
    for name in ("tlb_misses", "local_fences", "entries_dropped", "violations_total"):
        cells = page.locator(f"#comparison [data-counter={name}]")
        expect(cells).to_have_text([f"{metrics[name]:,}" for metrics in counted])
    page.get_by_role("link", name="Back to the first machine").click()
    page.wait_for_url(f"**/learn/1?machine={first}")
    expect(page.locator("#verdict-word")).to_have_text("Done.")


def test_address_keeps_the_machine_and_a_link_without_one_makes_another(
    browser_page: Visit, rest: Rest
) -> None:
    page = browser_page.page
    machine = open_chapter(browser_page, 5)
    click_through(browser_page, 5)
    expect(page.locator("#verdict-word")).to_have_text("Done.")
    page.reload()
    expect(page.locator("#verdict-word")).to_have_text("Done.")
    assert machine_of(page) == machine
    other = open_chapter(browser_page, 5)
    assert other != machine
    expect(page.locator("#verdict-word")).to_have_text("Not yet.")
    page.get_by_role("button", name="Start again").click()
    browser_page.wait_until(lambda: machine_of(page) != other, "there is a fresh machine")
    twin = f"/api/v1/chapters/5/check?machine={machine_of(page)}"
    expect(page.get_by_role("link", name="This page as JSON")).to_have_attribute("href", twin)
    assert page.locator("link[rel=alternate]").get_attribute("href") == twin
    for address in (other, rest.machine(), "00000000"):
        before = len(rest.get("/machines")["items"])
        shown = open_chapter(browser_page, 5, f"?machine={address}")
        assert (shown == address) == (address == other)
        assert len(rest.get("/machines")["items"]) - before == (address != other)
    browser_page.expect_error("404")


def test_machine_that_made_way_is_said_to_have(browser_page: Visit, rest: Rest) -> None:
    page = browser_page.page
    machine = open_chapter(browser_page, 1)
    assert rest.client.delete(f"/machines/{machine}").is_success
    page.get_by_role("button", name="Step", exact=True).click()
    expect(page.locator("#notice-problem")).to_contain_text("This machine made way for newer ones.")
    page.get_by_role("button", name="Start again").click()
    browser_page.wait_until(lambda: machine_of(page) != machine, "there is a fresh machine")
    page.get_by_role("button", name="Step", exact=True).click()
    expect(page.locator(".hart-card .hart-running")).to_contain_text("A")
    browser_page.expect_error("404")


def test_play_goes_on_by_itself_until_paused(browser_page: Visit, rest: Rest) -> None:
    page = browser_page.page
    machine = open_chapter(browser_page, 1)
    page.get_by_role("button", name="▶ Play").click()
    expect(page.locator("#verdict-word")).to_have_text("Done.")
    page.get_by_role("button", name="❚❚ Pause").click()
    expect(page.get_by_role("button", name="▶ Play")).to_be_visible()
    assert rest.get(f"/machines/{machine}")["status"] == "paused"
    browser_page.wait_for_seq(rest, machine)


def test_keys_step_and_play(browser_page: Visit, rest: Rest) -> None:
    machine = open_chapter(browser_page, 4)
    before = rest.get(f"/machines/{machine}")["steps"]
    browser_page.page.keyboard.press(".")
    browser_page.wait_until(
        lambda: rest.get(f"/machines/{machine}")["steps"] == before + 1, "it made one step"
    )
    browser_page.page.keyboard.press(" ")
    expect(browser_page.page.get_by_role("button", name="❚❚ Pause")).to_be_visible()
    browser_page.page.keyboard.press(" ")
    expect(browser_page.page.get_by_role("button", name="▶ Play")).to_be_visible()


def test_progress_is_kept_in_the_browser_and_can_be_forgotten(browser_page: Visit) -> None:
    page = browser_page.page
    open_chapter(browser_page, 5)
    click_through(browser_page, 5)
    expect(page.locator("#verdict-word")).to_have_text("Done.")
    page.get_by_role("link", name="All chapters").first.click()
    expect(page.locator("#progress-text")).to_contain_text("1 of 8 done.")
    expect(page.locator(".chapter-done:visible")).to_have_count(1)
    expect(page.locator("[data-chapter='5'] .chapter-done")).to_be_visible()
    assert page.evaluate("document.cookie") == ""
    page.get_by_role("button", name="Forget it").click()
    expect(page.locator("#progress-text")).to_contain_text("0 of 8 done.")
    page.reload()
    expect(page.locator("#progress-text")).to_contain_text("0 of 8 done.")
    expect(page.locator(".chapter-done:visible")).to_have_count(0)


@pytest.mark.parametrize("number", CLICKS)
def test_chapter_fits_a_phone(browser_page: Visit, number: int) -> None:
    page = browser_page.page
    page.set_viewport_size({"width": 390, "height": 844})
    open_chapter(browser_page, number)
    click_through(browser_page, number)
    expect(page.locator("#verdict-evidence")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
