"""The form for a new machine, and the cards of those there are."""

import re
from typing import Any

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest

pytestmark = pytest.mark.browser


def test_form_makes_the_machine_it_describes(browser_page: Visit, rest: Rest) -> None:
    page = browser_page.page
    page.goto("/new")
    page.select_option("#new-policy", "kvm-riscv")
    expect(page.locator("#new-policy-hint")).to_contain_text("Linux KVM RISC-V")
    page.select_option("#new-preset", "rv32")
    page.select_option("#new-schedule", "")
    page.fill("#new-name", "small one")
    page.fill("#new-vmidlen", "7, 3")
    page.fill("#new-harts", "2")
    page.fill("#new-seed", "42")
    page.get_by_text("How guests use memory").click()
    page.fill("#new-working_set_pages", "16")
    page.click("#new-form button[type=submit]")
    page.wait_for_url(re.compile("/machines/[0-9a-f]+$"))
    machine = rest.get("/machines/" + page.url.rsplit("/", 1)[1])
    assert machine["name"] == "small one"
    assert machine["policy"]["name"] == "kvm-riscv"
    assert machine["platform"]["name"] == "rv32"
    assert machine["platform"]["vmidlen"] == [7, 3]
    assert machine["seed"] == 42
    assert machine["guests"]["working_set_pages"] == 16
    assert machine["schedule"] is None
    expect(page.locator("h1")).to_have_text("small one")


def test_form_is_not_sent_before_its_page_can_send_it(browser_page: Visit) -> None:
    page = browser_page.page
    held: list[Any] = []
    page.route("**/new-page.js", lambda route: held.append(route))
    page.goto("/new", wait_until="commit")
    button = page.get_by_role("button", name="Create machine")
    expect(button).to_be_disabled()
    browser_page.wait_until(lambda: held != [], "the page asks for its script")
    held[0].continue_()
    expect(button).to_be_enabled()


def test_form_starts_with_a_recording_chosen(browser_page: Visit, rest: Rest) -> None:
    page = browser_page.page
    page.goto("/")
    page.get_by_role("link", name="Replay it").click()
    expect(page.locator("#new-schedule")).to_have_value("first-start")
    page.click("#new-form button[type=submit]")
    page.wait_for_url(re.compile("/machines/[0-9a-f]+$"))
    machine = rest.get("/machines/" + page.url.rsplit("/", 1)[1])
    assert machine["schedule"] == "first-start"
    assert machine["loop"] is True
    expect(page.locator("#playback-text")).to_contain_text("0 of")


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("vmidlen", "15", "15"),
        ("harts", "0", "harts is 0"),
        ("seed", "-1", "seed is -1"),
        ("harts", "many", "'many'"),
        ("skew", "9", "skew is 9"),
    ],
)
def test_refused_value_is_told_at_its_field(
    browser_page: Visit, rest: Rest, field: str, value: str, message: str
) -> None:
    page = browser_page.page
    page.goto("/new")
    before = len(rest.get("/machines")["items"])
    page.get_by_text("How guests use memory").click()
    page.fill(f"#new-{field}", value)
    page.click("#new-form button[type=submit]")
    input_field = page.locator(f"#new-{field}")
    expect(input_field).to_have_attribute("aria-invalid", "true")
    expect(input_field).to_be_focused()
    problem = page.locator(f".field:has(#new-{field}) .field-problem")
    expect(problem).to_contain_text(message)
    described = (input_field.get_attribute("aria-describedby") or "").split()
    assert problem.get_attribute("id") in described
    assert len(rest.get("/machines")["items"]) == before
    browser_page.expect_error("422")


def test_machines_of_learn_are_folded_into_one_line(browser_page: Visit, rest: Rest) -> None:
    own = rest.machine(name="Learn by heart")
    made = [rest.post("/chapters/1/machine", {})["id"] for _ in range(2)]
    browser_page.open_index()
    page = browser_page.page
    expect(page.locator("#learn-count")).to_have_text("2")
    expect(page.locator(f"#machine-cards [data-machine='{own}']")).to_be_visible()
    for machine in made:
        expect(page.locator(f"#learn-cards [data-machine='{machine}']")).to_be_hidden()
    page.get_by_text("Machines of Learn").click()
    for machine in made:
        expect(page.locator(f"#learn-cards [data-machine='{machine}'] dl")).to_be_visible()
        rest.client.delete(f"/machines/{machine}")
    expect(page.locator("#learn-machines")).to_be_hidden()


def test_cards_show_live_numbers_and_machines_can_be_deleted(
    browser_page: Visit, rest: Rest
) -> None:
    machine = rest.machine(name="To be deleted")
    rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
    page = browser_page.page
    page.goto("/")
    card = page.locator(f"[data-machine='{machine}']")
    expect(card.locator("[data-metric=guest_entries]")).to_have_text("0")
    rest.post(f"/machines/{machine}/step", {"count": 7})
    entries = rest.get(f"/machines/{machine}/metrics")["guest_entries"]
    assert entries > 0
    expect(card.locator("[data-metric=guest_entries]")).to_have_text(str(entries))
    page.get_by_role("button", name="Delete To be deleted").click()
    page.click("#delete-form button[type=submit]")
    expect(card).to_have_count(0)
    assert rest.client.get(f"/machines/{machine}").status_code == 404


def test_api_page_works_without_any_other_origin(browser_page: Visit) -> None:
    page = browser_page.page
    page.goto("/docs")
    expect(page.get_by_text("/api/v1/policies", exact=True).first).to_be_visible()


def test_pages_name_their_json_twin(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine()
    browser_page.page.goto(f"/machines/{machine}")
    twin = browser_page.page.locator("link[rel=alternate]").get_attribute("href")
    assert twin == f"/api/v1/machines/{machine}"
    link = browser_page.page.get_by_role("link", name="This page as JSON")
    assert link.get_attribute("href") == twin
