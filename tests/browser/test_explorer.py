"""The player, the page that starts checks, and the library of traces."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import pytest

from app.jobs.job import NEXT_WATCHER_S
from tests.browser.driving import Visit, expect
from tests.browser.started import Rest, started
from tests.browser.test_accessibility import THEMES, complaints

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Theme = Literal["light", "dark"]
BOUNDS = "policy=xen-riscv-v2-posted&harts=1&domains=1"
REUSE = "0.0.0.0.0.0.0.0.1.0.0.0.0.0"
PATH = f"/path?{BOUNDS}&path={REUSE}"
LAST = 14
TWO_HARTS = "/path?policy=kvm-riscv&domains=2&path=0.1.0.0.0.0.0.0.0&at=6"
LONG = "/check?policy=untagged&harts=3&domains=6&vcpus=2&speculation=true"


def open_path(visit: Visit, address: str = PATH) -> Page:
    """Open the player and wait until it shows a state."""
    visit.page.goto(address)
    visit.page.wait_for_selector("#player[data-at]:not([aria-busy])")
    return visit.page


def at(page: Page) -> int:
    return int(page.locator("#player").get_attribute("data-at") or -1)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


# ---- the player


def test_player_shows_what_is_broken_and_why(browser_page: Visit, rest: Rest) -> None:
    page = open_path(browser_page)
    found = rest.get(f"/paths?{BOUNDS}&path={REUSE}")
    broken = found["states"][found["broken"]]
    expect(page.locator("#breach-name")).to_have_text("I1 UniqueTagPerHart")
    expect(page.locator("#breach-sentence")).to_have_text(f"{broken['breaches'][-1]['sentence']}.")
    reasons = [reason for reason in broken["why"] if reason["part"] != "hit"]
    expect(page.locator("#why-reasons li")).to_have_count(len(reasons))
    first = page.locator("#why-reasons li").first
    expect(first).to_contain_text(reasons[0]["words"])
    first.get_by_role("button").click()
    page.wait_for_url(f"**&at={reasons[0]['step']}")
    assert at(page) == reasons[0]["step"]
    page.get_by_role("button", name="Show").click()
    assert at(page) == LAST


def test_every_number_of_a_state_is_the_api_s(browser_page: Visit, rest: Rest) -> None:
    page = open_path(browser_page, TWO_HARTS)
    found = rest.get(f"/paths{TWO_HARTS.removeprefix('/path').removesuffix('&at=6')}")
    for number in (0, 6, 7, 9):
        page.locator("#steps button").nth(number).click()
        state = found["states"][number]
        for place, hart in enumerate(state["harts"]):
            card = page.locator(".path-hart").nth(place)
            expect(card.locator("h3")).to_have_text(f"Hart {hart['id']}")
            expect(card).to_contain_text(hart["hgatp"]["value"])
            expect(card.locator(".todo li")).to_have_text(hart["todo"])
            expect(card.locator(".entry:not(.entry-dropped)")).to_have_count(len(hart["tlb"]))
        words = [choice["words"] for choice in state["choices"]]
        expect(page.locator("#choices button span:nth-child(2)")).to_have_text(words)
    expect(page.locator(".lane-request")).to_have_count(len(found["requests"]))


def test_buttons_and_slider_move_and_the_address_follows(browser_page: Visit) -> None:
    page = open_path(browser_page)
    expect(page.locator("#position-text")).to_have_text(f"{LAST} of {LAST}")
    page.click("#back")
    page.wait_for_url(f"**{PATH}&at={LAST - 1}")
    page.click("#to-start")
    page.wait_for_url("**&at=0")
    expect(page.locator("#step-words")).to_have_text("Step 0: the machine is booted.")
    page.click("#forward")
    expect(page.locator("#steps [aria-current=step]")).to_contain_text("creates a domain")
    page.locator("#position").fill("7")
    page.wait_for_url("**&at=7")
    page.reload()
    page.wait_for_selector("#player[data-at='7']")
    page.click("#to-end")
    page.wait_for_url(f"**{PATH}")


def test_change_since_the_state_before_is_marked_in_words(browser_page: Visit) -> None:
    page = open_path(browser_page, f"{PATH}&at=5")
    expect(page.locator(".entry-new")).to_have_count(1)
    expect(page.locator(".entry-new .change-mark")).to_have_text("new")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".entry-new")).to_have_count(0)
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator(".entry-stale.entry-changed")).to_contain_text("stale: domain 0 is gone")
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".ids .change-mark")).to_have_text("new")


def test_branching_off_cuts_the_path_and_back_brings_it_back(
    browser_page: Visit, rest: Rest
) -> None:
    page = open_path(browser_page, f"{PATH}&at=5")
    expect(page.locator("#choices [aria-current]")).to_contain_text("taken here")
    page.locator("#choices button", has_text="takes page 0 from domain 0").click()
    expect(page.locator("#position-text")).to_have_text("6 of 6")
    branched = page.evaluate("location.search")
    (choice,) = re.findall(r"path=0\.0\.0\.0\.0\.(\d+)$", branched)
    found = rest.get(f"/paths{branched}")
    assert found["states"][5]["choices"][int(choice)]["words"] == found["states"][6]["did"]
    page.locator("#choices button").first.click()
    expect(page.locator("#position-text")).to_have_text("7 of 7")
    page.go_back()
    page.go_back()
    expect(page.locator("#position-text")).to_have_text(f"5 of {LAST}")
    page.locator("#choices [aria-current]").click()
    expect(page.locator("#position-text")).to_have_text(f"6 of {LAST}")


def test_link_alone_gives_the_same_page_on_another_server(
    browser_page: Visit, server_url: str, tmp_path: Path
) -> None:
    context = browser_page.page.context
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = open_path(browser_page, f"{PATH}&at=9")
    page.click("#copy-link")
    expect(page.locator("#notice-done")).to_have_text("Copied the link to this state.")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{server_url}{PATH}&at=9"
    shown = page.locator("#player").inner_text()
    with started(tmp_path) as other:
        elsewhere = context.new_page()
        elsewhere.goto(link.replace(server_url, other.url))
        elsewhere.wait_for_selector("#player[data-at='9']")
        assert elsewhere.locator("#player").inner_text() == shown
        elsewhere.close()


def test_player_works_by_keyboard_alone(browser_page: Visit) -> None:
    page = open_path(browser_page)
    keys = page.keyboard
    for key, expected in (
        ("Home", 0), ("j", 1), ("ArrowRight", 2), ("k", 1), ("ArrowLeft", 0), (".", 1),
        ("ArrowRight", 2), (",", 1), (".", 2), ("End", LAST),
        ("ArrowRight", LAST), ("Home", 0), ("!", LAST),
    ):  # fmt: skip
        keys.press(key)
        assert at(page) == expected, key
    keys.press("Home")
    page.select_option("#play-speed", "4")
    page.locator("#play-speed").evaluate("select => select.blur()")
    keys.press("Space")
    expect(page.locator("#play-word")).to_have_text("Pause")
    browser_page.wait_until(lambda: at(page) >= 2, "the player plays")
    keys.press("Space")
    expect(page.locator("#play-word")).to_have_text("Play")
    stopped = at(page)
    page.wait_for_timeout(600)
    assert at(page) == stopped
    keys.press("End")
    keys.press("c")
    expect(page.locator("#choices button").first).to_be_focused()
    keys.press("Tab")
    keys.press("Enter")
    expect(page.locator("#position-text")).to_have_text(f"{LAST + 1} of {LAST + 1}")
    expect(page.locator("#choices button").first).to_be_focused()


def test_playing_ends_at_the_end(browser_page: Visit) -> None:
    page = open_path(browser_page, f"{PATH}&at={LAST - 2}")
    page.select_option("#play-speed", "4")
    page.click("#play")
    expect(page.locator("#position-text")).to_have_text(f"{LAST} of {LAST}")
    expect(page.locator("#play-word")).to_have_text("Play")


def test_state_opens_as_a_machine(browser_page: Visit, rest: Rest) -> None:
    page = open_path(browser_page, f"{PATH}&at=9")
    page.click("#open-machine")
    page.wait_for_url("**/machines/*")
    machine = rest.get(f"/machines/{page.url.rpartition('/')[2]}")
    assert machine["commands"] == 9
    assert machine["name"] == "xen-riscv-v2-posted, state 9 of a path"
    browser_page.wait_for_seq(rest, machine["id"])
    browser_page.wait_for_cell(0, "stale")


def test_path_as_a_test_is_shown_and_offered(browser_page: Visit, rest: Rest) -> None:
    page = open_path(browser_page)
    page.click("#open-test")
    source = rest.client.get(f"/paths/test?{BOUNDS}&path={REUSE}").text
    expect(page.locator("#test-source")).to_have_text(source)
    with page.expect_download() as download:
        page.click("#download-test")
    assert download.value.suggested_filename == "test_xen_riscv_v2_posted.py"
    assert download.value.path().read_text() == source
    page.keyboard.press("Escape")
    expect(page.locator("#test-dialog")).to_be_hidden()


def test_path_that_is_none_is_told(browser_page: Visit) -> None:
    browser_page.page.goto(f"/path?{BOUNDS}&path=0.9")
    expect(browser_page.page.locator("#notice-problem")).to_contain_text(
        "path takes choice 9 at step 2"
    )
    browser_page.expect_error("422")


def test_page_links_its_json_twin_and_its_bounds(browser_page: Visit) -> None:
    page = open_path(browser_page, f"{PATH}&at=3")
    twin = page.locator("#path-json").get_attribute("href")
    assert twin == f"/api/v1/paths?{BOUNDS}&path={REUSE}"
    page.click("#path-check")
    page.wait_for_url(f"**/check?{BOUNDS}")
    expect(page.locator("#check-harts")).to_have_value("1")


# ---- checks


def test_form_of_a_check_is_in_the_address(browser_page: Visit) -> None:
    page = browser_page.page
    page.goto("/check")
    page.select_option("#check-policy", "kvm-riscv")
    page.fill("#check-harts", "1")
    page.get_by_label("Pages are taken away").uncheck()
    page.get_by_text("Faults of firmware and hypervisor").click()
    page.locator("input[value=wrong-id]").check()
    query = "policy=kvm-riscv&harts=1&unmap=false&fault=wrong-id"
    page.wait_for_url(f"**/check?{query}")
    page.reload()
    expect(page.locator("#check-policy")).to_have_value("kvm-riscv")
    expect(page.get_by_label("Pages are taken away")).not_to_be_checked()
    expect(page.locator("input[value=wrong-id]")).to_be_checked()
    expect(page.locator("#check-faults")).to_have_attribute("open", "")


def test_check_that_holds_says_so_with_bounds_and_twins(browser_page: Visit, rest: Rest) -> None:
    page = browser_page.page
    page.goto("/check?policy=xen-riscv-v2-reviewed&harts=1&domains=1")
    page.click("#check-start")
    expect(page.locator(".verdict-head")).to_have_text("Holds within these bounds")
    check = rest.get("/checks")["items"][-1]
    expect(page.locator("#verdict")).to_contain_text(check["sentence"])
    expect(page.locator(".verdict-list li")).to_have_count(2)
    expect(page.locator("#count-states")).to_have_text(f"{check['progress']['states']:,}")
    expect(page.locator("#count-transitions")).to_have_text(f"{check['progress']['transitions']:,}")
    expect(page.locator("#check-cancel")).to_be_hidden()
    page.reload()
    expect(page.locator(".verdict-head")).to_have_text("Holds within these bounds")


def test_check_that_breaks_opens_the_player_and_back_shows_the_verdict(
    browser_page: Visit,
) -> None:
    page = browser_page.page
    page.goto("/check?policy=xen-riscv-v2-posted&harts=1&domains=1")
    page.click("#check-start")
    page.wait_for_url("**/path?**")
    expect(page.locator("#breach")).to_be_visible()
    page.go_back()
    expect(page.locator(".verdict-head")).to_contain_text("is broken in")
    page.get_by_role("link", name="Play the counterexample").click()
    page.wait_for_url("**/path?**")


def test_wrong_bounds_are_told_at_their_field(browser_page: Visit) -> None:
    page = browser_page.page
    page.goto("/check?harts=9")
    page.click("#check-start")
    expect(page.locator("#check-harts")).to_be_focused()
    expect(page.locator(".field-problem")).to_contain_text("harts is 9")
    browser_page.expect_error("422")


def start_long(page: Page, rest: Rest) -> dict[str, Any]:
    """Start a check that takes long, by keyboard; it as the API knows it, once it is under way."""
    page.goto(LONG)
    page.locator("#check-start").wait_for()
    page.keyboard.press("s")
    expect(page.locator("#count-states")).not_to_have_text("0")
    check = rest.get("/checks")["items"][-1]
    assert check["state"] == "running"
    assert is_alive(check["pid"])
    return dict(check)


def test_cancel_ends_the_worker(browser_page: Visit, rest: Rest) -> None:
    page = browser_page.page
    check = start_long(page, rest)
    states = page.locator("#count-states").inner_text()
    expect(page.locator("#count-states")).not_to_have_text(states)
    twin = page.get_by_role("link", name="This page as JSON")
    expect(twin).to_have_attribute("href", f"/api/v1/checks/{check['id']}")
    page.keyboard.press("x")
    expect(page.locator(".verdict-head")).to_have_text("Cancelled.")
    assert rest.get(f"/checks/{check['id']}")["state"] == "cancelled"
    browser_page.wait_until(lambda: not is_alive(check["pid"]), "the worker has ended")
    expect(page.locator(f"[data-check='{check['id']}'] .status-chip")).to_have_text("cancelled")


def test_closing_the_page_ends_the_worker_and_loading_it_again_does_not(
    browser_page: Visit, rest: Rest
) -> None:
    page = browser_page.page.context.new_page()
    check = start_long(page, rest)
    page.reload()
    expect(page.locator("#check-cancel")).to_be_visible()
    page.wait_for_timeout(1000 * (NEXT_WATCHER_S + 1))
    assert is_alive(check["pid"])
    page.close()
    browser_page.wait_until(lambda: not is_alive(check["pid"]), "the worker has ended")
    assert rest.get(f"/checks/{check['id']}")["state"] == "cancelled"


# ---- traces, and barriers


def test_library_leads_to_the_player(browser_page: Visit, rest: Rest) -> None:
    traces = rest.get("/traces")["items"]
    page = browser_page.page
    page.goto("/")
    page.get_by_role("link", name="Traces", exact=True).click()
    expect(page.locator(".trace")).to_have_count(len(traces))
    page.get_by_role("link", name=traces[0]["title"]).click()
    page.wait_for_selector("#player[data-at]")
    expect(page.locator("#breach")).to_be_visible()
    assert at(page) == traces[0]["steps"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("address", [PATH, TWO_HARTS, "/check", "/traces"])
def test_pages_have_no_barrier(browser_page: Visit, address: str, theme: Theme, width: int) -> None:
    page = browser_page.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    page.goto(address)
    if address.startswith("/path"):
        page.wait_for_selector("#player[data-at]")
    elif address == "/check":
        # As small as can be: a worker that starts takes long enough on a busy computer.
        page.fill("#check-harts", "1")
        page.fill("#check-domains", "1")
        page.select_option("#check-policy", "xen-riscv-v2-reviewed")
        page.click("#check-start")
        page.wait_for_selector(".verdict-head")
        page.get_by_text("Faults of firmware and hypervisor").click()
    assert complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("theme", THEMES)
def test_dialog_with_the_test_has_no_barrier(browser_page: Visit, theme: Theme) -> None:
    browser_page.page.emulate_media(color_scheme=theme)
    page = open_path(browser_page)
    page.click("#open-test")
    expect(page.locator("#test-dialog")).to_be_visible()
    assert complaints(page) == []
