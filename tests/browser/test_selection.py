"""One selection for all panels: where it is marked, where it is chosen, and how it is let go."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from tests.browser.driving import Visit, expect
from tests.browser.started import Rest

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def machine(rest: Rest) -> str:
    """Two harts, whose TLBs hold entries of two domains."""
    machine = rest.machine(
        policy="kvm-riscv", platform={"preset": "rv64", "vmidlen": 4, "harts": 2}
    )
    for name in ("web", "db"):
        rest.post(f"/machines/{machine}/domains", {"vcpus": 2, "name": name})
    rest.post(f"/machines/{machine}/step", {"count": 12})
    return machine


def wait_for_address(visit: Visit, wanted: dict[str, str]) -> None:
    """Wait until the address says this selection and nothing else."""

    def said() -> dict[str, str]:
        query = parse_qs(urlsplit(visit.page.url).query)
        return {name: values[0] for name, values in query.items()}

    visit.wait_until(lambda: said() == wanted, f"the address says {wanted}")


def test_selected_domain_is_marked_in_every_panel(
    browser_page: Visit, rest: Rest, machine: str
) -> None:
    harts = rest.get(f"/machines/{machine}/harts")["items"]
    on = next(hart for hart in harts if hart["vcpu"])
    domain, name = on["vcpu"]["domain"], on["vcpu"]["name"]
    vmid = on["hgatp"]["vmid"]
    browser_page.open_machine(rest, machine, f"?hart={on['hart']}&vmid={vmid}&domain={domain}")
    page = browser_page.page
    card = page.locator(f".hart-card[data-hart='{on['hart']}']")
    expect(card).to_have_class("hart-card chosen has-vmid has-domain")
    expect(card).to_have_attribute(
        "title", "runs a guest under the selected VMID; has a vCPU of the selected domain"
    )
    others = [hart["hart"] for hart in harts if hart["vcpu"]["domain"] != domain]
    for hart in others:
        expect(page.locator(f".hart-card[data-hart='{hart}'].has-domain")).to_have_count(0)
    pressed = f"[data-domain='{domain}'][aria-pressed=true]"
    expect(page.locator(f"#tlb-legend {pressed}")).to_have_count(1)
    expect(page.locator(f"#inspector-facts {pressed}")).to_have_text(f"domain {domain} “{name}”")
    expect(page.locator("#inspector-domain-text")).to_contain_text(
        f"Domain {domain} “{name}” is selected; it has VMID "
    )
    expect(page.locator("#domain-rows tr.selected")).to_have_attribute("data-domain", str(domain))


@pytest.mark.parametrize("place", ["#hart-cards", "#tlb-legend", "#inspector-facts"])
def test_owner_s_name_selects_its_domain_and_lets_it_go(
    browser_page: Visit, rest: Rest, machine: str, place: str
) -> None:
    owners = rest.get(f"/machines/{machine}/bitmap")["owners"]
    vmid, owner = next((vmid, owners[0]) for vmid, owners in owners.items())
    domain = str(owner["domain"])
    browser_page.open_machine(rest, machine, f"?vmid={vmid}")
    name = browser_page.page.locator(f"{place} [data-domain='{domain}'][aria-pressed]").first
    name.click()
    wait_for_address(browser_page, {"vmid": vmid, "domain": domain})
    expect(name).to_have_attribute("aria-pressed", "true")
    name.click()
    wait_for_address(browser_page, {"vmid": vmid})
    expect(name).to_have_attribute("aria-pressed", "false")


def test_table_of_domains_marks_the_selected_hart_and_vmid(
    browser_page: Visit, rest: Rest, machine: str
) -> None:
    domains = rest.get(f"/machines/{machine}/domains")["items"]
    held = next(domain for domain in domains if domain["vmids"])["vmids"][0]["vmid"]
    browser_page.open_machine(rest, machine, f"?vmid={held}")
    page = browser_page.page
    current = page.locator("#domain-rows .chip[aria-current=true]")
    expect(current).to_have_text([str(held)])
    chip = page.locator("#domain-rows .chip", has_text="→h1").first
    chip.click()
    wait_for_address(browser_page, {"hart": "1", "vmid": str(held)})
    expect(chip).to_have_attribute("aria-current", "true")
    chip.click()
    wait_for_address(browser_page, {"vmid": str(held)})
    expect(current).to_have_text([str(held)])


def test_selection_is_let_go_where_it_was_made(
    browser_page: Visit, rest: Rest, machine: str
) -> None:
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    for selected in ({"vmid": "0"}, {}, {"vmid": "0"}):
        # The overlay above it takes what the pointer does.
        page.locator(".map-window").click(position={"x": 5, "y": 5}, force=True)
        wait_for_address(browser_page, selected)
    page.locator("#map-grid").press("Escape")
    wait_for_address(browser_page, {})
    name = page.get_by_role("button", name="Hart 1", exact=True)
    for selected in ({"hart": "1"}, {}):
        name.click()
        wait_for_address(browser_page, selected)
    squares = page.locator("#tlb-canvas")
    entry = {"entry": "combined/0/0"}
    for selected in (entry, {}, entry):
        squares.click(position={"x": 8, "y": 8})
        wait_for_address(browser_page, selected)
    page.locator("#tlb-grid").press("Escape")
    wait_for_address(browser_page, {})


def test_chosen_entry_has_a_frame_outside_its_square(
    browser_page: Visit, rest: Rest, machine: str
) -> None:
    beside = """() => {
      const copy = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
      copy.drawImage(document.getElementById("tlb-canvas"), 3, 8, 1, 1, 0, 0, 1, 1);
      return [...copy.getImageData(0, 0, 1, 1).data];
    }"""
    browser_page.page.emulate_media(color_scheme="light")
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    expect(page.locator("#tlb-shape")).to_contain_text("valid")
    assert page.evaluate(beside)[3] == 0
    page.locator("#tlb-canvas").click(position={"x": 8, "y": 8})
    browser_page.wait_until(
        lambda: page.evaluate(beside)[3] == 255 and max(page.evaluate(beside)[:3]) < 64,
        "there is ink beside the square",
    )


def test_pointing_at_a_line_of_the_legend_frames_its_entries(
    browser_page: Visit, rest: Rest, machine: str
) -> None:
    browser_page.open_machine(rest, machine, "?hart=0")
    page = browser_page.page
    line = page.locator("#tlb-legend .owner-button").first
    number = line.locator(".domain-swatch")
    expect(number).to_have_text(line.get_attribute("data-domain") or "")
    picture = "() => document.getElementById('tlb-canvas').toDataURL()"
    expect(page.locator("#tlb-shape")).to_contain_text("valid")
    browser_page.wait_a_frame()
    plain = page.evaluate(picture)
    line.hover()
    browser_page.wait_until(lambda: page.evaluate(picture) != plain, "entries have frames")
    page.mouse.move(1, 1)
    browser_page.wait_until(lambda: page.evaluate(picture) == plain, "they have none again")
    line.focus()
    browser_page.wait_until(lambda: page.evaluate(picture) != plain, "entries have frames")


def test_destroyed_domain_that_is_selected_can_be_let_go(browser_page: Visit, rest: Rest) -> None:
    machine = rest.machine()
    domain = rest.post(f"/machines/{machine}/domains", {"vcpus": 1})["id"]
    browser_page.open_machine(rest, machine, f"?domain={domain}")
    page = browser_page.page
    line = page.locator("#domain-gone")
    expect(page.locator("#domain-rows tr.selected")).to_have_count(1)
    expect(line).to_be_hidden()
    rest.client.delete(f"/machines/{machine}/domains/{domain}")
    expect(line).to_contain_text(f"Domain {domain} was destroyed; it is still selected.")
    line.get_by_role("button", name="Let go").click()
    wait_for_address(browser_page, {})
    expect(line).to_be_hidden()


def test_chosen_hart_of_many_comes_in_sight_and_arrows_go_on_from_it(
    browser_page: Visit, rest: Rest
) -> None:
    machine = rest.machine(policy="kvm-riscv", platform={"preset": "rv64", "harts": 64})
    rest.post(f"/machines/{machine}/domains", {"vcpus": 4})
    rest.post(f"/machines/{machine}/step", {"count": 70})
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    lanes = page.locator("#lanes-box")
    page.wait_for_selector("#lanes-box[data-span]")
    assert lanes.evaluate("box => box.scrollTop") == 0
    page.select_option("#hart-choice", "60")
    browser_page.wait_until(
        lambda: lanes.evaluate("box => box.scrollTop") > 30 * 30, "the lanes show hart 60"
    )
    page.locator("#hart-strip").focus()
    page.keyboard.press("ArrowRight")
    wait_for_address(browser_page, {"hart": "61"})


def test_marker_without_a_pointer_is_at_the_slice_of_the_keyboard(
    browser_page: Visit, rest: Rest, machine: str
) -> None:
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    page.wait_for_selector("#lanes-box[data-span]")
    page.locator("#lanes-box").focus()
    page.keyboard.press("a")
    expect(page.locator("#lanes-readout")).to_contain_text("zoom in to move")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("m")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("m")
    between = page.locator("#lanes-between")
    expect(between).to_contain_text("A to B Δ")
    expect(between).not_to_contain_text("Δ 0 ns")


def test_what_comes_and_goes_leaves_the_rest_in_its_place(
    browser_page: Visit, rest: Rest, machine: str
) -> None:
    browser_page.open_machine(rest, machine)
    page = browser_page.page
    more = page.locator("#legend-more")
    expect(more).to_have_text("")
    assert more.evaluate("line => line.offsetHeight") >= 18
    heights = page.locator(".fill-text").evaluate_all("lines => lines.map(l => l.offsetHeight)")
    assert set(heights) == {72}
    card = page.locator(".hart-card").first
    before = card.evaluate("card => card.offsetHeight")
    text = card.locator(".fill-text")
    expect(text).to_have_attribute("title", text.inner_text().replace("\n", ""))
    text.evaluate("text => text.append(' · guest: 12'.repeat(40))")
    assert card.evaluate("card => card.offsetHeight") == before


def test_nothing_is_asked_about_the_history_while_its_strip_has_no_room(
    browser_page: Visit, rest: Rest
) -> None:
    machine = rest.machine()
    rest.post(f"/machines/{machine}/domains", {"vcpus": 1})
    page = browser_page.page
    asked: list[str] = []
    browser_page.open_machine(rest, machine)
    strip = page.locator("#timeline-density")
    strip.evaluate("strip => { strip.style.display = 'none'; }")
    page.on("request", lambda request: asked.append(request.url))
    rest.post(f"/machines/{machine}/step", {"count": 5})
    browser_page.wait_for_seq(rest, machine)
    page.wait_for_timeout(1200)
    assert not [url for url in asked if "/density?" in url]
    strip.evaluate("strip => { strip.style.display = ''; }")
    bins = strip.evaluate("strip => Math.floor(strip.clientWidth / 2)")
    browser_page.wait_until(
        lambda: any(url.endswith(f"/density?bins={bins}") for url in asked), "the strip is read"
    )


def test_fork_keeps_the_selection(browser_page: Visit, rest: Rest, machine: str) -> None:
    page = browser_page.page
    page.goto(f"/machines/{machine}?at=3&hart=1&vmid=2&show=age")
    page.get_by_role("button", name="Fork from here").click()
    page.wait_for_url(lambda url: machine not in url)
    wait_for_address(browser_page, {"hart": "1", "vmid": "2", "show": "age"})


def test_things_to_press_are_24_pixels_high_on_a_phone(
    browser_page: Visit, rest: Rest, machine: str
) -> None:
    page = browser_page.page
    page.set_viewport_size({"width": 390, "height": 844})
    browser_page.open_machine(rest, machine)
    expect(page.locator("#tlb-shape")).to_contain_text("valid")
    expect(page.locator("#log-rows tr").first).to_be_visible()
    for part in (".site-footer a", ".site-footer button", "#log-csv", ".panel-tools .check"):
        heights = page.locator(part).evaluate_all("all => all.map(one => one.offsetHeight)")
        assert heights
        assert min(heights) >= 24, part
    assert page.locator("#tlb-canvas").evaluate("canvas => canvas.clientWidth") / 16 >= 12
    assert page.evaluate("document.documentElement.scrollWidth") == 390
