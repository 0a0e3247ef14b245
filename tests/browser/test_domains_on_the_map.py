"""What one does to domains turns cells of the map, and is told where it fails."""

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest

pytestmark = pytest.mark.browser


def test_created_domain_turns_its_cell_and_destroyed_it_is_stale(
    browser_page: Visit, rest: Rest
) -> None:
    machine = rest.machine()
    browser_page.open_machine(rest, machine)
    browser_page.wait_for_cell(0, "free")
    browser_page.create_domain(vcpus="1", name="web")
    browser_page.wait_for_cell(0, "assigned")
    browser_page.page.get_by_role("button", name="Step 10", exact=True).click()
    browser_page.wait_for_cell(0, "running")
    browser_page.page.get_by_role("button", name="Destroy domain 0 “web”").click()
    browser_page.wait_for_cell(0, "stale")
    expect(browser_page.page.locator("[data-state-count=stale]")).to_have_text("1")
    expect(browser_page.page.locator("#domain-rows tr")).to_have_count(0)


def newest_line(visit: Visit) -> int:
    """The event that the log's top line is about."""
    return int(visit.page.locator("#log-rows tr").first.get_attribute("data-seq") or 0)


def test_running_machine_moves_map_log_and_numbers(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(policy="untagged", platform={"preset": "rv64", "harts": 1})
    rest.post(f"/machines/{machine}/domains", {"vcpus": 2})
    rest.post(f"/machines/{machine}/domains", {"vcpus": 2})
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    expect(page.locator("#log-empty")).to_be_visible()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.locator("#machine-status")).to_have_text("running")
    expect(page.locator("#log-rows tr").nth(10)).to_be_attached()
    browser_page.wait_for_cell(0, "running")
    first = newest_line(browser_page)
    browser_page.wait_until(lambda: newest_line(browser_page) > first + 100, "the log moved on")
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(page.locator("#machine-status")).to_have_text("paused")
    assert page.locator("#log-rows tr").count() < 200


def test_domain_can_be_paused_migrated_and_unmapped(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine()
    domain = rest.post(f"/machines/{machine}/domains", {"vcpus": 1, "name": "db"})["id"]
    rest.post(f"/machines/{machine}/step", {"count": 4})
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    page.get_by_role("button", name="Migrate domain").click()
    page.select_option("#migrate-hart", "3")
    page.click("#migrate-form button[type=submit]")
    expect(page.locator("#domain-rows .chip").first).to_have_text("v0→h3")
    page.get_by_role("button", name="Unmap domain").click()
    page.fill("#unmap-count", "8")
    page.click("#unmap-form button[type=submit]")
    expect(page.locator("#notice-done")).to_contain_text("Unmapped pages of domain 0 “db”")
    assert rest.get(f"/machines/{machine}/domains/{domain}")["p2m_version"] == 1
    page.get_by_role("button", name="Pause domain").click()
    expect(page.locator("#domain-rows")).to_contain_text("paused")
    expect(page.get_by_role("button", name="Unpause domain")).to_be_visible()


def test_refusal_of_the_policy_is_shown_in_the_dialog(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(
        policy="xen-riscv-v2-reviewed", platform={"preset": "rv64", "vmidlen": 1}
    )
    for _ in range(2):
        rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
    browser_page.open_machine(rest, machine)
    browser_page.create_domain(vcpus="1")
    expect(browser_page.page.locator("#create-form .field-problem")).to_be_visible()
    expect(browser_page.page.locator("#create-dialog")).to_be_visible()
    browser_page.expect_error("409")


def test_wrong_number_of_vcpus_is_told_at_its_field(browser_page: Visit, rest: Rest) -> None:
    browser_page.open_machine(rest, rest.machine())
    browser_page.create_domain(vcpus="0")
    field = browser_page.page.locator("#create-vcpus")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_be_focused()
    expect(browser_page.page.locator("#create-form .field-problem")).to_contain_text("vcpus is 0")
    browser_page.expect_error("422")


def test_failed_action_says_why(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine()
    rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    button = page.get_by_role("button", name="Destroy domain 0")
    button.evaluate("button => { button.click(); button.click(); }")
    expect(page.locator("#notice-problem")).to_contain_text("was destroyed")
    expect(page.locator("#domain-rows tr")).to_have_count(0)
    browser_page.expect_error("404")
    page.get_by_role("button", name="Dismiss").click()
    expect(page.locator("#notice-problem")).to_be_hidden()
