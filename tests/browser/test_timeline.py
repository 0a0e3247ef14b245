"""The past of a machine on its page: any moment is shown as it was, and is an address."""

from __future__ import annotations

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest

pytestmark = pytest.mark.browser


def lived_machine(rest: Rest) -> tuple[str, list[int]]:
    """A machine with wrong hits behind it, and the events its last steps ended with."""
    machine = rest.troubled_machine()
    seqs = [rest.get(f"/machines/{machine}")["seq"]]
    for _ in range(4):
        seqs.append(rest.post(f"/machines/{machine}/step", {"count": 1})["seq"])
    return machine, seqs


def shows(visit: Visit, at: int) -> None:
    """Wait until map, harts and numbers are those of the moment that ends with an event."""
    visit.page.wait_for_selector(f"body[data-seq='{at}']", state="attached")
    expect(visit.page.locator("#machine-seq")).to_have_text(f"{at:,}")


def test_back_and_forward_walk_over_every_moment(browser_page: Visit, rest: Rest) -> None:
    machine, seqs = lived_machine(rest)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    for at in reversed(seqs[:-1]):
        page.keyboard.press(",")
        shows(browser_page, at)
        page.wait_for_url(f"**?at={at}")
    for at in seqs[1:-1]:
        page.keyboard.press(".")
        shows(browser_page, at)
    expect(page.locator("#past")).to_be_visible()
    page.keyboard.press(".")
    shows(browser_page, seqs[-1])
    expect(page.locator("#past")).to_be_hidden()
    assert rest.get(f"/machines/{machine}")["seq"] == seqs[-1]


def test_numbers_of_the_past_are_those_of_the_api(browser_page: Visit, rest: Rest) -> None:
    machine, _ = lived_machine(rest)
    browser_page.page.goto(f"/machines/{machine}?at=60")
    page = browser_page.page
    moment = rest.get(f"/machines/{machine}?at=60")
    assert moment["seq"] < rest.get(f"/machines/{machine}")["seq"]
    shows(browser_page, moment["seq"])
    for name in ("guest_entries", "ids_assigned", "local_fences", "cycles_lost"):
        expect(page.locator(f"[data-metric={name}]")).to_have_text(f"{moment['metrics'][name]:,}")
    domains = rest.get(f"/machines/{machine}/domains?at=60")["items"]
    expect(page.locator("#domain-count")).to_have_text(str(len(domains)))
    cells = rest.get(f"/machines/{machine}/bitmap?at=60")
    first, _, byte = cells["runs"][0]
    browser_page.wait_for_cell(first, cells["states"][byte & 7])


def test_jump_leads_to_the_first_wrong_hit_and_to_the_next(browser_page: Visit, rest: Rest) -> None:
    machine, _ = lived_machine(rest)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    hits = [item["seq"] for item in rest.get(f"/machines/{machine}/violations")["items"]][::-1]
    page.get_by_role("button", name="Go to the first").click()
    first = rest.get(f"/machines/{machine}?at={hits[0]}")["seq"]
    shows(browser_page, first)
    expect(page.locator("#violations-newest")).to_contain_text("hit a TLB entry")
    page.select_option("#timeline-kind", "violation")
    later = next(hit for hit in hits if hit > first)
    page.keyboard.press("Escape")
    page.locator("#timeline-next").click()
    shows(browser_page, rest.get(f"/machines/{machine}?at={later}")["seq"])
    page.locator("#timeline-previous").click()
    shows(browser_page, first)


def test_nothing_is_changed_in_the_past_but_by_a_fork(browser_page: Visit, rest: Rest) -> None:
    machine, seqs = lived_machine(rest)
    browser_page.page.goto(f"/machines/{machine}?at={seqs[1]}")
    page = browser_page.page
    shows(browser_page, seqs[1])
    expect(page.locator("#create-domain")).to_have_attribute("inert", "")
    before = len(rest.get("/machines")["items"])
    page.get_by_role("button", name="Fork from here").dblclick()
    page.wait_for_url(lambda url: machine not in url)
    assert len(rest.get("/machines")["items"]) == before + 1
    twin = page.url.rpartition("/")[2]
    browser_page.wait_until(
        lambda: rest.get(f"/machines/{twin}")["status"] == "paused", "the fork is replayed"
    )
    shows(browser_page, seqs[1])
    expect(page.locator("#create-domain")).not_to_have_attribute("inert", "")
    path = f"/machines/{machine}/digest?at={seqs[1]}"
    assert rest.get(f"/machines/{twin}/digest")["digest"] == rest.get(path)["digest"]


def test_scrubber_and_play_move_through_the_past(browser_page: Visit, rest: Rest) -> None:
    machine, seqs = lived_machine(rest)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    slider = page.locator("#timeline-at")
    slider.focus()
    page.keyboard.press("Home")
    shows(browser_page, rest.get(f"/machines/{machine}?at=0")["seq"])
    slider.fill(str(seqs[1]))
    shows(browser_page, seqs[1])
    page.get_by_role("button", name="Play").click()
    shows(browser_page, seqs[-1])
    expect(page.locator("#past")).to_be_hidden()
    assert rest.get(f"/machines/{machine}")["seq"] == seqs[-1]


def test_event_that_has_not_happened_is_refused_in_words(browser_page: Visit, rest: Rest) -> None:
    machine, seqs = lived_machine(rest)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    page.fill("#timeline-event", "999999")
    page.keyboard.press("Enter")
    expect(page.locator("#timeline-problem")).to_have_text(
        f"Event is 999999; 0 to {seqs[-1]:,} is allowed"
    )
    page.fill("#timeline-event", str(seqs[0]))
    page.keyboard.press("Enter")
    shows(browser_page, seqs[0])


def test_keys_and_commands_change_nothing_in_the_past(browser_page: Visit, rest: Rest) -> None:
    machine, seqs = lived_machine(rest)
    before = rest.get(f"/machines/{machine}")
    browser_page.page.goto(f"/machines/{machine}?at={seqs[1]}")
    page = browser_page.page
    shows(browser_page, seqs[1])
    page.keyboard.press("n")
    expect(page.locator("#notice-problem")).to_contain_text(
        "This is the past: fork from here to change it."
    )
    expect(page.locator("#create-dialog")).to_be_hidden()
    offered = page.locator("#commands-list li")
    page.keyboard.press("Control+k")
    expect(page.locator("#commands[data-ready]")).to_be_visible()
    for command in ("Create domain", "Destroy domain", "Unmap pages of domain"):
        page.fill("#commands-input", command)
        expect(offered.filter(has_text=command)).to_have_count(0)
    page.keyboard.press("Escape")
    page.locator("#past-now").click()
    page.keyboard.press("Control+k")
    page.fill("#commands-input", "Create domain")
    expect(offered.first).to_contain_text("Create domain")
    after = rest.get(f"/machines/{machine}")
    assert (after["seq"], after["domains"]) == (before["seq"], before["domains"])


def test_arrow_keys_on_the_scrubber_walk_over_moments(browser_page: Visit, rest: Rest) -> None:
    machine, seqs = lived_machine(rest)
    assert seqs[2] - seqs[1] > 1
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    page.locator("#timeline-at").focus()
    for key, at in (("ArrowLeft", seqs[-2]), ("ArrowDown", seqs[-3]), ("ArrowRight", seqs[-2])):
        page.keyboard.press(key)
        shows(browser_page, at)


def test_steps_and_speed_of_the_past_are_the_replay_s(browser_page: Visit, rest: Rest) -> None:
    machine, _ = lived_machine(rest)
    seqs = [rest.post(f"/machines/{machine}/step", {"count": 1})["seq"] for _ in range(14)]
    clock = rest.get(f"/machines/{machine}")["speed"]
    browser_page.page.goto(f"/machines/{machine}?at={seqs[0]}")
    page = browser_page.page
    shows(browser_page, seqs[0])
    expect(page.locator("#speed-value")).to_have_text("8 moments/s")
    page.get_by_role("button", name="Step 10", exact=True).click()
    shows(browser_page, seqs[10])
    page.locator("#speed").fill("-99")
    expect(page.locator("#speed-value")).to_have_text("0.1 moments/s")
    page.get_by_role("button", name="Play").click()
    page.wait_for_timeout(500)
    shows(browser_page, seqs[10])
    page.locator("#speed").fill("25")
    shows(browser_page, seqs[-1])
    expect(page.locator("#past")).to_be_hidden()
    expect(page.locator("#speed-value")).to_have_text(f"{clock:g} steps/s")
    assert rest.get(f"/machines/{machine}")["speed"] == clock
    assert rest.get(f"/machines/{machine}")["seq"] == seqs[-1]


def test_banner_comes_and_goes_without_moving_the_scrubber(browser_page: Visit, rest: Rest) -> None:
    machine, _ = lived_machine(rest)
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    expect(page.locator("#violations")).to_be_visible()
    before = page.locator("#timeline-at").bounding_box()
    page.locator("#timeline-first").click()
    expect(page.locator("#violations")).to_be_hidden()
    assert page.locator("#timeline-at").bounding_box() == before


def test_log_of_a_past_without_fences_says_so(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine(policy="untagged", platform={"preset": "rv64", "harts": 1})
    rest.post(f"/machines/{machine}/domains", {"vcpus": 2})
    rest.post(f"/machines/{machine}/step", {"count": 20})
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    expect(page.locator("#log-facets")).to_be_visible()
    page.locator("#timeline-first").click()
    first = rest.get(f"/machines/{machine}?at=0")["seq"]
    expect(page.locator("#log-empty")).to_have_text(f"None by event {first}.")
    expect(page.locator("#log-facets")).to_be_hidden()
