"""The address, its JSON twins and the browser's history follow what the page shows."""

from __future__ import annotations

import re

import httpx
import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest
from tests.browser.test_commands import choose
from tests.browser.test_timeline import lived_machine, shows

pytestmark = pytest.mark.browser


def test_json_beside_each_panel_is_of_the_moment_shown(browser_page: Visit, rest: Rest) -> None:
    machine, seqs = lived_machine(rest)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    page.fill("#timeline-event", str(seqs[1]))
    page.keyboard.press("Enter")
    page.select_option("#map-hart", "0")
    page.fill("#log-filter", "type:violation")
    page.wait_for_url(f"**?at={seqs[1]}&hart=0&filter=type:violation")
    base = f"/api/v1/machines/{machine}"
    at = f"at={seqs[1]}"
    for selector, address in (
        ("link[rel=alternate]", f"{base}?{at}"),
        (".head-links a[href^='/api']", f"{base}?{at}"),
        (".site-footer a[href^='/api']", f"{base}?{at}"),
        ("#map-json", f"{base}/bitmap?{at}&hart=0"),
        ("#log-json", f"{base}/log?{at}&filter=type%3Aviolation"),
        ("#log-csv", f"{base}/log.csv?{at}&filter=type%3Aviolation"),
        ("[data-hart='0'] a", f"{base}/harts/0/tlb?{at}"),
    ):
        expect(page.locator(selector)).to_have_attribute("href", address)
        assert httpx.get(str(rest.client.base_url.join(address))).status_code == 200
    page.keyboard.press("Escape")
    page.locator("#past-now").click()
    expect(page.locator("link[rel=alternate]")).to_have_attribute("href", base)
    expect(page.locator("[data-hart='0'] a")).to_have_attribute("href", f"{base}/harts/0/tlb")


def test_back_undoes_a_jump_and_a_chosen_filter(browser_page: Visit, rest: Rest) -> None:
    machine, seqs = lived_machine(rest)
    browser_page.open_machine(rest, machine, "?filter=hart:0")
    page = browser_page.page
    page.locator("#violations-link").click()
    expect(page.locator("#log-filter")).to_have_value("type:violation")
    page.wait_for_timeout(600)
    page.locator("#timeline-first").click()
    expect(page.locator("#past")).to_be_visible()
    page.wait_for_url("**?at=*")
    page.go_back()
    expect(page.locator("#past")).to_be_hidden()
    shows(browser_page, seqs[-1])
    expect(page.locator("#log-filter")).to_have_value("type:violation")
    page.go_back()
    expect(page.locator("#log-filter")).to_have_value("hart:0")
    browser_page.wait_for_address("?filter=hart:0")
    page.go_forward()
    page.go_forward()
    shows(browser_page, rest.get(f"/machines/{machine}?at=0")["seq"])


def test_address_that_names_what_is_not_there_is_corrected_aloud(
    browser_page: Visit, rest: Rest
) -> None:
    machine, seqs = lived_machine(rest)
    query = "?at=999999&hart=9&vmid=999&entry=combined/9999/0&show=age"
    browser_page.page.goto(f"/machines/{machine}{query}")
    page = browser_page.page
    notice = page.locator("#notice-problem")
    for part in (
        f"Event is 999999; 0 to {seqs[-1]:,} is allowed",
        "Hart is 9; 0 is allowed",
        "VMID is 999; 0 to 63 is allowed",
        "TLB entry is combined/9999/0",
    ):
        expect(notice).to_contain_text(part)
    page.wait_for_url(lambda url: url.endswith(f"/machines/{machine}?show=age"))


def test_commands_say_which_numbers_are_allowed(browser_page: Visit, rest: Rest) -> None:
    machine, seqs = lived_machine(rest)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    for text, problem in (
        ("go to vmid 999", "VMID is 999; 0 to 63 is allowed"),
        ("select hart 99", "Hart is 99; 0 is allowed"),
        ("select domain 999", "Domain is 999; 2 is allowed"),
        ("go to event 999999", f"Event is 999999; 0 to {seqs[-1]:,} is allowed"),
    ):
        choose(browser_page, text)
        expect(page.locator("#notice-problem")).to_contain_text(problem)
    assert page.url.endswith(f"/machines/{machine}")


def test_panels_are_driven_from_the_palette(browser_page: Visit, rest: Rest) -> None:
    machine, _ = lived_machine(rest)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    choose(browser_page, "show map by generation")
    expect(page.locator("#map-show")).to_have_value("generation")
    choose(browser_page, "bookmark this map")
    expect(page.locator("#bookmark-status")).to_contain_text("As at event")
    choose(browser_page, "remove bookmark")
    expect(page.locator("#bookmark-status")).to_have_text("")
    choose(browser_page, "zoom into the map")
    page.wait_for_url(re.compile("zoom="))
    choose(browser_page, "whole map")
    page.wait_for_url(lambda url: "zoom=" not in url)
    choose(browser_page, "zoom into the lanes")
    page.wait_for_url(re.compile("from="))
    choose(browser_page, "all of the lanes")
    page.wait_for_url(lambda url: "from=" not in url)
    for text, box in (("arrows", "Arrows"), ("follow the log", "Follow"), ("groups", "Groups")):
        before = page.get_by_label(box, exact=True).is_checked()
        choose(browser_page, text)
        expect(page.get_by_label(box, exact=True)).to_be_checked(checked=not before)


def test_bookmark_within_a_step_is_the_step_s_end(browser_page: Visit, rest: Rest) -> None:
    machine, seqs = lived_machine(rest)
    assert seqs[2] - seqs[1] > 1
    browser_page.open_machine(rest, machine, f"?bookmark={seqs[2] - 1}")
    page = browser_page.page
    expect(page.locator("#bookmark-status")).to_contain_text(f"event {seqs[2]:,}")
    page.wait_for_url(f"**?bookmark={seqs[2]}")


def test_focus_stays_where_a_button_goes_away(browser_page: Visit, rest: Rest) -> None:
    machine, seqs = lived_machine(rest)
    query = f"?at={seqs[1]}&filter=vmid:63&bookmark={seqs[0]}"
    browser_page.page.goto(f"/machines/{machine}{query}")
    page = browser_page.page
    shows(browser_page, seqs[1])
    for button, next_one in (
        (page.locator("#log-empty button"), "#log-filter"),
        (page.locator("#bookmark-remove"), "#bookmark-keep"),
        (page.locator("#past-now"), "#timeline-at"),
    ):
        button.click()
        expect(button).to_be_hidden()
        expect(page.locator(next_one)).to_be_focused()
