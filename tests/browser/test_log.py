"""The flush log: filters in words and in the address, following, and older lines."""

import re

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest

pytestmark = pytest.mark.browser


def busy_machine(rest: Rest, steps: int) -> str:
    """A machine that fences twice at each world switch, and switches at each step."""
    machine = rest.machine(policy="untagged", platform={"preset": "rv64", "harts": 1})
    rest.post(f"/machines/{machine}/domains", {"vcpus": 2})
    rest.post(f"/machines/{machine}/step", {"count": steps})
    return machine


def seqs(visit: Visit) -> list[int]:
    """The events of the lines on screen, from the top."""
    return [int(seq) for seq in visit.page.locator("#log-rows tr").evaluate_all(
        "rows => rows.map((row) => row.dataset.seq)"
    )]  # fmt: skip


def test_log_shows_what_the_api_lists_newest_first(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest, 20)
    browser_page.open_machine(rest, machine)
    expect(browser_page.page.locator("#log-rows tr").first).to_be_visible()
    items = rest.get(f"/machines/{machine}/flushes?limit=100")["items"]
    assert seqs(browser_page) == [item["seq"] for item in items]
    first = browser_page.page.locator("#log-rows tr").first
    expect(first).to_contain_text(f"{items[0]['seq']:,}")
    expect(first).to_contain_text("HFENCE.VVMA, VMID 0, all ASIDs")
    expect(first).to_contain_text("world switch")


def test_lines_of_the_stream_are_those_of_the_api(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest, 1)
    browser_page.open_machine(rest, machine)
    before = browser_page.page.locator("#log-rows tr").count()
    rest.post(f"/machines/{machine}/step", {"count": 10})
    expect(browser_page.page.locator("#log-rows tr")).to_have_count(before + 20)
    items = rest.get(f"/machines/{machine}/flushes?limit=100")["items"]
    assert seqs(browser_page) == [item["seq"] for item in items]
    streamed = browser_page.page.locator("#log-rows").inner_text()
    browser_page.page.reload()
    expect(browser_page.page.locator("#log-rows tr")).to_have_count(len(items))
    assert browser_page.page.locator("#log-rows").inner_text() == streamed


def test_filter_lives_in_the_address_and_in_the_facets(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest, 20)
    browser_page.open_machine(rest, machine, "?filter=kind:hfence_gvma")
    page = browser_page.page
    expect(page.locator("#log-filter")).to_have_value("kind:hfence_gvma")
    facet = page.get_by_role("button", name=re.compile(r"^hfence_gvma\b"))
    expect(facet).to_have_attribute("aria-pressed", "true")
    kept = rest.get(f"/machines/{machine}/flushes?kind=hfence_gvma")["items"]
    expect(page.locator("#log-rows tr")).to_have_count(len(kept))
    page.get_by_role("button", name=re.compile(r"^hfence_vvma\b")).click()
    expect(page.locator("#log-filter")).to_have_value("kind:hfence_vvma")
    page.wait_for_url("**?filter=kind:hfence_vvma")
    page.get_by_role("button", name="Clear").click()
    page.wait_for_url(f"**/machines/{machine}")


def test_free_words_and_causes_filter(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest, 5)
    rest.post(f"/machines/{machine}/domains/0/unmap", {"first": 0})
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    page.fill("#log-filter", 'cause:"p2m change" hart:0')
    expect(page.locator("#log-rows tr .log-cause")).to_have_text(["p2m change"] * 2)
    page.fill("#log-filter", "asid nowhere")
    expect(page.locator("#log-empty")).to_have_text("Nothing passes the filter asid nowhere.")


def test_wrong_filter_is_told(browser_page: Visit, rest: Rest) -> None:
    browser_page.open_machine(rest, busy_machine(rest, 1), "?filter=hart:one+size:3")
    status = browser_page.page.locator("#log-status")
    expect(status).to_contain_text("hart:one is no number")
    expect(status).to_contain_text("size: is no filter; there are kind, cause, hart, vmid")


def test_request_of_which_nothing_was_sent_is_told_in_words(
    browser_page: Visit, rest: Rest
) -> None:
    machine = rest.machine(policy="xen-riscv-v2-intended")
    rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
    rest.client.delete(f"/machines/{machine}/domains/0")
    rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
    browser_page.open_machine(rest, machine)
    expect(browser_page.page.locator(".log-not-sent .log-what")).to_contain_text(
        "nothing was sent: no hart in the mask (error -22, EINVAL)"
    )


def test_following_stops_while_scrolled_and_new_lines_wait(browser_page: Visit, rest: Rest) -> None:
    machine = busy_machine(rest, 60)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    expect(page.locator("#log-rows tr").nth(99)).to_be_attached()
    page.locator("#log-scroll").evaluate("box => { box.scrollTop = 300; }")
    shown = seqs(browser_page)
    rest.post(f"/machines/{machine}/step", {"count": 5})
    expect(page.locator("#log-newer")).to_have_text("10 new lines ↑")
    assert seqs(browser_page) == shown
    page.click("#log-newer")
    expect(page.locator("#log-newer")).to_be_hidden()
    newest = rest.get(f"/machines/{machine}/flushes?limit=1")["items"][0]["seq"]
    browser_page.wait_until(lambda: seqs(browser_page)[0] == newest, "the newest line is on top")


def test_older_lines_come_on_request_and_the_page_stays_small(
    browser_page: Visit, rest: Rest
) -> None:
    machine = busy_machine(rest, 300)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    expected = [i["seq"] for i in rest.get(f"/machines/{machine}/flushes?limit=1000")["items"]]
    for loaded in (100, 200, 300, 400, 500):
        browser_page.wait_until(
            lambda last=expected[loaded - 1]: seqs(browser_page)[-1:] == [last],  # type: ignore[misc]
            f"{loaded} lines were read",
        )
        page.click("#log-older")
    browser_page.wait_until(lambda: len(seqs(browser_page)) == 300, "three hundred lines are kept")
    shown = seqs(browser_page)
    at = expected.index(shown[0])
    assert shown == expected[at : at + len(shown)]
    expect(page.locator("#log-newer")).to_be_visible()
    page.click("#log-newer")
    browser_page.wait_until(lambda: seqs(browser_page)[0] == expected[0], "the top is back")
