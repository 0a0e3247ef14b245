"""Two policies side by side: the address brings it back, both move, and every number is theirs."""

from __future__ import annotations

from collections import Counter
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest

pytestmark = pytest.mark.browser
POSTED, REVIEWED = "xen-riscv-v2-posted", "xen-riscv-v2-reviewed"


def open_at(visit: Visit, steps: int, more: str = "") -> None:
    visit.page.goto(f"/compare?steps={steps}{more}")
    wait_for_steps(visit, steps)


def wait_for_steps(visit: Visit, steps: int) -> None:
    visit.page.wait_for_selector(f"body[data-steps='{steps}']", state="attached")


def query_of(visit: Visit) -> dict[str, list[str]]:
    return parse_qs(urlsplit(visit.page.url).query)


def wait_for_query(visit: Visit, **wanted: str) -> None:
    visit.wait_until(
        lambda: (
            {name: query_of(visit).get(name) for name in wanted}
            == {name: [text] for name, text in wanted.items()}
        ),
        f"the address says {wanted}",
    )


def comparison(visit: Visit, rest: Rest) -> Any:
    """What the API says of the pair on screen, at the step on screen."""
    data = visit.page.evaluate("({...document.body.dataset})")
    return rest.get(f"/comparisons/{data['comparison']}?steps={data['steps']}")


def bitmaps(rest: Rest, shown: Any) -> tuple[bytes, bytes]:
    binary = {"Accept": "application/octet-stream"}
    path = f"/comparisons/{shown['id']}/maps?steps={shown['steps']}"
    both = rest.client.get(path, headers=binary).content
    return both[: len(both) // 2], both[len(both) // 2 :]


def texts(visit: Visit, attribute: str) -> dict[str, str]:
    found: dict[str, str] = visit.page.eval_on_selector_all(
        f"[{attribute}]",
        f"all => Object.fromEntries(all.map(e => [e.getAttribute('{attribute}'), e.textContent]))",
    )
    return found


def test_page_begins_with_the_patch_as_posted_and_as_reviewed(
    browser_page: Visit, rest: Rest
) -> None:
    browser_page.page.goto("/compare")
    wait_for_steps(browser_page, 2500)
    shown = comparison(browser_page, rest)
    assert (shown["a"]["policy"]["name"], shown["b"]["policy"]["name"]) == (POSTED, REVIEWED)
    headline = browser_page.page.locator("#headlines li").first
    expect(headline).to_have_text("B serves no wrong accesses, where A serves 169.")
    wait_for_query(browser_page, a=POSTED, b=REVIEWED, vmidlen="6", harts="2", steps="2500")


def test_address_is_the_state_and_a_reload_makes_no_more_machines(
    browser_page: Visit, rest: Rest
) -> None:
    query = "&a=kvm-riscv&b=lazy-epoch&vmidlen=4&seed=3&hart=1&vmid=2&of=running"
    open_at(browser_page, 150, query)
    page = browser_page.page
    wait_for_query(
        browser_page, a="kvm-riscv", b="lazy-epoch", vmidlen="4", seed="3", hart="1", vmid="2",
        of="running", steps="150",
    )  # fmt: skip
    machines = len(rest.get("/machines")["items"])
    readout = page.locator("#vmid-readout").inner_text()
    address = page.url
    page.reload()
    wait_for_steps(browser_page, 150)
    assert page.url == address
    expect(page.locator("#vmid-readout")).to_have_text(readout)
    expect(page.locator("#compare-hart")).to_have_value("1")
    assert len(rest.get("/machines")["items"]) == machines


def test_steps_move_both(browser_page: Visit, rest: Rest) -> None:
    open_at(browser_page, 10, "&seed=11")
    page = browser_page.page
    for name, steps in (("Step 1", 11), ("Step 10", 21), ("Step 100", 121)):
        page.get_by_role("button", name=name, exact=True).click()
        wait_for_steps(browser_page, steps)
    page.locator("h1").click()
    page.keyboard.press(".")
    wait_for_steps(browser_page, 122)
    shown = comparison(browser_page, rest)
    for side in "ab":
        assert rest.get(f"/machines/{shown[side]['machine']}")["steps"] == 122
    page.keyboard.press(",")
    wait_for_steps(browser_page, 121)
    expect(page.locator("#position-most")).to_have_text("of 122 steps made")
    wait_for_query(browser_page, steps="121")


def test_play_moves_both_until_it_is_paused(browser_page: Visit, rest: Rest) -> None:
    open_at(browser_page, 0, "&seed=12")
    page = browser_page.page
    page.click("#play")
    expect(page.locator("#play-word")).to_have_text("Pause")
    read = "Number(document.body.dataset.steps)"
    browser_page.wait_until(lambda: page.evaluate(read) >= 20, "both have moved")
    page.click("#play")
    expect(page.locator("#play-word")).to_have_text("Play")
    expect(page.locator("#compare-grid")).to_have_attribute("aria-busy", "false")
    steps = page.evaluate(read)
    page.wait_for_timeout(500)
    assert page.evaluate(read) == steps
    shown = comparison(browser_page, rest)
    assert [shown[side]["steps"] for side in "ab"] == [steps, steps]
    wait_for_query(browser_page, steps=str(steps))


def test_position_can_be_typed_and_dragged(browser_page: Visit) -> None:
    open_at(browser_page, 300)
    page = browser_page.page
    page.fill("#position-number", "1,200")
    page.keyboard.press("Enter")
    wait_for_steps(browser_page, 1200)
    page.locator("#position").focus()
    page.keyboard.press("Home")
    wait_for_steps(browser_page, 0)
    page.fill("#position-number", "far")
    page.keyboard.press("Enter")
    expect(page.locator("#position-problem")).to_contain_text("position is far")


def test_every_number_is_the_apis(browser_page: Visit, rest: Rest) -> None:
    open_at(browser_page, 4000)
    shown = comparison(browser_page, rest)
    deltas = {delta["name"]: delta for delta in shown["deltas"]}
    for side in "ab":
        on_screen = texts(browser_page, f"data-delta-{side}")
        assert on_screen == {name: f"{delta[side]:,}" for name, delta in deltas.items()}
        counter = rest.get(f"/comparisons/{shown['id']}/maps?steps=4000")[side]["counts"]
        assert texts(browser_page, f"data-count-{side}") == {n: str(c) for n, c in counter.items()}
    words = texts(browser_page, "data-delta-words")
    assert words == {name: delta["sentence"] for name, delta in deltas.items()}
    headlines = browser_page.page.locator("#headlines li").all_inner_texts()
    assert headlines == shown["headlines"]
    expect(browser_page.page.locator("#events-a")).to_have_text(f"{shown['a']['seq']:,}")


@pytest.mark.parametrize("of", ["taken", "running", "stale", "violation"])
def test_difference_counts_are_those_of_the_bytes(browser_page: Visit, rest: Rest, of: str) -> None:
    open_at(browser_page, 4500, f"&a=xen-arm-bitmap&b=lazy-epoch&vmidlen=4&of={of}")
    shown = comparison(browser_page, rest)
    a, b = bitmaps(rest, shown)
    wanted = {"taken": {1, 2, 3, 4, 5, 6}, "stale": {1}, "running": {4}, "violation": {6}}[of]
    counts: Counter[str] = Counter()
    for one, other in zip(a, b, strict=True):
        pair = one & 7 in wanted, other & 7 in wanted
        name = {(True, False): "a_only", (False, True): "b_only", (False, False): "neither"}
        counts[name.get(pair, "both" if one & 7 == other & 7 else "unlike")] += 1
    names = ("neither", "a_only", "b_only", "both", "unlike")
    assert texts(browser_page, "data-class-count") == {name: str(counts[name]) for name in names}
    page = browser_page.page
    page.locator("#difference-table summary").click()
    page.wait_for_selector("#difference-table-rows tr")
    lengths = page.locator("#difference-table-rows td:nth-child(3)").all_inner_texts()
    assert sum(map(int, lengths)) == 16


def test_difference_map_has_the_colour_of_each_class(browser_page: Visit) -> None:
    open_at(browser_page, 4500, "&a=xen-arm-bitmap&b=lazy-epoch&vmidlen=4")
    page = browser_page.page
    colours = """async () => {
      const canvas = document.getElementById("map-difference-states");
      const { width, height } = canvas;
      const data = canvas.getContext("2d").getImageData(0, 0, width, height).data;
      const { difference } = await (await fetch("/static/palette.json")).json();
      const names = Object.fromEntries(Object.entries(difference.light).map(([n, c]) => [c, n]));
      const counts = {};
      for (let at = 0; at < data.length; at += 4) {
        const value = (data[at] << 16) | (data[at + 1] << 8) | data[at + 2];
        const name = names["#" + value.toString(16).padStart(6, "0").toUpperCase()];
        counts[name] = (counts[name] ?? 0) + 1;
      }
      return counts;
    }"""
    counts = {name: int(text) for name, text in texts(browser_page, "data-class-count").items()}
    present = {name: count for name, count in counts.items() if count}
    assert len(present) > 2
    browser_page.wait_until(lambda: page.evaluate(colours) == present, "the map is painted")


def test_first_divergence_is_found_told_and_led_to(browser_page: Visit) -> None:
    open_at(browser_page, 5)
    page = browser_page.page
    page.click("#first-divergence")
    wait_for_steps(browser_page, 2226)
    status = page.locator("#divergence-status")
    expect(status).to_have_text("Fences and wrong hits are the same before step 2,226.")
    found = page.locator("#divergence-found")
    expect(found).to_contain_text("In step 2,226, B fences, and A does not.")
    expect(found).to_contain_text("In step 2,302, A has wrong hits, and B does not.")
    fences = page.locator("[data-delta-words='remote_fences']")
    expect(fences).to_have_text("B issues 1 remote fence, where A issues none.")
    page.get_by_role("button", name="Step back 1").click()
    wait_for_steps(browser_page, 2225)
    expect(fences).to_have_text("Neither issues remote fences.")
    page.get_by_role("button", name="Go to step 2,302").click()
    wait_for_steps(browser_page, 2302)
    expect(page.locator("#headlines li").first).to_contain_text("where A serves 6.")


def test_swap_turns_the_sides_round_at_the_same_step(browser_page: Visit, rest: Rest) -> None:
    open_at(browser_page, 2400)
    before = comparison(browser_page, rest)
    page = browser_page.page
    page.click("#swap")
    swapped = "-".join(reversed(before["id"].split("-")))
    page.wait_for_selector(f"body[data-comparison='{swapped}']", state="attached")
    wait_for_query(browser_page, a=REVIEWED, b=POSTED, steps="2400")
    expect(page.locator("#name-a")).to_have_text(REVIEWED)
    expect(page.locator("#headlines li").first).to_have_text(
        "B serves 169 wrong accesses, where A serves none."
    )


def test_another_policy_is_chosen_by_its_list(browser_page: Visit, rest: Rest) -> None:
    open_at(browser_page, 200)
    page = browser_page.page
    page.select_option("#compare-b", "kvm-riscv")
    expect(page.locator("#name-b")).to_have_text("kvm-riscv")
    wait_for_query(browser_page, b="kvm-riscv", steps="200")
    assert comparison(browser_page, rest)["b"]["policy"]["name"] == "kvm-riscv"
    hint = page.locator("#compare-b-hint")
    expect(hint).to_have_text(rest.get("/policies/kvm-riscv")["summary"])


def test_wrong_value_is_told_at_its_field(browser_page: Visit) -> None:
    open_at(browser_page, 0)
    page = browser_page.page
    page.fill("#compare-harts", "1")
    page.keyboard.press("Enter")
    problem = page.locator(".field", has=page.locator("#compare-harts")).locator(".field-problem")
    expect(problem).to_contain_text("harts is 1; the recording runs on 2 CPUs")
    browser_page.expect_error("422")


def test_maps_are_walked_by_keyboard_as_one(browser_page: Visit) -> None:
    open_at(browser_page, 2400)
    page = browser_page.page
    page.locator("#compare-grid").focus()
    for key in ("ArrowRight", "ArrowDown", "End"):
        page.keyboard.press(key)
    wait_for_query(browser_page, vmid="15")
    page.fill("#compare-vmid", "0x5")
    page.keyboard.press("Enter")
    wait_for_query(browser_page, vmid="5")
    expect(page.locator("#vmid-readout")).to_have_text(
        "VMID 5 (0x0005): A violation, B assigned. Taken: both, in different states."
    )


def test_machine_that_is_gone_is_made_anew(browser_page: Visit, rest: Rest) -> None:
    open_at(browser_page, 60, "&seed=21")
    gone = comparison(browser_page, rest)["a"]["machine"]
    rest.client.delete(f"/machines/{gone}")
    page = browser_page.page
    page.get_by_role("button", name="Step 10", exact=True).click()
    wait_for_steps(browser_page, 70)
    assert comparison(browser_page, rest)["a"]["machine"] != gone
    browser_page.expect_error("404")


def test_links_lead_to_the_machines_and_to_the_same_in_json(
    browser_page: Visit, rest: Rest
) -> None:
    open_at(browser_page, 80, "&seed=22")
    page = browser_page.page
    shown = comparison(browser_page, rest)
    expect(page.locator("#open-a")).to_have_attribute("href", f"/machines/{shown['a']['machine']}")
    twin = page.get_by_role("link", name="This page as JSON").get_attribute("href")
    assert twin == f"/api/v1/comparisons/{shown['id']}?steps=80"
    page.keyboard.press(",")
    wait_for_steps(browser_page, 79)
    before = comparison(browser_page, rest)["a"]["seq"]
    expect(page.locator("#open-a")).to_have_attribute(
        "href", f"/machines/{shown['a']['machine']}?at={before}"
    )


def test_command_palette_goes_to_a_step_and_finds_the_divergence(browser_page: Visit) -> None:
    open_at(browser_page, 5)
    page = browser_page.page
    for typed, steps in (("go step 120", 120), ("first divergence", 2226)):
        page.keyboard.press("Control+k")
        page.fill("#commands-input", typed)
        page.keyboard.press("Enter")
        wait_for_steps(browser_page, steps)


def test_counters_are_whole_on_a_phone(browser_page: Visit) -> None:
    page = browser_page.page
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto("/compare")
    wait_for_steps(browser_page, 2500)
    table = page.locator(".deltas")
    assert table.evaluate(
        "table => table.parentElement.scrollWidth <= table.parentElement.clientWidth"
    )
    row = page.locator("#delta-rows tr").first
    name, a, words = (row.locator(part) for part in ("th", "td.number >> nth=0", ".delta-words"))
    expect(words).to_be_visible()
    tops = [part.evaluate("part => part.getBoundingClientRect().top") for part in (name, a, words)]
    assert tops[0] == tops[1] < tops[2]
    cut = "names => names.filter(name => name.scrollWidth > name.clientWidth).length"
    assert page.locator("#delta-rows th").evaluate_all(cut) == 0
